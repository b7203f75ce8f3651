"""What opens a node or a wallet shows itself nowhere, whatever goes wrong: no log, error, table, fact or page."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest

from admitone import accounts
from admitone.assembly import Assembly
from admitone.payments import Provider, RefundAsk
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.bank_desk import add_account
from tests.support.onsale import place, put_on_sale
from tests.support.ports import free_port
from tests.support.site import bearer, browser
from tests.support.table_search import tables_with

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def _told() -> Mapping[str, tuple[dict[str, str], list[str]]]:
    """By kind: what an organiser types, for places where nobody answers, and what of it nobody may see."""
    macaroon, password, key = secrets.token_hex(48), secrets.token_urlsafe(24), secrets.token_hex(32)
    api, opens, hook = (secrets.token_urlsafe(24) for _ in range(3))
    nowhere = f"127.0.0.1:{free_port()}"
    connection = f"nostr+walletconnect://{secrets.token_hex(32)}?relay=ws://{nowhere}&secret={key}"
    return {
        "lnd": ({"host": nowhere, "macaroon": macaroon, "certificate": ""}, [macaroon]),
        "bitcoin_core": ({"url": f"http://{nowhere}", "user": "shop", "password": password}, [password]),
        "nwc": ({"uri": connection}, [key, connection]),
        "lightspark": (
            {
                "client_id": "client-1",
                "client_secret": api,
                "node_id": "LightsparkNode:1",
                "password": opens,
                "webhook_key": hook,
            },
            [api, opens, hook],
        ),
    }


async def _try_everything(provider: Provider, method: str) -> list[str]:
    """Every verb, with nobody there; what was said and raised."""
    said: list[str] = []
    attempt_id, ref = uuid7(), "00" * 32

    async def recent() -> None:
        async for one in provider.recent(_EPOCH):
            said.append(repr(one))

    refund = RefundAsk(uuid7(), ref, "EUR", 100, "cancelled")
    for ask in (
        provider.look,
        lambda: provider.status(attempt_id, ref),
        lambda: provider.cancel(attempt_id, ref),
        lambda: provider.refund(refund),
        lambda: provider.refund_status(uuid7(), ref, None),
        lambda: provider.read_notice({"lightspark-signature": "00" * 32}, b"{}"),
        recent,
    ):
        try:
            said.append(repr(await ask()))
        except Refusal as refusal:
            said.append(f"{refusal!r} {refusal} {vars(refusal)}")
        except Exception as error:
            said.append(f"{error!r} {error} {error.__cause__!r} {error.__context__!r}")
    return [*said, repr(provider), method]


@pytest.mark.parametrize("kind", ["lnd", "bitcoin_core", "nwc", "lightspark"])
async def test_what_opens_it_is_nowhere_to_be_seen(
    assembly: Assembly, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level("DEBUG")
    typed, hidden = _told()[kind]
    show = await put_on_sale(assembly)
    account_id = await add_account(assembly, show.organiser_id, kind, typed)
    opened = await assembly.payment_accounts.find(account_id)
    assert opened is not None
    [method] = [one.id for one in opened.provider.methods]
    order = await place(assembly, show)
    await assembly.payment.pay(order.id, f"{kind}:{method}")
    said = await _try_everything(opened.provider, method)
    async with browser(assembly) as client:
        assert show.owner.person_id is not None
        client.headers.update(await bearer(assembly, show.owner.person_id))
        for path in await _pages(assembly, show.organiser_id, account_id):
            said.append((await client.get(path)).text)
    told = "\n".join([*said, caplog.text, "".join(capfd.readouterr())])
    for secret in hidden:
        assert secret not in told
        async with assembly.database.reading() as reader:
            assert await tables_with(reader, secret) == []


async def _pages(site: Assembly, organiser_id: UUID, account_id: UUID) -> list[str]:
    """Where the account, and what is paid into it, is shown to its owner."""
    async with site.database.reading() as reader:
        organiser = await accounts.organiser(reader, organiser_id)
    base = f"/api/v1/organisers/{organiser_id}"
    return [
        f"/organiser/{organiser.slug}/payments",
        f"/organiser/{organiser.slug}/bitcoin",
        f"{base}/payment-accounts",
        f"{base}/bitcoin/payments",
        f"{base}/bitcoin/nodes",
        f"{base}/payment-accounts/{account_id}",
    ]
