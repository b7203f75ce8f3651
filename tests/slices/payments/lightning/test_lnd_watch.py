"""News of a node's invoices: as they come, what was missed, and with a thousand of them open."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from admitone.payments.providers.lightning.node import NodeAway
from admitone.payments.providers.lnd.node import LndNode
from admitone.payments.providers.lnd.vendor import lightning_pb2
from admitone.plumbing.node_addresses import NodeAddresses
from tests.contracts.payments.rig_lnd import LndEnd
from tests.support.lnd_book import LndBook
from tests.support.waiting import eventually_async


def preimage_of(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def hash_of(name: str) -> bytes:
    return hashlib.sha256(preimage_of(name)).digest()


def add(book: LndBook, name: str, *, is_hold: bool = True) -> str:
    """An invoice on the node, and its payment hash."""
    wanted = lightning_pb2.Invoice(value_msat=1000, memo=name, expiry=900)
    book.add(wanted, payment_hash=hash_of(name), preimage=None if is_hold else preimage_of(name))
    return hash_of(name).hex()


class Listener:
    """Watches the account as a worker does. `waiting` are the payment hashes we wait for."""

    def __init__(self, end: LndEnd, waiting: list[str]) -> None:
        self.end = end
        self.waiting = waiting
        self.heard: list[str] = []

        async def ours() -> list[str]:
            return waiting

        self.node = LndNode(end.server.credentials, end.clock, ours, NodeAddresses(own_network=True))
        self.provider = end.shared.provider(end.sheet, self.node)

    async def listen(self) -> None:
        role = self.provider.roles.watches
        assert role is not None
        async for hint in role.watch():
            self.heard.append(hint.ref)

    async def hears(self, *refs: str) -> None:
        """These are heard of, in whatever order."""

        async def were_heard() -> bool:
            return set(refs) <= set(self.heard)

        assert await eventually_async(were_heard)

    async def streams(self, count: int) -> None:
        """So many streams are open at the node."""

        async def are_open() -> bool:
            return len(self.end.book.watchers) == count

        assert await eventually_async(are_open)

    async def cursor(self) -> str | None:
        return await self.end.shared.book.cursor(self.end.sheet.id, "lightning")

    async def cursor_at(self, settle_index: int) -> None:
        """It was heard up to this settlement."""

        async def is_there() -> bool:
            return (await self.cursor() or "").endswith(f":{settle_index}")

        assert await eventually_async(is_there)


@asynccontextmanager
async def listener(end: LndEnd, waiting: list[str] | None = None) -> AsyncIterator[Listener]:
    """Listens while the block runs."""
    made = Listener(end, waiting or [])
    task = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await made.node.close()


async def test_what_is_made_while_listening_is_told_when_it_arrives_and_when_it_is_settled(
    end: LndEnd,
) -> None:
    async with listener(end) as watch:
        await watch.streams(1)
        held, plain = add(end.book, "held"), add(end.book, "plain", is_hold=False)
        # One stream more: of the invoice that is settled at once the first one tells.
        await watch.streams(2)
        end.book.pay(bytes.fromhex(held))
        await watch.hears(held)
        end.book.pay(bytes.fromhex(plain))
        await watch.hears(held, plain)
        end.book.settle(preimage_of("held"))
        end.book.pay(bytes.fromhex(add(end.book, "next", is_hold=False)))
        await watch.cursor_at(3)
        await watch.streams(1)


async def test_what_was_missed_is_told_from_where_the_last_watch_left_off(end: LndEnd) -> None:
    async with listener(end) as watch:
        await watch.streams(1)
        for name in ("first", "second"):
            end.book.pay(bytes.fromhex(add(end.book, name, is_hold=False)))
        await watch.cursor_at(2)
    missed = add(end.book, "missed", is_hold=False)
    waiting = [add(end.book, "held meanwhile"), add(end.book, "still open"), add(end.book, "gone")]
    end.book.pay(bytes.fromhex(missed))
    end.book.pay(bytes.fromhex(waiting[0]))
    end.book.cancel(bytes.fromhex(waiting[2]))
    async with listener(end, waiting) as watch:
        await watch.hears(missed, waiting[0], waiting[2])
        await watch.streams(3)
        assert hash_of("first").hex() not in watch.heard
        assert waiting[1] not in watch.heard


async def test_the_very_first_settlement_of_a_node_is_found_too(end: LndEnd) -> None:
    """It has index 1, and nobody can ask for what came after 0 (lnd#2469)."""
    waiting = [add(end.book, "first", is_hold=False)]
    end.book.pay(bytes.fromhex(waiting[0]))
    async with listener(end, waiting) as watch:
        await watch.hears(waiting[0])


async def test_a_watch_ends_when_the_connection_does_and_goes_on_where_it_was(end: LndEnd) -> None:
    waiting = [add(end.book, "waits")]
    watch = Listener(end, waiting)
    listening = asyncio.create_task(watch.listen())
    await watch.streams(2)
    await end.server.stop()
    with pytest.raises(NodeAway):
        await listening
    end.server.bind()
    await end.server.start()
    end.book.pay(bytes.fromhex(waiting[0]))

    async def goes_on() -> None:
        while True:
            with contextlib.suppress(NodeAway):
                await watch.listen()

    again = asyncio.create_task(goes_on())
    await watch.hears(waiting[0])
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)
    await watch.node.close()


async def test_a_stream_that_drops_ends_the_watch_so_that_nothing_is_missed(end: LndEnd) -> None:
    watch = Listener(end, [add(end.book, "waits")])
    listening = asyncio.create_task(watch.listen())
    await watch.streams(2)
    end.book.drop_streams()
    with pytest.raises(NodeAway):
        await listening
    await watch.node.close()


async def test_another_node_behind_the_same_account_is_heard_from_its_beginning(end: LndEnd) -> None:
    await end.shared.book.move_cursor(end.sheet.id, "lightning", f"02{'ab' * 32}:700")
    async with listener(end) as watch:
        await watch.streams(1)
        paid = add(end.book, "on the new node", is_hold=False)
        end.book.pay(bytes.fromhex(paid))
        await watch.hears(paid)


async def test_a_thousand_open_invoices_are_followed_without_asking_again(end: LndEnd) -> None:
    waiting = [add(end.book, f"invoice {number}") for number in range(1000)]
    async with listener(end, waiting) as watch:
        await watch.streams(1001)
        asked = len(end.server.calls)
        for payment_hash in (waiting[0], waiting[999]):
            end.book.pay(bytes.fromhex(payment_hash))
        await watch.hears(waiting[0], waiting[999])
        assert len(watch.heard) == 2
        assert len(end.server.calls) == asked
