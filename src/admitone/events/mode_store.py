"""Which money an event is sold for: real, or play money."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from admitone.events.lifecycle import EventState
from admitone.events.sale_store import wait_for_all_sellers
from admitone.events.store import StoredEvent, change_sale, lock
from admitone.events.tables import Event
from admitone.plumbing.database import Transaction


async def open_events(
    tx: Transaction, organiser_id: UUID, states: Sequence[EventState], now: datetime, *, is_test: bool
) -> list[StoredEvent]:
    """The organiser's events in these states that are not over and sold for this money; each locked."""
    found = await tx.execute(
        select(Event.id)
        .where(
            Event.organiser_id == organiser_id,
            Event.state.in_([state.value for state in states]),
            Event.is_test == is_test,
            Event.ends_at > now,
        )
        .order_by(Event.id)
    )
    return [await lock(tx, organiser_id, event_id) for event_id in found.scalars().all()]


async def sell_for(
    tx: Transaction, organiser_id: UUID, event_ids: Sequence[UUID], now: datetime, *, is_test: bool
) -> list[StoredEvent]:
    """Sell these, locked, for the other money from now on, in a new version of each offer. Sellers wait meanwhile."""
    await wait_for_all_sellers(tx, event_ids)
    return [await change_sale(tx, organiser_id, event_id, now, is_test=is_test) for event_id in event_ids]
