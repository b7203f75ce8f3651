"""A second process's worth of the site, on the same database."""

from collections.abc import AsyncIterator

import pytest

from admitone import migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.settings import Settings


@pytest.fixture
async def twin(assembly: Assembly, database_url: str, settings: Settings) -> AsyncIterator[Assembly]:
    """Another assembly with its own connections and its own group-commit desks."""
    built = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, name="twin site")
    yield built
    await built.close()
