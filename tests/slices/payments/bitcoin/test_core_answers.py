"""What a Bitcoin Core node answers is read up to a limit, and beside everybody else when there is much of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from admitone.payments.bitcoin.chain import ChainAway
from admitone.payments.providers.bitcoin_core.rpc import ANSWER_MOST, Place, Rpc
from admitone.plumbing.node_addresses import NodeAddresses

PIECE = 1024 * 1024


class Pieces(httpx2.AsyncByteStream):
    """A body of so many pieces that counts how many of them were asked for."""

    def __init__(self, pieces: int) -> None:
        self.left, self.given = pieces, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.left:
            self.left -= 1
            self.given += 1
            yield b" " * PIECE


class Beside(ThreadPoolExecutor):
    """Threads that count what they are given to do."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self.given = 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        self.given += 1
        return super().submit(work, *args, **named)


def asks(stream: httpx2.AsyncByteStream) -> tuple[Rpc, httpx2.AsyncClient]:
    """What asks a node that answers with this."""
    wire = httpx2.MockTransport(lambda _request: httpx2.Response(200, stream=stream))
    client = httpx2.AsyncClient(transport=wire)
    place = Place("http://127.0.0.1:8332", "", "admitone", "a password")
    return Rpc(client, NodeAddresses(own_network=True), place), client


async def test_an_answer_without_an_end_is_given_up_and_not_read_on() -> None:
    body = Pieces(1_000)
    rpc, client = asks(body)
    async with client:
        with pytest.raises(ChainAway, match="too_long"):
            await rpc.call("listsinceblock")
    assert body.given == ANSWER_MOST // PIECE + 1


async def threads_for(lines: int) -> int:
    """How often another thread was given something to do for an answer of so many lines."""
    said = [{"txid": "ab" * 32, "vout": number} for number in range(lines)]
    body = json.dumps([{"id": 0, "result": said, "error": None}]).encode()
    rpc, client = asks(httpx2.ByteStream(body))
    beside = Beside()
    asyncio.get_running_loop().set_default_executor(beside)
    async with client:
        assert await rpc.call("listsinceblock") == said
    return beside.given


async def test_a_long_answer_is_read_beside_everybody_else() -> None:
    # Looking up a name takes a thread as well.
    assert await threads_for(5_000) == await threads_for(10) + 1
