"""WHO WATCHES. Owns the viewers of events online, and what a viewer's player asks for.

Promises: a ticket has one active viewer, however many devices ask in one moment; who takes over from another names
whom, so that of two who do only one does; an address given to a player is short-lived and opens nothing without its
viewer; a playlist given on names none of its origin's playlists.
"""

from admitone.streams.passes import Pass, Passes
from admitone.streams.playlists import NotAPlaylist, Playlist, read_playlist
from admitone.streams.refusals import NoSuchStream, NotSending, WatchedElsewhere
from admitone.streams.sources import PLAYLIST_BYTES, Fetches, Sources
from admitone.streams.store import ALIVE_SECONDS, NewViewer, forget, seen, sweep, take

__all__ = [
    "ALIVE_SECONDS",
    "PLAYLIST_BYTES",
    "Fetches",
    "NewViewer",
    "NoSuchStream",
    "NotAPlaylist",
    "NotSending",
    "Pass",
    "Passes",
    "Playlist",
    "Sources",
    "WatchedElsewhere",
    "forget",
    "read_playlist",
    "seen",
    "sweep",
    "take",
]
