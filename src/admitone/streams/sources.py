"""Where playlists come from: each is asked for once for all viewers together, never for each of them.

A live list is kept for half the length of its longest piece, as a player that found nothing new asks again after that
(RFC 8216, section 6.3.4), and one that is whole for that length; all within bounds of ours.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from admitone.plumbing.shared_look import SharedLook
from admitone.streams.playlists import NotAPlaylist, Playlist, read_playlist
from admitone.streams.refusals import NotSending
from admitone.values.refusals import Refusal

PLAYLIST_BYTES: Final = 1024 * 1024
_KEPT_SECONDS_LEAST: Final = 1.0
_KEPT_SECONDS_MOST: Final = 5.0
_REFUSED_SECONDS: Final = 3.0
_KEPT_MOST: Final = 500
_KEPT_CHARACTERS: Final = 64 * 1024 * 1024
_LARGE_BYTES: Final = 4 * 1024
"""From here on a thread reads it: 15,000 lines take 65 ms, in which nobody else would be answered."""
_PATIENCE_SECONDS: Final = 4.0
"""So long a page waits for a slow origin; the question goes on for whoever asks next."""


class Answer(Protocol):
    """What came back."""

    @property
    def is_success(self) -> bool: ...
    @property
    def body(self) -> bytes: ...


class Fetches(Protocol):
    """Fetches from addresses that other people named, safely (`plumbing/public_fetch.py`)."""

    async def get(self, url: str) -> Answer:
        """What is there. Raises a `Refusal` when nothing usable is."""
        ...


class Sources:
    """The playlists of events, as they were a few seconds ago at most. One per process. `now` is in seconds."""

    def __init__(self, fetches: Fetches, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._fetches = fetches
        self._looking: SharedLook[str, Playlist | None] = SharedLook()
        self._kept: OrderedDict[str, tuple[float, Playlist | None]] = OrderedDict()
        self._kept_characters = 0
        self._read: OrderedDict[str, float] = OrderedDict()

    @property
    def kept_characters(self) -> int:
        """How much text is kept, of all lists together."""
        return self._kept_characters

    async def playlist(self, url: str) -> Playlist:
        """The playlist there. Raises `NotSending`."""
        until, found = self._kept.get(url, (0.0, None))
        if self._now() >= until:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    found = await self._looking.at(url, lambda: self._fetch(url))
            except TimeoutError as error:
                raise NotSending from error
        if found is None:
            raise NotSending
        return found

    def seconds_since_read(self, url: str) -> float | None:
        """How long ago this process could read the playlist there; None: not since it began, or long ago."""
        at = self._read.get(url)
        return None if at is None else self._now() - at

    async def origins(self, url: str) -> frozenset[str]:
        """Where the pieces of this stream come from: of its main playlist and the first few in that.

        Raises `NotSending`.
        """
        main = await self.playlist(url)
        first = await asyncio.gather(*(self.playlist(child) for child in main.children[:3]))
        return main.origins.union(*(one.origins for one in first))

    async def _fetch(self, url: str) -> Playlist | None:
        try:
            answer = await self._fetches.get(url)
            made = await _read(url, answer.body) if answer.is_success else None
        except (Refusal, NotAPlaylist):
            made = None
        if made is not None:
            self._read.pop(url, None)
            self._read[url] = self._now()
            if len(self._read) > _KEPT_MOST:
                self._read.popitem(last=False)
        self._keep(url, made)
        return made

    def _keep(self, url: str, made: Playlist | None) -> None:
        self._drop(self._kept.pop(url, None))
        self._kept[url] = (self._now() + _seconds(made), made)
        self._kept_characters += 0 if made is None else len(made.text)
        while len(self._kept) > _KEPT_MOST or self._kept_characters > _KEPT_CHARACTERS:
            self._drop(self._kept.popitem(last=False)[1])

    def _drop(self, kept: tuple[float, Playlist | None] | None) -> None:
        if kept is not None and kept[1] is not None:
            self._kept_characters -= len(kept[1].text)


async def _read(url: str, body: bytes) -> Playlist:
    if len(body) < _LARGE_BYTES:
        return read_playlist(url, body)
    return await asyncio.to_thread(read_playlist, url, body)


def _seconds(made: Playlist | None) -> float:
    """How long it is kept."""
    if made is None:
        return _REFUSED_SECONDS
    wanted = made.target_seconds if made.is_whole else made.target_seconds / 2
    return min(max(wanted, _KEPT_SECONDS_LEAST), _KEPT_SECONDS_MOST)
