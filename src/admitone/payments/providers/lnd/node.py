"""An LND as a `LightningNode`: says what it can, and loads the rest (`talking`) on the first call, for gRPC is large.

Keys that make no sense are said then too: an account that cannot be opened would hide its organiser's others.
"""

import asyncio
import importlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from admitone.payments.account_status import NodeAwayAt
from admitone.payments.providers.lightning.node import Abilities, Balance, Invoice, NewInvoice, NodeInfo, Sent
from admitone.payments.providers.lnd.connection import Connection
from admitone.payments.providers.lnd.keys import LndKeys
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.plumbing.public_addresses import Address
from admitone.values.clock import Clock

if TYPE_CHECKING:
    from admitone.payments.providers.lnd.talking import Talking

ABILITIES: Final = Abilities(own_preimage=True, holds=True, description_hash=True, pays=True, watches=True)


class LndNode:
    """Implements `LightningNode`. `waiting` gives the payment hashes of our invoices that are waited for."""

    abilities = ABILITIES

    def __init__(
        self,
        keys: Mapping[str, str],
        clock: Clock,
        waiting: Callable[[], Awaitable[Collection[str]]],
        addresses: NodeAddresses,
    ) -> None:
        self._has_hints = keys.get("hints") == "on"
        self._clock = clock
        self._waiting = waiting
        self.connection = Connection(keys, addresses, self._begin)

    async def _begin(self, keys: LndKeys, address: Address) -> "Talking":
        # Else it writes to standard error, past our log, whenever a node goes away.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        module = await asyncio.to_thread(importlib.import_module, f"{__package__}.talking")
        made: Talking = module.Talking(keys, address, self._clock, self._waiting, has_hints=self._has_hints)
        return made

    def away(self) -> NodeAwayAt:
        """As `SaysWhereItIs.away`. Only of an address that can be read: another is refused before anything is asked."""
        return NodeAwayAt(field="host", place=self.connection.target)

    async def close(self) -> None:
        """Give the connection back now and not when nobody has used it for a while."""
        await self.connection.close()

    async def create(self, new: NewInvoice) -> Invoice:
        """As `LightningNode.create`."""
        async with self.connection.used() as there:
            return await there.create(new)

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """As `LightningNode.look_up`."""
        async with self.connection.used() as there:
            return await there.look_up(payment_hash)

    async def take(self, preimage: bytes) -> None:
        """As `LightningNode.take`."""
        async with self.connection.used() as there:
            await there.take(preimage)

    async def cancel(self, payment_hash: str) -> None:
        """As `LightningNode.cancel`."""
        async with self.connection.used() as there:
            await there.cancel(payment_hash)

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """As `LightningNode.pay`."""
        async with self.connection.used() as there:
            return await there.pay(
                bolt11, amount_msat=amount_msat, fee_most_msat=fee_most_msat, seconds=seconds
            )

    async def sent(self, payment_hash: str) -> Sent:
        """As `LightningNode.sent`."""
        async with self.connection.used() as there:
            return await there.sent(payment_hash)

    async def watch(self, cursor: str | None) -> AsyncGenerator[tuple[str, str | None], None]:
        """As `LightningNode.watch`."""
        async with self.connection.used() as there, aclosing(there.watch(cursor)) as stream:
            async for news in stream:
                yield news

    async def balance(self) -> Balance:
        """As `LightningNode.balance`."""
        async with self.connection.used() as there:
            return await there.balance()

    async def info(self) -> NodeInfo:
        """As `LightningNode.info`."""
        async with self.connection.used() as there:
            return await there.info()

    async def try_permissions(self) -> None:
        """As `TriesPermissions.try_permissions`, of its macaroon."""
        async with self.connection.used() as there:
            await there.try_permissions()
