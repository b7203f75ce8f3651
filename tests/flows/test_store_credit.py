"""Store credit pays for orders, wholly or in part, comes back when they end, and is borne by whoever handed it out."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows import cancel_order
from admitone.flows.reversal_plan import RefundWish
from admitone.flows.store_credit import WRONG_CODES
from admitone.orders import OrderRow
from admitone.payments.credit import (
    CreditExpired,
    CreditInUse,
    CreditOtherCurrency,
    CreditOtherMode,
    CreditUsedUp,
    CreditVoid,
    UnknownCredit,
    UseExists,
    UseNotFound,
)
from admitone.payments.providers.sandbox import Decision
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal, TooMany
from tests.support.changing import UP, changeable
from tests.support.credits import balance_of, code_of, gift, now_of
from tests.support.letters_kept import kept, react
from tests.support.onsale import buy, must_hold, place, put_on_sale

WHO = "visitor"


async def order_now(site: Assembly, order_id: UUID) -> OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order_id)


async def tickets_of(site: Assembly, order_id: UUID) -> list[tickets.Ticket]:
    async with site.database.reading() as reader:
        return await tickets.by_order(reader, order_id)


async def refunds_of(site: Assembly, order_id: UUID) -> list[payments.Refund]:
    async with site.database.reading() as reader:
        return await payments.refunds_of(reader, [order_id])


async def test_a_gift_sinks_what_is_due_and_the_rest_is_paid_otherwise(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, fee_fixed_minor=100)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    flow = assembly.money.store_credit
    used = await flow.apply(order.id, code_of(assembly, given), visitor=WHO)
    assert (used.use.amount_minor, used.order.due_minor, used.order.state) == (1000, 1600, "pending")
    assert (await now_of(assembly, given.id)).balance_minor == 0
    await must_hold(assembly.database)
    paying = await assembly.payment.pay(order.id, "sandbox:push")
    assert (paying.attempt.amount_minor, paying.order_state) == (1600, "paid")
    assert len(await tickets_of(assembly, order.id)) == 1
    # The organiser bears the gift: of 25.00 earned, 10.00 came from nobody.
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:pending") == 1500
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:gifts") == 0
    assert await balance_of(assembly, "fees") == 100
    assert await balance_of(assembly, "deposits") == 0
    await must_hold(assembly.database)


async def test_enough_credit_makes_the_order_paid_at_once_and_keeps_what_is_over(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, fee_fixed_minor=100)
    given = await gift(assembly, show, 4000)
    order = await place(assembly, show)
    use_id = uuid7()
    used = await assembly.money.store_credit.apply(
        order.id, code_of(assembly, given).lower(), visitor=WHO, use_id=use_id
    )
    assert (used.order.state, used.use.state, used.use.amount_minor) == ("paid", "used", 2600)
    again = await assembly.money.store_credit.apply(
        order.id, code_of(assembly, given), visitor=WHO, use_id=use_id
    )
    assert again == used
    assert len(await tickets_of(assembly, order.id)) == 1
    assert (await now_of(assembly, given.id)).balance_minor == 1400
    # The site has earned its fee, and the organiser owes it.
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:pending") == -100
    await must_hold(assembly.database)


async def test_several_codes_pay_for_one_order(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    first, second = await gift(assembly, show, 1000), await gift(assembly, show, 2000)
    order = await place(assembly, show)
    flow = assembly.money.store_credit
    await flow.apply(order.id, code_of(assembly, first), visitor=WHO)
    with pytest.raises(CreditInUse):
        await flow.apply(order.id, code_of(assembly, first), visitor=WHO)
    done = await flow.apply(order.id, code_of(assembly, second), visitor=WHO)
    assert (done.order.state, done.use.amount_minor) == ("paid", 1500)
    assert [one.amount_minor for one in await flow.uses(order.id)] == [1000, 1500]
    await must_hold(assembly.database)


async def test_credit_taken_off_is_its_holders_again_and_can_be_put_on_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    flow = assembly.money.store_credit
    used = await flow.apply(order.id, code_of(assembly, given), visitor=WHO)
    off = await flow.remove(order.id, used.use.id)
    assert off.due_minor == 2500
    assert (await flow.remove(order.id, used.use.id)).due_minor == 2500
    assert (await now_of(assembly, given.id)).balance_minor == 1000
    again = await flow.apply(order.id, code_of(assembly, given), visitor=WHO)
    assert again.order.due_minor == 1500
    with pytest.raises(UseNotFound):
        await flow.remove(order.id, uuid7())
    other = await place(assembly, show)
    with pytest.raises(UseNotFound):
        await flow.remove(other.id, again.use.id)
    with pytest.raises(UseExists):
        await flow.apply(other.id, code_of(assembly, given), visitor=WHO, use_id=again.use.id)
    await must_hold(assembly.database)


async def test_an_order_that_ends_unpaid_gives_its_credit_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2000)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    ended = await cancel_order.cancel_unpaid(assembly.database, assembly.clock, order.id)
    assert (ended.state, ended.received_minor) == ("cancelled", 0)
    assert (await now_of(assembly, given.id)).balance_minor == 2000
    with pytest.raises(orders.OrderNotPending):
        await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    await must_hold(assembly.database)


async def test_a_payment_begun_before_the_code_goes_back_as_far_as_it_is_too_much(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    page = await assembly.payment.pay(order.id, "sandbox:card")
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    await pay_at_bank(assembly, page.attempt)
    assert (await order_now(assembly, order.id)).state == "paid"
    [refund] = await refunds_of(assembly, order.id)
    assert (refund.reason, refund.amount_minor) == ("overpaid", 1000)
    await must_hold(assembly.database)


async def test_a_late_payment_of_the_rest_goes_back_when_the_credit_has_gone_back(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    page = await assembly.payment.pay(order.id, "sandbox:card")
    assert page.attempt.amount_minor == 1500
    await cancel_order.cancel_unpaid(assembly.database, assembly.clock, order.id)
    await pay_at_bank(assembly, page.attempt)
    [refund] = await refunds_of(assembly, order.id)
    assert refund.amount_minor == 1500
    assert (await now_of(assembly, given.id)).balance_minor == 1000
    await must_hold(assembly.database)


async def pay_at_bank(site: Assembly, attempt: payments.Attempt) -> None:
    """The buyer pays on the bank's page, and we ask the bank."""
    assert site.sandbox is not None
    assert attempt.provider_ref is not None
    await site.sandbox.decide(attempt.provider_ref, Decision(pays=True))
    await site.settlement.ask(attempt)


