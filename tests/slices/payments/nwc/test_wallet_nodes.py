"""A wallet as an organiser's node: what it tells of, what it cannot, and how its answers count."""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest

from admitone.payments.bitcoin.bolt11 import NewBolt11, decode, encode
from admitone.payments.nwc import read_uri
from admitone.payments.providers.lightning.node import (
    BadNodeKeys,
    InvoiceState,
    NewInvoice,
    NodeAway,
    NodeRefused,
    SendState,
)
from admitone.payments.providers.nwc import NwcNode
from admitone.payments.providers.nwc import node as nwc_node
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import SystemClock
from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet

CLOCK = SystemClock()


def written(amount_msat: int, preimage: bytes, memo: str) -> str:
    """An invoice as the wallet's node writes it."""
    new = NewBolt11(
        prefix="lnbcrt",
        amount_msat=amount_msat,
        made_at=CLOCK.now(),
        payment_hash=hashlib.sha256(preimage).digest(),
        secret=secrets.token_bytes(32),
        description=memo,
        expiry_seconds=3600,
    )
    return encode(new, b"\x11" * 32)


@pytest.fixture
async def theirs() -> AsyncIterator[PlayedWallet]:
    """The organiser's wallet."""
    async with a_relay() as relay, a_wallet(relay, make_bolt11=written) as played:
        yield played


@pytest.fixture
def waiting() -> list[str]:
    """The payment hashes that are waited for."""
    return []


@pytest.fixture
def node(theirs: PlayedWallet, waiting: list[str]) -> NwcNode:
    """The wallet as a node."""

    async def waits() -> list[str]:
        return waiting

    made = NwcNode(read_uri(theirs.uri, loopback=True), PublicFetch(loopback=True), CLOCK, waits)
    made.answer_seconds = 2
    return made


def new(amount_msat: int = 5_000_000, description_hash: bytes | None = None) -> NewInvoice:
    """An invoice to make."""
    until = CLOCK.now() + timedelta(minutes=10)
    return NewInvoice(amount_msat, "Order 7K3M", until, description_hash=description_hash)


async def test_an_invoice_is_made_looked_up_and_paid(node: NwcNode, theirs: PlayedWallet) -> None:
    made = await node.create(new())
    assert (made.state, made.amount_msat, made.preimage) == (InvoiceState.OPEN, 5_000_000, None)
    assert decode(made.bolt11).payment_hash.hex() == made.payment_hash
    [(_, asked)] = theirs.asked
    assert asked["description"] == "Order 7K3M"
    assert 590 <= asked["expiry"] <= 600
    await theirs.receive(made.payment_hash)
    paid = await node.look_up(made.payment_hash)
    assert paid is not None
    assert (paid.state, paid.received_msat) == (InvoiceState.PAID, 5_000_000)
    assert paid.preimage is not None
    with pytest.raises(NodeRefused, match="paid"):
        await node.cancel(made.payment_hash)


async def test_what_this_kind_of_node_cannot_is_said(node: NwcNode) -> None:
    made = await node.create(new())
    with pytest.raises(NodeRefused, match="unable"):
        await node.cancel(made.payment_hash)
    with pytest.raises(NodeRefused, match="unable"):
        await node.take(bytes(32))
    await node.cancel("00" * 32)
    with pytest.raises(NodeRefused, match="no_description_hash"):
        await node.create(new(description_hash=bytes(32)))
    assert await node.look_up("00" * 32) is None


async def test_a_payment_is_told_of_as_it_comes_and_what_came_before_is_found(
    node: NwcNode, theirs: PlayedWallet, waiting: list[str]
) -> None:
    before, now = await node.create(new()), await node.create(new())
    waiting += [now.payment_hash, before.payment_hash]
    theirs.notices = False
    await theirs.receive(before.payment_hash)
    theirs.notices = True
    async with asyncio.timeout(20), aclosing(node.watch(None)) as news:
        assert await anext(news) == (before.payment_hash, None)
        await theirs.receive(now.payment_hash)
        assert await anext(news) == (now.payment_hash, None)


