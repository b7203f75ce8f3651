"""An organiser's LND is added by its form, as people paste macaroons and certificates; nothing of it comes back."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from tests.support.lnd_book import LndBook
from tests.support.lnd_server import ALL, LndServer
from tests.support.organiser_desk import Desk, desk, said


@pytest.fixture
async def lnd(assembly: Assembly) -> AsyncIterator[LndServer]:
    server = LndServer(LndBook(assembly.clock.now))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def ann(assembly: Assembly) -> AsyncIterator[Desk]:
    async with desk(assembly, "ann") as found:
        yield found


async def accounts(site: Assembly) -> list[tuple[str, str, str]]:
    async with site.database.reading() as reader:
        rows = await reader.execute(
            text("SELECT provider, state, label FROM payments_account WHERE organiser_id IS NOT NULL")
        )
        return [tuple(row) for row in rows]


async def test_a_node_is_added_with_its_certificate_in_lines_and_its_macaroon_never_comes_back(
    assembly: Assembly, ann: Desk, lnd: LndServer
) -> None:
    form = f"{ann.base}/payments/add/lnd/test"
    page = (await ann.client.get(form)).text
    assert '<textarea class="input" id="f-certificate"' in page
    assert "Webhook address" not in page
    assert re.search(r'<select class="input" id="f-hold" name="hold"[^>]*>\s*<option value="on"', page)
    # A browser sends the lines of a text field with both of their ends.
    typed = lnd.credentials | {"certificate": lnd.certificate.decode().replace("\n", "\r\n")}
    added = await ann.send(form, form, typed)
    assert added.status_code == 303, said(added)
    shown = await ann.client.get(f"{ann.base}/payments")
    assert "LND is connected, and buyers can pay with it." in said(shown)
    assert lnd.macaroon[:-4] not in shown.text
    assert "Webhook address" not in shown.text
    assert await accounts(assembly) == [("lnd", "active", "mill-lane")]


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    assembly: Assembly, ann: Desk, lnd: LndServer
) -> None:
    form = f"{ann.base}/payments/add/lnd/test"
    lnd.macaroons["ab" * 60] = ALL - {"invoices:write"}
    for changes, field in (
        ({"macaroon": "cd" * 60}, "macaroon"),
        ({"certificate": "hello"}, "certificate"),
        ({"host": "node.example:99999"}, "host"),
        ({"hold": "perhaps"}, "hold"),
        ({"macaroon": "ab" * 2001}, "macaroon"),
    ):
        refused = await ann.send(form, form, lnd.credentials | changes)
        assert refused.status_code == 422, changes
        assert f'id="e-{field}"' in refused.text, changes
        assert changes.get("macaroon", lnd.macaroon) not in refused.text
    denied = await ann.send(form, form, lnd.credentials | {"macaroon": "ab" * 60})
    assert "This cannot be used: it does not permit invoices:write." in said(denied)
    lnd.network = "mainnet"
    live = await ann.send(form, form, lnd.credentials)
    assert live.status_code == 422
    await lnd.stop()
    away = await ann.send(form, form, lnd.credentials)
    assert away.status_code == 503
    assert await accounts(assembly) == []
