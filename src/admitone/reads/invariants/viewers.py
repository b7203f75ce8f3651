"""Watching online: with a ticket that went in, at its own event."""

from admitone.reads.invariants.invariant import Invariant

VIEWERS = (
    # That a ticket has one viewer is its table's primary key.
    Invariant(
        "I-35 viewers went in",
        "whoever watches has been admitted with that ticket, by joining or at a door",
        """
        SELECT 'ticket ' || v.ticket_id FROM streams_viewer v
        WHERE NOT EXISTS (SELECT FROM checkin_admission m WHERE m.ticket_id = v.ticket_id)
        """,
    ),
    Invariant(
        "I-35 viewers' own event",
        "a viewer watches the event their ticket is for",
        """
        SELECT 'ticket ' || v.ticket_id FROM streams_viewer v JOIN tickets_ticket t ON t.id = v.ticket_id
        WHERE t.event_id <> v.event_id OR t.organiser_id <> v.organiser_id
        """,
    ),
)
