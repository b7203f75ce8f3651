"""A Lightning node without peers: what a node does, on tables of the play network, for demos and tests.

Its invoices are real in form (regtest, signed with a key of its own), so every program reads them; the only payer there
is stands in `payer`. Sources: BOLT 2 and 11.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from coincurve import PrivateKey

from admitone.payments.bitcoin import bolt11
from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.providers.lightning.node import (
    Abilities,
    Balance,
    Invoice,
    InvoiceState,
    Network,
    NewInvoice,
    NodeInfo,
    NodeRefused,
    SendState,
    Sent,
)
from admitone.payments.providers.play_bitcoin import chain_store, lightning_store
from admitone.payments.providers.play_bitcoin.lightning_store import PlayInvoice, PlaySent
from admitone.plumbing.database import Database, Transaction, require_no_transaction
from admitone.values.clock import Clock
from admitone.values.currencies import MSAT_PER_BTC

LOOK_SECONDS: Final = 1.0
"""So often a watch looks for news."""
_PAGE: Final = 500
_INBOUND_MSAT: Final = MSAT_PER_BTC
_STATES: Final = {
    "open": InvoiceState.OPEN,
    "held": InvoiceState.HELD,
    "paid": InvoiceState.PAID,
    "cancelled": InvoiceState.CANCELLED,
}


def written(node_id: UUID, new: NewInvoice, preimage: bytes, now: datetime) -> PlayInvoice:
    """The invoice as it goes into the books: the same again for the same preimage in the same second."""
    payment_hash = hashlib.sha256(preimage).digest()
    made_at = now.replace(microsecond=0)
    terms = bolt11.NewBolt11(
        prefix=Network.REGTEST.prefix,
        amount_msat=new.amount_msat,
        made_at=made_at,
        payment_hash=payment_hash,
        secret=hashlib.sha256(b"play payment secret|" + payment_hash).digest(),
        description=new.memo if new.description_hash is None else None,
        description_hash=new.description_hash,
        expiry_seconds=max(int((new.expires_at - made_at).total_seconds()), 1),
    )
    return PlayInvoice(
        payment_hash=payment_hash.hex(),
        node_id=node_id,
        bolt11=bolt11.encode(terms, node_key(node_id)),
        amount_msat=new.amount_msat,
        is_hold=new.is_hold,
        preimage=None if new.is_hold else preimage,
        state="open",
        expires_at=new.expires_at,
        created_at=now,
        paid_at=None,
        change_no=0,
    )


def node_key(node_id: UUID) -> bytes:
    """The key of a play node, which is no secret."""
    return hashlib.sha256(b"play bitcoin node|" + node_id.bytes).digest()


class PlayNode:
    """Implements `LightningNode`. `node_id` is the payment account's."""

    abilities = Abilities(own_preimage=True, holds=True, description_hash=True, pays=True, watches=True)

    def __init__(self, node_id: UUID, database: Database, clock: Clock) -> None:
        self._id = node_id
        self._database = database
        self._clock = clock

    async def create(self, new: NewInvoice) -> Invoice:
        """As `LightningNode.create`."""
        require_no_transaction("the play node")
        assert new.preimage is not None, "a node that takes our preimage is given one"
        made = written(self._id, new, new.preimage, self._clock.now())
        await self._database.run(lambda tx: lightning_store.make(tx, made))
        found = await self.look_up(made.payment_hash)
        assert found is not None, "made now or before"
        return found

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """As `LightningNode.look_up`."""
        require_no_transaction("the play node")
        async with self._database.reading() as reader:
            found = await lightning_store.invoice(reader, payment_hash)
        return None if found is None or found.node_id != self._id else _as_told(found, self._clock.now())

    async def take(self, preimage: bytes) -> None:
        """As `LightningNode.take`."""
        require_no_transaction("the play node")
        payment_hash = hashlib.sha256(preimage).hexdigest()
        if await self._database.run(
            lambda tx: lightning_store.move(tx, payment_hash, ("held",), "paid", preimage)
        ):
            return
        found = await self.look_up(payment_hash)
        if found is None or found.state is not InvoiceState.PAID:
            raise NodeRefused("gone")

    async def cancel(self, payment_hash: str) -> None:
        """As `LightningNode.cancel`."""
        require_no_transaction("the play node")
        if await self._database.run(
            lambda tx: lightning_store.move(tx, payment_hash, ("open", "held"), "cancelled")
        ):
            return
        found = await self.look_up(payment_hash)
        if found is not None and found.state is InvoiceState.PAID:
            raise NodeRefused("paid")

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """As `LightningNode.pay`: to the play payer, without a fee; nobody else can be reached."""
        require_no_transaction("the play node")
        payment_hash = _hash_of(bolt11)
        known = await self.sent(payment_hash)
        if known.state is not SendState.NOT_FOUND:
            return known
        return await self._database.run(lambda tx: self._pay(tx, payment_hash, bolt11, amount_msat))

    async def _pay(self, tx: Transaction, payment_hash: str, bolt11: str, amount_msat: int) -> Sent:
        now = self._clock.now()
        found = await lightning_store.invoice(tx, payment_hash)
        is_right = found is not None and (found.bolt11, found.amount_msat) == (bolt11.lower(), amount_msat)
        if found is None or not is_right or found.preimage is None:
            return Sent(SendState.FAILED, payment_hash, reason="no_route")
        if await lightning_store.pay(tx, payment_hash, now) is None:
            return Sent(SendState.FAILED, payment_hash, reason="refused")
        await lightning_store.send(tx, PlaySent(payment_hash, self._id, amount_msat, found.preimage, now))
        return Sent(SendState.SENT, payment_hash, found.preimage)

    async def pay_in_test_mode(self, bolt11: str) -> None:
        """As `PaysInTestMode.pay_in_test_mode`."""
        require_no_transaction("the play node")
        payment_hash, now = decode(bolt11).payment_hash.hex(), self._clock.now()
        if await self._database.run(lambda tx: lightning_store.pay(tx, payment_hash, now)) is None:
            raise NodeRefused("not_payable")

    async def sent(self, payment_hash: str) -> Sent:
        """As `LightningNode.sent`."""
        require_no_transaction("the play node")
        async with self._database.reading() as reader:
            found = await lightning_store.sent(reader, self._id, payment_hash)
        if found is None:
            return Sent(SendState.NOT_FOUND, payment_hash)
        return Sent(SendState.SENT, payment_hash, found.preimage)

    async def watch(self, cursor: str | None) -> AsyncGenerator[tuple[str, str | None], None]:
        """As `LightningNode.watch`."""
        since = int(cursor or 0)
        while True:
            require_no_transaction("the play node")
            async with self._database.reading() as reader:
                news = await lightning_store.changed(reader, self._id, since, _PAGE)
            for payment_hash, since in news:
                yield payment_hash, str(since)
            if len(news) < _PAGE:
                await asyncio.sleep(LOOK_SECONDS)

    async def balance(self) -> Balance:
        """As `LightningNode.balance`."""
        require_no_transaction("the play node")
        async with self._database.reading() as reader:
            local_msat = await lightning_store.lies(reader, self._id)
        return Balance(local_msat, _INBOUND_MSAT)

    async def info(self) -> NodeInfo:
        """As `LightningNode.info`."""
        require_no_transaction("the play node")
        async with self._database.reading() as reader:
            height = await chain_store.height(reader)
        pubkey = PrivateKey(node_key(self._id)).public_key.format().hex()
        return NodeInfo(pubkey, "Play node", Network.REGTEST, "play", block_height=height, channels_open=1)


def _hash_of(written: str) -> str:
    try:
        said = bolt11.decode(written)
    except bolt11.BadBolt11 as bad:
        raise NodeRefused("bad_invoice") from bad
    if said.prefix != Network.REGTEST.prefix:
        raise NodeRefused("other_network")
    return said.payment_hash.hex()


def _as_told(found: PlayInvoice, now: datetime) -> Invoice:
    state = _STATES[found.state]
    if state is InvoiceState.OPEN and found.expires_at <= now:
        state = InvoiceState.EXPIRED
    has_come = state in (InvoiceState.HELD, InvoiceState.PAID)
    told = Invoice(found.payment_hash, found.bolt11, found.amount_msat, state, expires_at=found.expires_at)
    if not has_come:
        return told
    is_ours = state is InvoiceState.PAID
    return replace(
        told,
        received_msat=found.amount_msat,
        paid_at=found.paid_at,
        preimage=found.preimage if is_ours else None,
    )
