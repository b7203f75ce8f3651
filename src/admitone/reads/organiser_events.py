"""An organiser's events with how they sell: the dashboard."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone import accounts, events
from admitone.events import StoredEvent
from admitone.events.tables import Event
from admitone.plumbing.database import Reader
from admitone.reads import by_instant
from admitone.values import paging
from admitone.values.actor import Action, Actor
from admitone.values.paging import Page


@dataclass(frozen=True, slots=True)
class SellingEvent:
    """An event and its counts in places. `revenue_minor` (paid orders, all-in, in the event's currency) and
    `orders_paid` are None for somebody who may not see reports."""

    event: StoredEvent
    capacity: int
    held: int
    sold: int
    revenue_minor: int | None
    orders_paid: int | None

    @property
    def left(self) -> int:
        """Places nobody holds or has."""
        return self.capacity - self.held - self.sold


# A type's own pool inside a shared one would count the same places twice, so only the shared one counts then.
_PLACES = text(
    """
    SELECT pool.event_id, sum(pool.capacity)::bigint AS capacity, sum(pool.held)::bigint AS held,
    sum(pool.sold)::bigint AS sold FROM inventory_pool AS pool WHERE pool.event_id = ANY(:event_ids)
        AND EXISTS (SELECT FROM inventory_draw AS draw WHERE draw.pool_id = pool.id)
        AND (pool.is_shared OR NOT EXISTS (
            SELECT FROM inventory_draw AS mine
            JOIN inventory_draw AS other ON other.ticket_type_id = mine.ticket_type_id
            JOIN inventory_pool AS outer_pool ON outer_pool.id = other.pool_id AND outer_pool.is_shared
            WHERE mine.pool_id = pool.id
        ))
    GROUP BY pool.event_id
    """
).bindparams(bindparam("event_ids", type_=ARRAY(Uuid)))

_REVENUE = text(
    """
    WITH back AS (
        SELECT paid.id, sum(organiser_minor + reversal.fee_minor + reversal.tax_minor) AS minor
        FROM orders_order AS paid JOIN orders_reversal AS reversal ON reversal.order_id = paid.id
        WHERE paid.event_id = ANY(:event_ids) GROUP BY paid.id
    )
    SELECT event_id, currency, sum(total_minor - coalesce(back.minor, 0))::bigint AS revenue, count(*) AS orders
    FROM orders_order AS paid LEFT JOIN back ON back.id = paid.id
    WHERE event_id = ANY(:event_ids) AND state = 'paid'
    GROUP BY event_id, currency
    """
).bindparams(bindparam("event_ids", type_=ARRAY(Uuid)))


async def organiser_events(
    reader: Reader, actor: Actor, organiser_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[SellingEvent]:
    """The organiser's events, latest start first. Raises `Forbidden`, `BadCursor`, `BadLimit`."""
    accounts.permit(actor, Action.SEE_EVENTS, organiser_id)
    wanted = paging.checked_limit(limit)
    chosen = (
        select(Event.id, Event.starts_at)
        .where(Event.organiser_id == organiser_id)
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(wanted + 1)
    )
    if cursor is not None:
        chosen = chosen.where(tuple_(Event.starts_at, Event.id) < tuple_(*by_instant.read(cursor)))
    rows = (await reader.execute(chosen)).all()
    found = await _selling(reader, actor, organiser_id, [row.id for row in rows[:wanted]])
    return Page(found, by_instant.following(rows, wanted, lambda row: (row.starts_at, row.id)))


async def selling_event(reader: Reader, actor: Actor, organiser_id: UUID, event_id: UUID) -> SellingEvent:
    """One event of the organiser with its counts. Raises `Forbidden`, `EventNotFound`."""
    accounts.permit(actor, Action.SEE_EVENTS, organiser_id)
    found = await _selling(reader, actor, organiser_id, [event_id])
    if not found:
        raise events.EventNotFound
    return found[0]


async def _selling(
    reader: Reader, actor: Actor, organiser_id: UUID, event_ids: list[UUID]
) -> tuple[SellingEvent, ...]:
    found = await events.events_by_id(reader, event_ids)
    places = {row.event_id: row for row in await reader.execute(_PLACES, {"event_ids": event_ids})}
    sees_money = actor.may(Action.SEE_REPORTS, organiser_id)
    money = {}
    if sees_money:
        rows = await reader.execute(_REVENUE, {"event_ids": event_ids})
        money = {(row.event_id, row.currency): row for row in rows}
    selling = []
    for event_id in event_ids:
        one, count = found.get(event_id), places.get(event_id)
        if one is None or one.organiser_id != organiser_id:
            continue
        paid = money.get((event_id, one.details.currency))
        selling.append(
            SellingEvent(
                event=one,
                capacity=count.capacity if count else 0,
                held=count.held if count else 0,
                sold=count.sold if count else 0,
                revenue_minor=(paid.revenue if paid else 0) if sees_money else None,
                orders_paid=(paid.orders if paid else 0) if sees_money else None,
            )
        )
    return tuple(selling)
