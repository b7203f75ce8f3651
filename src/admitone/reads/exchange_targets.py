"""Other events of an organiser to which a ticket can be changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from admitone import orders
from admitone.events.tables import Event
from admitone.plumbing.database import Reader
from admitone.values import formats

MOST = 20


async def other_events(reader: Reader, order: orders.OrderRow, now: datetime) -> list[UUID]:
    """The next events on sale of this order's organiser, in its currency and for the same money, soonest first."""
    rows = await reader.execute(
        select(Event.id)
        .where(
            Event.organiser_id == order.organiser_id,
            Event.state == "on_sale",
            Event.currency == order.currency,
            Event.is_test == order.is_test,
            Event.ends_at > now,
            Event.id != order.event_id,
        )
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    return list(rows.scalars())


async def events_to_name(
    reader: Reader, organiser_id: UUID, event_id: UUID, currency: str, now: datetime
) -> tuple[tuple[UUID, str], ...]:
    """Other events of the organiser that a change policy can name, drafts too: id and title with the day."""
    rows = await reader.execute(
        select(Event.id, Event.title, Event.starts_at, Event.zone)
        .where(
            Event.organiser_id == organiser_id,
            Event.state.in_(["draft", "on_sale"]),
            Event.currency == currency,
            Event.ends_at > now,
            Event.id != event_id,
        )
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    return tuple((row.id, f"{row.title}, {formats.day(row.starts_at, row.zone)}") for row in rows)
