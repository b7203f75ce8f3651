"""On a site where anybody may become an organiser, no node they name leads into the site's own network."""

from collections.abc import AsyncIterator

import pytest

from admitone import migrations, payments
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.payments import Mode
from admitone.settings import Settings
from admitone.values.refusals import Refusal
from tests.support.onsale import put_on_sale
from tests.support.raw_server import raw_server

PUBLIC = {"development": False, "base_url": "https://tickets.example.org", "bitcoin_rates": "play"}


@pytest.fixture
async def public(database_url: str, settings: Settings) -> AsyncIterator[Assembly]:
    """A site that others can reach."""
    changed = settings.model_copy(update=PUBLIC)
    site = await assemble(changed, OpenDatabase(database_url, None), migrations.APP_ROLE, name="public")
    yield site
    await site.close()


async def refusals(site: Assembly, port: int) -> list[Refusal]:
    """What an organiser hears who names nodes at this port of the site's machine."""
    show, setup = await put_on_sale(site), site.money.payment_setup
    said: list[Refusal] = []
    core = {"user": "a", "password": "b"}
    lnd = {"host": f"localhost:{port}", "macaroon": "ab" * 60}
    for provider, keys in (
        ("bitcoin_core", {"url": f"http://127.0.0.1:{port}", **core}),
        ("bitcoin_core", {"url": f"https://localhost:{port}", **core}),
        ("lnd", lnd),
    ):
        with pytest.raises((payments.BadCredentials, payments.ProviderAway)) as refused:
            await setup.add(show.owner, show.organiser_id, provider, Mode.TEST, keys)
        said.append(refused.value)
    return said


async def test_a_stranger_who_becomes_an_organiser_reaches_nothing_on_our_network(public: Assembly) -> None:
    async with raw_server(b"SSH-2.0-OpenSSH_9.2\r\n") as server:
        there = await refusals(public, server.port)
    assert server.heard == []
    nowhere = await refusals(public, server.port)  # where nobody listens any more
    assert [(one.code, one.data) for one in there] == [(one.code, one.data) for one in nowhere]
    assert isinstance(there[0], payments.BadCredentials)
    assert (there[0].field, there[0].sentence) == (
        "url",
        "This cannot be used: it has to begin with https://.",
    )


async def test_in_a_trial_a_node_on_this_machine_is_asked(assembly: Assembly) -> None:
    async with raw_server(b"SSH-2.0-OpenSSH_9.2\r\n") as server:
        await refusals(assembly, server.port)
    assert len(server.heard) >= 3
