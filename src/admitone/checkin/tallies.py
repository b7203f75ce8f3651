"""How many are in: a stored counter, moved with each admission; and who."""

from collections.abc import Collection
from uuid import UUID

from admitone.checkin import store
from admitone.plumbing.database import Reader


async def admitted(reader: Reader, event_id: UUID) -> int:
    """How many tickets of the event went in."""
    return await store.tally(reader, event_id)


async def admitted_among(reader: Reader, ticket_ids: Collection[UUID]) -> set[UUID]:
    """Which of these tickets went in. Whoever has taken the doors' lock of a ticket reads what stays true."""
    return await store.admitted_among(reader, ticket_ids)
