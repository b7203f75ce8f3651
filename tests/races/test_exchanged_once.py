"""A ticket is changed once, and is either changed, let in or given back: never two of them, never none."""

import asyncio
from collections import Counter
from uuid import UUID

from sqlalchemy import text

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.checkin import Verdict
from admitone.flows.admit import ScanIn
from admitone.flows.exchange_plan import ChangeWish
from admitone.flows.reversal_plan import RefundWish
from admitone.flows.settlement import Heard
from admitone.payments import Attempt, Outcome, Status
from admitone.payments.providers.sandbox import Decision
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.changing import DOWN, UP, Changeable, changeable
from tests.support.onsale import must_hold


def one(mine: Changeable, at: int, to: int) -> ChangeWish:
    return ChangeWish((mine.ids[at],), mine.show.event_id, mine.show.types[to])


async def paid_at_bank(site: Assembly, order_id: UUID) -> Attempt:
    """Its buyer has paid; we have not heard of it yet."""
    attempt = (await site.payment.pay(order_id, "sandbox:card")).attempt
    assert site.sandbox is not None
    assert attempt.provider_ref is not None
    await site.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
    return attempt


async def valid_in_family(mine: Changeable) -> int:
    """Valid tickets of all its orders."""
    async with mine.site.database.reading() as reader:
        family = await orders.family(reader, mine.order.id)
        found = await tickets.by_orders(reader, family)
    return sum(ticket.state == "valid" for some in found.values() for ticket in some)


async def test_two_changes_of_one_ticket_at_once_are_one(assembly: Assembly, twin: Assembly) -> None:
    mine = await changeable(assembly, 4)

    async def change(site: Assembly, at: int, to: int) -> str:
        try:
            await site.exchanging.change(mine.order.id, one(mine, at, to), uuid7())
        except Refusal as refusal:
            return refusal.code
        return "yes"

    for at in range(4):
        to = (UP, DOWN) if at % 2 else (DOWN, UP)
        said = await asyncio.gather(change(assembly, at, to[0]), change(twin, at, to[1]))
        assert Counter(word == "yes" for word in said) == {True: 1, False: 1}, said
    assert await valid_in_family(mine) == 4
    await must_hold(assembly.database)


async def test_the_same_change_twice_at_once_is_one(assembly: Assembly, twin: Assembly) -> None:
    mine, request_id = await changeable(assembly, 1), uuid7()

    async def change(site: Assembly) -> UUID | str:
        try:
            return (await site.exchanging.change(mine.order.id, one(mine, 0, DOWN), request_id)).order.id
        except Refusal as refusal:
            return refusal.code

    said = await asyncio.gather(change(assembly), change(twin), change(assembly))
    again = await change(assembly)
    assert again in said
    assert await mine.back() == [500]
    assert await valid_in_family(mine) == 1
    await must_hold(assembly.database)


async def test_a_scan_and_the_payment_of_a_change_have_one_end(assembly: Assembly, twin: Assembly) -> None:
    mine = await changeable(assembly, 8)
    ends = []
    for at, ticket in enumerate(mine.tickets):
        child = (await assembly.exchanging.change(mine.order.id, one(mine, at, UP), uuid7())).order
        attempt = await paid_at_bank(assembly, child.id)
        code = tickets.code_of(ticket, assembly.ring)
        scan = ScanIn(uuid7(), mine.show.event_id, code, "Mill Lane")
        both = [twin.admit.scan(mine.show.door, scan), assembly.settlement.ask(attempt)]
        # Who is first differs from ticket to ticket.
        order = both if at % 2 else both[::-1]
        said = await asyncio.gather(*order)
        answer = said[0] if at % 2 else said[1]
        went_in = answer.answer.verdict is Verdict.ADMITTED  # type: ignore[union-attr]
        state = (await mine.now(child.id)).state
        assert state == ("cancelled" if went_in else "paid")
        ends.append(state)
    assert await valid_in_family(mine) == 8
    assert await mine.back() == [500] * ends.count("cancelled")
    await must_hold(assembly.database)


async def test_giving_a_ticket_back_and_paying_for_its_change_have_one_end(
    assembly: Assembly, twin: Assembly
) -> None:
    mine = await changeable(assembly, 6)
    paid = 0
    for at in range(6):
        child = (await assembly.exchanging.change(mine.order.id, one(mine, at, UP), uuid7())).order
        attempt = await paid_at_bank(assembly, child.id)

        async def refund(at: int = at) -> str:
            wish = RefundWish((mine.ids[at],))
            try:
                await twin.money.cancel_tickets.refund(
                    mine.show.owner, mine.show.organiser_id, mine.order.code, wish, uuid7()
                )
            except Refusal:
                return "no"
            return "yes"

        both = [refund(), assembly.settlement.ask(attempt)]
        said = await asyncio.gather(*(both if at % 2 else both[::-1]))
        refunded = "yes" in said
        state = (await mine.now(child.id)).state
        assert state == ("cancelled" if refunded else "paid")
        paid += state == "paid"
    assert await valid_in_family(mine) == paid
    await must_hold(assembly.database)


async def test_two_payments_of_one_change_are_one_change(assembly: Assembly, twin: Assembly) -> None:
    mine = await changeable(assembly, 1)
    child = (await assembly.exchanging.change(mine.order.id, one(mine, 0, UP), uuid7())).order
    attempts = [await paid_at_bank(assembly, child.id) for _ in range(2)]
    await asyncio.gather(assembly.settlement.ask(attempts[0]), twin.settlement.ask(attempts[1]))
    assert (await mine.now(child.id)).state == "paid"
    [refund] = await mine.refunds()
    assert (refund.reason, refund.amount_minor) == ("paid_twice", 500)
    assert await valid_in_family(mine) == 1
    await must_hold(assembly.database)


async def test_many_change_to_each_others_types_at_once(assembly: Assembly, twin: Assembly) -> None:
    """Pools are locked in one order, so nobody waits for ever; whoever is refused keeps what they had."""
    first = await changeable(assembly, 5)
    async with assembly.database.reading() as reader:
        before = (
            await reader.execute(text("SELECT count(*) FROM tickets_ticket WHERE state = 'valid'"))
        ).scalar_one()

    async def change(site: Assembly, at: int) -> None:
        await site.exchanging.change(first.order.id, one(first, at, DOWN if at % 2 else 3), uuid7())

    await asyncio.gather(*(change((assembly, twin)[at % 2], at) for at in range(5)))
    assert await valid_in_family(first) == before == 5
    await must_hold(assembly.database)


async def test_all_tickets_changed_by_payments_heard_in_one_moment_end_their_order(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly)
    heard = []
    for at in range(2):
        changed = await assembly.exchanging.change(mine.order.id, one(mine, at, UP), uuid7())
        attempt = await paid_at_bank(assembly, changed.order.id)
        status = Status(attempt.provider_ref, Outcome.PAID, 500, "EUR", attempt_id=attempt.id)
        heard.append((Heard(attempt.id, status), attempt))
    # Both are asked before the first batch begins: they share it.
    settled = await asyncio.gather(
        *(assembly.settlement.hear_at_once(*pair, mine.show.event_id) for pair in heard)
    )
    assert [got.order_state for got in settled] == ["paid", "paid"]
    assert (await mine.now()).state == "cancelled"
    assert (await mine.valid(), await valid_in_family(mine), await mine.sold()) == ([], 2, [0, 2, 0, 0])
    await must_hold(assembly.database)
