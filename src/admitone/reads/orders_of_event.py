"""Orders of an event that still stand."""

from uuid import UUID

from sqlalchemy import select

from admitone.orders.tables import Order
from admitone.plumbing.database import Reader


async def open_orders(reader: Reader, event_id: UUID, most: int) -> list[UUID]:
    """Up to `most` pending or paid orders of the event, oldest first."""
    rows = await reader.execute(
        select(Order.id)
        .where(Order.event_id == event_id, Order.state.in_(("pending", "paid")))
        .order_by(Order.id)
        .limit(most)
    )
    return list(rows.scalars())
