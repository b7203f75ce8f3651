"""How an event is watched online: how its address is shown, from when until when, and what there is afterwards. Pure.

The address itself is the event's `online_url`; it is for people with a ticket and nobody else. What kind of thing it
is follows from the address, so that the two cannot contradict each other.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from admitone.events import refusals
from admitone.events.details import is_playlist, is_public, is_web_address, range_problems
from admitone.values.refusals import Problems, Refusal

OPENS_MOST_MINUTES: Final = 24 * 60
STAYS_MOST_MINUTES: Final = 24 * 60
REPLAY_MOST_DAYS: Final = 365
_SHOWN: Final = ("auto", "hls", "link")
_DAY: Final = timedelta(days=1)


class StreamKind(StrEnum):
    """What is at an address: HLS that our own page plays, the player of a known host, or a page of its own."""

    HLS = "hls"
    EMBED = "embed"
    LINK = "link"


class StreamPhase(StrEnum):
    """Where a stream is in time: not open yet, open before the start, live, shown again, or over."""

    WAITING = "waiting"
    OPEN = "open"
    LIVE = "live"
    REPLAY = "replay"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class StreamRules:
    """How an event's address is shown. Without a word of its organiser, as the defaults say.

    `shown` is auto (a player on our page where the address has one), hls (it is HLS, whatever it ends with) or link.
    It opens `opens_minutes` before the start and stays open `stays_minutes` after the end, because events run late.
    Then, for `replay_days` after the end, what is at `replay_url` is shown again, or what is at the address itself.
    `after_door`: a ticket that was used at a door may watch too.
    """

    shown: str = "auto"
    opens_minutes: int = 15
    stays_minutes: int = 30
    replay_days: int = 0
    replay_url: str | None = None
    after_door: bool = True


@dataclass(frozen=True, slots=True)
class Player:
    """A player of a known host: its address to be put into a frame, and the only origin that frame may have."""

    name: str
    url: str
    origin: str


def checked_stream(rules: StreamRules) -> StreamRules:
    """The rules as they are kept. Raises `Problems`."""
    kept = replace(rules, replay_url=(rules.replay_url or "").strip() or None)
    problems: list[Refusal] = list(
        range_problems(
            ("opens_minutes", kept.opens_minutes, 0, OPENS_MOST_MINUTES),
            ("stays_minutes", kept.stays_minutes, 0, STAYS_MOST_MINUTES),
            ("replay_days", kept.replay_days, 0, REPLAY_MOST_DAYS),
        )
    )
    if kept.shown not in _SHOWN:
        problems.append(refusals.UnknownChoice(field="shown", choices=", ".join(_SHOWN)))
    if kept.replay_url is not None and not is_web_address(kept.replay_url):
        problems.append(refusals.BadAddress(field="replay_url"))
    elif kept.replay_url is not None and not kept.replay_days:
        problems.append(refusals.ReplayWithoutDays(field="replay_days"))
    if problems:
        raise Problems(*problems)
    return kept


def checked_online_url(url: str | None) -> str | None:
    """The address as it is kept; None where there is none. Raises `BadAddress`."""
    kept = (url or "").strip() or None
    if kept is not None and not is_web_address(kept):
        raise refusals.BadAddress(field="online_url")
    return kept


def check_fetched(
    rules: StreamRules, online_url: str | None, rules_before: StreamRules, online_url_before: str | None
) -> None:
    """Playlists have to be where this site fetches them, but for those that were there before: whoever changes times
    has not chosen them. Raises `Problems` of `StreamNotPublic`.
    """
    named = {"online_url": online_url, "replay_url": rules.replay_url}
    before = {"online_url": online_url_before, "replay_url": rules_before.replay_url}
    problems = [
        refusals.StreamNotPublic(field=field)
        for field, url in named.items()
        if url is not None
        and stream_kind(rules, url) is StreamKind.HLS
        and not is_public(url)
        and not (url == before[field] and stream_kind(rules_before, url) is StreamKind.HLS)
    ]
    if problems:
        raise Problems(*problems)


def opens_at(rules: StreamRules, starts_at: datetime) -> datetime:
    """From then on people may join."""
    return starts_at - timedelta(minutes=rules.opens_minutes)


def closes_at(rules: StreamRules, ends_at: datetime) -> datetime:
    """Until then it is live, however late the event runs."""
    return ends_at + timedelta(minutes=rules.stays_minutes)


def replay_until(rules: StreamRules, ends_at: datetime) -> datetime | None:
    """Until then it is shown again; None when it is not."""
    until = ends_at + rules.replay_days * _DAY
    return until if rules.replay_days and until > closes_at(rules, ends_at) else None


def stream_phase(rules: StreamRules, starts_at: datetime, ends_at: datetime, now: datetime) -> StreamPhase:
    """Where it is at `now`."""
    if now < opens_at(rules, starts_at):
        return StreamPhase.WAITING
    if now < starts_at:
        return StreamPhase.OPEN
    if now < closes_at(rules, ends_at):
        return StreamPhase.LIVE
    until = replay_until(rules, ends_at)
    return StreamPhase.REPLAY if until is not None and now < until else StreamPhase.OVER


def stream_url(rules: StreamRules, online_url: str, phase: StreamPhase) -> str:
    """The address that is shown in this phase."""
    return rules.replay_url or online_url if phase is StreamPhase.REPLAY else online_url


def stream_kind(rules: StreamRules, url: str) -> StreamKind:
    """What is at this address, by these rules."""
    if rules.shown == "link":
        return StreamKind.LINK
    if rules.shown == "hls" or is_playlist(url):
        return StreamKind.HLS
    return StreamKind.LINK if player_of(url, "") is None else StreamKind.EMBED


_YOUTUBE_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}")
_VIMEO_PATH: Final = re.compile(r"/(?:video/)?([0-9]{4,14})(?:/([0-9a-f]{6,32}))?/?")
_VIMEO_EVENT: Final = re.compile(r"/event/([0-9]{1,14})(?:/([0-9a-f]{6,32}))?(?:/embed.*)?/?")
_TWITCH_CHANNEL: Final = re.compile(r"/([A-Za-z0-9_]{3,25})/?")
_TWITCH_VIDEO: Final = re.compile(r"/videos/([0-9]{4,14})/?")


def player_of(url: str, site_host: str) -> Player | None:
    """The host's player for a page or an embed address of it; None when it is none of the hosts we know.

    Nothing of `url` but the names of videos goes into the frame's address. `site_host` is the name of our site, which
    Twitch asks for. Sources: developers.google.com/youtube/player_parameters, help.vimeo.com (embed codes and the
    private links' hash), dev.twitch.tv/docs/embed/video-and-clips.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host in ("youtube.com", "youtube-nocookie.com", "youtu.be"):
        return _youtube(host, parts.path, parts.query)
    if host in ("vimeo.com", "player.vimeo.com"):
        return _vimeo(parts.path, parts.query)
    if host in ("twitch.tv", "player.twitch.tv"):
        return _twitch(parts.path, parts.query, site_host)
    return None


def _youtube(host: str, path: str, query: str) -> Player | None:
    first, _, rest = path.strip("/").partition("/")
    if host == "youtu.be":
        name = first
    elif first == "watch":
        name = (parse_qs(query).get("v") or [""])[0]
    elif first in ("embed", "live", "shorts"):
        name = rest.strip("/")
    else:
        return None
    if not _YOUTUBE_ID.fullmatch(name):
        return None
    origin = "https://www.youtube-nocookie.com"
    return Player("YouTube", f"{origin}/embed/{name}?rel=0&playsinline=1", origin)


def _vimeo(path: str, query: str) -> Player | None:
    live = _VIMEO_EVENT.fullmatch(path)
    if live is not None:
        number, key = live.groups()
        return Player(
            "Vimeo", f"https://vimeo.com/event/{number}/embed{f'/{key}' if key else ''}", "https://vimeo.com"
        )
    video = _VIMEO_PATH.fullmatch(path)
    if video is None:
        return None
    number, key = video.groups()
    given = (parse_qs(query).get("h") or [""])[0]
    key = key or (given if re.fullmatch(r"[0-9a-f]{6,32}", given) else None)
    # Private videos are found with their key only; `dnt` asks the player not to follow people about.
    wanted = urlencode({"h": key, "dnt": "1"} if key else {"dnt": "1"})
    return Player("Vimeo", f"https://player.vimeo.com/video/{number}?{wanted}", "https://player.vimeo.com")


def _twitch(path: str, query: str, site_host: str) -> Player | None:
    asked = parse_qs(query)
    video = _TWITCH_VIDEO.fullmatch(path)
    channel = _TWITCH_CHANNEL.fullmatch(path)
    if video is not None:
        wanted = f"video={video.group(1)}"
    elif channel is not None:
        wanted = f"channel={channel.group(1)}"
    elif "channel" in asked and _TWITCH_CHANNEL.fullmatch("/" + asked["channel"][0]):
        wanted = f"channel={asked['channel'][0]}"
    else:
        return None
    origin = "https://player.twitch.tv"
    return Player("Twitch", f"{origin}/?{wanted}&parent={quote(site_host, safe='')}", origin)
