"""What is on: the list, one event, its calendar entry and its poster."""

from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from admitone import events
from admitone.entrypoints.callers import address_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.cards import CATEGORY_WORDS, card
from admitone.entrypoints.pages.events.choosing import CODE
from admitone.entrypoints.pages.events.own import chosen_before, holders_page
from admitone.entrypoints.pages.events.public import answer_event
from admitone.entrypoints.pages.events.view import EventListView
from admitone.entrypoints.pages.respond import page
from admitone.entrypoints.pages.views import Link
from admitone.entrypoints.request_refusals import NoSuchAddress
from admitone.events import EventState
from admitone.plumbing.limiter import source_key
from admitone.reads.event_page import event_page
from admitone.reads.search import Filters, Listed, When, categories, search
from admitone.tickets import CalendarEvent, render_ics
from admitone.values import formats
from admitone.values.paging import BadCursor, Page

router = APIRouter(include_in_schema=False)
PER_PAGE: Final = 24
WHEN_WORDS: Final[dict[When, str]] = {
    "today": "Today",
    "weekend": "This weekend",
    "month": "This month",
    "free": "Free",
    "online": "Online",
}
_POSTER_KEY_MOST: Final = 100


@router.get(links.EVENTS)
async def list_events(
    request: Request,
    needs: Needs,
    q: str = "",
    city: str = "",
    category: str = "",
    when: str = "",
    cursor: str = "",
) -> Response:
    """The list. What a form never sends (an unknown category, a cursor cut short) is as if it were not
    there.
    """
    chosen_when = next((word for word in WHEN_WORDS if word == when), None)
    chosen_category = category if category in CATEGORY_WORDS else ""
    filters = Filters(q=q, city=city, category=chosen_category, when=chosen_when)
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        try:
            found = await search(reader, now, filters, cursor=cursor or None, limit=PER_PAGE)
        except BadCursor:
            cursor = ""
            found = await search(reader, now, filters, limit=PER_PAGE)
        used = await categories(reader, now)
    query = {"q": q, "city": city, "category": chosen_category, "when": when if chosen_when else ""}
    view = EventListView(
        heading=_heading(q, chosen_category),
        result_words=_result_words(found, cursor, city),
        events=tuple(card(one) for one in found.items),
        categories=_category_links(used, query),
        when_options=(("", "Any time"), *WHEN_WORDS.items()),
        query=q,
        city=city,
        when=query["when"],
        category=chosen_category,
        next_url=links.with_query(links.EVENTS, **query, cursor=found.next_cursor)
        if found.next_cursor
        else "",
        first_url=links.with_query(links.EVENTS, **query) if cursor else "",
    )
    return await page(request, view)


def _heading(q: str, category: str) -> str:
    if q.strip():
        return f"Results for {q.strip()[:60]}"
    return CATEGORY_WORDS[category] if category else "What is on"


def _result_words(found: Page[Listed], cursor: str, city: str) -> str:
    shown = formats.count(len(found.items), "event", "events")
    where = f" in {city.strip()}" if city.strip() else ""
    if found.next_cursor or cursor:
        return f"{shown} on this page{where}"
    return f"{shown}{where}"


def _category_links(used: tuple[str, ...], query: dict[str, str]) -> tuple[Link, ...]:
    rest = {name: value for name, value in query.items() if name != "category"}
    everything = Link("All", links.with_query(links.EVENTS, **rest), is_current=not query["category"])
    return (
        everything,
        *(
            Link(
                CATEGORY_WORDS[name],
                links.with_query(links.EVENTS, **rest, category=name),
                is_current=name == query["category"],
            )
            for name in used
        ),
    )


@router.get("/e/{slug}.ics")
async def calendar(needs: Needs, slug: str) -> Response:
    """The event as a calendar file. An event called off says so, so that calendars take it out."""
    async with needs.database.reading() as reader:
        found = await event_page(reader, needs.clock.now(), slug)
    event, details, site = found.event, found.event.details, needs.settings.site_url
    written = render_ics(
        CalendarEvent(
            event_id=event.id,
            site_host=urlsplit(site).hostname or "localhost",
            title=details.title,
            organiser_name=found.organiser_name,
            starts_at=details.starts_at,
            doors_at=details.doors_at,
            ends_at=details.ends_at,
            zone_name=details.zone,
            venue_name=details.venue_name,
            venue_address=", ".join(part for part in (details.venue_address, details.city) if part) or None,
            online=details.venue_name is None,
            page_url=site + links.event(slug),
            changed_at=event.updated_at,
            revision=event.terms_version,
            cancelled=event.state is EventState.CANCELLED,
            watch_url=None if details.online_url is None else site + links.event_watch(slug),
        )
    )
    name = f'attachment; filename="{events.slug_of(slug)}.ics"'
    return Response(
        written,
        media_type="text/calendar; charset=utf-8",
        headers={"content-disposition": name, "cache-control": "public, max-age=300"},
    )


@router.get("/e/{slug}")
async def show_event(request: Request, slug: str, needs: Needs) -> Response:
    """One event, from memory while nothing changes; for somebody who holds tickets, a page of their own."""
    if CODE in request.query_params:
        code = {CODE: request.query_params[CODE]}
        return await chosen_before(request, needs, slug, code, source_key(address_of(request)))
    own = await holders_page(request, needs, slug)
    if own is not None:
        return own
    answer = await answer_event(request, slug)
    response = Response(answer.body, answer.status)
    response.raw_headers = list(answer.headers)
    return response


@router.get("/posters/{look}/{key}.svg")
async def poster(look: str, key: str) -> Response:
    """A poster. Its address says all it depends on, so it may be kept for ever."""
    style, dash, accent = look.partition("-")
    is_drawn = style in events.POSTER_STYLES and accent in events.ACCENTS
    if not dash or not is_drawn or len(key) > _POSTER_KEY_MOST:
        raise NoSuchAddress
    return Response(
        events.poster_svg(key, accent, style),
        media_type="image/svg+xml",
        headers={
            "cache-control": "public, max-age=31536000, immutable",
            "content-security-policy": events.POSTER_POLICY,
            "cross-origin-resource-policy": "cross-origin",
        },
    )
