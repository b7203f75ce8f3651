"""Waiting for something to become true, with a deadline: tests never sleep for a guessed time."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.02
# For a machine that has much else to do: nobody waits longer for what is there sooner.
PATIENCE_SECONDS = 30.0


def eventually(look: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """The first truthy answer of `look`, asked for up to `seconds`; AssertionError after that.

    `look` may raise `AssertionError`: the last one is what the test then fails with.
    """
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        complaint: AssertionError | None = None
        try:
            answer = look()
            if answer:
                return answer
        except AssertionError as error:
            complaint = error
        if time.monotonic() >= deadline:
            raise complaint or AssertionError(f"still not so after {seconds} s: {look.__qualname__}")
        pause.wait(PAUSE_SECONDS)


async def eventually_async(look: Callable[[], Awaitable[T]], seconds: float = PATIENCE_SECONDS) -> T:
    """The first truthy answer of `look`, awaited for up to `seconds`; TimeoutError after that."""
    async with asyncio.timeout(seconds):
        while not (answer := await look()):  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(PAUSE_SECONDS)
        return answer