async def test_money_goes_back_to_the_payment_first_and_the_gift_is_a_gift_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show, 2)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    await assembly.payment.pay(order.id, "sandbox:push")
    refund = assembly.money.cancel_tickets.refund
    mine = [one.id for one in await tickets_of(assembly, order.id)]
    code = order.code
    await refund(show.owner, show.organiser_id, code, RefundWish(tuple(mine[:1])), uuid7())
    assert (await now_of(assembly, given.id)).balance_minor == 0
    await must_hold(assembly.database)
    await refund(show.owner, show.organiser_id, code, RefundWish(tuple(mine[1:])), uuid7())
    assert [one.amount_minor for one in await refunds_of(assembly, order.id)] == [2500, 1500]
    assert (await now_of(assembly, given.id)).balance_minor == 1000
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:gifts") == -1000
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:pending") == 0
    await must_hold(assembly.database)


async def test_a_refund_to_credit_is_new_credit_for_the_money_and_the_gift_for_the_gift(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly, fee_fixed_minor=100)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    await assembly.payment.pay(order.id, "sandbox:push")
    ids = tuple(one.id for one in await tickets_of(assembly, order.id))
    wish = RefundWish(ids, to="credit")
    reversal_id = uuid7()
    flow = assembly.money.cancel_tickets
    await flow.refund(show.owner, show.organiser_id, order.code, wish, reversal_id)
    again = await flow.refund(show.owner, show.organiser_id, order.code, wish, reversal_id)
    assert again.is_repeat
    async with assembly.database.reading() as reader:
        kept = await payments.credit.by_cause(reader, reversal_id)
    assert kept is not None
    assert (kept.source, kept.funding, kept.balance_minor, kept.email) == (
        "refund",
        "pending",
        1600,
        order.email,
    )
    assert (await now_of(assembly, given.id)).balance_minor == 1000
    assert await refunds_of(assembly, order.id) == []
    await must_hold(assembly.database)
    # The credit buys another ticket, and the organiser earns what they had earned at first.
    other = await place(assembly, show)
    await assembly.money.store_credit.apply(other.id, code_of(assembly, kept), visitor=WHO)
    await assembly.money.store_credit.apply(other.id, code_of(assembly, given), visitor=WHO)
    assert (await order_now(assembly, other.id)).state == "paid"
    assert await balance_of(assembly, f"organiser:{show.organiser_id}:pending") == 1500
    assert await balance_of(assembly, "fees") == 100
    await must_hold(assembly.database)


async def test_what_became_credit_does_not_go_back_to_the_card_too(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2500)
    order = await place(assembly, show, 2)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    await assembly.payment.pay(order.id, "sandbox:push")
    ids = [one.id for one in await tickets_of(assembly, order.id)]
    flow = assembly.money.cancel_tickets
    await flow.refund(show.owner, show.organiser_id, order.code, RefundWish((ids[0],), to="credit"), uuid7())
    await flow.refund(show.owner, show.organiser_id, order.code, RefundWish((ids[1],)), uuid7())
    assert await refunds_of(assembly, order.id) == []
    assert (await now_of(assembly, given.id)).balance_minor == 2500
    await must_hold(assembly.database)


