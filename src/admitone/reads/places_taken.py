"""How many places of each ticket type are held, sold, or were ever ordered: what decides if it may still be
changed.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class Taken:
    """Tickets of one type in living holds and in sold ones, and whether any order ever named it."""

    held: int
    sold: int
    was_ordered: bool


# Several pools under one type give several lines with the same quantity, so lines are counted once per hold.
_TAKEN = text(
    """
    SELECT type.id,
        coalesce(sum(line.quantity) FILTER (WHERE hold.state IN ('active', 'claimed')), 0)::int AS held,
        coalesce(sum(line.quantity) FILTER (WHERE hold.state = 'sold'), 0)::int AS sold,
        EXISTS (SELECT FROM orders_line WHERE event_id = type.event_id AND ticket_type_id = type.id) AS
        was_ordered
    FROM events_ticket_type AS type
    LEFT JOIN (
        SELECT hold_id, ticket_type_id, max(quantity) AS quantity FROM inventory_hold_line
        WHERE hold_id IN (SELECT id FROM inventory_hold WHERE event_id = :event_id)
        GROUP BY hold_id, ticket_type_id
    ) AS line ON line.ticket_type_id = type.id
    LEFT JOIN inventory_hold AS hold ON hold.id = line.hold_id
    WHERE type.event_id = :event_id
    GROUP BY type.id
    """
)


async def places_taken(reader: Reader, event_id: UUID) -> dict[UUID, Taken]:
    """By ticket type id. Exact while the event's pools are locked by the same transaction."""
    rows = await reader.execute(_TAKEN, {"event_id": event_id})
    return {row.id: Taken(row.held, row.sold, row.was_ordered) for row in rows}
