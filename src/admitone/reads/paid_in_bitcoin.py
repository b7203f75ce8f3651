"""Which orders were paid in bitcoin: what comes back of them waits until their buyers have said where to."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from admitone.payments.bitcoin import RAILS
from admitone.plumbing.database import Reader

ALL = "all"
SOME = "some"
_PAID = text(
    """
    WITH mine AS (SELECT id, coalesce(root_id, id) AS root_id FROM orders_order WHERE id = ANY(:ids))
    SELECT mine.id, bool_and(attempt.method = ANY(:rails)) AS is_all
    FROM mine JOIN orders_order AS member ON member.id = mine.root_id OR member.root_id = mine.root_id
    JOIN payments_attempt AS attempt ON attempt.order_id = member.id
    WHERE attempt.state = 'paid' AND attempt.settled_as IS DISTINCT FROM 'refund'
    GROUP BY mine.id HAVING bool_or(attempt.method = ANY(:rails))
    """
).bindparams(bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=True))))


async def paid_in_bitcoin(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of these orders those that were paid in bitcoin, themselves or in their family: `ALL` of it or `SOME`."""
    rows = await reader.execute(_PAID, {"ids": list(order_ids), "rails": list(RAILS)})
    return {row.id: ALL if row.is_all else SOME for row in rows}


_OF_EVENT = text(
    """
    SELECT EXISTS (
        SELECT FROM orders_order AS placed JOIN payments_attempt AS attempt ON attempt.order_id = placed.id
        WHERE placed.event_id = :event_id AND placed.state = 'paid' AND attempt.state = 'paid'
            AND attempt.method = ANY(:rails)
    )
    """
)


async def is_event_paid_in_bitcoin(reader: Reader, event_id: UUID) -> bool:
    """Was any order of this event, that still stands, paid in bitcoin?"""
    return bool((await reader.execute(_OF_EVENT, {"event_id": event_id, "rails": list(RAILS)})).scalar_one())
