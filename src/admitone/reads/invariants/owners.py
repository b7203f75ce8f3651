"""Whose tickets are: passed on in a chain, one step after the other, each with a code of its own."""

from admitone.reads.invariants.invariant import Invariant

OWNERS = (
    Invariant(
        "I-14 one owner",
        "a ticket's owners are numbered from 1 without a gap, and each got a newer code than the one before",
        """
        SELECT 'ticket ' || ticket_id || ' owner ' || number FROM (
            SELECT ticket_id, number, reissue, row_number() OVER chain AS place, lag(reissue) OVER chain AS before
            FROM tickets_owner WINDOW chain AS (PARTITION BY ticket_id ORDER BY number)
        ) AS owner WHERE number <> place OR reissue <= coalesce(before, 0)
        """,
    ),
    Invariant(
        "I-14 the last owner's code",
        "a ticket that was passed on has the code its last owner got, or a later one, and a name",
        """
        SELECT 'ticket ' || ticket.id FROM tickets_ticket AS ticket JOIN (
            SELECT ticket_id, max(reissue) AS reissue, min(given_at) AS given_at FROM tickets_owner GROUP BY 1
        ) AS owner ON owner.ticket_id = ticket.id
        WHERE ticket.reissue < owner.reissue OR ticket.holder_name IS NULL
        """,
    ),
    Invariant(
        "I-14 passed on before used",
        "nobody passed on a ticket that was used",
        """
        SELECT 'ticket ' || entry.ticket_id FROM checkin_admission AS entry
        JOIN tickets_owner AS owner ON owner.ticket_id = entry.ticket_id AND owner.given_at > entry.at
        """,
    ),
    Invariant(
        "I-14 proved first",
        "every passing on used up one proof made for it, and no proof was used twice",
        """
        SELECT 'ticket ' || coalesce(owner.ticket_id, asked.ticket_id)
        FROM (SELECT ticket_id, count(*) AS n FROM tickets_owner GROUP BY 1) AS owner
        FULL JOIN (
            SELECT ticket_id, count(*) AS n FROM tickets_challenge
            WHERE purpose = 'pass_on' AND used_at IS NOT NULL GROUP BY 1
        ) AS asked ON asked.ticket_id = owner.ticket_id
        WHERE coalesce(owner.n, 0) <> coalesce(asked.n, 0)
        """,
    ),
)
