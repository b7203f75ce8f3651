"""Playlists are asked for once a second for all viewers together; an origin that is away or slow holds nobody up."""

import asyncio
from dataclasses import dataclass, field

import pytest

from admitone.plumbing.public_fetch import NoUsableAnswer
from admitone.streams import NotSending, Sources, sources

URL = "https://cdn.example/main.m3u8"


@dataclass
class Answered:
    """An answer of an origin."""

    body: bytes
    is_success: bool = True


@dataclass
class Origins:
    """The other end of the wire: what is where. What is not there does not answer; `waits` is set when it may."""

    files: dict[str, Answered]
    asked: list[str] = field(default_factory=list)
    waits: asyncio.Event | None = None

    async def get(self, url: str) -> Answered:
        self.asked.append(url)
        await asyncio.sleep(0)
        if self.waits is not None:
            await self.waits.wait()
        if url not in self.files:
            raise NoUsableAnswer(host="cdn.example")
        return self.files[url]


MAIN = Answered(b"#EXTM3U\n#EXT-X-STREAM-INF:A\na.m3u8\n#EXT-X-STREAM-INF:B\nhttps://b.example/b.m3u8\n")
LIST = Answered(b"#EXTM3U\n#EXTINF:2,\n1.ts\n")


async def test_a_crowd_asks_once() -> None:
    made = Origins({URL: MAIN})
    kept = Sources(made)
    found = await asyncio.gather(*(kept.playlist(URL) for _ in range(500)))
    assert made.asked == [URL]
    assert {one.children() for one in found} == {("https://cdn.example/a.m3u8", "https://b.example/b.m3u8")}


@pytest.mark.parametrize(
    "answer",
    [None, Answered(b"gone", is_success=False), Answered(b"<html>"), Answered(b"#EXTM3U\nfile:///x\n")],
)
async def test_what_cannot_be_shown_is_not_sending_and_left_alone_for_a_while(
    answer: Answered | None,
) -> None:
    made = Origins({} if answer is None else {URL: answer})
    kept = Sources(made)
    for _ in range(3):
        with pytest.raises(NotSending):
            await kept.playlist(URL)
    assert made.asked == [URL]


async def test_pieces_come_from_where_the_lists_inside_say() -> None:
    made = Origins({URL: MAIN, "https://cdn.example/a.m3u8": LIST, "https://b.example/b.m3u8": LIST})
    assert await Sources(made).origins(URL) == {"https://cdn.example", "https://b.example"}
    assert len(made.asked) == 3


async def test_a_slow_origin_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_PATIENCE_SECONDS", 0.01)
    made = Origins({URL: LIST}, waits=asyncio.Event())
    kept = Sources(made)
    with pytest.raises(NotSending):
        await kept.playlist(URL)
    assert made.waits is not None
    made.waits.set()
    assert (await kept.playlist(URL)).origins() == {"https://cdn.example"}
    assert made.asked == [URL], "the first question went on"
