"""The public page of one event, and a cheap question whether a page made before still tells the truth."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone import events
from admitone.events import EventNotFound, EventState, StoredEvent
from admitone.plumbing.database import Reader
from admitone.reads.priced_types import (
    PricedBundle,
    PricedType,
    Prices,
    priced_bundles,
    priced_types,
    prices,
)

# Below this many the page says how many are left; above it the exact number changes nothing on the page.
COUNTED_BELOW = 50


@dataclass(frozen=True, slots=True)
class EventPage:
    """Everything the page says at `now`. `types` are those offered; `shared` names, for a ticket type, the others
    that take the very places it has left; `next_change_at` is when time alone changes the page.
    """

    event: StoredEvent
    organiser_name: str
    organiser_slug: str
    types: tuple[PricedType, ...]
    prices: Prices
    next_change_at: datetime | None
    now: datetime
    shared: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    bundles: tuple[PricedBundle, ...] = ()


async def event_page(reader: Reader, now: datetime, slug: str, unlocked: Collection[UUID] = ()) -> EventPage:
    """The page of an event that was ever published, with the hidden ticket types that are `unlocked`.

    Raises `EventNotFound`, also for a draft: nobody sees those here.
    """
    found = await events.event(reader, slug=slug)
    if found.state is EventState.DRAFT:
        raise EventNotFound
    return await page_of(reader, now, found, unlocked)


# Three questions in one statement: a page made anew is bound by its round trips.
_AROUND = text(
    """
    SELECT organiser.name, organiser.slug, (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            draw.ticket_type_id, draw.pool_id, pool.capacity - pool.held - pool.sold)), '[]')
        FROM inventory_draw AS draw JOIN inventory_pool AS pool ON pool.id = draw.pool_id
        WHERE pool.event_id = :event_id
    ) AS draws, (
        SELECT coalesce(jsonb_object_agg(pool.id, pool.capacity - pool.held - pool.sold), '{}')
        FROM inventory_pool AS pool WHERE pool.event_id = :event_id AND pool.is_step
    ) AS steps
    FROM accounts_organiser AS organiser WHERE organiser.id = :organiser_id
    """
)


async def page_of(
    reader: Reader, now: datetime, found: StoredEvent, unlocked: Collection[UUID] = ()
) -> EventPage:
    """The page of this event, whatever its state: also the organiser's preview of a draft."""
    offer = events.offer_of(found, await events.types(reader, found.id))
    around = (await reader.execute(_AROUND, {"event_id": found.id, "organiser_id": found.organiser_id})).one()
    draws = [(UUID(type_id), UUID(pool_id), left) for type_id, pool_id, left in around.draws]
    left = {type_id: min(one[2] for one in draws if one[0] == type_id) for type_id, _, _ in draws}
    at_steps = {UUID(step_id): left_there for step_id, left_there in around.steps.items()}
    everything = priced_types(offer, left | at_steps, now)
    types = tuple(
        one
        for one in everything
        if one.offered.is_offered and (not one.offered.prices.is_locked or one.offered.id in unlocked)
    )
    return EventPage(
        event=found,
        organiser_name=around.name,
        organiser_slug=around.slug,
        types=types,
        prices=prices(types),
        next_change_at=_next_change_at(offer, now),
        now=now,
        shared=_shared(draws, left),
        bundles=priced_bundles(offer, everything),
    )


def _shared(draws: Sequence[tuple[UUID, UUID, int]], left: Mapping[UUID, int]) -> dict[UUID, frozenset[UUID]]:
    """By ticket type, the others drawing on a pool that is what limits it. Of (type, pool, places left in the pool)."""
    tight = [(type_id, pool_id) for type_id, pool_id, places in draws if places == left[type_id]]
    return {
        type_id: frozenset(
            other
            for other, pool_id, _ in draws
            if other != type_id and any(pair == (type_id, pool_id) for pair in tight)
        )
        for type_id in left
    }


def _next_change_at(offer: events.Offer, now: datetime) -> datetime | None:
    # An event whose sale was ended early is over later, and its page then says so.
    if offer.state is EventState.ENDED and now < offer.ends_at:
        return offer.ends_at
    return events.next_change_at(offer, now)


_VERSION = text(
    """
    SELECT event.updated_at, organiser.name, event.state, (
        SELECT array_agg(least(choice.left, greatest(:counted, choice.per_person_limit)) ORDER BY
        choice.number) FROM (
            SELECT type.number, type.per_person_limit, min(pool.capacity - pool.held - pool.sold) AS left
            FROM events_ticket_type AS type
            JOIN inventory_draw AS draw ON draw.ticket_type_id = type.id
            JOIN inventory_pool AS pool ON pool.id = draw.pool_id
            WHERE type.event_id = event.id AND type.is_offered
            GROUP BY type.id
        ) AS choice
    ) AS left, (
        SELECT array_agg(least(pool.capacity - pool.held - pool.sold, :counted) ORDER BY pool.id)
        FROM inventory_pool AS pool WHERE pool.event_id = event.id AND pool.is_step
    ) AS steps
    FROM events_event AS event JOIN accounts_organiser AS organiser ON organiser.id = event.organiser_id
    WHERE event.slug = :slug AND event.state <> 'draft'
    """
)


async def page_version(reader: Reader, slug: str) -> str:
    """A text that differs when the page would: by any change of the event, and by places once few are left.

    One statement on a handful of rows. Raises `EventNotFound` as `event_page` does.
    """
    row = (await reader.execute(_VERSION, {"slug": slug, "counted": COUNTED_BELOW})).one_or_none()
    if row is None:
        raise EventNotFound
    left = ",".join(str(count) for count in (*(row.left or ()), *(row.steps or ())))
    return f"{row.updated_at.isoformat()}|{row.state}|{left}|{row.name}"


async def event_slug(reader: Reader, event_id: UUID) -> str:
    """The slug of an event, for sending people from an id to its page. Raises `EventNotFound`."""
    return (await events.event(reader, event_id=event_id)).slug
