"""A node at Lightspark through Lightspark's own SDK, against a played GraphQL server."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from admitone.payments.providers.lightning.node import (
    BadNodeKeys,
    Invoice,
    InvoiceState,
    Network,
    NewInvoice,
    NodeAway,
    NodeRefused,
    SendState,
)
from admitone.payments.providers.lightspark.calls import LightsparkCalls
from admitone.payments.providers.lightspark.node import LightsparkNode
from admitone.values.clock import FrozenClock
from tests.support.lightspark_server import CLIENT_ID, CLIENT_SECRET, NODE_ID, NODE_PASSWORD, LightsparkServer

pytestmark = pytest.mark.asyncio


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2027, 3, 12, 12, tzinfo=UTC))


@pytest.fixture
def server(clock: FrozenClock) -> Iterator[LightsparkServer]:
    played = LightsparkServer(clock.now, lambda payment_hash, msat, until: f"lnbcrt{msat}{payment_hash}")
    yield played
    played.close()


def node_of(
    server: LightsparkServer,
    clock: FrozenClock,
    *,
    secret: str = CLIENT_SECRET,
    password: str | None = NODE_PASSWORD,
) -> LightsparkNode:
    return LightsparkNode(LightsparkCalls(CLIENT_ID, secret, url=server.url), clock, NODE_ID, password)


async def invoice(node: LightsparkNode, clock: FrozenClock, msat: int = 21_000) -> Invoice:
    return await node.create(NewInvoice(msat, "Order K7QX", clock.now() + timedelta(minutes=10)))


async def test_an_invoice_is_made_paid_and_seen_with_what_came(
    server: LightsparkServer, clock: FrozenClock
) -> None:
    node = node_of(server, clock)
    made = await invoice(node, clock)
    assert (made.state, made.amount_msat, made.expires_at) == (
        InvoiceState.OPEN,
        21_000,
        clock.now() + timedelta(minutes=10),
    )
    assert await node.look_up(made.payment_hash) == made
    entity = server.pay(made.payment_hash)
    found = await node.look_up(made.payment_hash)
    assert found is not None
    assert (found.state, found.received_msat) == (InvoiceState.PAID, 21_000)
    assert await node.hash_of(entity) == made.payment_hash
    assert await node.hash_of("IncomingPayment:unheard-of") is None
    assert await node.look_up("00" * 32) is None


async def test_an_invoice_for_a_wallet_carries_the_hash_of_what_it_was_shown(
    server: LightsparkServer, clock: FrozenClock
) -> None:
    digest = hashlib.sha256(b'[["text/plain","A ticket"]]').digest()
    new = NewInvoice(5000, "", clock.now() + timedelta(minutes=1), description_hash=digest)
    made = await node_of(server, clock).create(new)
    assert server.invoices[made.payment_hash]["data"]["metadata_hash"] == digest.hex()


async def test_a_cancelled_invoice_cannot_be_paid_and_a_paid_one_not_be_cancelled(
    server: LightsparkServer, clock: FrozenClock
) -> None:
    node = node_of(server, clock)
    first, second = await invoice(node, clock), await invoice(node, clock)
    await node.cancel(first.payment_hash)
    await node.cancel(first.payment_hash)
    await node.cancel("00" * 32)
    found = await node.look_up(first.payment_hash)
    assert found is not None
    assert found.state is InvoiceState.CANCELLED
    server.pay(second.payment_hash)
    with pytest.raises(NodeRefused, match="paid"):
        await node.cancel(second.payment_hash)


async def test_an_invoice_past_its_time_is_expired(server: LightsparkServer, clock: FrozenClock) -> None:
    node = node_of(server, clock)
    made = await invoice(node, clock)
    clock.move(seconds=600)
    assert await node.look_up(made.payment_hash) == replace(made, state=InvoiceState.EXPIRED)


async def test_paying_is_signed_with_the_nodes_key_and_done_once(
    server: LightsparkServer, clock: FrozenClock
) -> None:
    node = node_of(server, clock)
    made = await invoice(node, clock)
    for _ in range(2):
        sent = await node.pay(made.bolt11, amount_msat=21_000, fee_most_msat=500, seconds=10)
        assert (sent.state, sent.fee_msat) == (SendState.SENT, 1000)
        assert sent.preimage is not None
        assert hashlib.sha256(sent.preimage).hexdigest() == made.payment_hash
    assert len(server.outgoing) == 1
    assert server.signed.count(True) == 2
    assert (await node.sent(made.payment_hash)).state is SendState.SENT
    assert (await node.sent("00" * 32)).state is SendState.NOT_FOUND


async def test_a_payment_that_fails_says_why_and_one_on_its_way_says_so(
    server: LightsparkServer, clock: FrozenClock
) -> None:
    node = node_of(server, clock)
    for outcome, state, reason in (
        ("FAILED", SendState.FAILED, "no_route"),
        ("PENDING", SendState.IN_FLIGHT, None),
        ("SOMETHING_NEW", SendState.UNKNOWN, None),
    ):
        server.outcome = outcome
        made = await invoice(node, clock)
        sent = await node.pay(made.bolt11, amount_msat=21_000, fee_most_msat=500, seconds=10)
        assert (sent.state, sent.reason) == (state, reason)


async def test_a_payment_whose_answer_was_lost_is_unknown_and_found_by_its_hash(
    server: LightsparkServer, clock: FrozenClock
) -> None:
    node = node_of(server, clock)
    await node.info()
    made = await invoice(node, clock)
    server.trouble = ["", "answer lost"]
    with pytest.raises(NodeAway):
        await node.pay(made.bolt11, amount_msat=21_000, fee_most_msat=500, seconds=10)
    assert (await node.sent(made.payment_hash)).state is SendState.SENT


@pytest.mark.parametrize("trouble", ["never arrived", "answer lost", "server error", "garbage"])
async def test_every_trouble_is_an_answer_that_did_not_come(
    server: LightsparkServer, clock: FrozenClock, trouble: str
) -> None:
    node = node_of(server, clock)
    server.trouble = [trouble]
    with pytest.raises(NodeAway):
        await invoice(node, clock)
    assert (await invoice(node, clock)).state is InvoiceState.OPEN


async def test_wrong_keys_are_named_and_never_shown(
    server: LightsparkServer, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(BadNodeKeys) as wrong:
        await node_of(server, clock, secret="not-the-secret").info()
    assert wrong.value.field == "client_secret"
    with pytest.raises(BadNodeKeys) as locked:
        await node_of(server, clock, password="not-the-password").info()
    assert locked.value.field == "password"
    node = node_of(server, clock, password=None)
    made = await invoice(node, clock)
    with pytest.raises(NodeRefused):
        await node.pay(made.bolt11, amount_msat=21_000, fee_most_msat=500, seconds=10)
    shown = f"{caplog.text}{wrong.value!r}{wrong.value}{locked.value!r}{vars(wrong.value)}"
    for secret in ("not-the-secret", "not-the-password", CLIENT_SECRET, NODE_PASSWORD):
        assert secret not in shown


async def test_the_node_says_who_it_is_and_what_it_has(server: LightsparkServer, clock: FrozenClock) -> None:
    node = node_of(server, clock)
    info = await node.info()
    assert (info.network, info.alias, info.is_synced) == (Network.REGTEST, "ours", True)
    balance = await node.balance()
    assert (balance.local_msat, balance.remote_msat) == (5_000_000, 7_000_000)


async def test_play_money_pays_an_invoice_in_test_mode(server: LightsparkServer, clock: FrozenClock) -> None:
    node = node_of(server, clock)
    made = await invoice(node, clock)
    await node.pay_in_test_mode(made.bolt11)
    found = await node.look_up(made.payment_hash)
    assert found is not None
    assert found.state is InvoiceState.PAID
