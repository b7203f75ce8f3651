"""SQL of viewers. Who is active is judged by the database's clock, so that processes agree."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Transaction
from admitone.streams.refusals import WatchedElsewhere

ALIVE_SECONDS: Final = 45
"""A viewer that said nothing for so long is not active any more: anybody with the ticket may watch."""
_BEAT_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class NewViewer:
    """A browser that would watch with a ticket. `device` is what people call it."""

    ticket_id: UUID
    event_id: UUID
    organiser_id: UUID
    session_id: UUID
    device: str


_TAKE = text(
    f"""
    INSERT INTO streams_viewer (ticket_id, event_id, organiser_id, session_id, device, began_at, seen_at)
    VALUES (:ticket_id, :event_id, :organiser_id, :session_id, :device, clock_timestamp(), clock_timestamp())
    ON CONFLICT (ticket_id) DO UPDATE
        SET session_id = excluded.session_id, device = excluded.device, began_at = excluded.began_at,
            seen_at = excluded.seen_at
        WHERE streams_viewer.session_id = excluded.session_id OR streams_viewer.session_id = :instead_of
            OR streams_viewer.seen_at < clock_timestamp() - interval '{ALIVE_SECONDS} seconds'
    RETURNING session_id
    """
)


async def take(tx: Transaction, viewer: NewViewer, instead_of: UUID | None) -> None:
    """Make this the ticket's active viewer: when there is none, when it is already, or in place of `instead_of`.

    Who takes over names the viewer it takes over from: of two who saw the same one, the second finds another there.
    Raises `WatchedElsewhere`.
    """
    values = {name: getattr(viewer, name) for name in NewViewer.__dataclass_fields__}
    taken = await tx.execute(_TAKE, values | {"instead_of": instead_of})
    if taken.one_or_none() is None:
        raise WatchedElsewhere


_SEEN = text(
    f"""
    UPDATE streams_viewer SET seen_at = clock_timestamp()
    WHERE ticket_id = :ticket_id AND session_id = :session_id
        AND seen_at < clock_timestamp() - interval '{_BEAT_SECONDS} seconds'
    """
)


async def seen(tx: Transaction, ticket_id: UUID, session_id: UUID) -> None:
    """The viewer is there still; noted every five seconds at most. Changes nothing for one that was taken over from."""
    await tx.execute(_SEEN, {"ticket_id": ticket_id, "session_id": session_id})


async def sweep(tx: Transaction, before: datetime) -> int:
    """Forget viewers that were last seen before this instant; how many."""
    gone = await tx.execute(text("DELETE FROM streams_viewer WHERE seen_at < :before"), {"before": before})
    return gone.rowcount


_FORGET = text("DELETE FROM streams_viewer WHERE ticket_id = :ticket_id AND session_id = :session_id")


async def forget(tx: Transaction, ticket_id: UUID, session_id: UUID) -> None:
    """This viewer has stopped."""
    await tx.execute(_FORGET, {"ticket_id": ticket_id, "session_id": session_id})
