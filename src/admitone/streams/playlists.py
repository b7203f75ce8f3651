"""HLS playlists (RFC 8216): reading one, and giving it on so that its origin's playlists are not named. Pure.

Playlists inside a playlist (the qualities, sounds and subtitles of a main one) become addresses of ours, by their
number. Pieces of picture and sound become full addresses at their origin: they travel from there to the viewer, as no
ticket office could carry them. Tags of low latency are left out, because they ask for answers we do not give
(blocking reloads); such a stream plays some seconds later.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
_URI: Final = re.compile(r'URI="([^"]*)"')
_CHILDREN_MOST: Final = 100
_SCHEMES: Final = ("https", "http")


class NotAPlaylist(Exception):
    """The text is no playlist we can give on."""


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist and the address it came from. `lines` are as they were, without those left out."""

    url: str
    lines: tuple[str, ...]

    def children(self) -> tuple[str, ...]:
        """The addresses of the playlists in it, in their order."""
        return tuple(target for target, is_playlist in self._targets() if is_playlist)

    def origins(self) -> frozenset[str]:
        """Where its pieces come from, as origins (`https://cdn.example`)."""
        return frozenset(
            f"{parts.scheme}://{parts.netloc}"
            for parts in (urlsplit(target) for target, is_playlist in self._targets() if not is_playlist)
        )

    def given_on(self, child: Callable[[int], str]) -> str:
        """The text for a viewer; `child` gives our address of the playlist with this number."""
        made, at, is_quality = [_FIRST], 0, False
        for line in self.lines:
            if not line.startswith("#"):
                made.append(child(at) if is_quality else self._whole(line))
                at += is_quality
                is_quality = False
            elif line.startswith(_WITH_PLAYLIST) and _URI.search(line):
                made.append(_URI.sub(f'URI="{child(at)}"', line))
                at += 1
            else:
                is_quality = is_quality or line.startswith(_QUALITY)
                made.append(_URI.sub(lambda found: f'URI="{self._whole(found.group(1))}"', line))
        return "\n".join(made) + "\n"

    def _targets(self) -> Iterator[tuple[str, bool]]:
        is_quality = False
        for line in self.lines:
            if not line.startswith("#"):
                yield self._whole(line), is_quality
                is_quality = False
                continue
            is_quality = is_quality or line.startswith(_QUALITY)
            found = _URI.search(line)
            if found:
                yield self._whole(found.group(1)), line.startswith(_WITH_PLAYLIST)

    def _whole(self, target: str) -> str:
        try:
            whole = urljoin(self.url, target)
            parts = urlsplit(whole)
            is_good = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.username is None
        except ValueError as error:
            raise NotAPlaylist from error
        # What ends the line or the quotes, or a policy of the page, would say something else than an address.
        if not is_good or any(letter in whole for letter in "\"'<>;, \t"):
            raise NotAPlaylist
        return whole


def read_playlist(url: str, body: bytes) -> Playlist:
    """The playlist from this address. Raises `NotAPlaylist`."""
    try:
        lines = [line.strip() for line in body.decode("utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise NotAPlaylist from error
    if not lines or lines[0].lstrip("\ufeff") != _FIRST:
        raise NotAPlaylist
    kept = tuple(line for line in lines[1:] if line and not line.startswith(_LEFT_OUT))
    made = Playlist(url, kept)
    if len(made.children()) > _CHILDREN_MOST:
        raise NotAPlaylist
    return made
