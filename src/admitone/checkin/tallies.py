"""How many are in: a stored counter, moved with each admission."""

from uuid import UUID

from admitone.checkin import store
from admitone.plumbing.database import Reader


async def admitted(reader: Reader, event_id: UUID) -> int:
    """How many tickets of the event went in."""
    return await store.tally(reader, event_id)
