"""How many orders of an event wait for money that their buyers bring themselves."""

from uuid import UUID

from sqlalchemy import text

from admitone.orders import OrderRow
from admitone.plumbing.database import Reader

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
_COUNT = text(
    """
    SELECT count(DISTINCT placed.id) FROM orders_order AS placed
    JOIN payments_attempt AS attempt ON attempt.order_id = placed.id
    WHERE placed.event_id = :event_id AND placed.id <> :order_id AND placed.state = 'pending'
      AND attempt.account_id = :account_id AND attempt.state <> 'failed'
    """
)


async def orders_waiting(reader: Reader, order: OrderRow, account_id: UUID) -> int:
    """How many other orders of this order's event wait for money in this account.

    Whoever counts in a transaction, in order to add one, is alone in counting until it ends.
    """
    await reader.execute(_LOCK, {"what": f"orders waiting {account_id} {order.event_id}"})
    counted = await reader.execute(
        _COUNT, {"event_id": order.event_id, "order_id": order.id, "account_id": account_id}
    )
    return int(counted.scalar_one())


_AT_DOOR = text(
    """
    SELECT EXISTS (SELECT FROM orders_order AS placed JOIN payments_attempt AS attempt ON attempt.order_id = placed.id
                   WHERE placed.event_id = :event_id AND attempt.provider = 'door')
    """
)


async def pays_at_door(reader: Reader, event_id: UUID) -> bool:
    """Whether anybody chose to pay at this event's door."""
    return bool((await reader.execute(_AT_DOOR, {"event_id": event_id})).scalar_one())
