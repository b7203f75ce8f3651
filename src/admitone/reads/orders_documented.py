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
    JOIN invoices_document i ON i.order_id = o.id AND i.kind IN ('invoice', 'receipt')
    WHERE o.event_id = :event_id AND o.state = 'cancelled' AND o.paid_at IS NOT NULL AND o.id > :after
        AND NOT EXISTS (SELECT FROM invoices_document n WHERE n.cause IN ('undone:' || o.id, 'refunded_rest:' || o.id))
    GROUP BY o.id ORDER BY o.id LIMIT :most
    """
)


async def taken_back_with_event(reader: Reader, event_id: UUID, *, after: UUID, most: int) -> list[UUID]:
    """Orders of a cancelled event whose invoice or receipt has not been taken back yet, by id, from behind `after`."""
    rows = await reader.execute(_TAKEN_BACK, {"event_id": event_id, "after": after, "most": most})
    return list(rows.scalars())


_UNDOCUMENTED = text(
    """
    SELECT o.id, o.paid_at FROM orders_order o
    WHERE o.paid_at IS NOT NULL AND o.paid_at <= :until AND o.total_minor > 0
        AND (CAST(:after_at AS timestamptz) IS NULL OR (o.paid_at, o.id) > (:after_at, CAST(:after_id AS uuid)))
        AND (NOT EXISTS (SELECT FROM invoices_document i WHERE i.order_id = o.id)
            OR (EXISTS (SELECT FROM orders_reversal r WHERE r.order_id = o.id AND r.at <= :until
                    AND r.organiser_minor + r.fee_minor + r.tax_minor > 0
                    AND NOT EXISTS (SELECT FROM invoices_document n WHERE n.cause = 'refunded:' || r.id))
                OR (o.state = 'cancelled'
                    AND NOT EXISTS (SELECT FROM orders_reversal r WHERE r.order_id = o.id)
                    AND NOT EXISTS (SELECT FROM invoices_document n WHERE n.cause = 'refunded_rest:' || o.id)))
                AND NOT EXISTS (SELECT FROM invoices_document i WHERE i.order_id = o.id AND i.kind = 'invoice'))
    ORDER BY o.paid_at, o.id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Undocumented:
    """A paid order without any document, or with a receipt and none for what went back of it."""

    order_id: UUID
    paid_at: datetime


async def undocumented(
    reader: Reader, until: datetime, after: Undocumented | None, most: int
) -> list[Undocumented]:
    """Such orders paid until then, in the order of their payment, from behind `after`."""
    rows = await reader.execute(
        _UNDOCUMENTED,
        {
            "until": until,
            "after_at": None if after is None else after.paid_at,
            "after_id": None if after is None else after.order_id,
            "most": most,
        },
    )
    return [Undocumented(row.id, row.paid_at) for row in rows]
