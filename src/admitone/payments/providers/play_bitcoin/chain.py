"""A node of a Bitcoin chain on which nobody mines but the play payer: implements the port `Chain`, for demos and tests.

Its addresses are real in form (regtest), so every program reads them.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from admitone.payments.bitcoin import bech32
from admitone.payments.bitcoin.chain.port import Network, News, Output, Standing, Tip
from admitone.payments.bitcoin.sending_back import Outgoing, Rail, SendOutcome, SendStatus
from admitone.payments.providers.play_bitcoin import chain_store
from admitone.payments.providers.play_bitcoin.chain_store import PlayBlock, PlayTransaction
from admitone.payments.providers.play_bitcoin.spender import SPENDER_ADDRESS
from admitone.plumbing.database import Database, Transaction, require_no_transaction
from admitone.values.clock import Clock
from admitone.values.currencies import MSAT_PER_SAT

_PREFIX: Final = "bcrt"
_WITNESS_VERSION: Final = 0


def address_of(node_id: UUID, label: str) -> str:
    """A P2WPKH address of regtest (BIP-173); its key hash is made of the label, and nobody has its key."""
    key_hash = hashlib.sha256(b"play bitcoin address|" + node_id.bytes + label.encode()).digest()[:20]
    return bech32.encode(_PREFIX, [_WITNESS_VERSION, *bech32.to_groups(key_hash)])


def new_hash() -> str:
    """A name for a block or a transaction, never given before."""
    return secrets.token_hex(32)


async def mine(tx: Transaction, clock: Clock) -> PlayBlock:
    """Put a block with all that waits on the chain."""
    await chain_store.lock(tx)
    made = PlayBlock(new_hash(), await chain_store.height(tx) + 1)
    await chain_store.add_block(tx, made, clock.now())
    return made


class PlayChain:
    """Implements `Chain` for the addresses of one account, and `Sender`. `node_id` is the payment account's."""

    rail = Rail.ONCHAIN

    def __init__(self, node_id: UUID, database: Database, clock: Clock) -> None:
        self._id = node_id
        self._database = database
        self._clock = clock

    async def tip(self) -> Tip:
        """As `Chain.tip`. The first look mines the first block."""
        require_no_transaction("the play chain")
        async with self._database.reading() as reader:
            last = await chain_store.tip(reader)
        if last is None:
            last = await self._database.run(self._first)
        return Tip(last.block_hash, last.height)

    async def _first(self, tx: Transaction) -> PlayBlock:
        await chain_store.lock(tx)
        return await chain_store.tip(tx) or await mine(tx, self._clock)

    async def since(self, block_hash: str) -> News:
        """As `Chain.since`."""
        tip = await self.tip()
        async with self._database.reading() as reader:
            known = await chain_store.block(reader, block_hash)
            # A block that is no longer part of the chain: everything is told from its height on.
            above = -1 if known is None else known[0].height - (1 if known[1] else 0)
            found = await chain_store.paying(reader, self._id, above)
            tip_now = await chain_store.tip(reader)
        assert tip_now is not None, "there was one"
        outputs = [_output(one, tip_now.height) for one in found]
        removed = {f"{one.txid}:0" for one in found if one.was_in is not None}
        return News(outputs, removed, Tip(tip_now.block_hash, tip_now.height) if tip_now else tip)

    async def standings(self, txids: Collection[str]) -> Mapping[str, Standing]:
        """As `Chain.standings`."""
        require_no_transaction("the play chain")
        async with self._database.reading() as reader:
            height = await chain_store.height(reader)
            found = await chain_store.transactions(reader, txids)
        return {one.txid: _standing(one, height) for one in found}

    async def blocks(self, heights: Collection[int]) -> Mapping[int, str]:
        """As `Chain.blocks`."""
        require_no_transaction("the play chain")
        async with self._database.reading() as reader:
            return await chain_store.hashes(reader, heights)

    async def address(self, label: str) -> str:
        """As `Chain.address`."""
        require_no_transaction("the play chain")
        wanted = address_of(self._id, label)
        return await self._database.run(lambda tx: chain_store.address_for(tx, self._id, label, wanted))

    async def resend(self, txid: str) -> None:
        """As `Chain.resend`: nobody has forgotten it."""
        require_no_transaction("the play chain")

    async def balance(self) -> int:
        """As `Chain.balance`."""
        require_no_transaction("the play chain")
        async with self._database.reading() as reader:
            return await chain_store.lies(reader, self._id)

    async def payers(self, txid: str) -> Sequence[str]:
        """As `Chain.payers`: the play payer has one address for everything it spends."""
        require_no_transaction("the play chain")
        async with self._database.reading() as reader:
            found = await chain_store.transactions(reader, [txid])
        return [SPENDER_ADDRESS] if found else []

    async def network(self) -> str:
        """As `Sender.network`."""
        return Network.REGTEST.value

    async def send(self, out: Outgoing) -> SendStatus:
        """As `Sender.send`: at once, and without a fee."""
        require_no_transaction("the play chain")
        now = self._clock.now()
        new = PlayTransaction(
            new_hash(), out.destination, out.amount_msat // MSAT_PER_SAT, None, None, None, None, now
        )
        txid = await self._database.run(lambda tx: chain_store.send(tx, new, self._id, out.key))
        return SendStatus(SendOutcome.SENT, txid, fee_msat=0)

    async def look(self, out: Outgoing) -> SendStatus:
        """As `Sender.look`."""
        require_no_transaction("the play chain")
        async with self._database.reading() as reader:
            txid = await chain_store.sent_by(reader, out.key)
        if txid is None:
            return SendStatus(SendOutcome.NOT_FOUND)
        return SendStatus(SendOutcome.SENT, txid, fee_msat=0)


def _standing(one: PlayTransaction, height: int) -> Standing:
    if one.lost_at is None:
        return Standing(one.block_hash, one.height, mined_at=one.mined_at)
    return Standing(is_replaced=True, lost_by=height - one.lost_at)


def _output(one: PlayTransaction, height: int) -> Output:
    return Output(one.txid, 0, one.address, one.amount_sat, _standing(one, height), one.created_at)
