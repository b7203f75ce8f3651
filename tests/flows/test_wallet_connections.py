"""Connecting a wallet: what is pasted is checked, asked, sealed, replaced, erased, and never seen again."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from admitone.accounts import NotSignedIn
from admitone.assembly import Assembly
from admitone.flows.wallet_connections import CONNECTS
from admitone.payments.nwc import (
    CannotPay,
    ConnectedWalletAway,
    NotConnected,
    RelayNotPublic,
    read_uri,
)
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Invalid, TooMany
from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet
from tests.support.onsale import must_hold
from tests.support.wallet_payer import somebody


@pytest.fixture
async def relay() -> AsyncIterator[str]:
    """A relay on this machine, which is fine in development."""
    async with a_relay() as address:
        yield address


@pytest.fixture
async def theirs(relay: str) -> AsyncIterator[PlayedWallet]:
    """Ada's wallet."""
    async with a_wallet(relay) as played:
        yield played


async def rows(site: Assembly) -> list[dict[str, object]]:
    """All connections, oldest first."""
    async with site.database.reading() as reader:
        found = await reader.execute(text("SELECT * FROM payments_wallet_connection ORDER BY connected_at"))
        return [dict(row) for row in found.mappings()]


async def journal(site: Assembly) -> list[tuple[str, str]]:
    """Kind and all the rest of every fact about connections."""
    async with site.database.reading() as reader:
        found = await reader.execute(
            text(
                "SELECT kind, row_to_json(f)::text FROM journal_fact f WHERE kind LIKE '%wallet%' ORDER BY id"
            )
        )
        return [(str(kind), str(rest)) for kind, rest in found]


async def test_a_wallet_that_answers_is_connected_and_its_secret_is_in_no_table(
    assembly: Assembly,
    theirs: PlayedWallet,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    made = await desk.connect(ada, f"  {theirs.uri}\n", uuid7())
    assert (made.alias, made.relay_host, made.network) == ("Ada's phone", "127.0.0.1", "regtest")
    assert made.budget is not None
    assert made.budget.left_msat == 100_000_000
    assert await desk.current(ada) == made
    secret = theirs.client_keys.secret_key().to_hex()
    [row] = await rows(assembly)
    sealed = bytes(row["sealed"])  # type: ignore[call-overload]
    assert secret.encode() not in sealed
    assert bytes.fromhex(secret) not in sealed
    assert desk.open(made).secret == secret, "it opens for us"
    printed = [repr(made), str(row), *(str(one) for one in await journal(assembly)), caplog.text]
    printed += list(capsys.readouterr())
    assert not any(secret in one or theirs.uri in one for one in printed)
    [(kind, _)] = await journal(assembly)
    assert kind == "payments.wallet_connected"
    await must_hold(assembly.database)


async def test_another_wallet_takes_the_place_of_the_first_whose_secret_is_erased(
    assembly: Assembly, relay: str, theirs: PlayedWallet
) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    first = await desk.connect(ada, theirs.uri, uuid7())
    async with a_wallet(relay, alias="The other one") as other:
        second = await desk.connect(ada, other.uri, uuid7())
    assert await desk.current(ada) == second
    assert second.alias == "The other one"
    old, new = await rows(assembly)
    assert (old["id"], old["sealed"], new["ended_at"]) == (first.id, None, None)
    assert [kind for kind, _ in await journal(assembly)] == [
        "payments.wallet_connected",
        "payments.wallet_disconnected",
        "payments.wallet_connected",
    ]


async def test_the_same_request_again_makes_nothing_more(assembly: Assembly, theirs: PlayedWallet) -> None:
    ada, desk, same = await somebody(assembly), assembly.connected_wallets.connections, uuid7()
    first = await desk.connect(ada, theirs.uri, same)
    theirs.asked.clear()
    assert await desk.connect(ada, theirs.uri, same) == first
    assert (len(await rows(assembly)), theirs.asked) == (1, [])


async def test_disconnecting_erases_what_opened_it_and_may_be_done_twice(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    await desk.connect(ada, theirs.uri, uuid7())
    assert await desk.disconnect(ada)
    assert not await desk.disconnect(ada)
    assert await desk.current(ada) is None
    [row] = await rows(assembly)
    assert (row["sealed"], row["ended_at"] is None) == (None, False)
    with pytest.raises(NotConnected):
        await desk.look_again(ada)


async def test_the_budget_is_asked_for_anew(assembly: Assembly, theirs: PlayedWallet) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    await desk.connect(ada, theirs.uri, uuid7())
    theirs.used_msat = 60_000_000
    looked = await desk.look_again(ada)
    assert looked.budget is not None
    assert looked.budget.left_msat == 40_000_000
    theirs.budget_msat = None
    assert (await desk.look_again(ada)).budget is None


async def test_what_cannot_pay_or_does_not_answer_is_not_kept(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    theirs.methods = ("get_info", "get_balance")
    with pytest.raises(CannotPay):
        await desk.connect(ada, theirs.uri, uuid7())
    with pytest.raises(ConnectedWalletAway):
        await desk.connect(ada, theirs.uri.replace(theirs.relay, "ws://127.0.0.1:1"), uuid7())
    assert (await rows(assembly), await journal(assembly)) == ([], [])


async def test_a_bad_text_asks_nobody_and_changes_nothing(assembly: Assembly, theirs: PlayedWallet) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    kept = await desk.connect(ada, theirs.uri, uuid7())
    theirs.asked.clear()
    for bad in ("", "hello", theirs.uri.partition("&secret")[0], theirs.uri.replace("ws:", "http:")):
        with pytest.raises(Invalid):
            await desk.connect(ada, bad, uuid7())
    with pytest.raises(RelayNotPublic):
        await desk.connect(ada, theirs.uri.replace(theirs.relay, "wss://192.168.1.4"), uuid7())
    assert (await desk.current(ada), theirs.asked) == (kept, [])


async def test_nobody_has_us_ask_relays_all_day(assembly: Assembly, theirs: PlayedWallet) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    for _ in range(CONNECTS.most):
        await desk.connect(ada, theirs.uri, uuid7())
    with pytest.raises(TooMany):
        await desk.connect(ada, theirs.uri, uuid7())


async def test_guests_connect_nothing_and_people_see_their_own_only(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    desk = assembly.connected_wallets.connections
    with pytest.raises(NotSignedIn):
        await desk.connect(Actor.guest(), theirs.uri, uuid7())
    ada, tunde = await somebody(assembly), await somebody(assembly, "tunde@example.org")
    await desk.connect(ada, theirs.uri, uuid7())
    assert await desk.current(tunde) is None
    assert not await desk.disconnect(tunde)
    assert await desk.current(ada) is not None


async def test_what_is_sealed_for_one_row_opens_for_no_other(
    assembly: Assembly, theirs: PlayedWallet
) -> None:
    ada, desk = await somebody(assembly), assembly.connected_wallets.connections
    made = await desk.connect(ada, theirs.uri, uuid7())
    assert made.sealed is not None
    assert json.dumps(read_uri(theirs.uri, loopback=True).relays) == json.dumps(desk.open(made).relays)
    moved = type(made)(**{name: getattr(made, name) for name in made.__slots__} | {"id": uuid7()})
    with pytest.raises(Exception, match="sealed value does not open"):
        desk.open(moved)
