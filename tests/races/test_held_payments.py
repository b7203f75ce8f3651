"""A held payment and the end of its order in one moment, in two processes: tickets or nothing, and never a refund."""

import asyncio
from collections import Counter
from uuid import UUID

from sqlalchemy import text

from admitone import events, orders
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.cancel_order import cancel_unpaid
from admitone.values.refusals import Refusal
from tests.support.held_wire import hold_everything
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale
from tests.support.waiting import eventually_async

ROUNDS = 24
_OVER = text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id")
_ENDS = text(
    """
    SELECT o.state, held.is_taken, attempt.state, (SELECT count(*) FROM payments_refund), o.id
    FROM orders_order AS o JOIN payments_attempt AS attempt ON attempt.order_id = o.id
    LEFT JOIN payments_held AS held ON held.attempt_id = attempt.id
    """
)


async def test_a_held_payment_meets_the_end_of_its_order(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("General admission", 2500, ROUNDS * 2))
    desk = hold_everything(assembly, twin)
    for number in range(ROUNDS):
        order = await place(assembly, show)
        attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt

        async def ends(order_id: UUID = order.id, *, by_buyer: bool = number % 3 == 0) -> None:
            if by_buyer:
                await cancel_unpaid(twin.database, twin.clock, order_id)
                return
            await twin.database.run(lambda tx: tx.execute(_OVER, {"id": order_id}))
            await twin.expiry.expire_orders()

        desk.pays(attempt)
        moves = [assembly.settlement.ask(attempt), twin.settlement.ask(attempt), ends()]
        said = await asyncio.gather(*moves[number % 2 :], *moves[: number % 2], return_exceptions=True)
        for one in said:
            assert not isinstance(one, BaseException) or isinstance(one, Refusal), repr(one)
        await assembly.settlement.ask(attempt)
    async with assembly.database.reading() as reader:
        rows = (await reader.execute(_ENDS)).all()
    found = Counter((row[0], row[1], row[2]) for row in rows)
    assert set(found) <= {
        ("paid", True, "paid"),
        ("expired", False, "failed"),
        ("cancelled", False, "failed"),
    }, found
    assert rows[0][3] == 0, "nothing had to go back"
    assert sum(found.values()) == ROUNDS
    assert set(desk.taken).isdisjoint(desk.gone)
    await must_hold(assembly.database)


_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def waiting_for_the_sale(site: Assembly) -> int:
    async with site.database.reading() as reader:
        return int((await reader.execute(_WAITING)).scalar_one())


async def call_off(site: Assembly, show: OnSale) -> None:
    await publish_event.cancel(site.database, site.clock, show.owner, show.organiser_id, show.event_id)


async def test_a_held_payment_locks_no_order_while_it_waits_behind_whoever_calls_the_event_off(
    assembly: Assembly, twin: Assembly
) -> None:
    """A settlement that has the sale and wants the order, a calling off that wants the sale: no circle of three."""
    show, desk = await put_on_sale(assembly), hold_everything(assembly, twin)
    order = await place(assembly, show)
    attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt
    desk.pays(attempt)
    async with assembly.database.transaction() as settling:
        await events.kept_sales(settling, {show.event_id})
        calling_off = asyncio.create_task(call_off(twin, show))
        await eventually_async(lambda: _is(1, assembly))
        closing = asyncio.create_task(assembly.settlement.ask(attempt))
        await eventually_async(lambda: _is(2, assembly))
        # Sooner than PostgreSQL looks for a circle: nobody has the order, so there is nothing to wait for.
        await settling.execute(text("SET LOCAL lock_timeout = '300ms'"))
        assert (await orders.lock(settling, [order.id]))[order.id].state == "pending"
    await asyncio.gather(calling_off, closing)
    assert (desk.taken, desk.gone) == ([], [attempt.provider_ref])
    await assembly.cancelling.take_all_back(show.event_id)
    async with assembly.database.reading() as reader:
        rows = (await reader.execute(_ENDS)).all()
    assert [(row[0], row[1], row[3]) for row in rows] == [("cancelled", False, 0)]
    await must_hold(assembly.database)


async def _is(wanted: int, site: Assembly) -> bool:
    return await waiting_for_the_sale(site) == wanted


async def test_a_held_payment_meets_the_calling_off_of_its_event(assembly: Assembly, twin: Assembly) -> None:
    desk = hold_everything(assembly, twin)
    for number in range(8):
        show = await put_on_sale(assembly)
        order = await place(assembly, show)
        attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt
        desk.pays(attempt)
        moves = [assembly.settlement.ask(attempt), twin.settlement.ask(attempt), call_off(twin, show)]
        said = await asyncio.gather(*moves[number % 3 :], *moves[: number % 3], return_exceptions=True)
        assert [one for one in said if isinstance(one, BaseException)] == []
        await assembly.settlement.ask(attempt)
        await assembly.cancelling.take_all_back(show.event_id)
    async with assembly.database.reading() as reader:
        rows = (await reader.execute(_ENDS)).all()
    assert {row[0] for row in rows} == {"cancelled"}
    assert set(desk.taken).isdisjoint(desk.gone)
    assert len({*desk.taken, *desk.gone}) == 8
    await must_hold(assembly.database)
