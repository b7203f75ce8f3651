"""A ticket is given back once, and is either given back or let in: never both, never neither."""

import asyncio
from collections import Counter

from sqlalchemy import text

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.checkin import Verdict
from admitone.flows.admit import ScanIn
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish, TicketUsed
from admitone.tickets import TicketIsCancelled
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.onsale import PAID, OnSale, TypeOnSale, buy, must_hold, put_on_sale

FULL = record_of(Chosen("full", days=7))
MANY = TypeOnSale(PAID.name, PAID.price_minor, 40, per_person_limit=40)


async def bought(site: Assembly, quantity: int) -> tuple[OnSale, orders.OrderRow, list[tickets.Ticket]]:
    show = await put_on_sale(site, MANY, refund_policy=FULL)
    paying = await buy(site, show, quantity)
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        return show, order, await tickets.by_order(reader, order.id)


async def test_two_people_give_the_same_ticket_back_at_once(assembly: Assembly, twin: Assembly) -> None:
    show, order, mine = await bought(assembly, 6)

    async def give(site: Assembly, at: int) -> str:
        try:
            await site.money.cancel_tickets.cancel(order.id, [mine[at].id], uuid7())
        except TicketIsCancelled:
            return "no"
        return "yes"

    async def refund(at: int) -> str:
        wish = RefundWish((mine[at].id,))
        try:
            await twin.money.cancel_tickets.refund(show.owner, show.organiser_id, order.code, wish, uuid7())
        except TicketIsCancelled:
            return "no"
        return "yes"

    for at in range(5):
        said = await asyncio.gather(give(assembly, at), give(twin, at), refund(at))
        assert Counter(said) == {"yes": 1, "no": 2}
    async with assembly.database.reading() as reader:
        sent = (await reader.execute(text("SELECT sum(amount_minor) FROM payments_refund"))).scalar_one()
    assert sent == 5 * 2500
    await must_hold(assembly.database)


async def test_the_same_request_twice_at_once_is_done_once(assembly: Assembly, twin: Assembly) -> None:
    _, order, mine = await bought(assembly, 2)
    reversal_id = uuid7()
    done = await asyncio.gather(
        *(
            site.money.cancel_tickets.cancel(order.id, [mine[0].id], reversal_id)
            for site in (assembly, twin, assembly)
        )
    )
    assert sorted(one.is_repeat for one in done) == [False, True, True]
    await must_hold(assembly.database)


async def test_a_ticket_scanned_while_it_is_given_back_has_one_end(
    assembly: Assembly, twin: Assembly
) -> None:
    show, order, mine = await bought(assembly, 16)
    codes = [tickets.code_of(one, assembly.ring) for one in mine]

    async def give(at: int) -> str:
        try:
            await assembly.money.cancel_tickets.cancel(order.id, [mine[at].id], uuid7())
        except TicketUsed:
            return "used"
        return "given back"

    async def scan(at: int) -> str:
        said = await twin.admit.scan(show.door, ScanIn(uuid7(), show.event_id, codes[at], "Mill Lane"))
        return "used" if said.answer.verdict is Verdict.ADMITTED else "given back"

    ends = []
    for at in range(len(mine)):
        # Who is first differs from ticket to ticket.
        both = (give(at), scan(at)) if at % 2 else (scan(at), give(at))
        first, second = await asyncio.gather(*both)
        assert first == second
        ends.append(first)
    async with assembly.database.reading() as reader:
        query = "SELECT (SELECT count(*) FROM checkin_admission), (SELECT count(*) FROM payments_refund)"
        admitted, refunds = (await reader.execute(text(query))).one()
    assert (admitted, refunds) == (ends.count("used"), ends.count("given back"))
    assert admitted + refunds == 16
    await must_hold(assembly.database)


async def test_parts_and_the_whole_at_once_give_back_no_more_than_was_paid(
    assembly: Assembly, twin: Assembly
) -> None:
    show, order, mine = await bought(assembly, 8)
    flow = twin.money.cancel_tickets

    async def refuse_nothing_but_refusals(story: object) -> None:
        try:
            await story  # type: ignore[misc]
        except Refusal:
            return

    amount = RefundWish(amount_minor=1500, cancels=False)
    stories = [assembly.money.cancel_tickets.cancel(order.id, [one.id], uuid7()) for one in mine[:4]]
    stories += [flow.refund(show.owner, show.organiser_id, order.code, amount, uuid7()) for _ in range(4)]
    taking = assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    await asyncio.gather(*(refuse_nothing_but_refusals(one) for one in (*stories, taking)))
    async with assembly.database.reading() as reader:
        sent = (await reader.execute(text("SELECT sum(amount_minor) FROM payments_refund"))).scalar_one()
        state = (await orders.by_id(reader, order.id)).state
    assert (sent, state) == (order.total_minor, "cancelled")
    await must_hold(assembly.database)
