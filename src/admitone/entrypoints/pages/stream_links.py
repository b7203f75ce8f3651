"""The addresses of pages on which events are watched: `links` has them all."""

from urllib.parse import quote


def watch(token: str) -> str:
    """Where somebody with this ticket watches its event online."""
    return f"/t/{token}/watch"


def watch_status(token: str) -> str:
    """Answers `{"state": "..."}`; asking keeps the viewer active."""
    return f"{watch(token)}/status"


def watch_join(token: str) -> str:
    return f"{watch(token)}/join"


def watch_stop(token: str) -> str:
    return f"{watch(token)}/stop"


def event_watch(slug: str) -> str:
    """Leads to watching whoever has tickets; it opens nothing, so calendars may have it."""
    return f"/e/{quote(slug, safe='')}/watch"


def stream_playlist(given: str, name: str) -> str:
    """`given` here and below is short-lived and bound to a viewer (`streams.Passes`)."""
    return f"/stream/{given}/{name}.m3u8"


def stream_open(given: str) -> str:
    return f"/stream/{given}/open"
