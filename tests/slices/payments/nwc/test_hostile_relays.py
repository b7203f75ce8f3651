"""Relays are named by strangers: where they may not lead us, and what they may not make us believe."""

import asyncio
import hashlib
import ipaddress
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp.web
import pytest

from admitone.payments.nwc import ConnectedWalletAway, RelayNotPublic, Told, WalletPaymentState, read_uri
from admitone.payments.providers.nwc import NwcWallets
from admitone.payments.providers.nwc import buyers_wallets as asking
from admitone.plumbing.public_addresses import Address
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import SystemClock
from tests.support.nwc_wallet import a_relay, a_wallet
from tests.support.waiting import eventually_async

PREIMAGE = b"\x05" * 32
HASH = hashlib.sha256(PREIMAGE).hexdigest()
KEY = "b889ff5b1513b641e2a139f661a661364979c5beee91842f8f0ef42ab558e9d4"
SECRET = "71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c"
Handler = Callable[[aiohttp.web.Request], Awaitable[aiohttp.web.StreamResponse]]
Says = Callable[[list[Any]], list[Any]]


@asynccontextmanager
async def a_server(handler: Handler) -> AsyncIterator[str]:
    """A web server on a port of its own; its address as a relay's."""
    app = aiohttp.web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = aiohttp.web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"ws://{host}:{port}"
    finally:
        await runner.cleanup()


def connection(relay: str) -> str:
    """A connection that leads to this relay."""
    return f"nostr+walletconnect://{KEY}?relay={relay}&secret={SECRET}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for what never comes."""
    monkeypatch.setattr(asking, "LOOK_SECONDS", 0.5)


@pytest.mark.parametrize(
    "address", ["10.0.0.8", "127.0.0.1", "169.254.169.254", "fd00::1", "::ffff:10.0.0.1"]
)
async def test_a_name_that_means_a_private_address_is_not_connected_to(address: str) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ipaddress.ip_address("93.184.216.34"), ipaddress.ip_address(address)]

    desk = NwcWallets(PublicFetch(resolve=resolve), SystemClock())
    uri = read_uri(connection("wss://relay.example.org"), loopback=False)
    with pytest.raises(RelayNotPublic):
        await desk.look(uri)
    told = await desk.pay(uri, "lnbc1", HASH, seconds=2)
    assert told == Told(WalletPaymentState.REFUSED, reason="away")
    assert asked == ["relay.example.org"] * 2


async def test_a_relay_that_sends_us_elsewhere_is_away(desk: NwcWallets) -> None:
    came: list[str] = []

    async def elsewhere(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        came.append(request.path)
        raise aiohttp.web.HTTPFound(f"http://{request.host}/secrets")

    async with a_server(elsewhere) as relay:
        with pytest.raises(ConnectedWalletAway):
            await desk.look(read_uri(connection(relay), loopback=True))
    assert came == ["/"], "nobody followed"


@pytest.fixture
def desk() -> NwcWallets:
    """Asks wallets, on this machine too."""
    return NwcWallets(PublicFetch(loopback=True), SystemClock())


async def _talks(
    request: aiohttp.web.Request, says: Callable[[list[Any]], list[Any]]
) -> aiohttp.web.WebSocketResponse:
    socket = aiohttp.web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        for one in says(json.loads(message.data)):
            await socket.send_str(one if isinstance(one, str) else json.dumps(one))
    return socket


async def test_noise_is_passed_over_and_a_flood_is_not_listened_to_for_ever(desk: NwcWallets) -> None:
    def noise(asked: list[Any]) -> list[Any]:
        return [
            "",
            "[",
            "[]",
            "{}",
            "[" * 5000,
            ["EVENT"],
            ["EVENT", 1, {}],
            ["OK", 1, 2],
            ["NOTICE", "x"],
        ] * 50

    async def answer(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        return await _talks(request, noise)

    async with a_server(answer) as relay:
        with pytest.raises(ConnectedWalletAway):
            await desk.look(read_uri(connection(relay), loopback=True))


async def test_a_relay_that_passes_nothing_on_leaves_nothing_unknown(desk: NwcWallets) -> None:
    def refuses(asked: list[Any]) -> list[Any]:
        if asked[0] == "REQ":
            return [["EOSE", asked[1]]]
        return [["OK", asked[1]["id"], False, "blocked: not here"]] if asked[0] == "EVENT" else []

    async def answer(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        return await _talks(request, refuses)

    async with a_server(answer) as relay:
        told = await desk.pay(read_uri(connection(relay), loopback=True), "lnbc1", HASH, seconds=5)
    assert told == Told(WalletPaymentState.REFUSED, reason="away")


async def test_an_answer_of_megabytes_is_none(desk: NwcWallets) -> None:
    async def answer(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        return await _talks(
            request, lambda asked: [json.dumps(["EVENT", asked[1], {"content": "x" * 2_000_000}])]
        )

    async with a_server(answer) as relay:
        with pytest.raises(ConnectedWalletAway):
            await desk.look(read_uri(connection(relay), loopback=True))


async def test_an_old_answer_is_not_taken_for_a_new_one(desk: NwcWallets) -> None:
    """What a relay kept of an earlier payment, said again for another question."""
    kept: list[dict[str, object]] = []

    async def heard() -> bool:
        return bool(kept)

    async with a_relay() as real, a_wallet(real) as theirs:
        theirs.knows("lnbc1", PREIMAGE, 1000)
        uri = read_uri(theirs.uri, loopback=True)
        async with _overheard(real, kept):
            assert (await desk.pay(uri, "lnbc1", HASH, seconds=5)).state is WalletPaymentState.PAID
            await eventually_async(heard)

    def again(asked: list[Any]) -> list[Any]:
        return [["EOSE", asked[1]], ["EVENT", asked[1], kept[0]]] if asked[0] == "REQ" else []

    async def answer(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        return await _talks(request, again)

    async with a_server(answer) as liar:
        lying = read_uri(theirs.uri.replace(real, liar), loopback=True)
        told = await desk.pay(lying, "lnbc1", HASH, seconds=1)
    assert told == Told(WalletPaymentState.UNKNOWN, reason="silent")


@asynccontextmanager
async def _overheard(relay: str, kept: list[dict[str, object]]) -> AsyncIterator[None]:
    """Keeps every answer that passes the relay."""
    async with aiohttp.ClientSession() as session, session.ws_connect(relay) as socket:
        await socket.send_str(json.dumps(["REQ", "ears", {"kinds": [23195]}]))

        async def listen() -> None:
            async for message in socket:
                said = json.loads(message.data)
                if said[0] == "EVENT":
                    kept.append(said[2])

        task = asyncio.create_task(listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
