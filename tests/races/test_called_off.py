"""An event is called off, or a hold given back, in the moment in which somebody buys."""

import asyncio

import pytest
from sqlalchemy import text

from admitone import events, inventory, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.order_wish import OrderWish
from admitone.orders import OrderRow
from admitone.payments import Attempt
from admitone.payments.providers.sandbox import Decision
from admitone.values.ids import uuid7
from tests.support.onsale import FREE, PAID, OnSale, TypeOnSale, must_hold, place, put_on_sale, wish


async def call_off(site: Assembly, show: OnSale) -> None:
    """As its owner does; the refunds follow."""
    await publish_event.cancel(site.database, site.clock, show.owner, show.organiser_id, show.event_id)


async def paid_at_bank(site: Assembly, order: OrderRow) -> Attempt:
    """Its buyer has paid; we have not heard of it yet."""
    attempt = (await site.payment.pay(order.id, "sandbox:card")).attempt
    assert site.sandbox is not None
    assert attempt.provider_ref is not None
    await site.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
    return attempt


async def read(site: Assembly, order: OrderRow) -> tuple[str, int, list[str]]:
    """The order's state, its valid tickets, and why money goes back."""
    async with site.database.reading() as reader:
        found = await orders.by_id(reader, order.id)
        valid = [one for one in await tickets.by_order(reader, order.id) if one.state == "valid"]
        back = await payments.refunds_of(reader, [order.id])
    return found.state, len(valid), [one.reason for one in back]


async def test_places_held_before_an_event_is_called_off_become_no_order_after_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, FREE)
    for at in (0, 1):
        held = await assembly.purchase.hold(wish(show, at=at))
        if at == 0:
            first = held
    await call_off(assembly, show)
    for one in (first, held):
        with pytest.raises(events.EventIsCancelled):
            await assembly.purchase.place(OrderWish(one.hold_id, "ada@example.org", "Ada Obi"))
    await must_hold(assembly.database)


async def test_money_that_comes_late_for_an_event_called_off_goes_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE orders_order SET pay_until = clock_timestamp()"))
    assert await assembly.expiry.expire_orders() == 1
    await call_off(assembly, show)
    assert await assembly.cancelling.take_all_back(show.event_id) == 0
    assert assembly.sandbox is not None
    await assembly.sandbox.decide(attempt.provider_ref or "", Decision(pays=True, copies=0))
    await assembly.settlement.ask(attempt)
    assert await read(assembly, order) == ("expired", 0, ["event_cancelled"])
    await must_hold(assembly.database)


async def test_nobody_slips_through_while_an_event_is_being_called_off(
    assembly: Assembly, twin: Assembly
) -> None:
    """Whoever was first has tickets that the refunds find; everybody else has none."""
    for _ in range(10):
        show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 50), TypeOnSale("Guests", 0, 50))
        waiting = [await place(assembly, show) for _ in range(6)]
        attempts = [await paid_at_bank(assembly, order) for order in waiting]
        holds = [await assembly.purchase.hold(wish(show, at=1)) for _ in range(6)]
        wishes = [OrderWish(one.hold_id, f"b{uuid7().hex}@example.org", "Ada Obi") for one in holds]
        said = await asyncio.gather(
            *(twin.settlement.ask(one) for one in attempts[:3]),
            *(twin.purchase.place(one) for one in wishes[:3]),
            call_off(assembly, show),
            *(assembly.settlement.ask(one) for one in attempts[3:]),
            *(assembly.purchase.place(one) for one in wishes[3:]),
            return_exceptions=True,
        )
        assert {type(one) for one in said if isinstance(one, BaseException)} <= {events.EventIsCancelled}
        await assembly.cancelling.take_all_back(show.event_id)
        async with assembly.database.reading() as reader:
            valid = "SELECT count(*) FROM tickets_ticket WHERE event_id = :event_id AND state = 'valid'"
            assert (await reader.execute(text(valid), {"event_id": show.event_id})).scalar_one() == 0
        assert {(await read(assembly, order))[2][0] for order in waiting} == {"event_cancelled"}
        await must_hold(assembly.database)


async def test_a_hold_given_back_while_it_becomes_an_order_is_one_or_the_other(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 100))
    for _ in range(30):
        held = await assembly.purchase.hold(wish(show))
        placed, *_ = await asyncio.gather(
            assembly.purchase.place(OrderWish(held.hold_id, f"b{uuid7().hex}@example.org", "Ada Obi")),
            *(twin.purchase.release(held.hold_id) for _ in range(3)),
            return_exceptions=True,
        )
        async with assembly.database.reading() as reader:
            hold = await inventory.read(reader, held.hold_id)
        is_order = isinstance(placed, OrderRow)
        assert is_order or isinstance(placed, inventory.HoldGone), repr(placed)
        assert hold.state == ("claimed" if is_order else "released")
        await must_hold(assembly.database)


async def test_an_order_that_lost_its_places_keeps_nobody_elses(assembly: Assembly) -> None:
    """It cannot be; but if it were, the places of others must still go back to sale."""
    show = await put_on_sale(assembly)
    lost, other = await place(assembly, show), await place(assembly, show)
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text("UPDATE inventory_hold SET state = 'released' WHERE order_id = :id"), {"id": lost.id}
        )
        await tx.execute(text("UPDATE inventory_pool SET held = held - 1"))
        await tx.execute(text("UPDATE orders_order SET pay_until = clock_timestamp()"))
    assert await assembly.expiry.expire_orders() == 2
    assert [(await read(assembly, one))[0] for one in (lost, other)] == ["expired", "expired"]
    async with assembly.database.reading() as reader:
        assert (await reader.execute(text("SELECT held FROM inventory_pool"))).scalar_one() == 0
