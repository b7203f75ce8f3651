"""Our own transactions as an adapter keeps them: wanted, signed, and only then sent.

What is sent is always what was stored, so sending it again is the same transaction again: it cannot pay twice. One with
a higher fee takes its place before it is sent, and spends the same money, so only one of them can ever be mined.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from admitone.payments.bitcoin.chain import outgoing_store
from admitone.payments.bitcoin.chain.outgoing_store import OwnTransaction
from admitone.plumbing.database import Database
from admitone.values.clock import Clock


class OutgoingBook:
    """Keeps them; every verb has its own transaction, so none may be open."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, account_id: UUID, key: UUID, address: str) -> OwnTransaction | None:
        """The transaction with this key to this address."""
        async with self._database.reading() as reader:
            return await outgoing_store.find(reader, account_id, key, address)

    async def want(self, account_id: UUID, key: UUID, address: str, amount_msat: int) -> OwnTransaction:
        """It is going to be made; as it is now, which may be made already."""
        new = OwnTransaction(
            key=key,
            account_id=account_id,
            address=address,
            amount_msat=amount_msat,
            txid=None,
            raw=None,
            fee_msat=None,
            height=None,
            coins=(),
            earlier_txids=(),
            wanted_at=self._clock.now(),
            signed_at=None,
            sent_at=None,
        )
        await self._database.run(lambda tx: outgoing_store.want(tx, new))
        found = await self.find(account_id, key, address)
        assert found is not None, "it was just stored, or was there"
        return found

    async def reserve(self, one: OwnTransaction, coins: Sequence[str]) -> None:
        """These coins (outpoints) are about to be set aside for it, in place of those that were before."""
        await self._database.run(lambda tx: outgoing_store.reserve(tx, one, coins))

    async def own_coins(self, one: OwnTransaction) -> set[str]:
        """The coins that were to be set aside for it, but for those of others that are not sent yet."""
        async with self._database.reading() as reader:
            return await outgoing_store.own_coins(reader, one)

    async def signed(
        self, one: OwnTransaction, *, txid: str, raw: str, fee_msat: int | None, height: int
    ) -> OwnTransaction:
        """It is signed; what is to be sent, which another may have signed in the same moment."""
        earlier = one.earlier_txids if one.txid is None else (*one.earlier_txids, one.txid)
        new = replace(
            one,
            txid=txid,
            raw=raw,
            fee_msat=fee_msat,
            height=height,
            earlier_txids=earlier,
            signed_at=self._clock.now(),
        )
        if await self._database.run(lambda tx: outgoing_store.signed(tx, new, one.txid)):
            return new
        found = await self.find(one.account_id, one.key, one.address)
        assert found is not None, "it is never taken away"
        return found

    async def sent(self, one: OwnTransaction) -> None:
        """The network has it."""
        now = self._clock.now()
        await self._database.run(lambda tx: outgoing_store.sent(tx, one.key, one.address, now))
