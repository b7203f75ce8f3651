"""A database that was tried out becomes a site for others, whose demo owner, with a password all know, runs nothing."""

import asyncio

import pytest

from admitone import accounts, migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.commands.operator import do
from admitone.entrypoints.demo_people import DEMO_PASSWORD, OWNER_EMAIL
from admitone.entrypoints.serving import serve
from admitone.entrypoints.trying_out import retire_demo
from admitone.flows.demo_data import put_demo_on_sale
from admitone.settings import Settings
from tests.support.onsale import person


async def operators(site: Assembly) -> list[str]:
    async with site.database.reading() as reader:
        return [one.email for one in await accounts.operators(reader)]


async def with_operators(site: Assembly) -> None:
    """The demo's owner and somebody else run the site."""
    await put_demo_on_sale(
        site.database, site.clock, site.passwords, owner_password=DEMO_PASSWORD, door_password=DEMO_PASSWORD
    )
    await site.database.run(lambda tx: person(tx, site, "ops@example.org"))
    await do(site, "add", OWNER_EMAIL)
    await do(site, "add", "ops@example.org")


async def test_the_demos_owner_runs_no_site_that_others_can_reach(
    assembly: Assembly, database_url: str, settings: Settings
) -> None:
    await with_operators(assembly)
    await retire_demo(assembly)
    assert await operators(assembly) == [OWNER_EMAIL, "ops@example.org"]
    public = settings.model_copy(
        update={
            "development": False,
            "base_url": "https://tickets.example.org",
            "host": "127.0.0.1",
            "port": 0,
        }
    )
    assert not public.is_development
    stop = asyncio.Event()
    stop.set()
    await serve(public, OpenDatabase(database_url, None), migrations.APP_ROLE, stop)
    assert await operators(assembly) == ["ops@example.org"]


async def test_a_site_without_a_demo_starts_as_ever(database_url: str, settings: Settings) -> None:
    public = settings.model_copy(update={"development": False, "base_url": "https://tickets.example.org"})
    site = await assemble(public, OpenDatabase(database_url, None), migrations.APP_ROLE, name="public")
    await retire_demo(site)
    with pytest.raises(SystemExit, match="password that everybody knows"):
        await do(site, "add", OWNER_EMAIL.upper())
    assert await operators(site) == []
    await site.close()
