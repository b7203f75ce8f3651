"""Somebody else's wallet and client (JavaScript, `@getalby/sdk`) at the other end: both read the protocol as we do."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from admitone.payments.nwc import Told, WalletPaymentState, read_uri
from admitone.payments.providers.nwc import NwcWallets
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import SystemClock
from tests.support.npm_peers import JsError, JsPeer, js_peer
from tests.support.nwc_wallet import a_relay, a_wallet

PREIMAGE = b"\x09" * 32
HASH = hashlib.sha256(PREIMAGE).hexdigest()
BOLT11 = "lnbcrt50u1theirinvoice"


@pytest.fixture
async def relay() -> AsyncIterator[str]:
    """A relay."""
    async with a_relay() as address:
        yield address


@pytest.fixture
async def laptop(relay: str) -> AsyncIterator[JsPeer]:
    """A JavaScript wallet that can pay `BOLT11`."""
    async with js_peer("nwc_wallet.mjs", NWC_RELAY=relay) as peer:
        await peer.ask(knows=BOLT11, preimage=PREIMAGE.hex(), amount=5_000_000)
        yield peer


async def test_a_javascript_wallet_is_looked_at_pays_and_is_looked_up(laptop: JsPeer) -> None:
    desk = NwcWallets(PublicFetch(loopback=True), SystemClock())
    uri = read_uri(laptop.hello["uri"], loopback=True)
    look = await desk.look(uri)
    assert (look.alias, look.network, look.can_pay, look.budget) == (
        "Satoshi's laptop",
        "regtest",
        True,
        None,
    )
    assert (await desk.look_up(uri, BOLT11, HASH)).state is WalletPaymentState.UNKNOWN
    assert await desk.pay(uri, BOLT11, HASH, seconds=10) == Told(WalletPaymentState.PAID, fees_msat=2000)
    assert await desk.look_up(uri, BOLT11, HASH) == Told(WalletPaymentState.PAID, fees_msat=2000)
    await laptop.ask(no="QUOTA_EXCEEDED")
    told = await desk.pay(uri, BOLT11, HASH, seconds=10)
    assert told == Told(WalletPaymentState.REFUSED, reason="QUOTA_EXCEEDED")
    assert await laptop.ask(asked=1) == ["get_info", BOLT11, BOLT11]


async def test_a_javascript_client_takes_our_tests_wallet_for_one(laptop: JsPeer, relay: str) -> None:
    async with a_wallet(relay) as ours:
        ours.knows(BOLT11, PREIMAGE, 5_000_000)
        info = await laptop.ask(client=ours.uri, method="getInfo")
        assert (info["alias"], info["network"]) == ("Ada's phone", "regtest")
        paid = await laptop.ask(client=ours.uri, method="payInvoice", **{"with": {"invoice": BOLT11}})
        assert paid == {"preimage": PREIMAGE.hex(), "fees_paid": 1000}
        known = await laptop.ask(client=ours.uri, method="lookupInvoice", **{"with": {"payment_hash": HASH}})
        assert known["state"] == "settled"
        with pytest.raises(JsError, match="PAYMENT_FAILED"):
            await laptop.ask(client=ours.uri, method="payInvoice", **{"with": {"invoice": BOLT11}})
