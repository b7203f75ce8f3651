"""SQL of how events are watched online."""

from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from admitone.events.store import StoredEvent, change_address
from admitone.events.streams import StreamRules
from admitone.events.tables import EventStream
from admitone.plumbing.database import Reader, Transaction

_NAMES = tuple(field.name for field in fields(StreamRules))


async def stream_rules(reader: Reader, event_id: UUID) -> StreamRules:
    """How this event is watched; the defaults where nobody said."""
    wanted = select(*(getattr(EventStream, name) for name in _NAMES)).where(EventStream.event_id == event_id)
    row = (await reader.execute(wanted)).one_or_none()
    return StreamRules() if row is None else StreamRules(**row._mapping)


async def write_stream(
    tx: Transaction,
    organiser_id: UUID,
    event_id: UUID,
    rules: StreamRules,
    online_url: str | None,
    now: datetime,
) -> StoredEvent:
    """Write how a locked event is watched, and its address. The offer stays the version it is: no price changes, and
    whoever is buying is not asked again.
    """
    values = asdict(rules) | {"event_id": event_id, "organiser_id": organiser_id}
    writing = postgresql.insert(EventStream).values(values)
    await tx.execute(
        writing.on_conflict_do_update(
            index_elements=[EventStream.event_id], set_={name: writing.excluded[name] for name in _NAMES}
        )
    )
    return await change_address(tx, organiser_id, event_id, now, online_url)
