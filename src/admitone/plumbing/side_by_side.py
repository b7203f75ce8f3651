"""Asking several others outside side by side: one that is slow, or does not answer, holds up nobody else.

A story of the timetable waits for them a few seconds; what takes longer goes on by itself, and whoever it is asked of
is left out of the next run until it is through.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import structlog

log = structlog.get_logger(__name__)
Piece = TypeVar("Piece")
AT_ONCE = 16
"""So many requests are under way to one of them: far below what any provider allows."""
PATIENCE_SECONDS = 5.0


async def few_at_once(
    pieces: Sequence[Piece], do: Callable[[Piece], Awaitable[object]], at_once: int = AT_ONCE
) -> None:
    """Do this with each piece, so many of them at a time. Raises the first error, after all have been tried."""
    gate = asyncio.Semaphore(at_once)

    async def one(piece: Piece) -> None:
        async with gate:
            await do(piece)

    for done in await asyncio.gather(*(one(piece) for piece in pieces), return_exceptions=True):
        if isinstance(done, BaseException):
            raise done


class SideBySide:
    """`name` is what its lines in the log begin with."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._under_way: dict[UUID, asyncio.Task[None]] = {}

    @property
    def busy(self) -> list[UUID]:
        """Who is still being asked, by id."""
        return list(self._under_way)

    async def run(self, asked: Mapping[UUID, Coroutine[Any, Any, None]]) -> None:
        """Begin to ask these, none of them busy, and wait `PATIENCE_SECONDS` for them. Raises what stopped one."""
        tasks = [self._begin(whom, work) for whom, work in asked.items()]
        if tasks:
            ended, _ = await asyncio.wait(tasks, timeout=PATIENCE_SECONDS)
            for task in ended:
                task.result()

    def _begin(self, whom: UUID, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._under_way[whom] = task
        task.add_done_callback(lambda _: self._ended(whom, task))
        return task

    def _ended(self, whom: UUID, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(whom, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nobody may be waiting for it any more. The timetable asks again.
            log.warning(f"{self._name}.interrupted", asked=str(whom), error=type(error).__name__)
