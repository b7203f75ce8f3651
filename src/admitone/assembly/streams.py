"""Watching online, put together."""

from admitone.flows.admit import Admit
from admitone.flows.watch_stream import WatchStream
from admitone.plumbing.database import Database
from admitone.plumbing.public_fetch import PublicFetch
from admitone.settings import Settings
from admitone.streams import PLAYLIST_BYTES, Passes, Sources
from admitone.values.clock import Clock


def watching_online(
    settings: Settings, database: Database, clock: Clock, admit: Admit, key: bytes
) -> WatchStream:
    """`key` is the master key. Organisers name addresses of playlists as strangers do others."""
    fetch = PublicFetch(loopback=settings.is_development, accept="*/*", answer_bytes=PLAYLIST_BYTES)
    return WatchStream(database, clock, admit, Passes(key), Sources(fetch))
