"""News of a chain (`roles.Watches`): it is read every few seconds, or when a node says that something happened.

What changed is told in the order in which it was written down, whoever had read it from the chain: another process may
have been asked about the same payment before.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol
from uuid import UUID

from admitone.payments.bitcoin.chain import ChainAway, ChainBook, ChainRefused, Credit, Undone
from admitone.payments.roles import Hint
from admitone.plumbing.database import require_no_transaction

CURSOR: Final = "chain told"
LOOK_SECONDS: Final = 3.0
_MOST: Final = 1_000


class Waker(Protocol):
    """Says when to look at the chain again."""

    async def wait(self, seconds: float) -> None:
        """Until something may have happened, or so many seconds have passed."""
        ...


class _Sleeper:
    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def sleeping() -> AsyncGenerator[Waker, None]:
    """Nobody says anything: the chain is looked at by the clock."""
    yield _Sleeper()


class Watching:
    """Implements `Watches`. `sync` reads the chain."""

    def __init__(
        self,
        account_id: UUID,
        book: ChainBook,
        sync: Callable[[], Awaitable[None]],
        wakers: Callable[[], AbstractAsyncContextManager[Waker]],
    ) -> None:
        self._account_id = account_id
        self._book = book
        self._sync = sync
        self._wakers = wakers

    async def watch(self) -> AsyncGenerator[Hint, None]:
        """As `Watches.watch`. How far it was told is stored once the next piece of news is asked for."""
        require_no_transaction("the chain")
        told = int(await self._book.bitcoin.cursor(self._account_id, CURSOR) or 0)
        async with self._wakers() as waker:
            while True:
                try:
                    await self._sync()
                except (ChainAway, ChainRefused) as error:
                    raise ConnectionError(str(error)) from None
                credits_, undone = await self._book.changed(self._account_id, told, _MOST)
                for hint in _hints(credits_, undone):
                    yield hint
                last = _last(credits_, undone, told)
                if last > told:
                    told = last
                    await self._book.bitcoin.move_cursor(self._account_id, CURSOR, str(told))
                if len(credits_) < _MOST and len(undone) < _MOST:
                    await waker.wait(LOOK_SECONDS)


def _hints(credits_: Iterable[Credit], undone: Iterable[Undone]) -> list[Hint]:
    """Each payment once, then what was taken back: its payment is known by then."""
    payments = {one.address: Hint(one.address) for one in credits_}
    return [*payments.values(), *(Hint(one.ref, is_dispute=True) for one in undone)]


def _last(credits_: list[Credit], undone: list[Undone], told: int) -> int:
    """Up to which number everything was told: of a list that was cut off, no further than its end."""
    numbers = [[one.change_no for one in credits_], [one.change_no for one in undone]]
    ends = [these[-1] for these in numbers if len(these) == _MOST]
    return min(ends) if ends else max([told, *numbers[0], *numbers[1]])
