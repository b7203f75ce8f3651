"""An LND as a `LightningNode`: says what it can, and loads the rest (`talking`) on the first call, for gRPC is large.

Keys that make no sense are said then too: an account that cannot be opened would hide its organiser's others.
"""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

from admitone.payments.providers.lightning.node import Abilities, Balance, Invoice, NewInvoice, NodeInfo, Sent
from admitone.payments.providers.lnd.keys import read_keys
from admitone.plumbing.database import require_no_transaction
from admitone.values.clock import Clock

if TYPE_CHECKING:
    from admitone.payments.providers.lnd.talking import Talking

ABILITIES: Final = Abilities(own_preimage=True, holds=True, description_hash=True, pays=True, watches=True)


class LndNode:
    """Implements `LightningNode`. `waiting` gives the payment hashes of our invoices that are waited for."""

    abilities = ABILITIES

    def __init__(
        self, keys: Mapping[str, str], clock: Clock, waiting: Callable[[], Awaitable[Collection[str]]]
    ) -> None:
        self._keys = dict(keys)
        self._clock = clock
        self._waiting = waiting
        self._talking: Talking | None = None

    async def _there(self) -> "Talking":
        """The connection. Raises `BadNodeKeys`."""
        require_no_transaction("lnd")
        if self._talking is None:
            keys = read_keys(self._keys)
            # Else it writes to standard error, past our log, whenever a node goes away.
            os.environ.setdefault("GRPC_VERBOSITY", "NONE")
            module = await asyncio.to_thread(importlib.import_module, f"{__package__}.talking")
            # Another call may have been faster.
            if self._talking is None:
                has_hints = self._keys.get("hints") == "on"
                self._talking = module.Talking(keys, self._clock, self._waiting, has_hints=has_hints)
        return self._talking

    async def close(self) -> None:
        """Give the connection back."""
        if self._talking is not None:
            await self._talking.close()

    async def create(self, new: NewInvoice) -> Invoice:
        """As `LightningNode.create`."""
        return await (await self._there()).create(new)

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """As `LightningNode.look_up`."""
        return await (await self._there()).look_up(payment_hash)

    async def take(self, preimage: bytes) -> None:
        """As `LightningNode.take`."""
        await (await self._there()).take(preimage)

    async def cancel(self, payment_hash: str) -> None:
        """As `LightningNode.cancel`."""
        await (await self._there()).cancel(payment_hash)

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """As `LightningNode.pay`."""
        there = await self._there()
        return await there.pay(bolt11, amount_msat=amount_msat, fee_most_msat=fee_most_msat, seconds=seconds)

    async def sent(self, payment_hash: str) -> Sent:
        """As `LightningNode.sent`."""
        return await (await self._there()).sent(payment_hash)

    async def watch(self, cursor: str | None) -> AsyncIterator[tuple[str, str | None]]:
        """As `LightningNode.watch`."""
        async for news in (await self._there()).watch(cursor):
            yield news

    async def balance(self) -> Balance:
        """As `LightningNode.balance`."""
        return await (await self._there()).balance()

    async def info(self) -> NodeInfo:
        """As `LightningNode.info`."""
        return await (await self._there()).info()

    async def try_permissions(self) -> None:
        """As `TriesPermissions.try_permissions`, of its macaroon."""
        await (await self._there()).try_permissions()
