"""A load generator that costs as little as Python allows: keep-alive connections, prepared bytes, no library.

The client runs on the machine it measures, so its own work is part of every figure; it is kept small for that reason.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

CONTENT_LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """One connection with one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        # uvloop's transports have the methods and not the class.
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(CONTENT_LENGTH)
        length = 0 if at < 0 else int(head[at + len(CONTENT_LENGTH) :].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = b""
        assert self._answer is not None
        self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody waits for ever."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def request(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """The bytes of a request to this machine."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if body or method != "GET":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@dataclass
class Run:
    """What one run measured: seconds per request, and how many of each status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Requests answered a second."""
        return len(self.latencies) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """The latency that `share` of the requests stayed below, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def load(port: int, clients: int, seconds: float, next_request: Callable[[], bytes | None]) -> Run:
    """`clients` connections ask as fast as they are answered, until the time is over or `next_request` has no more."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", port) for _ in range(clients)]
    connections = [protocol for _, protocol in made]
    run = Run()
    begin = time.perf_counter()
    until = begin + seconds

    async def one(connection: Connection) -> None:
        while time.perf_counter() < until:
            wanted = next_request()
            if wanted is None:
                return
            at = time.perf_counter()
            status, _ = await connection.ask(wanted)
            run.latencies.append(time.perf_counter() - at)
            run.statuses[status] = run.statuses.get(status, 0) + 1

    await asyncio.gather(*(one(connection) for connection in connections))
    run.seconds = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    return run
