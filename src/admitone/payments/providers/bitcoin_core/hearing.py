"""A node's publications (ZMQ `hashblock` and `rawtx`) as hints to look at the chain now and not in some seconds.

Nothing in them is believed or even read: who could write there could make us look more often, and that is bounded.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Final

from admitone.payments.providers.onchain import Waker

if TYPE_CHECKING:
    import zmq.asyncio

BLOCK: Final = b"hashblock"
TRANSACTION: Final = b"rawtx"
LEAST_SECONDS: Final = 1.0
"""The whole network's transactions are published: they make us look once a second at most. A block does at once."""


class _Ear:
    def __init__(self, socket: "zmq.asyncio.Socket") -> None:
        self._socket = socket
        self._looked = 0.0

    async def wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(left):
                    topic = (await self._socket.recv_multipart())[0]
            except TimeoutError:
                break
            if topic == BLOCK:
                break
            # Others that come until then are seen by the same look.
            until = min(until, max(loop.time(), self._looked + LEAST_SECONDS))
        self._looked = loop.time()


def hearing(endpoints: Sequence[str]) -> Callable[[], AbstractAsyncContextManager[Waker]]:
    """Ears for these endpoints (`tcp://host:port`)."""

    @asynccontextmanager
    async def ears() -> AsyncGenerator[Waker, None]:
        # Only who has such endpoints pays for the library.
        import zmq.asyncio  # noqa: PLC0415

        context = zmq.asyncio.Context()
        try:
            socket = context.socket(zmq.SUB)
            for topic in (BLOCK, TRANSACTION):
                socket.setsockopt(zmq.SUBSCRIBE, topic)
            for endpoint in endpoints:
                socket.connect(endpoint)
            yield _Ear(socket)
        finally:
            context.destroy(linger=0)

    return ears
