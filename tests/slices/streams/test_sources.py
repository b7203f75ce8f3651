"""Playlists are asked for once a second for all viewers together; an origin that is away or slow holds nobody up."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest

from admitone.plumbing.public_fetch import NoUsableAnswer
from admitone.streams import NotSending, Playlist, Sources, read_playlist, sources

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
    assert {one.children for one in found} == {("https://cdn.example/a.m3u8", "https://b.example/b.m3u8")}


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
    assert (await kept.playlist(URL)).origins == {"https://cdn.example"}
    assert made.asked == [URL], "the first question went on"


@pytest.mark.parametrize(
    ("tags", "seconds"),
    [
        ("", 1.0),
        ("#EXT-X-TARGETDURATION:6\n", 3.0),
        ("#EXT-X-TARGETDURATION:6\n#EXT-X-ENDLIST\n", 5.0),
        ("#EXT-X-TARGETDURATION:3\n#EXT-X-ENDLIST\n", 3.0),
        ("#EXT-X-TARGETDURATION:99999\n", 5.0),
    ],
    ids=["says nothing", "live", "whole", "whole and short", "absurd"],
)
async def test_a_list_is_kept_as_long_as_players_wait_before_they_ask_again(
    tags: str, seconds: float
) -> None:
    now = 1000.0
    made = Origins({URL: Answered(f"#EXTM3U\n{tags}1.ts\n".encode())})
    kept = Sources(made, lambda: now)
    first = await kept.playlist(URL)
    now += seconds - 0.1
    assert await kept.playlist(URL) is first, "the same for all, read once"
    assert len(made.asked) == 1
    now += 0.1
    await kept.playlist(URL)
    assert len(made.asked) == 2


async def test_a_long_list_is_read_beside_the_loop_and_once_for_a_crowd(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[threading.Thread] = []

    def noting(url: str, body: bytes) -> Playlist:
        threads.append(threading.current_thread())
        return read_playlist(url, body)

    monkeypatch.setattr(sources, "read_playlist", noting)
    long = Answered(b"#EXTM3U\n" + b"#EXTINF:6,\n1.ts\n" * 7_000)
    made = Origins({URL: LIST, f"{URL}?long": long})
    kept = Sources(made)
    await asyncio.gather(*(kept.playlist(url) for url in (URL, f"{URL}?long") for _ in range(50)))
    assert [one is threading.main_thread() for one in threads] == [True, False]


async def test_what_is_kept_of_long_lists_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_KEPT_CHARACTERS", 200)
    urls = [f"{URL}?{number}" for number in range(9)]
    made = Origins(dict.fromkeys(urls, LIST))
    kept = Sources(made)
    size = len((await kept.playlist(urls[0])).text)
    for url in urls * 2:
        await kept.playlist(url)
    assert kept.kept_characters == 200 // size * size
