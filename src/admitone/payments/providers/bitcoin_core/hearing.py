"""A node's publications (ZMQ `hashblock` and `rawtx`) as hints to look at the chain now and not in some seconds.

Nothing in them is believed or even read: who could write there could make us look more often, and that is bounded.
Nothing is said there either, so it need not be encrypted; but it is connected to no address that a node may not have.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

from admitone.payments.providers.onchain import Waker
from admitone.plumbing.node_addresses import NodeAddresses, NodeUnreachable

if TYPE_CHECKING:
    import zmq.asyncio

log = structlog.get_logger(__name__)
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


async def addressed(endpoint: str, addresses: NodeAddresses) -> str:
    """This endpoint (`tcp://host:port`) with an address in place of the name. Raises `NodeUnreachable`."""
    parts = urlsplit(endpoint)
    try:
        host, port = parts.hostname or "", parts.port or 0
    except ValueError:  # there is no such port
        raise NodeUnreachable from None
    [address, *_] = await addresses.of(host, port, is_encrypted=True)
    return f"tcp://[{address}]:{port}" if address.version == 6 else f"tcp://{address}:{port}"


async def _reachable(endpoints: Sequence[str], addresses: NodeAddresses) -> list[str]:
    """Those that may be connected to, by their addresses. Without the others the chain is looked at by the clock."""
    found = []
    for endpoint in endpoints:
        try:
            found.append(await addressed(endpoint, addresses))
        except NodeUnreachable:
            log.warning("bitcoin_core.publisher_unreachable", endpoint=endpoint)
    return found


def hearing(
    endpoints: Sequence[str], addresses: NodeAddresses
) -> Callable[[], AbstractAsyncContextManager[Waker]]:
    """Ears for these endpoints (`tcp://host:port`), whose names are looked up once for each time we listen."""

    @asynccontextmanager
    async def ears() -> AsyncGenerator[Waker, None]:
        # Only who has such endpoints pays for the library.
        import zmq.asyncio  # noqa: PLC0415

        reachable = await _reachable(endpoints, addresses)
        context = zmq.asyncio.Context()
        try:
            socket = context.socket(zmq.SUB)
            for topic in (BLOCK, TRANSACTION):
                socket.setsockopt(zmq.SUBSCRIBE, topic)
            socket.setsockopt(zmq.IPV6, 1)
            for endpoint in reachable:
                socket.connect(endpoint)
            yield _Ear(socket)
        finally:
            context.destroy(linger=0)

    return ears
