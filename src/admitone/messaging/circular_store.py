"""The SQL of circulars."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Circular:
    """A circular as stored. `reply_to` is the organiser's address when it was written."""

    id: UUID
    organiser_id: UUID
    event_id: UUID
    reply_to: str
    subject: str
    body: str
    written_at: datetime


async def insert_circular(tx: Transaction, circular: Circular) -> bool:
    """Keep it; False when it is kept already."""
    made = await tx.execute(
        text(
            "INSERT INTO messaging_circular (id, organiser_id, event_id, reply_to, subject, body, written_at) "
            "VALUES (:id, :organiser_id, :event_id, :reply_to, :subject, :body, :written_at) "
            "ON CONFLICT (id) DO NOTHING"
        ),
        {
            "id": circular.id,
            "organiser_id": circular.organiser_id,
            "event_id": circular.event_id,
            "reply_to": circular.reply_to,
            "subject": circular.subject,
            "body": circular.body,
            "written_at": circular.written_at,
        },
    )
    return made.rowcount == 1


async def circular(reader: Reader, circular_id: UUID) -> Circular | None:
    """The circular with this id."""
    rows = await reader.execute(
        text(
            "SELECT id, organiser_id, event_id, reply_to, subject, body, written_at "
            "FROM messaging_circular WHERE id = :id"
        ),
        {"id": circular_id},
    )
    row = rows.one_or_none()
    return None if row is None else Circular(**row._mapping)


async def written_since(reader: Reader, event_id: UUID, since: datetime) -> list[datetime]:
    """When the circulars about this event after `since` were written, oldest first."""
    rows = await reader.execute(
        text(
            "SELECT written_at FROM messaging_circular "
            "WHERE event_id = :event_id AND written_at > :since ORDER BY written_at"
        ),
        {"event_id": event_id, "since": since},
    )
    return list(rows.scalars())
