"""News of LND's invoices: one stream tells of all that are made and settled, one of its own of each that may be held.

LND tells of held payments only to who subscribed to that very invoice. Such a stream lies still until something
happens, so a thousand open invoices cost nothing but memory; asking for the list of pending ones again and again would
read the node's whole book each time. Each stream begins with how its invoice is now, which is the sweep after a
connection was lost. (lnd v0.20.0-beta, `invoices/invoiceregistry.go`: clients are told of neither accepted nor
cancelled invoices, and of nothing at or below the index they named; 0 means from now on, so what came after index 0 is
found by the sweep: lnd#2469.)
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from typing import Final

from admitone.payments.providers.lightning.node import NodeAway, NodeRefused
from admitone.payments.providers.lnd.answers import NOT_FOUND
from admitone.payments.providers.lnd.vendor import lightning_pb2
from admitone.payments.providers.lnd.wire import Wire

FOLLOWED_MOST: Final = 5_000
"""So many open invoices have a stream of their own; more are left to the timetable."""
HEARD_MOST: Final = 1_000
"""So much news waits to be taken at most; until it is, the node is not listened to."""
NOTHING_MOST: Final = 10_000
"""So many messages in a row may have nothing that concerns us. A node with much other business is then listened to
anew, and one that only wants to keep us busy has to wait as one that is away.
"""
ABOUT_ONE_MOST: Final = 1_000
"""So many messages about one invoice: more than it has parts, and states."""
_HASH_BYTES: Final = 32
News = tuple[str, str | None]


class Following:
    """A watch. `waiting` gives the payment hashes of our invoices that are waited for, the newest first."""

    def __init__(self, wire: Wire, pubkey: str, waiting: Callable[[], Awaitable[Collection[str]]]) -> None:
        self._wire = wire
        self._pubkey = pubkey
        self._waiting = waiting
        self._heard: asyncio.Queue[News | NodeAway | NodeRefused] = asyncio.Queue(HEARD_MOST)
        self._followed: dict[bytes, asyncio.Task[None]] = {}

    async def news(self, settle_index: int) -> AsyncGenerator[News, None]:
        """(payment hash, cursor) as it happens, from this index. Raises `NodeAway`, `NodeRefused` when it ends."""
        # What is made while the waiting ones are read is told by the stream that begins at this index.
        newest = await self._wire.newest()
        for one in await self._waiting():
            self._follow(bytes.fromhex(one))
        everything = asyncio.create_task(self._hear_all(newest, settle_index))
        try:
            while True:
                heard = await self._heard.get()
                if isinstance(heard, NodeAway | NodeRefused):
                    raise heard
                yield heard
        finally:
            tasks = [everything, *self._followed.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear_all(self, add_index: int, settle_index: int) -> None:
        nothing = 0
        try:
            async with aclosing(self._wire.subscribe(add_index, settle_index)) as stream:
                async for said in stream:
                    nothing = 0 if await self._hear(said) else nothing + 1
                    if nothing > NOTHING_MOST:
                        raise NodeAway("SubscribeInvoices: nothing that concerns us")
            await self._heard.put(NodeAway("SubscribeInvoices: ended"))
        except (NodeAway, NodeRefused) as error:
            await self._heard.put(error)

    async def _hear(self, said: lightning_pb2.Invoice) -> bool:
        """Whether the message told something."""
        if len(said.r_hash) != _HASH_BYTES:
            return False
        if said.state == lightning_pb2.Invoice.SETTLED:
            await self._heard.put((said.r_hash.hex(), cursor_of(self._pubkey, said.settle_index)))
            return True
        # Nobody but who made it knows its preimage: what comes for it will be held.
        is_held = said.state == lightning_pb2.Invoice.OPEN and not said.r_preimage
        return is_held and self._follow(said.r_hash)

    def _follow(self, payment_hash: bytes) -> bool:
        """Whether it is followed from now on."""
        if payment_hash in self._followed or len(self._followed) >= FOLLOWED_MOST:
            return False
        task = asyncio.create_task(self._hear_of(payment_hash))
        self._followed[payment_hash] = task
        task.add_done_callback(lambda _: self._followed.pop(payment_hash, None))
        return True

    async def _hear_of(self, payment_hash: bytes) -> None:
        heard = 0
        try:
            async with aclosing(self._wire.follow(payment_hash)) as stream:
                async for said in stream:
                    heard += 1
                    if heard > ABOUT_ONE_MOST:
                        raise NodeAway("SubscribeSingleInvoice: without an end")
                    if said.state == lightning_pb2.Invoice.ACCEPTED:
                        await self._heard.put((payment_hash.hex(), None))
                    elif said.state != lightning_pb2.Invoice.OPEN:
                        if heard == 1:
                            await self._heard.put((payment_hash.hex(), None))
                        return
                    elif said.r_preimage:
                        # It will be settled at once, and the stream of all tells of that.
                        return
        except NodeRefused as no:
            if no.code != NOT_FOUND:
                await self._heard.put(no)
        except NodeAway as away:
            await self._heard.put(away)


def cursor_of(pubkey: str, settle_index: int) -> str:
    """Up to where a node was heard: an index counts on one node only."""
    return f"{pubkey}:{settle_index}"


def index_in(cursor: str | None, pubkey: str) -> int:
    """The index to begin from on this node; 0 when there is none."""
    whose, _, index = (cursor or "").partition(":")
    return int(index) if whose == pubkey and index.isdecimal() else 0
