"""The SQL of families: an order and all that add to it or change it have one root."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.orders.store import IDS
from admitone.plumbing.database import Reader

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
