"""Whoever takes too long over the head of a request is hung up on.

uvicorn waits for a head for ever: a few thousand connections that say one letter a minute would fill it. Nothing is
added to a request here, no timer and no line: what uvicorn knows of a connection anyway is looked at now and then.
"""

import asyncio
from collections.abc import Collection
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS: Final = 20.0
# Looked at this many times within the limit, so it is kept to a twentieth: a second.
_LOOKS: Final = 20


def awaits_head(connection: HttpToolsProtocol) -> bool:
    """Say whether a request is still to begin or to end its head: nothing is being answered, and uvicorn's own limit
    for idle connections, which it lifts with the first byte that comes, does not run.

    So it is too when the rest of a body arrives that was answered before its end.
    """
    is_answered = connection.cycle is None or connection.cycle.response_complete
    return is_answered and connection.timeout_keep_alive_task is None


class SlowHeads:
    """Which of a server's `connections` (its own set, which changes) are late with a head.

    `seconds` begin when a look first finds that a head is awaited.
    """

    def __init__(self, connections: Collection[HttpToolsProtocol], seconds: float) -> None:
        self._connections = connections
        self._seconds = seconds
        # With the last request before: another one means that a head was completed since.
        self._waiting: dict[HttpToolsProtocol, tuple[RequestResponseCycle | None, float]] = {}

    def close_overdue(self, now: float) -> None:
        """Hang up on those whose head has been awaited for `seconds` at `now`, a time of the event loop."""
        waiting: dict[HttpToolsProtocol, tuple[RequestResponseCycle | None, float]] = {}
        for one in tuple(self._connections):
            if not awaits_head(one) or one.transport.is_closing():
                continue
            known = self._waiting.get(one)
            since = now if known is None or known[0] is not one.cycle else known[1]
            if now - since >= self._seconds:
                one.transport.close()
            else:
                waiting[one] = (one.cycle, since)
        self._waiting = waiting

    async def watch(self) -> None:
        """Look, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            self.close_overdue(loop.time())
            await asyncio.sleep(self._seconds / _LOOKS)
