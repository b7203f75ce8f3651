"""The SQL of moves: what ticket holders knew before an event was moved, until they have been told.

An event has one open move at most. Whoever opens, widens or closes it has locked the event's row first, so a
change is either in the letter that is about to be written or in a move of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, text

from admitone.events.moving import Whereabouts
from admitone.plumbing.database import Reader, Transaction
from admitone.values.ids import uuid7


@dataclass(frozen=True, slots=True)
class Move:
    """`before` is what ticket holders know, `after` (None while it is open) what they are told.

    `terms_version` is that of its last change: whoever bought on that offer or a later one has seen it.
    """

    id: UUID
    event_id: UUID
    organiser_id: UUID
    before: Whereabouts
    after: Whereabouts | None
    terms_version: int
    tell_at: datetime


_COLUMNS = "id, event_id, organiser_id, before, after, terms_version, tell_at"
_NOTE = text(
    """
    INSERT INTO events_move (id, event_id, organiser_id, before, terms_version, tell_at)
    VALUES (:id, :event_id, :organiser_id, CAST(:before AS jsonb), :terms_version, :tell_at)
    ON CONFLICT (event_id) WHERE closed_at IS NULL DO UPDATE SET terms_version = EXCLUDED.terms_version
    """
)


async def note_move(
    tx: Transaction,
    organiser_id: UUID,
    event_id: UUID,
    before: Whereabouts,
    terms_version: int,
    tell_at: datetime,
) -> None:
    """Keep what was true before a locked event was changed; a move that is open already takes this change in."""
    await tx.execute(
        _NOTE,
        {
            "id": uuid7(),
            "event_id": event_id,
            "organiser_id": organiser_id,
            "before": msgspec.json.encode(before).decode(),
            "terms_version": terms_version,
            "tell_at": tell_at,
        },
    )


async def open_move(reader: Reader, event_id: UUID) -> Move | None:
    """The event's move that nobody has been told of."""
    rows = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM events_move WHERE event_id = :event_id AND closed_at IS NULL"),
        {"event_id": event_id},
    )
    row = rows.one_or_none()
    return None if row is None else _move_of(row)


async def move_by_id(reader: Reader, move_id: UUID) -> Move | None:
    """The move with this id, open or closed."""
    rows = await reader.execute(text(f"SELECT {_COLUMNS} FROM events_move WHERE id = :id"), {"id": move_id})
    row = rows.one_or_none()
    return None if row is None else _move_of(row)


async def moves_due(reader: Reader, now: datetime, most: int) -> list[Move]:
    """Up to `most` open moves that are to be told now, the longest waiting first."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM events_move WHERE closed_at IS NULL AND tell_at <= :now "
            "ORDER BY tell_at, id LIMIT :most"
        ),
        {"now": now, "most": most},
    )
    return [_move_of(row) for row in rows]


async def close_move(tx: Transaction, move_id: UUID, after: Whereabouts, now: datetime) -> bool:
    """Take no more changes into this move of a locked event; False when it was closed before."""
    changed = await tx.execute(
        text(
            "UPDATE events_move SET after = CAST(:after AS jsonb), closed_at = :now "
            "WHERE id = :id AND closed_at IS NULL"
        ),
        {"id": move_id, "after": msgspec.json.encode(after).decode(), "now": now},
    )
    return changed.rowcount == 1


def _move_of(row: Row[Any]) -> Move:
    return Move(
        id=row.id,
        event_id=row.event_id,
        organiser_id=row.organiser_id,
        before=msgspec.convert(row.before, type=Whereabouts),
        after=None if row.after is None else msgspec.convert(row.after, type=Whereabouts),
        terms_version=row.terms_version,
        tell_at=row.tell_at,
    )
