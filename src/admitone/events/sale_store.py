"""The lock between those who sell an event's tickets and whoever calls it off.

Orders are placed and payments settled by many at once, and each must know that the event is not called off while it
does so: an order placed at that moment would be missed by the refunds. The event's row would be written by each of
them, and whoever wants to change it could wait for ever in a rush; an advisory lock is neither written nor unfair.
"""

from collections.abc import Collection
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, Uuid

from admitone.events.lifecycle import EventState
from admitone.events.refusals import EventIsCancelled, SaleChanged
from admitone.plumbing.database import Transaction
from admitone.plumbing.direct import Direct, First
from admitone.values.refusals import Refusal

_SALE: Final = 3506
"""Tells this lock from others of the two-number kind (PostgreSQL, section 13.3.5)."""
_KEEP = Direct(
    text(f"SELECT pg_advisory_xact_lock_shared({_SALE}, event) FROM unnest(:events) AS event").bindparams(
        bindparam("events", type_=ARRAY(Integer))
    )
)
_STATES = Direct(
    text("SELECT id, state, is_test FROM events_event WHERE id = ANY(:ids)").bindparams(
        bindparam("ids", type_=ARRAY(Uuid))
    )
)


def _number(event_id: UUID) -> int:
    """The event in 32 bits. Two events with the same wait for each other, and nothing worse."""
    return int.from_bytes(event_id.bytes[-4:], signed=True)


class KeptSale(NamedTuple):
    """What an event sells now, and for which money; neither changes until the transaction ends."""

    state: EventState
    is_test: bool

    def why_not(self, *, is_test: bool) -> str | None:
        """Why money of this mode cannot become tickets; None when it can."""
        if self.state is EventState.CANCELLED:
            return "event_cancelled"
        return None if self.is_test == is_test else "mode_changed"

    def refusal(self, *, is_test: bool) -> Refusal | None:
        """Why nobody can order what was offered in this mode; None when they can."""
        why = self.why_not(is_test=is_test)
        return None if why is None else EventIsCancelled() if why == "event_cancelled" else SaleChanged()


async def kept_sales(tx: Transaction, event_ids: Collection[UUID]) -> dict[UUID, KeptSale]:
    """What these events sell; none of them is called off, or sells for other money, until this transaction ends."""
    first = First(_KEEP, {"events": sorted({_number(one) for one in event_ids})})
    rows = (await _STATES.run(tx, {"ids": list(event_ids)}, after=first)).rows
    return {row.id: KeptSale(EventState(row.state), row.is_test) for row in rows}


async def wait_for_all_sellers(tx: Transaction, event_ids: Collection[UUID]) -> None:
    """`wait_for_sellers` of several events, in the order in which sellers share them."""
    for number in sorted({_number(one) for one in event_ids}):
        await tx.execute(
            text("SELECT pg_advisory_xact_lock(:sale, :event)"), {"sale": _SALE, "event": number}
        )


async def wait_for_sellers(tx: Transaction, event_id: UUID) -> None:
    """Those who sell are waited for, and others wait until this transaction has changed what it sells."""
    await tx.execute(
        text("SELECT pg_advisory_xact_lock(:sale, :event)"), {"sale": _SALE, "event": _number(event_id)}
    )
