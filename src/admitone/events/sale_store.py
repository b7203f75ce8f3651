"""The lock between those who sell an event's tickets and whoever calls it off.

Orders are placed and payments settled by many at once, and each must know that the event is not called off while it
does so: an order placed at that moment would be missed by the refunds. The event's row would be written by each of
them, and whoever wants to change it could wait for ever in a rush; an advisory lock is neither written nor unfair.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Uuid

from admitone.events.lifecycle import EventState
from admitone.plumbing.database import Transaction
from admitone.plumbing.direct import Direct, First

_SALE: Final = 3506
"""Tells this lock from others of the two-number kind (PostgreSQL, section 13.3.5)."""
_KEEP = Direct(
    text(f"SELECT pg_advisory_xact_lock_shared({_SALE}, event) FROM unnest(:events) AS event").bindparams(
        bindparam("events", type_=ARRAY(Integer))
    )
)
_STATES = Direct(
    text("SELECT id, state FROM events_event WHERE id = ANY(:ids)").bindparams(
        bindparam("ids", type_=ARRAY(Uuid))
    )
)


def _number(event_id: UUID) -> int:
    """The event in 32 bits. Two events with the same wait for each other, and nothing worse."""
    return int.from_bytes(event_id.bytes[-4:], signed=True)


async def kept_states(tx: Transaction, event_ids: Collection[UUID]) -> dict[UUID, EventState]:
    """The states of these events; none of them is called off until this transaction ends."""
    first = First(_KEEP, {"events": sorted({_number(one) for one in event_ids})})
    rows = (await _STATES.run(tx, {"ids": list(event_ids)}, after=first)).rows
    return {row.id: EventState(row.state) for row in rows}


async def wait_for_sellers(tx: Transaction, event_id: UUID) -> None:
    """Those who sell are waited for, and others wait until this transaction has changed the event's state."""
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(:sale, :event)"), {"sale": _SALE, "event": _number(event_id)}
    )
