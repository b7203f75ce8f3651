"""Deleting an event that never became anything: its own rows, and nobody else's."""

from uuid import UUID

from sqlalchemy import text

from admitone.events.refusals import EventNotFound
from admitone.plumbing.database import Transaction

# Everything of this slice that names an event, what is named by others last.
_OWN = ("events_stream", "events_move", "events_terms", "events_ticket_type")


async def delete_draft(tx: Transaction, organiser_id: UUID, event_id: UUID) -> None:
    """Delete a locked draft with its ticket types, its versions and its stream. Raises `EventNotFound`.

    Its pools and holds are gone by then; whatever else names it (an order, a scan) stops the statement.
    """
    values = {"event_id": event_id, "organiser_id": organiser_id}
    for table in _OWN:
        await tx.execute(text(f"DELETE FROM {table} WHERE event_id = :event_id"), values)
    gone = await tx.execute(
        text(
            "DELETE FROM events_event WHERE id = :event_id AND organiser_id = :organiser_id AND state = 'draft'"
        ),
        values,
    )
    if gone.rowcount != 1:
        raise EventNotFound
