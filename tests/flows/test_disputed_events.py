"""An event is called off while banks take money back: nobody is paid twice, and nobody is forgotten."""

from collections.abc import AsyncIterator

import pytest

from admitone import orders
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.orders import RunWish
from admitone.payments import DisputeState
from admitone.values.ids import uuid7
from tests.flows.test_family_disputes import bank_says
from tests.support.changing import Changeable, changeable
from tests.support.onsale import must_hold


@pytest.fixture
async def mine(assembly: Assembly) -> AsyncIterator[Changeable]:
    made = await changeable(assembly)
    yield made
    await must_hold(assembly.database)


async def called_off(mine: Changeable) -> orders.RunRow:
    """The event is cancelled and its run worked until nothing is left to do."""
    site, show = mine.site, mine.show
    await publish_event.cancel(site.database, site.clock, show.owner, show.organiser_id, show.event_id)
    while await site.money.bulk_runs.work():
        pass
    async with site.database.reading() as reader:
        [run] = [one for one in await orders.runs_of(reader, show.event_id)]
    return run


async def wanted_minor(mine: Changeable) -> int:
    """What is to go back of its payments, or went."""
    return sum(one.amount_minor for one in await mine.refunds())


async def test_who_has_the_money_back_from_the_bank_gets_none_when_the_event_is_called_off(
    mine: Changeable,
) -> None:
    await bank_says(mine, mine.order.id, DisputeState.OPEN)
    await bank_says(mine, mine.order.id, DisputeState.LOST)
    run = await called_off(mine)
    assert (run.state, run.done, run.failed) == (orders.RunState.DONE, 1, 0)
    assert (await mine.now()).state == "cancelled"
    assert await wanted_minor(mine) == 0


async def test_an_undecided_dispute_makes_its_order_wait_until_the_run_is_resumed(mine: Changeable) -> None:
    await bank_says(mine, mine.order.id, DisputeState.OPEN)
    run = await called_off(mine)
    assert (run.state, run.done, run.failed) == (orders.RunState.DONE, 0, 1)
    assert ((await mine.now()).state, await wanted_minor(mine)) == ("paid", 0)
    await bank_says(mine, mine.order.id, DisputeState.WON)
    await mine.site.money.bulk_runs.resume(mine.show.owner, mine.show.organiser_id, run.id)
    while await mine.site.money.bulk_runs.work():
        pass
    assert (await mine.now()).state == "cancelled"
    assert await wanted_minor(mine) == mine.order.total_minor


async def test_goodwill_for_everybody_passes_by_whom_the_bank_paid(mine: Changeable) -> None:
    await bank_says(mine, mine.order.id, DisputeState.OPEN)
    runs, show = mine.site.money.bulk_runs, mine.show
    wish = RunWish(amount_minor=100)
    run = await runs.start(show.owner, show.organiser_id, show.event_id, wish, uuid7())
    while await runs.work():
        pass
    async with mine.site.database.reading() as reader:
        found = await orders.run_by_id(reader, run.id)
    assert found is not None
    assert (found.done, found.failed) == (0, 1)
    assert await wanted_minor(mine) == 0
