"""Fair shares of what may be asked of strangers' machines at once: no host and no client has all of it.

A host that is slow, or made to be, holds a connection for as long as it is given; a client that names such hosts holds
several. What is beyond a host's share waits for its turn without taking anybody else's; what is beyond that, and
beyond a client's share, is refused at once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from admitone.values.refusals import TooMany

HOST_AT_ONCE: Final = 8
HOST_WAITING: Final = 32
CLIENT_AT_ONCE: Final = 4
_RETRY_SECONDS: Final = 5


class ClientBusy(TooMany):
    """One client has had us ask as many machines at once as it may."""

    code = "fetch.too_many_at_once"
    text = "We are still asking others for you. Please try again in {retry_after_seconds} s."


class NoShareLeft(Exception):
    """A host is being asked by as many as may be, and as many wait."""


class FetchShares:
    """Who asks and who is asked at this moment, in this process. `at_once` ask a host, `waiting` more wait for it."""

    def __init__(self, *, at_once: int = HOST_AT_ONCE, waiting: int = HOST_WAITING) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._clients: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    @contextmanager
    def of_client(self, client: str | None) -> Iterator[None]:
        """One more question for this client (`limiter.source_key`); None is our own. Raises `ClientBusy`."""
        if client is None:
            yield
            return
        if self._clients[client] >= CLIENT_AT_ONCE:
            raise ClientBusy(retry_after_seconds=_RETRY_SECONDS)
        self._clients[client] += 1
        try:
            yield
        finally:
            _one_less(self._clients, client)

    @asynccontextmanager
    async def of_host(self, host: str) -> AsyncIterator[None]:
        """This host's turn, when it has come. Raises `NoShareLeft`."""
        if self._users[host] >= self._most:
            raise NoShareLeft
        self._users[host] += 1
        try:
            async with self._turns.setdefault(host, asyncio.Semaphore(self._at_once)):
                yield
        finally:
            if _one_less(self._users, host):
                del self._turns[host]


def _one_less(counted: Counter[str], key: str) -> bool:
    """Count down; True when nobody is left, and nothing is kept of it."""
    counted[key] -= 1
    if counted[key]:
        return False
    del counted[key]
    return True
