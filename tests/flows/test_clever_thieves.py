"""What somebody clever would try with credit, changes, disputes and limits, and what comes of it."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.accounts import ApprovalLimit
from admitone.assembly import Assembly
from admitone.events import DiscountPlan, EventPrices, TypePrices
from admitone.flows.approvals import ApprovalNeeded
from admitone.flows.exchange_plan import ChangeWish
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish, SentTo
from admitone.orders import RunState, RunWish
from admitone.payments import SANDBOX_ACCOUNT, CreditRow, DisputeState, DisputeStatus, PaymentDisputed
from admitone.payments.credit import CreditDisputed
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.changing import CHANGES, DOWN, Changeable, changeable
from tests.support.credits import code_of, gift, now_of
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale, wish
from tests.support.pricey import reprice, retype

WHO = "visitor"
ALL = record_of(Chosen("full", days=7, with_fees=True))


async def order_of(site: Assembly, order_id: UUID) -> orders.OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order_id)


async def tickets_of(site: Assembly, order_id: UUID) -> list[UUID]:
    async with site.database.reading() as reader:
        return [one.id for one in await tickets.by_order(reader, order_id)]


async def dispute(mine: Changeable, state: DisputeState, amount: int = 5000) -> None:
    """The bank of whoever paid the first order wants its money back."""
    async with mine.site.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [mine.order.id])
    assert attempt.provider_ref is not None
    opened = await mine.site.payment_accounts.find(SANDBOX_ACCOUNT)
    assert opened is not None
    status = DisputeStatus("dp_1", attempt.provider_ref, state, "EUR", amount, 0, "fraudulent")
    await mine.site.money.disputing.hear(opened, status)


async def test_credit_without_a_last_day_has_none_after_it_comes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    given = await gift(assembly, show, 2500)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    now = await now_of(assembly, given.id)
    assert (now.balance_minor, now.expires_at) == (2500, None)
    await must_hold(assembly.database)


async def test_a_gift_changed_for_another_ticket_of_a_family_stays_a_gift(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1, refund_policy=ALL)
    given = await gift(assembly, mine.show, 2500)
    held = await assembly.purchase.hold(wish(mine.show))
    more = await assembly.purchase.place(
        OrderWish(held.hold_id, "b@example.org", "Ada Obi", adds_to=mine.order.id)
    )
    await assembly.money.store_credit.apply(more.id, code_of(assembly, given), visitor=WHO)
    assert (await order_of(assembly, more.id)).root_id == mine.order.id
    [gifted] = await tickets_of(assembly, more.id)
    to = ChangeWish((gifted,), mine.show.event_id, mine.show.types[DOWN])
    changed = await assembly.exchanging.change(more.id, to, uuid7())
    assert await mine.back() == []
    [new] = await tickets_of(assembly, changed.order.id)
    await assembly.money.cancel_tickets.cancel(changed.order.id, [new], uuid7())
    assert await mine.back() == []
    assert (await now_of(assembly, given.id)).balance_minor == 2500
    await must_hold(assembly.database)


async def test_a_disputed_payment_gives_nothing_back_for_tickets_changed_before(assembly: Assembly) -> None:
    mine = await changeable(assembly, refund_policy=ALL)
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(DOWN, 2), uuid7())
    new = await tickets_of(assembly, changed.order.id)
    await dispute(mine, DisputeState.OPEN)
    back = await mine.back()
    with pytest.raises(PaymentDisputed):
        await assembly.money.cancel_tickets.cancel(changed.order.id, new, uuid7())
    owner, whose, code = mine.show.owner, mine.show.organiser_id, changed.order.code
    with pytest.raises(PaymentDisputed):
        await assembly.money.cancel_tickets.refund(owner, whose, code, RefundWish(tuple(new)), uuid7())
    with pytest.raises(PaymentDisputed):
        await assembly.refunding.take_back(owner, whose, code)
    assert await mine.back() == back
    await must_hold(assembly.database)


async def test_what_a_bank_has_taken_does_not_go_back_or_become_credit(assembly: Assembly) -> None:
    mine = await changeable(assembly, refund_policy=ALL)
    await dispute(mine, DisputeState.LOST)
    owner, whose, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    ways: tuple[SentTo, ...] = ("original", "credit")
    for to in ways:
        wish = RefundWish(tuple(mine.ids), to=to)
        with pytest.raises(Refusal, match="has taken this payment back"):
            await assembly.money.cancel_tickets.refund(owner, whose, code, wish, uuid7())
    with pytest.raises(Refusal, match="has taken this payment back"):
        await assembly.money.cancel_tickets.cancel(mine.order.id, mine.ids, uuid7())
    assert await mine.back() == []
    await must_hold(assembly.database)


async def test_credit_made_of_a_disputed_payment_waits_for_the_bank(assembly: Assembly) -> None:
    mine = await changeable(assembly, 1)
    owner, whose = mine.show.owner, mine.show.organiser_id
    await assembly.money.cancel_tickets.refund(
        owner, whose, mine.order.code, RefundWish(tuple(mine.ids), to="credit"), uuid7()
    )
    async with assembly.database.reading() as reader:
        credit_id = (await reader.execute(text("SELECT id FROM payments_credit"))).scalar_one()
    credit = await now_of(assembly, credit_id)
    await dispute(mine, DisputeState.OPEN, 2500)
    order = await place(assembly, mine.show)
    with pytest.raises(CreditDisputed):
        await assembly.money.store_credit.apply(order.id, code_of(assembly, credit), visitor=WHO)
    await must_hold(assembly.database)


async def cheaper_together(site: Assembly, *quantities: int) -> Changeable:
    """Three for the price of two, a dearer type besides, and an extra that needs a ticket; the order is paid."""
    plain = {"fee_bps": 0, "fee_fixed_minor": 0, "tax_bps": 0, "refund_policy": ALL, "change_policy": CHANGES}
    types = (
        TypeOnSale("Standing", 2_000, 500),
        TypeOnSale("Parking", 700, 500),
        TypeOnSale("Seat", 4_000, 500),
    )
    show = await put_on_sale(site, *types, **plain)  # type: ignore[arg-type]
    await retype(site, show, 1, TypePrices(needs_tickets=1), kind="add_on")
    deal = DiscountPlan(kind="some_free", label="3 for 2", take=3, pay=2, type_ids=(show.types[0],))
    await reprice(site, show, EventPrices(discounts=(deal,)))
    return await bought(site, show, *quantities)


async def bought(site: Assembly, show: OnSale, *quantities: int) -> Changeable:
    """A paid order of so many of each type."""
    items = tuple((show.types[at], many) for at, many in enumerate(quantities) if many)
    held = await site.purchase.hold(HoldWish(show.event_id, items))
    order = await site.purchase.place(OrderWish(held.hold_id, "b@example.org", "Ada Obi"))
    await site.payment.pay(order.id, "sandbox:push")
    async with site.database.reading() as reader:
        found = await tickets.by_order(reader, order.id)
        return Changeable(site, show, await orders.by_id(reader, order.id), found)


async def test_what_was_cheaper_together_is_worth_less_in_a_change(assembly: Assembly) -> None:
    mine = await cheaper_together(assembly, 3)
    assert mine.order.total_minor == 4_000

    async def counts(pair: Sequence[UUID]) -> int:
        to = ChangeWish(tuple(pair), mine.show.event_id, mine.show.types[2])
        return (await assembly.exchanging.preview(mine.order.id, to)).counts_minor

    # One stays, and costs 20.00 by itself: so whichever two go count 20.00.
    assert {await counts(pair) for pair in combinations(mine.ids, 2)} == {2_000}


async def test_what_was_cheaper_together_comes_to_the_same_in_any_order_of_changes(
    assembly: Assembly,
) -> None:
    mine = await cheaper_together(assembly, 3, 3)
    flow = assembly.exchanging
    standing = [one.id for one in mine.tickets if one.ticket_type_id == mine.show.types[0]]
    to_seats = [
        ChangeWish(tuple(ids), mine.show.event_id, mine.show.types[2]) for ids in (standing[:2], standing[2:])
    ]
    # The extras stay: they go with the seats.
    first = await flow.change(mine.order.id, to_seats[0], uuid7())
    await assembly.payment.pay(first.order.id, "sandbox:push")
    second = await flow.change(mine.order.id, to_seats[1], uuid7())
    await assembly.payment.pay(second.order.id, "sandbox:push")
    assert first.exchange.worth_minor + second.exchange.worth_minor == 4_000
    paid = [(await order_of(assembly, one.order.id)).total_minor for one in (first, second)]
    assert paid == [8_000, 4_000]
    await must_hold(assembly.database)


async def test_small_refunds_of_one_order_add_up_to_the_limit(assembly: Assembly) -> None:
    mine = await changeable(assembly, 4)
    owner, whose, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    await assembly.money.approvals.set_limit(owner, whose, ApprovalLimit("EUR", 3000, None))
    flow = assembly.money.cancel_tickets
    await flow.refund(owner, whose, code, RefundWish((), 2900, cancels=False), uuid7())
    with pytest.raises(ApprovalNeeded):
        await flow.refund(owner, whose, code, RefundWish((), 2900, cancels=False), uuid7())


async def test_small_gifts_of_one_member_add_up_to_the_limit(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await assembly.money.approvals.set_limit(show.owner, show.organiser_id, ApprovalLimit("EUR", 3000, None))
    await gift(assembly, show, 2900)
    with pytest.raises(ApprovalNeeded):
        await gift(assembly, show, 2900)


async def test_small_runs_over_one_event_add_up_to_the_limit(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    owner, whose, event_id = mine.show.owner, mine.show.organiser_id, mine.show.event_id
    await assembly.money.approvals.set_limit(owner, whose, ApprovalLimit("EUR", 3000, None))
    wish, flow = RunWish(amount_minor=1000), assembly.money.bulk_runs
    assert (await flow.start(owner, whose, event_id, wish, uuid7())).state is RunState.RUNNING
    while await flow.work():
        pass
    assert await mine.back() == [2000]
    second = await flow.start(owner, whose, event_id, wish, uuid7())
    assert second.state is RunState.WAITING
    assert await flow.work() == 0
    assert await mine.back() == [2000]
    await must_hold(assembly.database)


async def test_a_gift_that_comes_back_again_and_again_has_a_last_day(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    until = assembly.clock.now() + timedelta(days=1)
    given = await gift(assembly, show, 2500, expires_at=until)
    assert (await now_of(assembly, given.id)).latest_at == until + timedelta(days=365)

    async def bought_and_back(set_to: str) -> CreditRow:
        """The gift buys a ticket; then time passes, and the ticket's price comes back to it."""
        order = await place(assembly, show)
        await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor=WHO)
        change = text(f"UPDATE payments_credit SET {set_to}")
        await assembly.database.run(lambda tx: tx.execute(change))
        await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
        return await now_of(assembly, given.id)

    # It ran out, and its last day is far: thirty days more.
    now = await bought_and_back(
        "expires_at = now() - interval '1 day', latest_at = now() + interval '90 days'"
    )
    assert now.expires_at is not None
    assert timedelta(days=29) < now.expires_at - assembly.clock.now() < timedelta(days=31)
    # Its last day is near: until then, not longer.
    now = await bought_and_back(
        "expires_at = now() - interval '1 day', latest_at = now() + interval '2 days'"
    )
    assert now.expires_at == now.latest_at
    # A date beyond it, as the organiser gave it, stays.
    now = await bought_and_back("expires_at = now() + interval '3 days'")
    assert now.expires_at is not None
    assert now.latest_at is not None
    assert now.expires_at - now.latest_at > timedelta(hours=20)
    # Its last day is over: what comes back ends.
    now = await bought_and_back(
        "expires_at = now() - interval '5 days', latest_at = now() - interval '1 day'"
    )
    assert (now.balance_minor, now.standing) == (2500, "expired")
    assert await assembly.money.credit_desk.end_due() == 1
    assert (await now_of(assembly, given.id)).balance_minor == 0
    await must_hold(assembly.database)
