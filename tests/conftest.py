"""Fixtures for everybody: a clean migrated database per test, a clock that stands still, a whole site."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from limits.aio.storage import memory as limits_in_memory

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.plumbing.database import Database
from admitone.settings import Settings
from admitone.values.clock import FrozenClock
from tests.support import database as databases

# The default renders every fault with the values of all variables around it, which takes many seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
# Speed is measured and never asserted: a busy machine is no fault of the code.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def _migrate(url: str) -> None:
    migrations.upgrade(url)


class _AfterABoundary:
    """The time since its making, counted from a second after midnight, when windows of every length have just begun."""

    def __init__(self) -> None:
        self._made = time.monotonic()

    def time(self) -> float:
        return 1_800_057_601.0 + time.monotonic() - self._made


@pytest.fixture(autouse=True)
def fresh_windows() -> Iterator[None]:
    """No window of a limit ends in the middle of a test: then one more than the limit would pass."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits_in_memory, "time", _AfterABoundary())
        yield


@pytest.fixture(scope="session")
def template() -> str:
    """The name of the migrated template database."""
    made_from = databases.fingerprint(Path(migrations.__file__).parent)
    return databases.template_database(_migrate, made_from=made_from)


@pytest.fixture
def database_url(template: str) -> Iterator[str]:
    """A clean migrated database of this test's own."""
    with databases.clone(template) as url:
        yield url


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A handle on it, working as the restricted role."""
    database = Database(database_url, pool_size=8, role=migrations.APP_ROLE, name="test")
    yield database
    await database.close()


@pytest.fixture
def clock() -> FrozenClock:
    """A clock that stands at noon on 21 November 2026 UTC until moved."""
    return FrozenClock(NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a site with sandbox payments and a kept-letters mailbox, with keys of its own."""
    return Settings(
        home=tmp_path, base_url="http://testserver", allowed_hosts=("testserver",), development=True
    )


@pytest.fixture
async def assembly(database_url: str, settings: Settings) -> AsyncIterator[Assembly]:
    """A whole site on a clean database, by the system's clock."""
    built = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, name="test site")
    yield built
    await built.close()
