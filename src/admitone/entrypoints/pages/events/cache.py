"""Finished pages kept in memory: an event's page is made once per change, not once per visitor.

The page says nothing about who is looking. It is kept with its compressed forms and its ETag for as long as
two things hold: no moment has passed at which time alone changes it (a sale opening or closing, the end),
and the page's version, asked from the database at most once a second per event whatever the number of
visitors, is still the same. So a change is seen a second later at most. Selling out is seen as late, which
costs nobody anything: places are counted when they are held, not when they are read about.
"""

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import brotli

from admitone.values.clock import Clock

ASK_EVERY = timedelta(seconds=1)
PAGES_MOST = 1_000
# Quality 5 is where brotli is as fast as gzip and a fifth smaller: the page is packed while somebody waits
# for it.
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class MadePage:
    """A page just rendered. `good_until` is when time alone changes it, None for never."""

    html: str
    good_until: datetime | None


@dataclass(slots=True)
class KeptPage:
    """A page in memory. `tag` is a weak ETag: the same page in another coding is the same page."""

    version: str
    good_until: datetime | None
    asked_at: datetime
    body: bytes
    tag: str
    _packed: dict[str, bytes] = field(default_factory=dict)

    def coded(self, coding: str) -> bytes:
        """The body in a coding: `br`, `gzip`, or plain for anything else. Packed the first time it is
        wanted.
        """
        if coding not in ("br", "gzip"):
            return self.body
        known = self._packed.get(coding)
        if known is None:
            known = (
                brotli.compress(self.body, quality=_BROTLI_QUALITY)
                if coding == "br"
                else gzip.compress(self.body, compresslevel=_GZIP_LEVEL, mtime=0)
            )
            self._packed[coding] = known
        return known

    def is_fresh(self, now: datetime) -> bool:
        """May this be sent without asking anybody?"""
        return timedelta(0) <= now - self.asked_at < ASK_EVERY and self.is_good(now)

    def is_good(self, now: datetime) -> bool:
        """Has no moment passed that changes the page by itself?"""
        return self.good_until is None or now < self.good_until


class PageCache:
    """`ask` gives the version of a page by its name, `make` renders it; both raise refusals, which are not
    kept.

    Bounded: the pages wanted least recently are forgotten first.
    """

    def __init__(
        self,
        clock: Clock,
        ask: Callable[[str], Awaitable[str]],
        make: Callable[[str], Awaitable[MadePage]],
    ) -> None:
        self._clock = clock
        self._ask = ask
        self._make = make
        self._kept: OrderedDict[str, KeptPage] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[KeptPage]] = {}

    def peek(self, name: str) -> KeptPage | None:
        """The page if it can be sent at once: the way of almost every visitor, without any waiting."""
        known = self._kept.get(name)
        if known is None or not known.is_fresh(self._clock.now()):
            return None
        return known

    async def get(self, name: str) -> KeptPage:
        """The page, asked for or made anew where needed; once for everybody who wants it in the same
        moment.
        """
        known = self.peek(name)
        if known is not None:
            return known
        task = self._under_way.get(name)
        if task is None:
            task = asyncio.create_task(self._renew(name))
            self._under_way[name] = task
            task.add_done_callback(lambda _: self._under_way.pop(name, None))
        return await asyncio.shield(task)

    async def _renew(self, name: str) -> KeptPage:
        now = self._clock.now()
        # Asked before it is made: a change in between makes the page newer than its version says, never
        # older.
        version = await self._ask(name)
        known = self._kept.get(name)
        if known is not None and known.version == version and known.is_good(now):
            known.asked_at = now
            self._kept.move_to_end(name)
            return known
        made = await self._make(name)
        body = made.html.encode()
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:22]}"'
        page = KeptPage(version, made.good_until, now, body, tag)
        self._kept[name] = page
        self._kept.move_to_end(name)
        while len(self._kept) > PAGES_MOST:
            self._kept.popitem(last=False)
        return page