async def test_a_code_that_cannot_be_used_says_why(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly)
    order = await place(assembly, show)
    desk = assembly.money.credit_desk

    async def refused(code: str) -> type[Refusal]:
        with pytest.raises(Refusal) as caught:
            await assembly.money.store_credit.apply(order.id, code, visitor=uuid7().hex)
        return type(caught.value)

    assert await refused("no code at all") is UnknownCredit
    assert await refused("0000-0000-0000-0000") is UnknownCredit
    assert await refused(code_of(assembly, await gift(assembly, other))) is UnknownCredit
    assert await refused(code_of(assembly, await gift(assembly, show, is_test=False))) is CreditOtherMode
    gone = await gift(assembly, show)
    await desk.void(show.owner, show.organiser_id, gone.id)
    assert await refused(code_of(assembly, gone)) is CreditVoid
    soon = await gift(assembly, show, expires_at=assembly.clock.now() + timedelta(days=1))
    await run_out(assembly, soon.id)
    assert await refused(code_of(assembly, soon)) is CreditExpired
    small = await gift(assembly, show, 500)
    first = await place(assembly, show)
    await assembly.money.store_credit.apply(first.id, code_of(assembly, small), visitor=WHO)
    assert await refused(code_of(assembly, small)) is CreditUsedUp
    await must_hold(assembly.database)


async def run_out(site: Assembly, credit_id: UUID) -> None:
    """Its last instant is over."""
    async with site.database.transaction() as tx:
        late = "UPDATE payments_credit SET expires_at = clock_timestamp() WHERE id = :id"
        await tx.execute(text(late), {"id": credit_id})


async def test_a_code_of_another_currency_is_refused(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    made = await gift(assembly, show, currency="USD")
    order = await place(assembly, show)
    with pytest.raises(CreditOtherCurrency):
        await assembly.money.store_credit.apply(order.id, code_of(assembly, made), visitor=WHO)


async def test_guessing_is_stopped(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    for _ in range(WRONG_CODES.most):
        with pytest.raises(UnknownCredit):
            await assembly.money.store_credit.apply(order.id, "0000-0000-0000-0000", visitor=WHO)
    right = code_of(assembly, await gift(assembly, show))
    with pytest.raises(TooMany):
        await assembly.money.store_credit.apply(order.id, right, visitor=WHO)
    await assembly.money.store_credit.apply(order.id, right, visitor="somebody else")


async def test_an_order_that_is_paid_takes_no_credit(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paying = await buy(assembly, show)
    given = await gift(assembly, show)
    with pytest.raises(orders.OrderNotPending):
        await assembly.money.store_credit.apply(
            paying.attempt.order_id, code_of(assembly, given), visitor=WHO
        )
    assert (await now_of(assembly, given.id)).balance_minor == 1000


async def test_credit_pays_the_difference_of_a_change_and_the_old_ticket_dies_with_it(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, fee_fixed_minor=100)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7(), shown_minor=500)
    given = await gift(assembly, mine.show, 800)
    used = await assembly.money.store_credit.apply(changed.order.id, code_of(assembly, given), visitor=WHO)
    assert (used.order.state, used.use.amount_minor) == ("paid", 500)
    assert await mine.valid() == mine.ids[1:]
    assert len(await mine.valid(changed.order.id)) == 1
    await must_hold(assembly.database)
    # Taken back later, the first payment gives what it paid for, and the gift the rest.
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, used.order.code)
    assert (await now_of(assembly, given.id)).balance_minor == 800
    assert sum(await mine.back()) == 2600
    await must_hold(assembly.database)


async def test_a_change_that_is_not_possible_any_more_takes_no_credit(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7(), shown_minor=500)
    await assembly.money.cancel_tickets.refund(
        mine.show.owner, mine.show.organiser_id, mine.order.code, RefundWish(tuple(mine.ids[:1])), uuid7()
    )
    given = await gift(assembly, mine.show, 800)
    with pytest.raises(Refusal):
        await assembly.money.store_credit.apply(changed.order.id, code_of(assembly, given), visitor=WHO)
    assert (await now_of(assembly, given.id)).balance_minor == 800
    await must_hold(assembly.database)


async def test_the_letter_says_that_what_a_code_paid_is_on_it_again(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2500)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    ids = tuple(one.id for one in await tickets_of(assembly, order.id))
    await assembly.money.cancel_tickets.refund(
        show.owner, show.organiser_id, order.code, RefundWish(ids), uuid7()
    )
    await react(assembly, "orders.tickets_cancelled", "tell_taken_back")
    [letter] = await kept(assembly, "taken_back")
    assert "€25 is back on the code you paid with." in letter.plain
