"""How often somebody may ask: counted in a sliding window, in memory or in a store that processes share.

A shared store that is away or slow does not open the gates: this process then counts by itself until it is
back. Keys are hashed, so that no address of a person is kept in the store.
"""

import asyncio
import hashlib
import ipaddress
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, SlidingWindowCounterSupport, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string

from admitone.values.refusals import TooMany

log = structlog.get_logger(__name__)
IN_MEMORY: Final = "async+memory://"
PATIENCE_SECONDS: Final = 0.25
_Question = Callable[[SlidingWindowCounterRateLimiter, RateLimitItem, str], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `most` times within `seconds`, for each key. `name` separates the counts of different rules."""

    name: str
    most: int
    seconds: int


class Limiter:
    """Counts.

    `storage_url` is one that the `limits` library knows in its asynchronous form, such as `async+redis://…`.
    """

    def __init__(self, storage_url: str = IN_MEMORY) -> None:
        storage = storage_from_string(storage_url)
        assert isinstance(storage, Storage), "the store must be asynchronous"
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def take(self, rule: Rule, *keys: str) -> None:
        """Count one more for these keys together. Raises `TooMany` when there were `rule.most` already.

        What is refused is not counted.
        """
        await self._ask(_take, rule, keys)

    async def look(self, rule: Rule, *keys: str) -> None:
        """Raise `TooMany` when there were `rule.most` already; count nothing.

        For rules about what went wrong: look before trying, `take` after failing.
        """
        await self._ask(_look, rule, keys)

    async def _ask(self, question: _Question, rule: Rule, keys: tuple[str, ...]) -> None:
        item = RateLimitItemPerSecond(rule.most, rule.seconds, namespace=rule.name)
        whole = "".join(f"{len(key)}:{key}" for key in keys)
        key = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                wait_seconds = await question(self._shared, item, key)
        except Exception as error:
            # Whatever is wrong with the shared store, the limit has to hold.
            log.warning("limiter.counts_alone", error=type(error).__name__)
            wait_seconds = await question(self._own, item, key)
        if wait_seconds is not None:
            raise TooMany(retry_after_seconds=wait_seconds)


async def _take(counter: SlidingWindowCounterRateLimiter, item: RateLimitItem, key: str) -> int | None:
    """Whole seconds to wait, or None when it was counted."""
    return None if await counter.hit(item, key) else await _wait(counter, item, key)


async def _look(counter: SlidingWindowCounterRateLimiter, item: RateLimitItem, key: str) -> int | None:
    """Whole seconds to wait, or None when it would be counted."""
    return None if await counter.test(item, key) else await _wait(counter, item, key)


async def _wait(counter: SlidingWindowCounterRateLimiter, item: RateLimitItem, key: str) -> int:
    storage, window = counter.storage, item.get_expiry()
    assert isinstance(storage, SlidingWindowCounterSupport), "the store can count sliding windows"
    before, before_ends, now, now_ends = await storage.get_sliding_window(item.key_for(key), window)
    # What the window before this one still weighs shrinks by one in every (window / before) seconds.
    ends = [before_ends % (window / before)] if before else []
    return min(max(1, math.ceil(min([*ends, now_ends] if now else ends, default=1))), window)


def source_key(address: str) -> str:
    """Who an internet address stands for: itself, or for IPv6 its /56, which is what one home is given."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        mapped = ip.ipv4_mapped
        return str(mapped) if mapped is not None else str(ipaddress.ip_network((ip, 56), strict=False))
    return str(ip)
