"""The door: in once, counted once."""

from admitone.reads.invariants.invariant import Invariant

DOOR = (
    Invariant(
        "I-35 admitted once",
        "every admission belongs to exactly one scan that said so, and every such scan to one admission",
        """
        SELECT 'scan ' || coalesce(s.id, m.scan_id) 
        FROM (SELECT id, ticket_id FROM checkin_scan WHERE verdict = 'admitted') s
        FULL JOIN checkin_admission m ON m.scan_id = s.id WHERE s.ticket_id IS DISTINCT FROM m.ticket_id
        """,
    ),
    Invariant(
        "I-35 tally",
        "the count of people inside equals the admissions",
        """
        SELECT 'event ' || coalesce(t.event_id, m.event_id) || ' ' || coalesce(t.admitted, 0) || '/' || coalesce(m.n, 0)
        FROM checkin_tally t FULL JOIN (SELECT event_id, count(*) AS n FROM checkin_admission GROUP BY 1) m
            ON m.event_id = t.event_id
        WHERE coalesce(t.admitted, 0) <> coalesce(m.n, 0)
        """,
    ),
    Invariant(
        "I-35 own event",
        "only a ticket is admitted, and at its own event only",
        """
        SELECT 'ticket ' || m.ticket_id FROM checkin_admission m LEFT JOIN tickets_ticket t ON t.id = m.ticket_id
        WHERE t.event_id IS DISTINCT FROM m.event_id
        """,
    ),
)
