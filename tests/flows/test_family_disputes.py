"""A dispute suspends all tickets of a family: a ticket changed for another is no way past the bank's question."""

from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import checkin, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.flows.admit import ScanIn
from admitone.flows.order_wish import OrderWish
from admitone.payments import SANDBOX_ACCOUNT, DisputeState, DisputeStatus
from admitone.reads.disputed import IS_DISPUTED, suspending_dispute
from admitone.reads.guest_list import guest_list
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, UP, Changeable, changeable
from tests.support.onsale import must_hold, wish
from tests.support.site import bearer, browser

GATE = "Mill Lane"


async def bank_says(mine: Changeable, order_id: UUID, state: DisputeState) -> None:
    """A bank wants back what was paid for this order."""
    async with mine.site.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [order_id])
    assert attempt.provider_ref is not None
    opened = await mine.site.payment_accounts.find(SANDBOX_ACCOUNT)
    assert opened is not None
    named = f"dp_{attempt.provider_ref}"
    minor = attempt.paid_minor or 0
    status = DisputeStatus(named, attempt.provider_ref, state, "EUR", minor, 0, "fraudulent")
    await mine.site.money.disputing.hear(opened, status)


async def first_of(mine: Changeable, order_id: UUID) -> tickets.Ticket:
    async with mine.site.database.reading() as reader:
        found = await tickets.by_order(reader, order_id)
    return next(one for one in found if one.state == tickets.TicketState.VALID)


async def at_the_door(mine: Changeable, order_id: UUID) -> checkin.Reason | checkin.Verdict | None:
    """Why the order's first ticket does not let anybody in, or what the door said instead."""
    code = tickets.code_of(await first_of(mine, order_id), mine.site.ring)
    said = await mine.site.admit.scan(mine.show.door, ScanIn(uuid7(), mine.show.event_id, code, GATE))
    return said.answer.reason or said.answer.verdict


async def suspended(mine: Changeable) -> set[UUID]:
    """Orders with a ticket that the guest list says is suspended; the order pages agree."""
    async with mine.site.database.reading() as reader:
        page = await guest_list(reader, mine.show.door, mine.show.organiser_id, mine.show.event_id)
        family = [await orders.by_id(reader, one) for one in await orders.family(reader, mine.order.id)]
        told = {one.id for one in family if await suspending_dispute(reader, one) is not None}
    listed = {one.order_code for one in page.items if one.is_suspended and not one.is_cancelled}
    seen = {one.id for one in family if one.code in listed}
    assert seen == told
    return told


async def changed(mine: Changeable, to: int = DOWN) -> UUID:
    """The first ticket is changed for another; the new order."""
    order_id = (await mine.site.exchanging.change(mine.order.id, mine.wish(to), uuid7())).order.id
    if to == UP:
        await mine.site.payment.pay(order_id, "sandbox:push")
    return order_id


async def added(mine: Changeable) -> UUID:
    """One more ticket that stands with the order, paid by itself."""
    held = await mine.site.purchase.hold(wish(mine.show))
    more = await mine.site.purchase.place(
        OrderWish(held.hold_id, mine.order.email, mine.order.name, adds_to=mine.order.id)
    )
    await mine.site.payment.pay(more.id, "sandbox:push")
    return more.id


async def test_a_ticket_changed_before_the_dispute_waits_with_the_others(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = await changed(mine)
    assert await suspended(mine) == set()
    await bank_says(mine, mine.order.id, DisputeState.OPEN)
    assert await suspended(mine) == {mine.order.id, child}
    assert await at_the_door(mine, child) is checkin.Reason.DISPUTED
    assert await at_the_door(mine, mine.order.id) is checkin.Reason.DISPUTED
    await bank_says(mine, mine.order.id, DisputeState.WON)
    assert await suspended(mine) == set()
    assert await at_the_door(mine, child) is checkin.Verdict.ADMITTED
    await must_hold(assembly.database)


@pytest.mark.parametrize("state", [DisputeState.OPEN, DisputeState.ANSWERED])
async def test_the_dispute_of_a_difference_suspends_the_first_order_too(
    assembly: Assembly, state: DisputeState
) -> None:
    mine = await changeable(assembly)
    child, more = await changed(mine, UP), await added(mine)
    await bank_says(mine, child, state)
    assert await suspended(mine) == {mine.order.id, child, more}
    for one in (mine.order.id, child, more):
        assert await at_the_door(mine, one) is checkin.Reason.DISPUTED
    await must_hold(assembly.database)


async def test_a_lost_dispute_keeps_what_lived_on_that_money_and_lets_go_what_was_paid_by_itself(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly)
    child, more = await changed(mine), await added(mine)
    await bank_says(mine, mine.order.id, DisputeState.LOST)
    assert await suspended(mine) == {mine.order.id, child}
    assert await at_the_door(mine, child) is checkin.Reason.DISPUTED
    assert await at_the_door(mine, more) is checkin.Verdict.ADMITTED


async def test_another_familys_dispute_suspends_nothing_here(assembly: Assembly) -> None:
    mine, other = await changeable(assembly), await changeable(assembly)
    child = await changed(mine)
    await bank_says(other, other.order.id, DisputeState.OPEN)
    assert await suspended(mine) == set()
    assert await at_the_door(mine, child) is checkin.Verdict.ADMITTED


async def test_the_pages_of_a_suspended_family_say_so(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    child = await changed(mine)
    ticket = await first_of(mine, child)
    await bank_says(mine, mine.order.id, DisputeState.OPEN)
    code = (await mine.now(child)).code
    slug = f"o-{mine.show.organiser_id.hex}"
    order = links.order(assembly.links.make("order", child))
    assert mine.show.owner.person_id is not None
    async with browser(assembly) as client:
        held = (await client.get(links.ticket(assembly.links.make("ticket", ticket.id)))).text
        shown = (await client.get(order)).text
        [told] = (await client.get(f"/api/v1{order}/tickets")).json()["tickets"]
        client.headers.update(await bearer(assembly, mine.show.owner.person_id))
        desk = (await client.get(links.managed_event(slug, str(mine.show.event_id), f"orders/{code}"))).text
    assert "this ticket lets nobody in" in held
    assert "qrbox" not in held + shown
    assert (told["is_suspended"], told["code"]) == (True, "")
    assert "Suspended: payment disputed" in desk


async def test_the_door_finds_a_familys_disputes_by_indexes(assembly: Assembly) -> None:
    mine = await changeable(assembly)
    async with assembly.database.reading() as reader:
        await reader.execute(text("SET LOCAL enable_seqscan = off"))
        asked = text(f"EXPLAIN SELECT {IS_DISPUTED} FROM orders_order AS placed WHERE placed.id = :id")
        plan = "\n".join((await reader.execute(asked, {"id": mine.order.id})).scalars())
    assert "Seq Scan" not in plan
    assert "ix_orders_order_root_id" in plan
    assert "ix_payments_dispute_order_id" in plan
