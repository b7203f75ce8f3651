"""What the payer does on the play network: pays, mines, spends money twice, lets time run out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from admitone.payments.providers.lightning.node import NewInvoice
from admitone.payments.providers.play_bitcoin import chain_store, lightning_store
from admitone.payments.providers.play_bitcoin.chain import address_of, mine, new_hash
from admitone.payments.providers.play_bitcoin.chain_store import PAYER, PlayBlock, PlayTransaction
from admitone.payments.providers.play_bitcoin.lightning_store import PlayInvoice
from admitone.payments.providers.play_bitcoin.node import written
from admitone.plumbing.database import Database, Transaction
from admitone.values.clock import Clock
from admitone.values.currencies import MSAT_PER_SAT
from admitone.values.refusals import Conflict, Invalid, NotFound

_RECEIVES_FOR: Final = timedelta(days=1)
_SATS_MOST: Final = 21 * 10**14


class NotPayable(Conflict):
    """The invoice is paid, held, cancelled or has run out; or the transaction is in a block or replaced already."""

    code = "play_bitcoin.not_payable"
    text = "That cannot be done any more: it is paid, or its time has run out."


class NothingThere(NotFound):
    """The play network knows no such invoice or address."""

    code = "play_bitcoin.not_found"
    text = "The play network knows no such invoice and no such address."


class BadSats(Invalid):
    """Nothing, or more bitcoin than there are."""

    code = "play_bitcoin.bad_amount"
    text = "Please type a number of sats, such as 21000."


@dataclass(frozen=True, slots=True)
class PlayLook:
    """What the payer sees: an invoice, what pays an address, how high the chain is. `now` by the network's clock."""

    invoice: PlayInvoice | None
    address: str | None
    transactions: tuple[PlayTransaction, ...]
    height: int
    now: datetime


class PlayPayer:
    """The payer. `database` is the play network's own handle."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self, payment_hash: str | None, address: str | None) -> PlayLook:
        """What there is to pay. Raises `NothingThere` when neither is known."""
        async with self._database.reading() as reader:
            invoice = None if payment_hash is None else await lightning_store.invoice(reader, payment_hash)
            is_known = address is not None and await chain_store.is_address(reader, address)
            came = await chain_store.to_address(reader, address) if address and is_known else []
            height = await chain_store.height(reader)
        if (payment_hash or address) and invoice is None and not is_known:
            raise NothingThere
        return PlayLook(invoice, address if is_known else None, tuple(came), height, self._clock.now())

    async def pay_invoice(self, payment_hash: str) -> PlayInvoice:
        """Pay it; held or paid, as its node wants. Raises `NotPayable`."""
        now = self._clock.now()
        paid = await self._database.run(lambda tx: lightning_store.pay(tx, payment_hash, now))
        if paid is None:
            raise NotPayable
        return paid

    async def let_expire(self, payment_hash: str) -> None:
        """Its time runs out now."""
        now = self._clock.now()
        await self._database.run(lambda tx: lightning_store.end(tx, payment_hash, now))

    async def pay_address(self, address: str, amount_sat: int) -> str:
        """Send so much there; the transaction's id. Raises `BadSats`, `NothingThere`."""
        if not 0 < amount_sat < _SATS_MOST:
            raise BadSats(field="sats")
        new = PlayTransaction(new_hash(), address, amount_sat, None, None, None, None, self._clock.now())

        async def story(tx: Transaction) -> str:
            if not await chain_store.is_address(tx, address):
                raise NothingThere
            return await chain_store.send(tx, new, PAYER)

        return await self._database.run(story)

    async def mine(self) -> PlayBlock:
        """A block more."""
        return await self._database.run(lambda tx: mine(tx, self._clock))

    async def replace(self, txid: str) -> None:
        """Spend the same money otherwise, before it is in a block. Raises `NotPayable`."""

        async def story(tx: Transaction) -> bool:
            await chain_store.lock(tx)
            return await chain_store.lose(tx, txid, await chain_store.height(tx))

        if not await self._database.run(story):
            raise NotPayable

    async def undo_block(self) -> None:
        """The last block turns out not to be part of the chain: what was in it waits for another one."""

        async def story(tx: Transaction) -> None:
            await chain_store.lock(tx)
            last = await chain_store.tip(tx)
            # The first one stays: there is always a chain.
            if last is not None and last.height > 1:
                await chain_store.orphan(tx, last.block_hash)

        await self._database.run(story)

    async def invoice(self, amount_sat: int) -> str:
        """An invoice of the payer's own, to be paid back by. Raises `BadSats`."""
        if not 0 < amount_sat < _SATS_MOST:
            raise BadSats(field="sats")
        now, preimage = self._clock.now(), secrets.token_bytes(32)
        made = written(
            PAYER,
            NewInvoice(amount_sat * MSAT_PER_SAT, "To the play payer", now + _RECEIVES_FOR),
            preimage,
            now,
        )
        await self._database.run(lambda tx: lightning_store.make(tx, made))
        return made.bolt11

    async def address(self) -> str:
        """An address of the payer's own, a new one each time."""
        label = hashlib.sha256(secrets.token_bytes(16)).hexdigest()
        wanted = address_of(PAYER, label)
        return await self._database.run(lambda tx: chain_store.address_for(tx, PAYER, label, wanted))
