"""What is on: the list of events on sale that have not ended, searched, filtered, and read page by page.

How words are found: every word of the question, folded to plain small letters (case and accents do not
matter), has to occur somewhere in the event's folded words (`strpos`): title, summary, organiser, venue, street,
city and description. That needs
no extension (a given server may not offer pg_trgm or unaccent), finds parts of words, and works in scripts
without spaces, where a text search by words finds nothing. It reads the events on sale in order of the
partial index `ix_events_event_listed`, so its cost is bounded by what is on sale now, not by what ever was,
and it stops as soon as a page is full.

"Today", "this weekend" and "this month" are meant where the event is, by the event's own zone. The weekend
begins on Friday at 17:00.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, tuple_

from admitone import events
from admitone.accounts.tables import Organiser
from admitone.events import EventState, StoredEvent
from admitone.events.tables import Event, TicketType
from admitone.plumbing.database import Reader
from admitone.reads import by_instant
from admitone.reads.priced_types import Prices, left_by_type, priced_types, prices
from admitone.values import paging
from admitone.values.paging import Page

When = Literal["today", "weekend", "month", "free", "online"]
WORDS_MOST = 8
QUESTION_MOST = 100
_FRIDAY_EVENING = timedelta(days=4, hours=17)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; an empty text asks for nothing in particular. `city` is how the city's name
    begins, without case: "Kuwait" is Kuwait City, too.
    """

    q: str = ""
    city: str = ""
    category: str = ""
    when: When | None = None
    organiser_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One event of the list, with what its card says."""

    event: StoredEvent
    organiser_name: str
    prices: Prices


async def search(
    reader: Reader, now: datetime, filters: Filters, *, cursor: str | None = None, limit: int = 24
) -> Page[Listed]:
    """The next events by start. Raises `BadCursor` and `BadLimit`."""
    wanted = paging.checked_limit(limit)
    chosen = (
        select(Event.id, Event.starts_at, Organiser.name.label("organiser_name"))
        .join(Organiser, Organiser.id == Event.organiser_id)
        .where(Event.state == EventState.ON_SALE.value, Event.ends_at > now, *_conditions(filters, now))
        .order_by(Event.starts_at, Event.id)
        .limit(wanted + 1)
    )
    if cursor is not None:
        chosen = chosen.where(tuple_(Event.starts_at, Event.id) > tuple_(*by_instant.read(cursor)))
    rows = (await reader.execute(chosen)).all()
    listed = await _listed(reader, now, {row.id: row.organiser_name for row in rows[:wanted]})
    return Page(listed, by_instant.following(rows, wanted, lambda row: (row.starts_at, row.id)))


async def events_to_come(
    reader: Reader,
    now: datetime,
    *,
    organiser_id: UUID | None = None,
    after: UUID | None = None,
    most: int | None = None,
) -> list[UUID]:
    """Events that are not over, in whatever state, by id: those after `after`, of one organiser if it is given."""
    chosen = select(Event.id).where(Event.ends_at > now).order_by(Event.id).limit(most)
    if organiser_id is not None:
        chosen = chosen.where(Event.organiser_id == organiser_id)
    if after is not None:
        chosen = chosen.where(Event.id > after)
    return list((await reader.execute(chosen)).scalars())


async def cities(reader: Reader, now: datetime, *, most: int = 12) -> tuple[str, ...]:
    """The cities in which something is on, those with the most events first."""
    rows = await reader.execute(
        select(Event.city)
        .where(Event.state == EventState.ON_SALE.value, Event.ends_at > now, Event.city.is_not(None))
        .group_by(Event.city)
        .order_by(func.count().desc(), Event.city)
        .limit(most)
    )
    return tuple(city for city in rows.scalars() if city is not None)


async def categories(reader: Reader, now: datetime) -> tuple[str, ...]:
    """The categories in which something is on, in the house's order."""
    rows = await reader.execute(
        select(Event.category).distinct().where(Event.state == EventState.ON_SALE.value, Event.ends_at > now)
    )
    used = set(rows.scalars())
    return tuple(name for name in events.CATEGORIES if name in used)


async def _listed(reader: Reader, now: datetime, organisers: dict[UUID, str]) -> tuple[Listed, ...]:
    if not organisers:
        return ()
    found = await events.events_by_id(reader, organisers)
    types = await events.types_by_event(reader, organisers)
    left = await left_by_type(reader, organisers)
    listed = []
    for event_id, organiser_name in organisers.items():
        offer = events.offer_of(found[event_id], types.get(event_id, ()))
        listed.append(Listed(found[event_id], organiser_name, prices(priced_types(offer, left, now))))
    return tuple(listed)


def _conditions(filters: Filters, now: datetime) -> list[ColumnElement[bool]]:
    words = events.folded(filters.q[:QUESTION_MOST]).split()[:WORDS_MOST]
    found: list[ColumnElement[bool]] = [func.strpos(Event.search_text, word) > 0 for word in words]
    city = events.clean(filters.city[:QUESTION_MOST])
    if city:
        found.append(func.starts_with(func.lower(Event.city), func.lower(city)))
    if filters.category:
        found.append(Event.category == events.clean(filters.category))
    if filters.organiser_id is not None:
        found.append(Event.organiser_id == filters.organiser_id)
    if filters.when is not None:
        found.append(_when(filters.when, now))
    return found


def _when(when: When, now: datetime) -> ColumnElement[bool]:
    if when == "online":
        return Event.online_url.is_not(None)
    if when == "free":
        is_free = and_(TicketType.event_id == Event.id, TicketType.is_offered, TicketType.price_minor == 0)
        return exists().where(is_free)
    local_start: ColumnElement[Any] = func.timezone(Event.zone, Event.starts_at)
    local_end: ColumnElement[Any] = func.timezone(Event.zone, Event.ends_at)
    local_now: ColumnElement[Any] = func.timezone(Event.zone, now)
    if when == "weekend":
        monday = func.date_trunc("week", local_now)
        return and_(local_start < monday + timedelta(days=7), local_end > monday + _FRIDAY_EVENING)
    unit = "day" if when == "today" else "month"
    begins = func.date_trunc(unit, local_now)
    step = func.make_interval(0, 0, 0, 1) if when == "today" else func.make_interval(0, 1)
    return and_(local_start < begins + step, local_end > begins)
