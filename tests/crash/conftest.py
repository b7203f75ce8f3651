"""Playing a story as a process of its own, on a clean database with an event on sale."""

import multiprocessing
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.refund_policy import Chosen, record_of
from admitone.pricing import ChangePolicy, as_change_record
from tests.crash import story as stories
from tests.crash.plan import Plan
from tests.support.bitcoin_desk import takes_bitcoin
from tests.support.onsale import TypeOnSale, put_on_sale

LATER_SECONDS = 120
_TWO_MINUTES_PASS = (
    "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes'",
    "UPDATE idempotency_key SET claimed_at = claimed_at - interval '2 minutes' WHERE status IS NULL",
)
# A small process that has read all our modules waits to be forked: the thing itself, without the seconds of reading.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.crash.story", "tests.crash.bitcoin_stories"])


@dataclass(frozen=True, slots=True)
class Stage:
    """A site, and the stories that can be played on it."""

    site: Assembly
    plan: Plan
    said: Path

    def start(self, story: str, *, fail: str = "") -> BaseProcess:
        """Start a story; `fail` arms failpoints."""
        process = _FORKS.Process(target=stories.run, args=(story, self.plan, fail, self.said))
        process.start()
        return process

    def play(self, story: str, *, fail: str = "") -> tuple[int | None, str]:
        """The story's exit code (None: it did not end in two minutes) and what it said."""
        process = self.start(story, fail=fail)
        process.join(timeout=120)
        code = process.exitcode
        process.kill()
        process.join()
        process.close()
        return code, self.said.read_text()

    async def play_again(self, story: str) -> None:
        """Two minutes later everything is started again: the client with its keys, the server, the worker."""
        async with self.site.database.transaction() as tx:
            # What is measured by the database's clock; the story brings its own.
            for statement in _TWO_MINUTES_PASS:
                await tx.execute(text(statement))
        await stories.play(story, replace(self.plan, later_seconds=LATER_SECONDS))


@pytest.fixture
async def stage(assembly: Assembly, database_url: str, tmp_path: Path) -> Stage:
    """An event with two places, both wanted by everybody; each can be either of two types."""
    rule = record_of(Chosen("full", with_fees=True))
    show = await put_on_sale(
        assembly,
        TypeOnSale("Stalls", 2500, None),
        TypeOnSale("Box", 3000, None),
        shared=2,
        fee_bps=500,
        tax_bps=1900,
        refund_policy=rule,
        change_policy=as_change_record(ChangePolicy(0)),
    )
    await takes_bitcoin(assembly, show)
    door_id = show.door.person_id
    assert door_id is not None
    home = str(assembly.settings.home)
    plan = Plan(
        database_url, home, show.event_id, show.types[0], show.organiser_id, door_id, 2, show.types[1]
    )
    return Stage(assembly, plan, tmp_path / "said")
