"""The database's postmaster is killed under load: what was answered is there, what was not is safe to ask again."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import migrations, tickets
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.admit import ScanIn
from admitone.flows.purchase import HoldWish
from admitone.plumbing import embedded
from admitone.plumbing.database import DatabaseBusy
from admitone.settings import Settings
from admitone.values.ids import uuid7
from tests.support.onsale import FREE, OnSale, TypeOnSale, must_hold, place, put_on_sale, wish
from tests.support.server_processes import postmasters
from tests.support.waiting import eventually, eventually_async

KILLS = 3
BUYERS = 12
SCANNERS = 4
TICKETS = 10
BETWEEN_KILLS = 150


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home that every account may enter, so that root's server can run in it."""
    base = Path(tempfile.mkdtemp(prefix="admitone-test-"))
    base.chmod(0o755)
    yield base / "pg"
    eventually(lambda: not postmasters(base / "pg"))
    shutil.rmtree(base)


@pytest.fixture
async def durable(home: Path, settings: Settings) -> AsyncIterator[Assembly]:
    """A site on a durable server of its own."""
    with embedded.acquire(embedded.Options(home=home)) as lease:
        opened = OpenDatabase(lease.url("admitone"), None)
        migrations.create_database(opened.url)
        migrations.upgrade(opened.url)
        built = await assemble(settings, opened, migrations.APP_ROLE, name="durable site")
        yield built
        await built.close()


@dataclass(slots=True)
class Answers:
    """What the site said yes to, and how often it said that it was busy."""

    held: set[UUID] = field(default_factory=set)
    admitted: dict[UUID, UUID] = field(default_factory=dict)
    busy: int = 0
    total: int = 0
    stop: bool = False


async def buyer(site: Assembly, show: OnSale, said: Answers) -> None:
    """Holds a place again and again."""
    while not said.stop:
        hold_id = uuid7()
        try:
            held = await site.purchase.hold(HoldWish(show.event_id, ((show.types[0], 1),), hold_id, b"key"))
        except DatabaseBusy:
            said.busy += 1
            await asyncio.sleep(0.02)
        else:
            assert held.hold_id == hold_id
            said.held.add(hold_id)
            said.total += 1


async def scanner(site: Assembly, show: OnSale, codes: dict[UUID, str], said: Answers) -> None:
    """Lets everybody in, and asks again with the same scan id after every "busy"."""
    for ticket_id, code in codes.items():
        scan_id = uuid7()
        while True:
            try:
                answer = await site.admit.scan(show.door, ScanIn(scan_id, show.event_id, code, "Mill Lane"))
            except DatabaseBusy:
                said.busy += 1
                await asyncio.sleep(0.02)
            else:
                break
        if answer.answer.verdict == "admitted":
            assert said.admitted.setdefault(ticket_id, scan_id) == scan_id, "let in twice"
        said.total += 1


async def test_everything_answered_survives_a_killed_postmaster_and_the_site_goes_on(
    durable: Assembly, home: Path
) -> None:
    show = await put_on_sale(durable, TypeOnSale("Stalls", 1000, 1_000_000), FREE)
    order = await place(durable, show, TICKETS, at=1)
    async with durable.database.reading() as reader:
        issued = await tickets.by_order(reader, order.id)
    codes = {one.id: tickets.code_of(one, durable.ring) for one in issued}
    said = Answers()
    async with asyncio.TaskGroup() as group:
        for _ in range(BUYERS):
            group.create_task(buyer(durable, show, said))
        for _ in range(KILLS):
            group.create_task(scanners(durable, show, codes, said))
            await more(said)
            [postmaster] = postmasters(home)
            os.kill(postmaster, signal.SIGKILL)
            await more(said)
        said.stop = True
    assert said.busy > 0
    async with durable.database.reading() as reader:
        holds = set(
            (await reader.execute(text("SELECT id FROM inventory_hold WHERE state = 'active'"))).scalars()
        )
        inside = await reader.execute(text("SELECT ticket_id, scan_id FROM checkin_admission"))
        assert {row.ticket_id: row.scan_id for row in inside} == said.admitted
    assert said.held <= holds
    assert said.admitted.keys() == codes.keys()
    await durable.purchase.hold(wish(show))
    await must_hold(durable.database)


async def scanners(site: Assembly, show: OnSale, codes: dict[UUID, str], said: Answers) -> None:
    """Several gates with the same tickets."""
    await asyncio.gather(*(scanner(site, show, codes, said) for _ in range(SCANNERS)))


async def more(said: Answers) -> None:
    """Wait until so many more were answered: the site works."""
    wanted = said.total + BETWEEN_KILLS

    async def answered() -> bool:
        return said.total >= wanted

    await eventually_async(answered, 60)
