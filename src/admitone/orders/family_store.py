"""The SQL of what orders belong to: an event, and a family (an order and all that add to it or change it: one root)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.orders.store import IDS
from admitone.plumbing.database import Reader
from admitone.plumbing.direct import Direct

_FAMILIES = text(
    """
    WITH mine AS (SELECT id, coalesce(root_id, id) AS root_id FROM orders_order WHERE id = ANY(:ids))
    SELECT id, root_id AS member_id FROM mine
    UNION SELECT mine.id, child.id FROM mine JOIN orders_order AS child ON child.root_id = mine.root_id
    UNION SELECT id, id FROM mine
    """
).bindparams(bindparam("ids", type_=IDS))


async def families(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The ids of all orders with the same root, itself included, for each of these orders."""
    found: dict[UUID, set[UUID]] = {}
    for row in await reader.execute(_FAMILIES, {"ids": list(order_ids)}):
        found.setdefault(row.id, set()).add(row.member_id)
    return found


_EVENTS = Direct(
    text("SELECT id, event_id FROM orders_order WHERE id = ANY(:ids)").bindparams(bindparam("ids", type_=IDS))
)


async def events_of(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The event of each of these orders, by order. It never changes."""
    if not order_ids:
        return {}
    return {row.id: row.event_id for row in (await _EVENTS.run(reader, {"ids": list(order_ids)})).rows}
