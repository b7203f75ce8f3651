"""Our reading of LND held against somebody else's: an independent client takes our stand-in for an LND."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.providers.lightning.node import NewInvoice
from tests.contracts.payments.rig_lnd import LndEnd
from tests.support.lnd_book import Way
from tests.support.npm_peers import JsError, JsPeer, js_peer
from tests.support.waiting import eventually_async

PREIMAGE = bytes(range(32))
HASH = hashlib.sha256(PREIMAGE).hexdigest()


@pytest.fixture
async def peer(end: LndEnd) -> AsyncIterator[JsPeer]:
    """npm `lightning`, connected to the same node as we are."""
    async with js_peer(
        "lnd_client.mjs",
        LND_CERT=base64.b64encode(end.server.certificate).decode(),
        LND_MACAROON=base64.b64encode(bytes.fromhex(end.server.macaroon)).decode(),
        LND_SOCKET=f"127.0.0.1:{end.server.port}",
    ) as client:
        yield client


async def test_the_node_and_its_balance_are_read_alike(end: LndEnd, peer: JsPeer) -> None:
    ours, theirs = await end.node.info(), await peer.ask(call="getWalletInfo")
    assert (theirs["public_key"], theirs["alias"]) == (ours.pubkey, ours.alias)
    assert (theirs["current_block_height"], theirs["is_synced_to_chain"]) == (
        ours.block_height,
        ours.is_synced,
    )
    balance, channels = await end.node.balance(), await peer.ask(call="getChannelBalance")
    assert int(channels["channel_balance_mtokens"]) == balance.local_msat
    assert (await peer.ask(call="getChainBalance"))["chain_balance"] * 1000 == balance.onchain_msat


async def test_an_invoice_of_ours_is_theirs_through_all_its_states(end: LndEnd, peer: JsPeer) -> None:
    await peer.ask(listen="subscribeToInvoices")

    async def listens() -> bool:
        return len(end.book.watchers) == 1

    assert await eventually_async(listens)
    new = NewInvoice(50_000_000, "Order 7K3", end.now() + timedelta(minutes=10), PREIMAGE, is_hold=True)
    made = await end.node.create(new)
    seen = await peer.ask(call="getInvoice", **{"with": {"id": HASH}})
    assert (seen["request"], seen["mtokens"], seen["description"]) == (made.bolt11, "50000000", "Order 7K3")
    assert not (seen.get("is_held") or seen["is_confirmed"] or seen.get("is_canceled"))
    end.book.pay(bytes.fromhex(HASH))
    held = await peer.ask(call="getInvoice", **{"with": {"id": HASH}})
    assert held["is_held"]
    looked = await end.node.look_up(HASH)
    assert looked is not None
    assert [one["timeout"] for one in held["payments"]] == [looked.held_until_height]
    await end.node.take(PREIMAGE)
    paid = await peer.ask(call="getInvoice", **{"with": {"id": HASH}})
    assert (paid["is_confirmed"], paid["secret"], paid["received_mtokens"]) == (
        True,
        PREIMAGE.hex(),
        "50000000",
    )
    told = await peer.ask(heard=2)
    assert [(one["id"], one["is_confirmed"]) for one in told] == [(HASH, False), (HASH, True)]


async def test_a_hold_invoice_of_theirs_is_ours_and_lets_go(end: LndEnd, peer: JsPeer) -> None:
    wanted = {"id": HASH, "mtokens": "1000", "description": "theirs", "cltv_delta": 80}
    made = await peer.ask(call="createHodlInvoice", **{"with": wanted})
    ours = await end.node.look_up(HASH)
    assert ours is not None
    assert (ours.bolt11, ours.amount_msat) == (made["request"], 1000)
    end.book.pay(bytes.fromhex(HASH))
    await peer.ask(call="cancelHodlInvoice", **{"with": {"id": HASH}})
    after = await end.node.look_up(HASH)
    assert after is not None and after.state == "cancelled"


async def test_what_we_send_is_theirs_to_look_up_and_theirs_is_ours(end: LndEnd, peer: JsPeer) -> None:
    first, second = end.book.others_invoice(5_000_000), end.book.others_invoice(7_000_000)
    sent = await end.node.pay(first, amount_msat=5_000_000, fee_most_msat=1000, seconds=30)
    looked = await peer.ask(call="getPayment", **{"with": {"id": sent.payment_hash}})
    assert looked["is_confirmed"] and sent.preimage is not None
    assert (looked["payment"]["secret"], looked["payment"]["mtokens"]) == (
        sent.preimage.hex(),
        str(5_000_000 + sent.fee_msat),
    )
    await peer.ask(call="payViaPaymentRequest", **{"with": {"request": second, "max_fee_mtokens": "1000"}})
    assert (await end.node.sent(decode(second).payment_hash.hex())).state == "sent"


async def test_what_goes_wrong_has_the_same_meaning_for_them(end: LndEnd, peer: JsPeer) -> None:
    async def no(call: str, **options: object) -> str:
        with pytest.raises(JsError) as error:
            await peer.ask(call=call, **{"with": options})
        return str(error.value.args[0][1])

    assert await no("getInvoice", id="11" * 32) == "UnexpectedLookupInvoiceErr"
    assert await no("settleHodlInvoice", secret="33" * 32) == "SecretDoesNotMatchAnyExistingHodlInvoice"
    assert await no("getPayment", id="22" * 32) == "SentPaymentNotFound"
    end.book.ways.append(Way.NO_ROUTE)
    said = await no("payViaPaymentRequest", request=end.book.others_invoice(1000))
    assert said == "PaymentPathfindingFailedToFindPossibleRoute"
