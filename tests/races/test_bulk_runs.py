"""Runs over many orders: everybody once, whoever works, stops or dies; late money is caught; failures are shown."""

import asyncio

import pytest
from sqlalchemy import text

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.bulk_runs import NothingToDo, RunIsOver, RunNotFound
from admitone.orders import RunRow, RunState, RunWish
from admitone.payments.providers.sandbox import Decision
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support.onsale import FREE, OnSale, TypeOnSale, buy, must_hold, place, put_on_sale

STALLS = TypeOnSale("Stalls", 2500, 300)
GALLERY = TypeOnSale("Gallery", 1000, 300)


async def rows(site: Assembly, sql: str) -> list[tuple[object, ...]]:
    """What a query finds."""
    async with site.database.reading() as reader:
        return [tuple(row) for row in await reader.execute(text(sql))]


async def work(site: Assembly) -> int:
    """All pieces there are; how many."""
    pieces = 0
    while await site.money.bulk_runs.work():
        pieces += 1
    return pieces


async def send(site: Assembly) -> None:
    """All refunds there are."""
    while await site.refunding.send_due():
        pass


async def call_off(site: Assembly, show: OnSale) -> RunRow:
    """As its owner does; the run has begun."""
    await publish_event.cancel(site.database, site.clock, show.owner, show.organiser_id, show.event_id)
    await site.cancelling.react(show.event_id)
    async with site.database.reading() as reader:
        [run] = await orders.runs_of(reader, show.event_id)
    return run


async def now(site: Assembly, run: RunRow) -> RunRow:
    """The run as it is now."""
    async with site.database.reading() as reader:
        found = await orders.run_by_id(reader, run.id)
    assert found is not None
    return found


async def test_a_cancelled_event_takes_everybody_back_once_with_two_workers(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, STALLS, TypeOnSale("Guests", 0, 300), fee_bps=500, tax_bps=1900)
    for _ in range(60):
        await buy(assembly, show, 2)
    for _ in range(5):
        await place(assembly, show)
        await place(assembly, show, at=1)
    run = await call_off(assembly, show)
    assert (run.state, run.total) == (RunState.RUNNING, 70)
    assert run.estimate_minor == 60 * 5250
    await assembly.cancelling.react(show.event_id)
    await asyncio.gather(work(assembly), work(twin))
    await work(assembly)
    run = await now(assembly, run)
    assert (run.state, run.done, run.skipped, run.failed) == (RunState.DONE, 70, 0, 0)
    await must_hold(assembly.database)
    await asyncio.gather(send(assembly), send(twin))
    assert await rows(
        assembly, "SELECT state, count(*), sum(amount_minor) FROM payments_refund GROUP BY 1"
    ) == [("done", 60, 60 * 5250)]
    assert await rows(assembly, "SELECT count(*), sum(amount_minor) FROM sandbox_refund") == [(60, 60 * 5250)]
    letters = (
        "SELECT count(*), count(DISTINCT cause) FROM messaging_letter WHERE template = 'event_cancelled'"
    )
    assert await rows(assembly, letters) == [(65, 65)]
    assert await rows(assembly, "SELECT sum(held), sum(sold) FROM inventory_pool") == [(0, 0)]
    await must_hold(assembly.database)


async def test_paused_it_stands_still_and_then_goes_on(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS)
    for _ in range(51):
        await buy(assembly, show)
    run = await call_off(assembly, show)
    runs, owner = assembly.money.bulk_runs, show.owner
    assert await runs.work() == 50
    assert (await runs.pause(owner, show.organiser_id, run.id)).state is RunState.PAUSED
    assert (await runs.pause(owner, show.organiser_id, run.id)).done == 50
    assert await work(assembly) == 0
    assert (await runs.resume(owner, show.organiser_id, run.id)).state is RunState.RUNNING
    await work(assembly)
    assert (await now(assembly, run)).done == 51
    with pytest.raises(RunIsOver):
        await runs.pause(owner, show.organiser_id, run.id)
    with pytest.raises(Forbidden):
        await runs.pause(show.door, show.organiser_id, run.id)
    other = await put_on_sale(assembly)
    with pytest.raises(RunNotFound):
        await runs.pause(other.owner, other.organiser_id, run.id)
    await must_hold(assembly.database)


async def test_everybody_of_one_ticket_type_and_nobody_else(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS, GALLERY, fee_bps=500, tax_bps=1900)
    for _ in range(3):
        await buy(assembly, show, 2)
        await buy(assembly, show, 1, at=1)
    wish = RunWish(show.types[0], message="The stalls are closed.")
    runs = assembly.money.bulk_runs
    seen = await runs.preview(show.owner, show.organiser_id, show.event_id, wish)
    assert (seen.total, seen.estimate_minor) == (3, 3 * 5250)
    run_id = uuid7()
    for _ in range(2):
        run = await runs.start(show.owner, show.organiser_id, show.event_id, wish, run_id)
    await work(assembly)
    assert ((await now(assembly, run)).state, (await now(assembly, run)).done) == (RunState.DONE, 3)
    await send(assembly)
    assert await rows(assembly, "SELECT count(*), sum(amount_minor) FROM sandbox_refund") == [(3, 3 * 5250)]
    states = "SELECT state, count(*) FROM orders_order GROUP BY 1 ORDER BY 1"
    assert await rows(assembly, states) == [("cancelled", 3), ("paid", 3)]
    with pytest.raises(NothingToDo):
        await runs.start(show.owner, show.organiser_id, show.event_id, wish, uuid7())
    await must_hold(assembly.database)


