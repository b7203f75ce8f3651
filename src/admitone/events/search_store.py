"""The SQL of the words events are found by, for whoever makes them anew."""

from uuid import UUID

from sqlalchemy import select, update

from admitone.events.tables import Event
from admitone.plumbing.database import Reader, Transaction


async def search_texts(reader: Reader, event_ids: list[UUID]) -> dict[UUID, str]:
    """What is stored for these events, by event."""
    rows = await reader.execute(select(Event.id, Event.search_text).where(Event.id.in_(event_ids)))
    return {row.id: row.search_text for row in rows}


async def write_search_text(tx: Transaction, event_id: UUID, words: str) -> None:
    """Keep the words of a locked event. It is no change that anybody sees, so its revision stays."""
    await tx.execute(update(Event).where(Event.id == event_id).values(search_text=words))
