"""Runs begun by one member at once, or over orders that are paid only later, give no more than one member may alone."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from admitone import orders
from admitone.assembly import Assembly
from admitone.orders import RunRow, RunState, RunWish
from admitone.plumbing.database import Transaction
from admitone.values.ids import uuid7
from tests.flows.test_approvals import asked, back, bought, limited
from tests.flows.test_book_statement import booked, drafted, seen, ticked
from tests.support.bank_desk import Booked, bank_account, by_transfer
from tests.support.onsale import OnSale, must_hold

LATE = 3


async def begun(site: Assembly, show: OnSale, minor: int, run_id: UUID | None = None) -> RunRow:
    """A run that gives so much for each ticket."""
    wish = RunWish(amount_minor=minor)
    return await site.money.bulk_runs.start(
        show.owner, show.organiser_id, show.event_id, wish, run_id or uuid7()
    )


async def paid_later(site: Assembly, show: OnSale, minor: int) -> RunRow:
    """A run that stands still, for one order that is paid; three more were placed before it, and are paid now."""
    account = await bank_account(site, show)
    await bought(site, show, 1)
    waiting = [await by_transfer(site, show) for _ in range(LATE)]
    run = await begun(site, show, minor)
    if run.state is RunState.RUNNING:
        await site.money.bulk_runs.pause(show.owner, show.organiser_id, run.id)
    lines = [Booked(2500, one.code) for one in waiting]
    draft_id = await drafted(site, show, account, *lines)
    done = await booked(site, show, draft_id, ticked(await seen(site, show, draft_id)))
    assert done.settled == LATE
    return run


async def worked(site: Assembly, run: RunRow) -> RunRow:
    """All pieces of it are done; the run as it is now."""
    while await site.money.bulk_runs.work():
        pass
    async with site.database.reading() as reader:
        found = await orders.run_by_id(reader, run.id)
    assert found is not None
    return found


async def test_of_runs_begun_in_one_moment_only_those_below_the_limit_go(assembly: Assembly) -> None:
    show, _ = await limited(assembly)
    for _ in range(2):
        await bought(assembly, show, 1)

    async def connected(tx: Transaction) -> None:
        await tx.execute(text("SELECT pg_advisory_xact_lock_shared(1)"))

    # With a connection each from before, they look at the same moment.
    await asyncio.gather(*(assembly.database.run(connected) for _ in range(4)))
    made = await asyncio.gather(*(begun(assembly, show, 1200) for _ in range(4)))
    assert sorted(one.state.value for one in made) == ["running", "waiting", "waiting", "waiting"]
    await worked(assembly, made[0])
    assert await back(assembly) == 2400
    await must_hold(assembly.database)


async def test_a_run_begun_twice_under_one_name_in_one_moment_asks_nobody(assembly: Assembly) -> None:
    show, second = await limited(assembly)
    await bought(assembly, show, 1)
    run_id = uuid7()
    made = await asyncio.gather(*(begun(assembly, show, 2000, run_id) for _ in range(4)))
    assert {(one.id, one.state) for one in made} == {(run_id, RunState.RUNNING)}
    assert await assembly.money.approvals.waiting(second, show.organiser_id) == []


async def test_what_a_run_gives_of_orders_paid_after_it_began_counts_towards_the_limit(
    assembly: Assembly,
) -> None:
    show, _ = await limited(assembly)
    run = await paid_later(assembly, show, 900)
    await assembly.money.bulk_runs.resume(show.owner, show.organiser_id, run.id)
    now = await worked(assembly, run)
    # 9.00 were said before; of three times 9.00 two are up to the limit of 30.00 with that.
    assert (now.state, now.done, now.failed) == (RunState.DONE, 3, 1)
    assert await back(assembly) == 2700
    async with assembly.database.reading() as reader:
        reasons = text("SELECT reason FROM orders_bulk_item WHERE outcome = 'failed'")
        assert (await reader.execute(reasons)).scalar_one() == "bulk_run.paid_too_late"
    # Going on changes nothing, and another run counts what this one gave.
    await assembly.money.bulk_runs.resume(show.owner, show.organiser_id, run.id)
    await worked(assembly, run)
    assert await back(assembly) == 2700
    assert (await begun(assembly, show, 100)).state is RunState.WAITING
    await must_hold(assembly.database)


async def test_a_yes_to_a_run_is_no_yes_to_orders_paid_after_it_began(assembly: Assembly) -> None:
    show, second = await limited(assembly, 1000)
    run = await paid_later(assembly, show, 1100)
    assert run.state is RunState.WAITING
    await assembly.money.approvals.approve(second, show.organiser_id, (await asked(assembly, show)).id)
    now = await worked(assembly, run)
    assert (now.done, now.failed) == (1, LATE)
    assert await back(assembly) == 1100
    await must_hold(assembly.database)
