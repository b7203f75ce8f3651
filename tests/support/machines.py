"""State machines on a real site: rules do a thing both to the database and to a model, and compare.

HYPOTHESIS_PROFILE chooses how long: `ci` (the default) or `night` (`make fuzz`). ADMITONE_FUZZ_EXAMPLES bounds a night:
so many examples of each machine instead of 2,000.
"""

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from sqlalchemy import text

from admitone import migrations
from admitone.assembly import assemble
from admitone.databases import OpenDatabase
from admitone.reads import invariants
from admitone.settings import Settings
from admitone.values.clock import FrozenClock, SystemClock
from tests.support import database as databases

T = TypeVar("T")

_ALIKE = {"deadline": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("ci", max_examples=15, stateful_step_count=30, **_ALIKE)  # type: ignore[arg-type]
settings.register_profile(
    "night",
    max_examples=int(os.environ.get("ADMITONE_FUZZ_EXAMPLES", "2000")),
    stateful_step_count=60,
    print_blob=True,
    **_ALIKE,  # type: ignore[arg-type]
)


def profile() -> settings:
    """How long a machine runs."""
    return settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def run_machine(machine: type["SiteMachine"], template: str) -> None:
    """Run it on clones of this database."""
    machine.template = template
    run_state_machine_as_test(machine, settings=profile())


class SiteMachine(RuleBasedStateMachine):
    """A site of its own for every example, and one event loop for it."""

    template: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.loop = asyncio.new_event_loop()
        self.stack.callback(self.loop.close)
        home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.url = self.stack.enter_context(databases.clone(self.template))
        self.clock = FrozenClock(SystemClock().now())
        site_settings = Settings(home=home, base_url="http://testserver", pool_size=4, development=True)
        opened = OpenDatabase(self.url, None)
        self.site = self.do(
            assemble(site_settings, opened, migrations.APP_ROLE, clock=self.clock, name="machine")
        )
        self.db = self.site.database

    def do(self, story: Coroutine[Any, Any, T]) -> T:
        """Run one story to its end."""
        return self.loop.run_until_complete(story)

    def teardown(self) -> None:
        """Give everything back."""
        self.do(self.site.close())
        self.stack.close()

    def rows(self, sql: str, **params: object) -> list[tuple[Any, ...]]:
        """All rows."""

        async def read() -> list[tuple[Any, ...]]:
            async with self.db.reading() as reader:
                return [tuple(row) for row in await reader.execute(text(sql), params)]

        return self.do(read())

    def change(self, sql: str, **params: object) -> None:
        """One statement, committed: what a test does that no buyer can."""

        async def write() -> None:
            async with self.db.transaction() as tx:
                await tx.execute(text(sql), params)

        self.do(write())

    def broken(self, *only: str) -> dict[str, tuple[str, ...]]:
        """The invariants that do not hold, with what shows it; of all of them, or of those with these names."""

        async def read() -> dict[str, tuple[str, ...]]:
            async with self.db.reading() as reader:
                return {one.invariant.name: one.rows for one in await invariants.broken(reader, only)}

        return self.do(read())
