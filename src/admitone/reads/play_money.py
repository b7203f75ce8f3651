"""What an organiser sells and has sold for play money, as switching to real money asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader

_OPEN = "event.organiser_id = :organiser_id AND event.state <> 'cancelled' AND event.ends_at > :now"


@dataclass(frozen=True, slots=True)
class PlaySold:
    """What stands of events that are not over and was sold for play money, or for nothing while that was so."""

    events: int
    orders: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Priced:
    """An event that is not free, and its dearest ticket."""

    title: str
    currency: str
    amount_minor: int


async def play_sold(reader: Reader, organiser_id: UUID, now: datetime) -> PlaySold:
    """How much of it there is."""
    rows = await reader.execute(
        text(
            "SELECT count(DISTINCT o.event_id) AS events, count(DISTINCT o.id) AS orders, "  # noqa: S608 - constants
            "count(ticket.id) FILTER (WHERE ticket.state = 'valid') AS tickets "
            "FROM orders_order AS o JOIN events_event AS event ON event.id = o.event_id "
            "LEFT JOIN tickets_ticket AS ticket ON ticket.order_id = o.id "
            f"WHERE {_OPEN} AND o.is_test AND o.state IN ('pending', 'paid')"
        ),
        {"organiser_id": organiser_id, "now": now},
    )
    return PlaySold(**rows.one()._mapping)


async def play_orders_left(reader: Reader, organiser_id: UUID, most: int) -> list[UUID]:
    """Orders that still stand, were placed for play money, and are of events that sell for real money."""
    rows = await reader.execute(
        text(
            "SELECT o.id FROM orders_order AS o JOIN events_event AS event ON event.id = o.event_id "
            "WHERE event.organiser_id = :organiser_id AND NOT event.is_test AND o.is_test "
            "AND o.state IN ('pending', 'paid') ORDER BY o.id LIMIT :most"
        ),
        {"organiser_id": organiser_id, "most": most},
    )
    return list(rows.scalars())


async def dearest(reader: Reader, organiser_id: UUID, now: datetime) -> list[Priced]:
    """The organiser's events that are not over and not free, drafts included."""
    rows = await reader.execute(
        text(
            "SELECT event.title, event.currency, greatest(max(type.price_minor), 1) AS amount_minor "  # noqa: S608 - constants
            "FROM events_event AS event JOIN events_ticket_type AS type ON type.event_id = event.id "
            f"WHERE {_OPEN} AND (type.price_minor > 0 OR type.kind = 'donation' OR type.prices <> '{{}}') "
            "GROUP BY event.id ORDER BY event.starts_at, event.id"
        ),
        {"organiser_id": organiser_id, "now": now},
    )
    return [Priced(**row._mapping) for row in rows]


async def live_on_sale(reader: Reader, organiser_id: UUID) -> list[str]:
    """The titles of the organiser's events that are on sale for real money, soonest first."""
    rows = await reader.execute(
        text(
            "SELECT title FROM events_event WHERE organiser_id = :organiser_id AND state = 'on_sale' "
            "AND NOT is_test ORDER BY starts_at, id"
        ),
        {"organiser_id": organiser_id},
    )
    return list(rows.scalars())
