"""The lock between doors and whoever takes a ticket away from its holder.

A door decides on what it read of a ticket, and that must stay true until its answer is. Locking the tickets' rows would
write each of them, in a large house a page of the table and a page of the log for every scan, so the lock is one
without a row: doors share it, cancelling and reissuing have it alone. It is cut into `SHARDS` by the serial, so that
few wait for each other and no transaction needs more locks than that. Both take their shards in ascending order, and
read only after that.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Uuid

from admitone.plumbing.database import Transaction
from admitone.plumbing.direct import Direct, First

SHARDS: Final = 1024
_DOOR: Final = 3505
"""Tells this lock from others of the two-number kind (PostgreSQL, section 13.3.5)."""

_KEEP = Direct(
    text(f"SELECT pg_advisory_xact_lock_shared({_DOOR}, shard) FROM unnest(:shards) AS shard").bindparams(
        bindparam("shards", type_=ARRAY(Integer))
    )
)


def kept_from_change(serials: Collection[int]) -> First:
    """To be sent ahead of reading these tickets: nobody can take one away until the reader's transaction ends."""
    return First(_KEEP, {"shards": sorted({serial % SHARDS for serial in serials})})


_TAKE_AWAY = """
    SELECT pg_advisory_xact_lock({door}, shard) FROM (
        SELECT DISTINCT CAST(serial % {shards} AS int) AS shard FROM tickets_ticket WHERE {those} ORDER BY shard
    ) AS shards
"""
_BY_ORDERS = text(
    _TAKE_AWAY.format(door=_DOOR, shards=SHARDS, those="order_id = ANY(:order_ids)")
).bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))
_BY_IDS = text(_TAKE_AWAY.format(door=_DOOR, shards=SHARDS, those="id = ANY(:ids)")).bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)
_BY_ID = text(_TAKE_AWAY.format(door=_DOOR, shards=SHARDS, those="id = :ticket_id"))


async def close_orders(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """No door decides on a ticket of these orders until this transaction ends; those that are deciding are waited
    for.
    """
    await tx.execute(_BY_ORDERS, {"order_ids": list(order_ids)})


async def close(tx: Transaction, ticket_id: UUID) -> None:
    """The same for one ticket."""
    await tx.execute(_BY_ID, {"ticket_id": ticket_id})


async def close_tickets(tx: Transaction, ticket_ids: Collection[UUID]) -> None:
    """The same for these tickets."""
    await tx.execute(_BY_IDS, {"ids": list(ticket_ids)})
