"""Head and body of an answer in one write.

uvicorn writes the head when an answer starts and the body when it comes: two system calls, two packets, and two times
that the client wakes up. Almost every answer of ours is whole when it starts, so its head waits for its body here.
"""

import asyncio
from typing import Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_INFORMATIONAL: Final = b"HTTP/1.1 1"


class HeadWaits:
    """A transport that keeps the first write of each answer until the second, or until the answer ends."""

    __slots__ = ("_head", "_is_between", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self._is_between = True

    def write(self, data: bytes) -> None:
        """Keep a head; write a body, with its head if that waits."""
        if self._is_between and not data.startswith(_INFORMATIONAL):
            self._is_between = False
            self._head = data
            return
        if self._head:
            data, self._head = self._head + data, b""
        self._transport.write(data)

    def end(self) -> None:
        """The answer is whole, perhaps without a body. The next write is a head again."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""
        self._is_between = True

    def close(self) -> None:
        """Write what waits, then hang up."""
        self.end()
        self._transport.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    """uvicorn's, with `HeadWaits` in front of its transport."""

    # uvicorn narrows the argument in the same way.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put ours in between."""
        self._waits = HeadWaits(transport)
        super().connection_made(cast(asyncio.Transport, self._waits))

    def on_response_complete(self) -> None:
        """Between two answers."""
        self._waits.end()
        super().on_response_complete()
