"""HLS playlists (RFC 8216): reading one, and giving it on so that its origin's playlists are not named. Pure.

Playlists inside a playlist (the qualities, sounds and subtitles of a main one) become addresses of ours, by their
number. Pieces of picture and sound become full addresses at their origin: they travel from there to the viewer, as no
ticket office could carry them. Tags of low latency are left out, because they ask for answers we do not give
(blocking reloads); such a stream plays some seconds later.

All of it is done once, when a playlist is read, so that whoever asks for one that is kept is given what lies ready.
Reading a long one takes a tenth of a second: callers do that in a thread.
"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

_FIRST: Final = "#EXTM3U"
_QUALITY: Final = "#EXT-X-STREAM-INF"
_WITH_PLAYLIST: Final = ("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF:")
# LL-HLS (draft-pantos-hls-rfc8216bis) and steering, which names servers of the origin.
_LEFT_OUT: Final = (
    "#EXT-X-SERVER-CONTROL",
    "#EXT-X-PART",
    "#EXT-X-PRELOAD-HINT",
    "#EXT-X-RENDITION-REPORT",
    "#EXT-X-CONTENT-STEERING",
    "#EXT-X-SKIP",
)
_TARGET: Final = "#EXT-X-TARGETDURATION:"
_END: Final = "#EXT-X-ENDLIST"
_URI: Final = re.compile(r'URI="([^"]*)"')
_CHILDREN_MOST: Final = 100
_DIGITS_MOST: Final = 5
_SCHEMES: Final = ("https", "http")
LINES_MOST: Final = 15_000
"""Two for each piece: twelve hours in pieces of six seconds."""
GIVEN_MOST: Final = 4 * 1024 * 1024
"""Characters given on. Addresses that a list names by their ends are whole there, so it may become longer."""


class NotAPlaylist(Exception):
    """The text is no playlist we can give on."""


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist, ready to be given on as `text`, where the playlists in it are `0.m3u8`, `1.m3u8` and so on.

    `children` are the addresses of those, in their order; `origins` say where its pieces come from
    (`https://cdn.example`). `target_seconds` is how long a piece takes at most (0: it does not say), and `is_whole`
    that nothing will be added.
    """

    children: tuple[str, ...]
    origins: frozenset[str]
    text: str = field(repr=False)
    target_seconds: int = 0
    is_whole: bool = False


class _Reading:
    """A playlist while it is read, line by line."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.children: list[str] = []
        self.origins: set[str] = set()
        self.made = [_FIRST]
        self.length = len(_FIRST) + 1
        self.target_seconds = 0
        self.is_whole = False
        self._is_quality = False

    def take(self, line: str) -> None:
        """The next line, which is not one of those left out. Raises `NotAPlaylist`."""
        if not line.startswith("#"):
            made = self._child(line) if self._is_quality else self._piece(line)
            self._is_quality = False
        else:
            self._tag(line)
            give = self._child if line.startswith(_WITH_PLAYLIST) else self._piece
            made = _URI.sub(lambda found: f'URI="{give(found.group(1))}"', line)
        self.made.append(made)
        self.length += len(made) + 1
        if self.length > GIVEN_MOST:
            raise NotAPlaylist

    def _tag(self, line: str) -> None:
        self._is_quality = self._is_quality or line.startswith(_QUALITY)
        self.is_whole = self.is_whole or line == _END
        said = line.removeprefix(_TARGET)
        if said != line and said.isascii() and said.isdecimal() and len(said) <= _DIGITS_MOST:
            self.target_seconds = int(said)

    def _child(self, target: str) -> str:
        self.children.append(self._whole(target)[0])
        if len(self.children) > _CHILDREN_MOST:
            raise NotAPlaylist
        return f"{len(self.children) - 1}.m3u8"

    def _piece(self, target: str) -> str:
        whole, origin = self._whole(target)
        self.origins.add(origin)
        return whole

    def _whole(self, target: str) -> tuple[str, str]:
        try:
            whole = urljoin(self._url, target)
            parts = urlsplit(whole)
            is_good = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.username is None
        except ValueError as error:
            raise NotAPlaylist from error
        # What ends the line or the quotes, or a policy of the page, would say something else than an address.
        if not is_good or any(letter in whole for letter in "\"'<>;, \t"):
            raise NotAPlaylist
        return whole, f"{parts.scheme}://{parts.netloc}"


def read_playlist(url: str, body: bytes) -> Playlist:
    """The playlist from this address, of at most `LINES_MOST` lines. Raises `NotAPlaylist`."""
    # Line feeds are counted before anything is made of them.
    if body.count(b"\n") > LINES_MOST:
        raise NotAPlaylist
    try:
        lines = [line.strip() for line in body.decode("utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise NotAPlaylist from error
    if not lines or lines[0].lstrip("\ufeff") != _FIRST or len(lines) > LINES_MOST:
        raise NotAPlaylist
    reading = _Reading(url)
    for line in lines[1:]:
        if line and not line.startswith(_LEFT_OUT):
            reading.take(line)
    return Playlist(
        tuple(reading.children),
        frozenset(reading.origins),
        "\n".join(reading.made) + "\n",
        reading.target_seconds,
        reading.is_whole,
    )
