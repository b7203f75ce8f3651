"""Where playlists come from: asked once a second for all viewers together, never for each."""

import asyncio
import time
from collections import OrderedDict
from typing import Final, Protocol

from admitone.plumbing.shared_look import SharedLook
from admitone.streams.playlists import NotAPlaylist, Playlist, read_playlist
from admitone.streams.refusals import NotSending
from admitone.values.refusals import Refusal

PLAYLIST_BYTES: Final = 1024 * 1024
"""A day of pieces of six seconds has 14,400 of them."""
_KEPT_SECONDS: Final = 1.0
_REFUSED_SECONDS: Final = 3.0
_KEPT_MOST: Final = 500
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
    """The playlists of events, as they were a second ago at most. One per process."""

    def __init__(self, fetches: Fetches) -> None:
        self._fetches = fetches
        self._looking: SharedLook[str, Playlist | None] = SharedLook()
        self._kept: OrderedDict[str, tuple[float, Playlist | None]] = OrderedDict()

    async def playlist(self, url: str) -> Playlist:
        """The playlist there. Raises `NotSending`."""
        until, found = self._kept.get(url, (0.0, None))
        if time.monotonic() >= until:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    found = await self._looking.at(url, lambda: self._fetch(url))
            except TimeoutError as error:
                raise NotSending from error
        if found is None:
            raise NotSending
        return found

    async def origins(self, url: str) -> frozenset[str]:
        """Where the pieces of this stream come from: of its main playlist and the first few in that.

        Raises `NotSending`.
        """
        main = await self.playlist(url)
        first = await asyncio.gather(*(self.playlist(child) for child in main.children()[:3]))
        return main.origins().union(*(one.origins() for one in first))

    async def _fetch(self, url: str) -> Playlist | None:
        try:
            answer = await self._fetches.get(url)
            made = read_playlist(url, answer.body) if answer.is_success else None
        except (Refusal, NotAPlaylist):
            made = None
        seconds = _REFUSED_SECONDS if made is None else _KEPT_SECONDS
        self._kept[url] = (time.monotonic() + seconds, made)
        self._kept.move_to_end(url)
        while len(self._kept) > _KEPT_MOST:
            self._kept.popitem(last=False)
        return made
