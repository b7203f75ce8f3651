"""An organiser sets how an event is watched online: before it, while it runs, and afterwards."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, events
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.editor_forms import Reading, revision_of
from admitone.entrypoints.pages.organiser.whose import Whose, find_organiser, organiser_nav
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.stream_setup.view import StreamSetupView
from admitone.entrypoints.pages.views import Options, Part
from admitone.events import StoredEvent, StreamKind, StreamRules
from admitone.flows.edit_stream import change_stream
from admitone.flows.watch_stream import Sending
from admitone.reads.ticket_stream import watching_now
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.refusals import Conflict, Invalid

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/events/{event_id}/stream", include_in_schema=False)
URL_MOST: Final = 500
SHOWN: Final[Options] = (
    ("auto", "On our page, where it has a player"),
    ("hls", "On our page, as an HLS stream"),
    ("link", "As a link to a page of its own"),
)
LABELS: Final = {
    "online_url": "Address",
    "shown": "How it is shown",
    "opens_minutes": "Opens, minutes before the start",
    "stays_minutes": "Stays open, minutes after the end",
    "replay_days": "Shown again for days",
    "replay_url": "Address of the recording",
}
_KINDS: Final = {
    StreamKind.HLS: "It plays on our page, as an HLS stream.",
    StreamKind.LINK: "A button opens it as a page of its own. We cannot take that page away again, also when somebody "
    "else watches with the same ticket.",
}
_SENDS: Final = "Its playlist can be read now."
_NOT_YET: Final = "Just now there is no playlist that we can read. That is fine before you begin to send."
_DEAD: Final = (
    "The stream does not answer, or with no playlist that we can read: whoever watches sees nothing."
)


@router.get("")
async def show(request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID) -> Response:
    """How it is watched now."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
        event = await events.own_event(reader, whose.id, event_id)
        rules = await events.stream_rules(reader, event_id)
        watching = await watching_now(reader, event_id)
    url = event.details.online_url
    details = event.details
    sending = None
    if url is not None:
        sending = await needs.watching.sending(rules, url, details.starts_at, details.ends_at)
    return await page(request, setup_view(whose, event, rules, watching, sending=sending))


@router.post("")
async def save(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Keep what was typed, or show it again with what is wrong."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
        event = await events.own_event(reader, whose.id, event_id)
        rules = await events.stream_rules(reader, event_id)
        watching = await watching_now(reader, event_id)
    typed = values_of(form)
    try:
        await change_stream(
            needs.database,
            needs.clock,
            actor,
            whose.id,
            event_id,
            read_rules(typed),
            typed.get("online_url"),
            revision=revision_of(typed),
        )
    except (Invalid, Conflict) as refusal:
        view = setup_view(whose, event, rules, watching, typed, errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    return go_to(
        request, whose.event_url(event_id, "stream"), Notice("Saved. Whoever watches now sees it in seconds.")
    )


def read_rules(typed: Mapping[str, str]) -> StreamRules:
    """What the form says. Raises `Problems`."""
    read = Reading(typed)

    def number(name: str, otherwise: int) -> int:
        found = read.whole(name)
        return otherwise if found is None else found

    plain = StreamRules()
    made = StreamRules(
        shown=typed.get("shown", "auto"),
        opens_minutes=number("opens_minutes", plain.opens_minutes),
        stays_minutes=number("stays_minutes", plain.stays_minutes),
        replay_days=number("replay_days", 0),
        replay_url=read.text("replay_url") or None,
        after_door=read.text("after_door") == "1",
    )
    read.finish()
    return made


def setup_view(
    whose: Whose,
    event: StoredEvent,
    rules: StreamRules,
    watching: int,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    sending: Sending | None = None,
) -> StreamSetupView:
    """The form as it stands, or as it was typed."""
    details = event.details
    return StreamSetupView(
        nav=organiser_nav(whose, event),
        title=details.title,
        form=Part(
            whose.event_url(event.id, "stream"),
            _values(event, rules) if typed is None else dict(typed),
            errors or {},
        ),
        shown_choices=SHOWN,
        seen_words=_seen_words(rules, details.online_url),
        sending_words=_sending_words(sending, details.zone),
        is_dead=sending is not None and sending.is_awaited and not sending.is_there,
        times=_times(event, rules) if details.online_url is not None else (),
        watching_words=formats.count(watching, "person watches", "people watch") + " now" if watching else "",
        has_venue=details.venue_name is not None,
        watch_url=links.event_watch(event.slug),
        labels=LABELS,
        url_most=URL_MOST,
    )


def _values(event: StoredEvent, rules: StreamRules) -> dict[str, str]:
    return {
        "online_url": event.details.online_url or "",
        "shown": rules.shown,
        "opens_minutes": str(rules.opens_minutes),
        "stays_minutes": str(rules.stays_minutes),
        "replay_days": str(rules.replay_days or ""),
        "replay_url": rules.replay_url or "",
        "after_door": "1" if rules.after_door else "",
        "revision": str(event.revision),
    }


def _seen_words(rules: StreamRules, online_url: str | None) -> str:
    if online_url is None:
        return "Nothing yet: there is no address."
    player = events.player_of(online_url, "")
    kind = events.stream_kind(rules, online_url)
    if kind is StreamKind.EMBED and player is not None:
        return f"It plays on our page, in the player of {player.name}."
    return _KINDS[kind]


def _sending_words(sending: Sending | None, zone: str) -> str:
    if sending is None:
        return ""
    if sending.is_there:
        return _SENDS
    words = _DEAD if sending.is_awaited else _NOT_YET
    if sending.read_at is None:
        return words
    return f"{words} It was last read {formats.zoned_day_time(sending.read_at, zone)}."


def _times(event: StoredEvent, rules: StreamRules) -> tuple[tuple[str, str], ...]:
    details = event.details
    until = events.replay_until(rules, details.ends_at)
    moments = [
        ("Opens", events.opens_at(rules, details.starts_at)),
        ("Starts", details.starts_at),
        ("Closes", events.closes_at(rules, details.ends_at)),
    ]
    if until is not None:
        moments.append(("Again until", until))
    return tuple((label, formats.zoned_day_time(at, details.zone)) for label, at in moments)
