"""Part of a paid order is taken back: by its buyer within the policy, by its organiser as they see fit."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import inventory, ledger, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.events import DiscountPlan, EventPrices
from admitone.flows.admit import ScanIn
from admitone.flows.cancel_tickets import CreditNotOffered, NoteTooLong, ReversalExists, SumChanged
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import (
    AskTheOrganiser,
    BadAmount,
    CalledOff,
    NothingChosen,
    NothingComesBack,
    RefundWish,
    TicketUsed,
    TooLateToGiveBack,
    TooMuchBack,
)
from admitone.orders import OrderRow
from admitone.payments import RefundState
from admitone.reads.order_documents import order_documents
from admitone.reads.organiser_events import organiser_events
from admitone.reads.sales_report import sales_report
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Unauthenticated
from tests.support.onsale import FREE, PAID, OnSale, buy, must_hold, place, put_on_sale
from tests.support.pricey import add_donation, reprice

FULL = record_of(Chosen("full", days=7, with_fees=True))
FEE: dict[str, Any] = {"fee_bps": 0, "fee_fixed_minor": 100, "tax_bps": 1900}


@dataclass(frozen=True, slots=True)
class Bought:
    """A paid order of somebody, and its tickets."""

    site: Assembly
    show: OnSale
    order: OrderRow
    tickets: list[tickets.Ticket]

    @property
    def ids(self) -> list[UUID]:
        return [one.id for one in self.tickets]

    async def now(self) -> OrderRow:
        async with self.site.database.reading() as reader:
            return await orders.by_id(reader, self.order.id)

    async def valid(self) -> list[UUID]:
        async with self.site.database.reading() as reader:
            found = await tickets.by_order(reader, self.order.id)
        return [one.id for one in found if one.state == tickets.TicketState.VALID]

    async def refunds(self) -> list[payments.Refund]:
        async with self.site.database.reading() as reader:
            return await payments.refunds_of(reader, [self.order.id])

    async def sold(self) -> int:
        async with self.site.database.reading() as reader:
            levels = await inventory.levels(reader, self.show.event_id)
        return levels[self.show.pools[0]].sold

    async def send_refunds(self) -> None:
        for one in await self.refunds():
            await self.site.refunding.send(one.id)

    async def books(self, name: str) -> int:
        async with self.site.database.reading() as reader:
            return await ledger.balance(reader, name, "EUR")


async def bought(
    site: Assembly, quantity: int = 5, *, refund_policy: dict[str, Any] | None = FULL, **details: Any
) -> Bought:
    show = await put_on_sale(site, PAID, FREE, refund_policy=refund_policy, **details)
    paying = await buy(site, show, quantity)
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        found = await tickets.by_order(reader, order.id)
    return Bought(site, show, order, found)


async def test_one_of_five_is_given_back_and_four_still_work(assembly: Assembly) -> None:
    mine = await bought(assembly, **FEE)
    flow = assembly.money.cancel_tickets
    seen = await flow.preview(mine.order.id, mine.ids[:1])
    assert seen.total.total_minor == 2600
    assert not seen.ends_order
    assert seen.until is not None
    done = await flow.cancel(mine.order.id, mine.ids[:1], uuid7(), shown_minor=2600)
    assert (done.reversal.organiser_minor, done.reversal.fee_minor, done.reversal.tax_minor) == (
        2085,
        100,
        415,
    )
    assert await mine.valid() == mine.ids[1:]
    assert (await mine.now()).state == "paid"
    assert await mine.sold() == 4
    [refund] = await mine.refunds()
    assert (refund.amount_minor, refund.reason, refund.state) == (
        2600,
        "tickets_cancelled",
        RefundState.WANTED,
    )
    await must_hold(assembly.database)
    await mine.send_refunds()
    assert await mine.books("clearing:sandbox") == -4 * 2600
    assert await mine.books("fees") == 4 * 100
    await must_hold(assembly.database)


async def test_the_same_request_again_changes_nothing(assembly: Assembly) -> None:
    mine = await bought(assembly)
    flow, reversal_id = assembly.money.cancel_tickets, uuid7()
    first = await flow.cancel(mine.order.id, mine.ids[:2], reversal_id)
    again = await flow.cancel(mine.order.id, mine.ids[:2], reversal_id)
    assert again.is_repeat
    assert again.reversal == first.reversal
    assert len(await mine.refunds()) == 1
    with pytest.raises(tickets.TicketIsCancelled):
        await flow.cancel(mine.order.id, mine.ids[:1], uuid7())
    other = await bought(assembly, 1)
    with pytest.raises(ReversalExists):
        await flow.cancel(other.order.id, other.ids, reversal_id)
    assert await other.valid() == other.ids
    await must_hold(assembly.database)


async def test_the_last_ticket_ends_the_order(assembly: Assembly) -> None:
    mine = await bought(assembly, 2)
    flow = assembly.money.cancel_tickets
    await flow.cancel(mine.order.id, mine.ids[:1], uuid7())
    assert (await flow.preview(mine.order.id, mine.ids[1:])).ends_order
    await flow.cancel(mine.order.id, mine.ids[1:], uuid7())
    assert (await mine.now()).state == "cancelled"
    assert await mine.sold() == 0
    assert sum(one.amount_minor for one in await mine.refunds()) == mine.order.total_minor
    await mine.send_refunds()
    assert await mine.books("clearing:sandbox") == 0
    with pytest.raises(orders.OrderNotPaid):
        await flow.preview(mine.order.id, mine.ids[:1])
    await must_hold(assembly.database)


async def test_the_policy_shown_at_purchase_counts(assembly: Assembly) -> None:
    half = record_of(Chosen("part", days=7, percent=50))
    mine = await bought(assembly, 2, refund_policy=half, **FEE)
    flow = assembly.money.cancel_tickets
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE events_event SET refund_policy = NULL"))
    seen = await flow.preview(mine.order.id, mine.ids[:1])
    # Half of the price of 25.00; the fee of 1.00 stays.
    assert (seen.total.price_minor, seen.total.fees_minor, seen.total.site_minor) == (1250, 0, 0)
    with pytest.raises(SumChanged):
        await flow.cancel(mine.order.id, mine.ids[:1], uuid7(), shown_minor=2500)
    assert await mine.valid() == mine.ids
    await flow.cancel(mine.order.id, mine.ids[:1], uuid7(), shown_minor=1250)
    # The organiser takes the rest back: what was kept of the first ticket stays kept.
    await assembly.refunding.take_back(mine.show.owner, mine.show.organiser_id, mine.order.code)
    assert sorted(one.amount_minor for one in await mine.refunds()) == [1250, 2600]
    await must_hold(assembly.database)


@pytest.mark.parametrize(
    ("record", "refusal"),
    [
        (None, AskTheOrganiser),
        (record_of(Chosen("none")), NothingComesBack),
        (record_of(Chosen("full", days=15)), NothingComesBack),
    ],
)
async def test_a_buyer_gets_nothing_outside_the_policy(
    assembly: Assembly, record: dict[str, Any] | None, refusal: type[Exception]
) -> None:
    mine = await bought(assembly, 1, refund_policy=record)
    with pytest.raises(refusal):
        await assembly.money.cancel_tickets.cancel(mine.order.id, mine.ids, uuid7())
    assert await mine.valid() == mine.ids
    assert await mine.refunds() == []


async def test_an_event_that_moves_closer_takes_no_time_from_its_buyers(assembly: Assembly) -> None:
    mine = await bought(assembly, 1, refund_policy=record_of(Chosen("full", days=10)))
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text("UPDATE events_event SET starts_at = starts_at - interval '8 days', doors_at = NULL")
        )
    seen = await assembly.money.cancel_tickets.preview(mine.order.id, mine.ids)
    assert seen.total.total_minor == 2500
    assert seen.until is not None
    assert seen.until - assembly.clock.now() < timedelta(days=4)


async def test_free_tickets_can_be_given_back_without_a_policy(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, FREE)
    held = (await place(assembly, show, 2)).id
    async with assembly.database.reading() as reader:
        found = await tickets.by_order(reader, held)
    flow = assembly.money.cancel_tickets
    await flow.cancel(held, [found[0].id], uuid7())
    done = await flow.cancel(held, [found[1].id], uuid7())
    assert done.order.state == "cancelled"
    await must_hold(assembly.database)


async def test_a_ticket_that_was_let_in_is_not_cancelled_but_its_money_can_go_back(
    assembly: Assembly,
) -> None:
    mine = await bought(assembly, 2)
    code = tickets.code_of(mine.tickets[0], assembly.ring)
    await assembly.admit.scan(mine.show.door, ScanIn(uuid7(), mine.show.event_id, code, "Mill Lane"))
    flow, wish = assembly.money.cancel_tickets, RefundWish(ticket_ids=(mine.ids[0],))
    with pytest.raises(TicketUsed):
        await flow.cancel(mine.order.id, mine.ids[:1], uuid7())
    with pytest.raises(TicketUsed):
        await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, wish, uuid7())
    kept = RefundWish(ticket_ids=(mine.ids[0],), cancels=False)
    done = await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, kept, uuid7())
    assert done.reversal.total_minor == 2500
    assert await mine.valid() == mine.ids
    [refund] = await mine.refunds()
    assert refund.reason == "goodwill"
    await must_hold(assembly.database)


async def test_an_organiser_gives_any_amount_but_never_more_than_was_paid(assembly: Assembly) -> None:
    mine = await bought(assembly, 2, **FEE)
    flow = assembly.money.cancel_tickets

    async def give(**wish: object) -> int:
        asked = RefundWish(**wish)  # type: ignore[arg-type]
        seen = await flow.preview_refund(mine.show.owner, mine.show.organiser_id, mine.order.code, asked)
        done = await flow.refund(
            mine.show.owner,
            mine.show.organiser_id,
            mine.order.code,
            asked,
            uuid7(),
            shown_minor=seen.total.total_minor,
        )
        assert done.reversal.total_minor == seen.total.total_minor
        return done.reversal.total_minor

    assert await give(amount_minor=501, cancels=False, with_fees=False) == 501
    with pytest.raises(TooMuchBack) as too_much:
        await give(amount_minor=4700, cancels=False)
    assert too_much.value.data["left_minor"] == 5200 - 501
    # What came back of this ticket before counts.
    assert await give(ticket_ids=(mine.ids[0],)) == 2600 - 251
    assert await give(amount_minor=1000, cancels=False) == 1000
    assert await give(ticket_ids=(mine.ids[1],), with_fees=False, keeps_places=True) < 1350
    assert (await mine.now()).state == "cancelled"
    assert await mine.sold() == 1
    await mine.send_refunds()
    await must_hold(assembly.database)
    assert await mine.books("refunds_due") == 0


async def test_a_place_that_is_kept_is_not_sold_again(assembly: Assembly) -> None:
    mine = await bought(assembly, 2)
    flow = assembly.money.cancel_tickets
    kept = RefundWish(ticket_ids=(mine.ids[0],), keeps_places=True, amount_minor=0)
    await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, kept, uuid7())
    assert await mine.sold() == 2
    assert await mine.refunds() == []
    await must_hold(assembly.database)
    await flow.cancel(mine.order.id, mine.ids[1:], uuid7())
    assert await mine.sold() == 1
    assert (await mine.now()).state == "cancelled"
    await must_hold(assembly.database)


async def test_wishes_that_cannot_be(assembly: Assembly) -> None:
    mine = await bought(assembly, 1)
    flow = assembly.money.cancel_tickets
    ids = tuple(mine.ids)
    for wish, refusal in (
        (RefundWish(), NothingChosen),
        (RefundWish(amount_minor=0, cancels=False), BadAmount),
        (RefundWish(ids, amount_minor=-1), BadAmount),
        (RefundWish((uuid7(),)), tickets.TicketNotFound),
        (RefundWish(ids, to="credit"), CreditNotOffered),
        (RefundWish(ids, note="x" * 501), NoteTooLong),
    ):
        if wish.to == "credit" and flow.offers_credit:
            continue
        with pytest.raises(refusal):
            await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, wish, uuid7())
    for actor, no in ((mine.show.door, Forbidden), (Actor.guest(), Unauthenticated)):
        with pytest.raises(no):
            await flow.refund(actor, mine.show.organiser_id, mine.order.code, RefundWish(ids), uuid7())
    with pytest.raises(NothingChosen):
        await flow.cancel(mine.order.id, [], uuid7())
    assert await mine.valid() == mine.ids
    assert await mine.refunds() == []


async def test_letters_say_what_was_taken_back(assembly: Assembly) -> None:
    mine = await bought(assembly, 3)
    flow = assembly.money.cancel_tickets
    first = await flow.cancel(mine.order.id, mine.ids[:2], uuid7())
    wish = RefundWish(amount_minor=500, cancels=False, note="Sorry for the rain.")
    second = await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, wish, uuid7())
    for one in (first, second):
        for _ in range(2):
            await assembly.letters.taken_back(one.reversal.id, f"taken_back:{one.reversal.id}")
    async with assembly.database.reading() as reader:
        rows = await reader.execute(
            text("SELECT subject, plain FROM messaging_letter WHERE template = 'taken_back' ORDER BY id")
        )
        letters = [(row.subject, row.plain) for row in rows]
    assert [subject for subject, _ in letters] == [
        "Tickets for Furnace Night cancelled",
        "€5 comes back for Furnace Night",
    ]
    assert "2 × General admission" in letters[0][1]
    assert "€50 goes back" in letters[0][1]
    assert "1 ticket, stays" in letters[0][1]
    assert "Sorry for the rain." in letters[1][1]


async def test_reports_count_what_is_left(assembly: Assembly) -> None:
    mine = await bought(assembly, 5, **FEE)
    await assembly.money.cancel_tickets.cancel(mine.order.id, mine.ids[:2], uuid7())
    owner, organiser_id = mine.show.owner, mine.show.organiser_id
    async with assembly.database.reading() as reader:
        report = await sales_report(reader, owner, organiser_id, mine.show.event_id)
        [event] = (await organiser_events(reader, owner, organiser_id)).items
        about = await order_documents(reader, mine.order.id)
    assert (report.types[0].sold, report.types[0].total_minor) == (3, 3 * 2600)
    [revenue] = report.revenue
    assert (revenue.total.minor, revenue.fee.minor, revenue.tax.minor) == (3 * 2600, 3 * 100, 3 * 415)
    assert event.revenue_minor == 3 * 2600
    assert about is not None
    assert about.lines[0].left == 3


async def test_units_of_one_type_give_back_what_each_was_paid_with_and_a_gift_stays(
    assembly: Assembly,
) -> None:
    show = await put_on_sale(assembly, PAID, refund_policy=FULL, fee_bps=500, tax_bps=1900)
    gift = await add_donation(assembly, show)
    third = DiscountPlan(kind="some_free", label="3 for 2", take=3, pay=2)
    await reprice(assembly, show, EventPrices(discounts=(third,)))
    wish = HoldWish(show.event_id, ((show.types[0], 3), (gift, 1)), chosen=((gift, 700),))
    held = await assembly.purchase.hold(wish)
    order = await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    await assembly.payment.pay(order.id, "sandbox:push")
    async with assembly.database.reading() as reader:
        ids = [one.id for one in await tickets.by_order(reader, order.id)]
        lines = {line.id: line for line in await orders.lines_of(reader, order.id)}
        paid = {
            one.id: lines[one.order_line_id].unit_total_minor
            for one in await tickets.by_order(reader, order.id)
        }
    assert sorted(paid.values())[0] == 0
    flow = assembly.money.cancel_tickets
    for ticket_id in sorted(ids, key=lambda one: paid[one]):  # else the free one is paid for
        done = await flow.cancel(order.id, [ticket_id], uuid7())
        assert done.reversal.total_minor == paid[ticket_id]
    # The gift is still there: the order goes on without a ticket.
    assert done.order.state == "paid"
    left = await flow.left(order.id)
    assert left.total_minor == order.total_minor - sum(paid.values())
    await must_hold(assembly.database)
    whole = RefundWish(amount_minor=left.total_minor, cancels=False)
    await flow.refund(show.owner, show.organiser_id, order.code, whole, uuid7())
    async with assembly.database.reading() as reader:
        refunds = await payments.refunds_of(reader, [order.id])
    assert sum(one.amount_minor for one in refunds) == order.total_minor
    await must_hold(assembly.database)


async def test_of_an_event_called_off_or_begun_nothing_is_given_back(assembly: Assembly) -> None:
    half = record_of(Chosen("part", days=0))
    for change, refusal in (
        ("state = 'cancelled'", CalledOff),
        ("starts_at = clock_timestamp(), doors_at = NULL", TooLateToGiveBack),
    ):
        mine = await bought(assembly, 1, refund_policy=half)
        changed = text(f"UPDATE events_event SET {change} WHERE id = :id")
        async with assembly.database.transaction() as tx:
            await tx.execute(changed, {"id": mine.show.event_id})
        assert await assembly.money.cancel_tickets.worth(mine.order.id) == {}
        with pytest.raises(refusal):
            await assembly.money.cancel_tickets.cancel(mine.order.id, mine.ids, uuid7())
        assert await mine.valid() == mine.ids
