"""Kept pages: made once per change, asked about once a second, never wrong about time."""

import asyncio
import gzip
from datetime import timedelta

import brotli
import pytest

from admitone.entrypoints.pages.events.cache import MadePage, PageCache
from admitone.entrypoints.pages.events.public import page_answer
from admitone.values.clock import FrozenClock
from admitone.values.refusals import NotFound


class Site:
    """A site with one page, and how often it was asked and made."""

    def __init__(self, clock: FrozenClock) -> None:
        self.version = "1"
        self.asked = 0
        self.made = 0
        self.good_for: timedelta | None = None
        self.clock = clock
        self.cache = PageCache(clock, self.ask, self.make)

    async def ask(self, name: str) -> str:
        if name == "missing":
            raise NotFound
        self.asked += 1
        await asyncio.sleep(0)
        return self.version

    async def make(self, name: str) -> MadePage:
        self.made += 1
        until = None if self.good_for is None else self.clock.now() + self.good_for
        return MadePage(f"<p>{name} {self.version} {self.made}</p>", until)

    async def page(self) -> str:
        return (await self.cache.get("a")).body.decode()


@pytest.fixture
def site(clock: FrozenClock) -> Site:
    return Site(clock)


async def test_within_a_second_nobody_is_asked(site: Site, clock: FrozenClock) -> None:
    assert [await site.page() for _ in range(3)] == ["<p>a 1 1</p>"] * 3
    clock.move(seconds=0.999)
    assert await site.page() == "<p>a 1 1</p>"
    assert (site.asked, site.made) == (1, 1)


async def test_after_a_second_it_is_asked_and_made_only_if_changed(site: Site, clock: FrozenClock) -> None:
    await site.page()
    clock.move(seconds=1)
    assert site.cache.peek("a") is None
    assert await site.page() == "<p>a 1 1</p>"
    assert (site.asked, site.made) == (2, 1)
    site.version = "2"
    assert await site.page() == "<p>a 1 1</p>"
    clock.move(seconds=1)
    assert await site.page() == "<p>a 2 2</p>"
    assert (site.asked, site.made) == (3, 2)


async def test_a_moment_that_changes_the_page_makes_it_anew_at_once(site: Site, clock: FrozenClock) -> None:
    site.good_for = timedelta(seconds=0.5)
    await site.page()
    clock.move(seconds=0.499)
    assert await site.page() == "<p>a 1 1</p>"
    clock.move(seconds=0.001)
    assert await site.page() == "<p>a 1 2</p>"


async def test_a_crowd_makes_it_once(site: Site) -> None:
    pages = await asyncio.gather(*(site.page() for _ in range(50)))
    assert set(pages) == {"<p>a 1 1</p>"}
    assert (site.asked, site.made) == (1, 1)


async def test_a_refusal_is_not_kept(site: Site) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            await site.cache.get("missing")


async def test_a_clock_set_back_does_not_keep_a_page_for_ever(site: Site, clock: FrozenClock) -> None:
    await site.page()
    clock.move(seconds=-3600)
    site.version = "2"
    assert await site.page() == "<p>a 2 2</p>"


@pytest.mark.parametrize(
    ("accepts", "coding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("", ""), ("identity", ""), ("br;q=0, gzip", "gzip")],
)
async def test_the_page_comes_in_the_coding_the_reader_takes(site: Site, accepts: str, coding: str) -> None:
    kept = await site.cache.get("a")
    answer = page_answer(kept, accepts, b"", None)
    headers = dict(answer.headers)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding]
    assert unpack(answer.body) == b"<p>a 1 1</p>"
    assert headers.get(b"content-encoding", b"").decode() == coding
    assert headers[b"content-length"] == str(len(answer.body)).encode()
    assert headers[b"vary"] == b"accept-encoding"


async def test_a_reader_who_has_it_gets_nothing_again(site: Site) -> None:
    kept = await site.cache.get("a")
    answer = page_answer(kept, "br", kept.tag.encode(), None)
    assert (answer.status, answer.body, dict(answer.headers)[b"etag"]) == (304, b"", kept.tag.encode())
    assert page_answer(kept, "br", b'W/"other"', None).status == 200
    # A proxy may drop the cookie of a 304, so who has none gets the page.
    assert page_answer(kept, "br", kept.tag.encode(), (b"set-cookie", b"a=b")).status == 200
