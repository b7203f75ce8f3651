"""Makes the views of watching."""

import hashlib
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.showing import place_words
from admitone.entrypoints.pages.views import EventSummary, State
from admitone.entrypoints.pages.watch.view import Screen, WatchView
from admitone.events import StreamKind, StreamPhase
from admitone.flows.watch_stream import MAIN, WORDS, Look, WatchState
from admitone.reads.ticket_stream import TicketStream
from admitone.values import formats

_HEADLINES: Final = {
    WatchState.CANCELLED: "This ticket was cancelled",
    WatchState.CALLED_OFF: "This event was called off",
    WatchState.SUSPENDED: "This ticket is suspended",
    WatchState.NO_STREAM: "Nothing to watch with this ticket",
    WatchState.USED: "This ticket was used at the door",
    WatchState.OVER: "This is over",
    WatchState.ELSEWHERE: "You are watching on another device",
}
_LEADS: Final = WORDS | {
    WatchState.CALLED_OFF: "There is nothing to watch. All that was paid goes back: your mail says how.",
    WatchState.SUSPENDED: "The payment is disputed, or the network has taken it back. Until that is decided, this "
    "ticket shows nothing. Its buyer has a letter that says more.",
    WatchState.OVER: "There is nothing to watch any more. Thank you for being there.",
}
_BADGES: Final = {
    StreamPhase.OPEN: State("Doors open", "ok", "door-open"),
    StreamPhase.LIVE: State("Live", "bad"),
    StreamPhase.REPLAY: State("Recording", "info", "refresh-cw"),
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def watch_view(
    needs: Assembly, token: str, found: Look, *, screen: Screen | None, session: str, now: datetime
) -> WatchView:
    """The page as it is for this browser; `session` is the viewer it would be if it joined."""
    seen, state = found.seen, found.state
    may_join = state in (WatchState.READY, WatchState.ELSEWHERE)
    is_watching = state is WatchState.WATCHING
    is_elsewhere = state is WatchState.ELSEWHERE and seen.viewer is not None
    return WatchView(
        event=summary_of_stream(seen),
        state=state.value,
        headline=_HEADLINES.get(state, seen.title),
        lead=_lead(found, now),
        ticket_url=links.ticket(token),
        ticket_words=f"{seen.type_name}, {seen.holder}",
        status_url=links.watch_status(token),
        status_key=status_key(found),
        badge=_BADGES.get(found.phase) if may_join or is_watching else None,
        screen=screen,
        join_url=links.watch_join(token) if may_join else "",
        join_label="Watch here instead" if is_elsewhere else _join_label(found),
        join_note=_join_note(found) if may_join else "",
        session=session,
        instead_of=str(seen.viewer.session_id) if is_elsewhere and seen.viewer is not None else "",
        stop_url=links.watch_stop(token) if is_watching else "",
        starts_in=time_to(seen.starts_at, now) if state is WatchState.WAITING else "",
        local_iso=formats.iso(seen.starts_at, seen.zone),
    )


def screen_of(needs: Assembly, found: Look, given: str) -> Screen:
    """What this viewer is shown; `given` is the short-lived part of their player's addresses."""
    if found.kind is StreamKind.EMBED:
        player = events.player_of(found.url, urlsplit(needs.settings.site_url).hostname or "localhost")
        assert player is not None, "its kind says so"
        return Screen("embed", player.url, player.name)
    if found.kind is StreamKind.HLS:
        return Screen("hls", links.stream_playlist(given, MAIN), is_sending=found.is_sending)
    return Screen("link", links.stream_open(given))


def status_key(found: Look) -> str:
    """Differs when the page has to be another one; for viewers also when the address is."""
    parts = [found.state.value, found.phase.value]
    if found.state is WatchState.WATCHING:
        shown = hashlib.sha256(found.url.encode()).hexdigest()[:8]
        parts += [str(found.kind), shown, "sends" if found.is_sending else "quiet"]
    return ":".join(parts)


def summary_of_stream(seen: TicketStream) -> EventSummary:
    """The event beside the screen."""
    return EventSummary(
        title=seen.title,
        url=links.event(seen.slug),
        when=formats.zoned_day_time(seen.starts_at, seen.zone),
        starts_iso=formats.iso(seen.starts_at, seen.zone),
        place=place_words(seen.venue_name, seen.city),
        poster_url=links.poster(seen.slug, seen.accent, seen.poster_style),
        accent=seen.accent,
        is_test=seen.is_test,
    )


def time_to(at: datetime, now: datetime) -> str:
    """`2 days and 3 hours`, `1 hour and 5 minutes`, `4 minutes`: never more exact than two words."""
    seconds = max(0, int((at - now).total_seconds()))
    if seconds < _MINUTE:
        return "less than a minute"
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, _HOUR)
    named = (
        formats.count(days, "day", "days"),
        formats.count(hours, "hour", "hours"),
        formats.count(rest // _MINUTE, "minute", "minutes"),
    )
    numbers = (days, hours, rest // _MINUTE)
    first = next(at for at, number in enumerate(numbers) if number)
    return " and ".join(named[at] for at in range(first, min(first + 2, 3)) if numbers[at])


def _lead(found: Look, now: datetime) -> str:
    seen = found.seen
    if found.state in _LEADS and found.state is not WatchState.WAITING:
        return _LEADS[found.state]
    if found.state is WatchState.WAITING:
        opens = events.opens_at(seen.rules, seen.starts_at)
        return f"You can come in here from {formats.zoned_day_time(opens, seen.zone)}."
    if found.state is WatchState.ELSEWHERE and seen.viewer is not None:
        since = formats.near_time(seen.viewer.began_at, now, seen.zone)
        return f"{seen.viewer.device}, since {since}. A ticket shows it on one device at a time."
    if found.phase is StreamPhase.OPEN:
        return f"It starts in {time_to(seen.starts_at, now)}."
    if found.phase is StreamPhase.REPLAY:
        until = events.replay_until(seen.rules, seen.ends_at)
        assert until is not None, "it is being shown"
        return f"It is shown again until {formats.zoned_day_time(until, seen.zone)}."
    return ""


def _join_label(found: Look) -> str:
    if found.phase is StreamPhase.OPEN:
        return "Come in"
    return "Watch the recording" if found.phase is StreamPhase.REPLAY else "Watch now"


def _join_note(found: Look) -> str:
    seen = found.seen
    if found.state is WatchState.ELSEWHERE:
        return "It stops there within seconds."
    if seen.admitted_at is not None:
        return ""
    if seen.venue_name is not None:
        return "This uses the ticket: the door at the venue will say that it was used online."
    return "This checks the ticket in. You can leave and come back."
