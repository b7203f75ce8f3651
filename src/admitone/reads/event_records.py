"""What is kept about an event beyond the event itself, and keeps it from being deleted."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class EventRecords:
    """`has_orders`: somebody ordered, whatever became of it. `has_records`: scans, letters to ticket holders, viewers,
    invoices of UMA, runs, releases of its balance.
    """

    has_orders: bool
    has_records: bool


_LOOK = text(
    """
    SELECT EXISTS (SELECT FROM orders_order WHERE event_id = :event_id) AS has_orders,
           EXISTS (SELECT FROM checkin_scan WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM checkin_tally WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM messaging_circular WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM streams_viewer WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM promotions_redemption WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM payments_uma_invoice WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM orders_bulk_run WHERE event_id = :event_id)
           OR EXISTS (SELECT FROM payouts_release WHERE event_id = :event_id) AS has_records
    """
)


async def event_records(reader: Reader, event_id: UUID) -> EventRecords:
    """What is kept about this event."""
    row = (await reader.execute(_LOOK, {"event_id": event_id})).one()
    return EventRecords(row.has_orders, row.has_records)
