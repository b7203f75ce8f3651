"""What invoices and receipts need to know of orders beside the orders themselves; and which orders still wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from admitone.accounts.tables import Organiser
from admitone.events.tables import Event
from admitone.orders.tables import Order
from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class Occasion:
    """The event an order is for, and who sells it."""

    order_id: UUID
    organiser_name: str
    organiser_email: str
    event_title: str
    starts_at: datetime
    zone: str


async def occasions(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, Occasion]:
    """By order id."""
    rows = await reader.execute(
        select(
            Order.id.label("order_id"),
            Organiser.name.label("organiser_name"),
            Organiser.contact_email.label("organiser_email"),
            Event.title.label("event_title"),
            Event.starts_at,
            Event.zone,
        )
        .join(Event, Event.id == Order.event_id)
        .join(Organiser, Organiser.id == Order.organiser_id)
        .where(Order.id.in_(order_ids))
    )
    return {row.order_id: Occasion(**row._mapping) for row in rows}


_TAKEN_BACK = text(
    """
    SELECT o.id FROM orders_order o
    JOIN orders_change c ON c.order_id = o.id AND c.version = o.version AND c.reason = 'event_cancelled'
    JOIN invoices_document i ON i.order_id = o.id AND i.kind = 'invoice'
    WHERE o.event_id = :event_id AND o.state = 'cancelled' AND o.paid_at IS NOT NULL AND o.id > :after
        AND NOT EXISTS (SELECT FROM invoices_document n WHERE n.cause = 'undone:' || o.id)
    GROUP BY o.id ORDER BY o.id LIMIT :most
    """
)


async def taken_back_with_event(reader: Reader, event_id: UUID, *, after: UUID, most: int) -> list[UUID]:
    """Orders of a cancelled event whose invoice has not been taken back yet, by id, from behind `after`."""
    rows = await reader.execute(_TAKEN_BACK, {"event_id": event_id, "after": after, "most": most})
    return list(rows.scalars())
