"""A bank has taken a part of a payment for good: the rest can still go back, and nothing goes back twice."""

import pytest
from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.order_wish import OrderWish
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import OrderRow, OrderState
from admitone.payments import (
    SANDBOX_ACCOUNT,
    DisputeState,
    DisputeStatus,
    PaymentDisputed,
    PaymentTakenBack,
    RefundTooMuch,
)
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.values.ids import uuid7
from tests.support.changing import UP, Changeable, changeable
from tests.support.credits import code_of, gift, now_of
from tests.support.onsale import must_hold, place, wish
from tests.support.sandbox_rig import sandbox_wire

ALL = record_of(Chosen("full", days=7, with_fees=True))


async def bank_says(mine: Changeable, state: DisputeState, minor: int, order: OrderRow | None = None) -> None:
    """The bank of whoever paid the order wants so much back."""
    async with mine.site.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [(order or mine.order).id])
    assert attempt.provider_ref is not None
    opened = await mine.site.payment_accounts.find(SANDBOX_ACCOUNT)
    assert opened is not None
    ref = f"dp_{attempt.provider_ref}"
    status = DisputeStatus(ref, attempt.provider_ref, state, "EUR", minor, 0, "fraudulent")
    await mine.site.money.disputing.hear(opened, status)


async def refund(mine: Changeable, wished: RefundWish, code: str = "") -> None:
    owner, whose = mine.show.owner, mine.show.organiser_id
    await mine.site.money.cancel_tickets.refund(owner, whose, code or mine.order.code, wished, uuid7())


async def taken_back(mine: Changeable, order: OrderRow | None = None) -> None:
    code = (order or mine.order).code
    await mine.site.refunding.take_back(mine.show.owner, mine.show.organiser_id, code)


async def added(mine: Changeable) -> OrderRow:
    """One more ticket that stands with the order, paid by itself."""
    held = await mine.site.purchase.hold(wish(mine.show))
    more = await mine.site.purchase.place(
        OrderWish(held.hold_id, mine.order.email, mine.order.name, adds_to=mine.order.id)
    )
    await mine.site.payment.pay(more.id, "sandbox:push")
    return await mine.now(more.id)


async def test_what_the_bank_left_goes_back_by_hand_and_no_more(assembly: Assembly) -> None:
    mine = await changeable(assembly, refund_policy=ALL)
    await bank_says(mine, DisputeState.OPEN, 3000)
    with pytest.raises(PaymentDisputed):
        await refund(mine, RefundWish(tuple(mine.ids)))
    await bank_says(mine, DisputeState.LOST, 3000)
    flow, owner, whose = assembly.money.cancel_tickets, mine.show.owner, mine.show.organiser_id
    both = RefundWish(tuple(mine.ids))
    left = await flow.left(mine.order.id)
    assert (left.total_minor, sorted(left.by_ticket.values())) == (2000, [2000, 2000])
    shown = await flow.preview_refund(owner, whose, mine.order.code, both)
    assert shown.total.total_minor == 2000
    with pytest.raises(PaymentTakenBack):
        # What buyers may have by the policy was for all of the price. The organiser decides.
        await flow.cancel(mine.order.id, mine.ids, uuid7())
    await refund(mine, RefundWish((), 500, cancels=False))
    await refund(mine, both)
    assert await mine.back() == [500, 1500]
    assert await mine.earned() == 0
    assert (await mine.now()).state == OrderState.CANCELLED
    await must_hold(assembly.database)


async def test_what_the_bank_left_can_become_credit(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await bank_says(mine, DisputeState.LOST, 3000)
    await refund(mine, RefundWish(tuple(mine.ids), to="credit"))
    async with assembly.database.reading() as reader:
        made = await payments.credit.credited_of(
            reader, [(await payments.of_orders(reader, [mine.order.id]))[0].id]
        )
    assert list(made.values()) == [2000]
    assert await mine.earned() == 0
    await must_hold(assembly.database)


@pytest.mark.parametrize(("taken", "back"), [(3000, [2000]), (5000, [])])
async def test_an_order_or_event_that_is_cancelled_gives_what_the_bank_left(
    assembly: Assembly, taken: int, back: list[int]
) -> None:
    mine, other = await changeable(assembly), await changeable(assembly)
    await bank_says(mine, DisputeState.LOST, taken)
    await bank_says(other, DisputeState.LOST, taken)
    await taken_back(mine)
    show = other.show
    await publish_event.cancel(
        assembly.database, assembly.clock, show.owner, show.organiser_id, show.event_id
    )
    await assembly.cancelling.react(show.event_id)
    while await assembly.money.bulk_runs.work():
        pass
    for one in (mine, other):
        assert (await one.now()).state == OrderState.CANCELLED
        assert await one.valid() == []
        assert await one.back() == back
    await must_hold(assembly.database)


async def test_what_a_bank_took_is_not_given_by_another_payment_of_the_family(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    more = await added(mine)
    await bank_says(mine, DisputeState.LOST, 5000)
    await taken_back(mine)
    assert await mine.back() == []
    await taken_back(mine, more)
    assert await mine.back() == [2500]
    await must_hold(assembly.database)


async def test_of_a_difference_that_was_taken_the_first_payment_still_goes_back(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    child = (await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7())).order
    await assembly.payment.pay(child.id, "sandbox:push")
    await bank_says(mine, DisputeState.LOST, 500, child)
    await taken_back(mine, child)
    assert await mine.back() == [child.total_minor - 500]
    await must_hold(assembly.database)


async def test_credit_that_paid_beside_a_payment_the_bank_took_comes_back(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    given = await gift(assembly, mine.show, 1000)
    order = await place(assembly, mine.show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="visitor")
    await assembly.payment.pay(order.id, "sandbox:push")
    await bank_says(mine, DisputeState.LOST, 1500, order)
    await refund(mine, RefundWish((), 600, cancels=False), order.code)
    await taken_back(mine, order)
    assert (await now_of(assembly, given.id)).balance_minor == 1000
    async with assembly.database.reading() as reader:
        assert await payments.refunds_of(reader, [order.id]) == []
    await must_hold(assembly.database)


async def test_a_refund_that_was_not_sent_gives_what_the_bank_left(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await taken_back(mine)
    await bank_says(mine, DisputeState.OPEN, 3000)
    await bank_says(mine, DisputeState.LOST, 3000)
    assert await mine.back() == [2000]
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE payments_refund SET ask_at = now() - interval '1 second'"))
    await assembly.refunding.send_due()
    [sent] = await mine.refunds()
    assert (sent.state, sent.amount_minor) == ("done", 2000)
    assert (await mine.books("refunds_due"), await mine.earned()) == (0, 0)
    await must_hold(assembly.database)


async def test_a_refund_that_failed_is_not_sent_again_when_the_bank_has_the_money(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    await refund(mine, RefundWish((), 3000, cancels=False))
    sandbox_wire(assembly).suffer(Faults(refund=(Fault.REFUSED,)))
    await assembly.refunding.send_due()
    [failed] = await mine.refunds()
    assert failed.state == "failed"
    await bank_says(mine, DisputeState.LOST, 2500)
    owner, whose, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    with pytest.raises(RefundTooMuch):
        await assembly.refunding.send_again(owner, whose, code, failed.id)
    await must_hold(assembly.database)