async def test_goodwill_for_each_ticket_is_never_more_than_was_paid(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, STALLS, GALLERY, FREE)
    await buy(assembly, show, 3)
    await buy(assembly, show, 2, at=1)
    await place(assembly, show, at=2)
    runs = assembly.money.bulk_runs
    for times in (1, 2):
        run = await runs.start(
            show.owner, show.organiser_id, show.event_id, RunWish(amount_minor=800), uuid7()
        )
        await asyncio.gather(work(assembly), work(twin))
        await work(assembly)
        found = await now(assembly, run)
        assert (found.done, found.skipped, found.failed) == (2, 1, 0)
        total = {1: 3 * 800 + 2 * 800, 2: 3 * 1600 + 2 * 1000}[times]
        assert await rows(assembly, "SELECT sum(amount_minor) FROM payments_refund") == [(total,)]
    valid = "SELECT count(*) FROM tickets_ticket WHERE state = 'valid'"
    assert await rows(assembly, valid) == [(6,)]
    await must_hold(assembly.database)


async def test_goodwill_without_fees_gives_no_more_than_the_price(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, GALLERY, fee_bps=500)
    await buy(assembly, show, 2)
    wish = RunWish(amount_minor=1050, with_fees=False)
    runs = assembly.money.bulk_runs
    run = await runs.start(show.owner, show.organiser_id, show.event_id, wish, uuid7())
    await work(assembly)
    found = await now(assembly, run)
    assert (found.done, found.failed) == (1, 0)
    assert await rows(assembly, "SELECT sum(amount_minor) FROM payments_refund") == [(2000,)]
    await must_hold(assembly.database)


@pytest.mark.parametrize("paid_by", ["buyer", "organiser"])
@pytest.mark.parametrize("tax_mode", ["included", "added"])
async def test_no_more_goes_back_without_fees_than_was_said_before(
    assembly: Assembly, paid_by: str, tax_mode: str
) -> None:
    show = await put_on_sale(
        assembly, GALLERY, fee_bps=500, fee_paid_by=paid_by, tax_bps=1900, tax_mode=tax_mode
    )
    await buy(assembly, show, 2)
    runs = assembly.money.bulk_runs
    wish = RunWish(with_fees=False)
    seen = await runs.preview(show.owner, show.organiser_id, show.event_id, wish)
    await runs.start(show.owner, show.organiser_id, show.event_id, wish, uuid7())
    await work(assembly)
    async with assembly.database.reading() as reader:
        gone = (await reader.execute(text("SELECT sum(amount_minor) FROM payments_refund"))).scalar_one()
        paid = (await reader.execute(text("SELECT sum(total_minor) FROM orders_order"))).scalar_one()
    assert gone <= seen.estimate_minor <= paid
    await must_hold(assembly.database)


async def test_an_order_paid_while_the_run_goes_is_caught(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS)
    late = await place(assembly, show)
    attempt = (await assembly.payment.pay(late.id, "sandbox:card")).attempt
    await buy(assembly, show)
    runs = assembly.money.bulk_runs
    run = await runs.start(show.owner, show.organiser_id, show.event_id, RunWish(), uuid7())
    assert await runs.work() == 1
    assert assembly.sandbox is not None
    await assembly.sandbox.decide(attempt.provider_ref or "", Decision(pays=True, copies=0))
    await assembly.settlement.ask(attempt)
    after = await buy(assembly, show)
    await work(assembly)
    assert (await now(assembly, run)).done == 2
    async with assembly.database.reading() as reader:
        assert (await orders.by_id(reader, late.id)).state == "cancelled"
        assert (await orders.by_id(reader, after.attempt.order_id)).state == "paid", "bought after it began"
    await must_hold(assembly.database)


async def test_an_order_that_breaks_is_noted_and_its_neighbours_are_taken_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, STALLS)
    paid = [await buy(assembly, show) for _ in range(3)]
    broken = paid[1].attempt.order_id
    async with assembly.database.transaction() as tx:
        await tx.execute(
            text("UPDATE orders_allowance SET taken = 0 FROM orders_order o WHERE o.email_key = "
                 "orders_allowance.email_key AND o.id = :id"), {"id": broken}
        )  # fmt: skip
    run = await call_off(assembly, show)
    await work(assembly)
    found = await now(assembly, run)
    assert (found.state, found.done, found.failed) == (RunState.DONE, 2, 1)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE orders_allowance SET taken = 1 WHERE email_key = (SELECT email_key FROM "
                              "orders_order WHERE id = :id)"), {"id": broken})  # fmt: skip
    await assembly.money.bulk_runs.resume(show.owner, show.organiser_id, run.id)
    await work(assembly)
    assert ((await now(assembly, run)).done, (await now(assembly, run)).failed) == (3, 0)
    async with assembly.database.reading() as reader:
        assert len(await payments.refunds_of(reader, [broken])) == 1
    await must_hold(assembly.database)