async def test_a_wallet_that_tells_nothing_is_asked(
    node: NwcNode, waiting: list[str], theirs: PlayedWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nwc_node, "POLL_SECONDS", 0.05)
    async with a_wallet(theirs.relay, make_bolt11=written, notices=False) as silent:
        node.uri = read_uri(silent.uri, loopback=True)
        made = await node.create(new())
        waiting.append(made.payment_hash)
        async with asyncio.timeout(20), aclosing(node.watch(None)) as news:
            first = asyncio.ensure_future(anext(news))
            await silent.receive(made.payment_hash)
            assert await first == (made.payment_hash, None)


async def test_money_is_sent_once_and_a_failure_that_was_none_is_found_out(
    node: NwcNode, theirs: PlayedWallet
) -> None:
    preimage = secrets.token_bytes(32)
    wanted = written(700_000, preimage, "my refund")
    theirs.knows(wanted, preimage, 700_000)
    payment_hash = hashlib.sha256(preimage).hexdigest()
    assert (await node.sent(payment_hash)).state is SendState.NOT_FOUND
    for _ in range(2):
        # The second time the wallet says PAYMENT_FAILED, of what it has paid.
        sent = await node.pay(wanted, amount_msat=700_000, fee_most_msat=7_000, seconds=5)
        assert (sent.state, sent.preimage, sent.fee_msat) == (SendState.SENT, preimage, 1000)
    assert theirs.used_msat == 700_000
    with pytest.raises(NodeRefused, match="bad_invoice"):
        await node.pay("lnbcrt1nonsense", amount_msat=1, fee_most_msat=1, seconds=5)


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ({"balance_msat": 1}, SendState.FAILED, "insufficient_balance"),
        ({"budget_msat": 1}, SendState.FAILED, "quota_exceeded"),
        ({"preimages": {}}, SendState.UNKNOWN, "payment_failed"),
        ({"silent": {"pay_invoice": 1}}, SendState.UNKNOWN, "no_answer"),
    ],
)
async def test_why_nothing_was_sent_is_said_and_silence_is_no_reason(
    node: NwcNode, theirs: PlayedWallet, change: dict[str, object], state: SendState, reason: str
) -> None:
    preimage = secrets.token_bytes(32)
    wanted = written(700_000, preimage, "my refund")
    theirs.knows(wanted, preimage, 700_000)
    for name, value in change.items():
        setattr(theirs, name, value)
    sent = await node.pay(wanted, amount_msat=700_000, fee_most_msat=7_000, seconds=1)
    assert (sent.state, sent.reason) == (state, reason)


async def test_only_a_payment_that_is_listed_as_failed_has_failed(
    node: NwcNode, theirs: PlayedWallet
) -> None:
    preimage = secrets.token_bytes(32)
    wanted = written(700_000, preimage, "my refund")
    payment_hash = hashlib.sha256(preimage).hexdigest()
    theirs.lists[payment_hash] = {"type": "outgoing", "amount": 700_000, "invoice": wanted, "state": "failed"}
    sent = await node.pay(wanted, amount_msat=700_000, fee_most_msat=7_000, seconds=5)
    assert (sent.state, sent.reason) == (SendState.FAILED, "payment_failed")
    assert not node.abilities.remembers, "what it does not list may be on its way"


async def test_an_invoice_of_the_wallet_itself_is_no_payment_it_made(
    node: NwcNode, theirs: PlayedWallet
) -> None:
    made = await node.create(new())
    await theirs.receive(made.payment_hash)
    assert (await node.sent(made.payment_hash)).state is SendState.NOT_FOUND


async def test_keys_that_do_not_do_are_told_apart_from_a_wallet_that_is_away(
    node: NwcNode, theirs: PlayedWallet
) -> None:
    theirs.methods = ("get_info", "get_balance")
    with pytest.raises(BadNodeKeys) as refused:
        await node.info()
    assert (refused.value.field, str(refused.value)) == (
        "uri",
        "the connection may not make_invoice and lookup_invoice",
    )
    node.uri = read_uri(theirs.uri.replace(theirs.relay, "ws://127.0.0.1:1"), loopback=True)
    with pytest.raises(NodeAway):
        await node.info()
    node.uri = None
    with pytest.raises(BadNodeKeys):
        await node.create(new())
