"""The journal and what follows from it."""

from admitone.reads.invariants.invariant import Invariant

JOURNAL = (
    Invariant(
        "I-29 watermark",
        "no fact and no cursor is ahead of this server's transactions (after a restore by dump: start again)",
        """
        SELECT 'fact ' || id FROM journal_fact WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
        UNION ALL SELECT 'cursor ' || name FROM relay_cursor WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
        """,
    ),
    Invariant(
        "I-29 paid is in the journal",
        "every time an order was paid there is exactly one fact that says so",
        """
        SELECT 'order ' || coalesce(c.order_id, f.subject_id) FROM (
            SELECT order_id, count(*) AS n FROM orders_change WHERE to_state = 'paid' GROUP BY 1
        ) c FULL JOIN (
            SELECT subject_id, count(*) AS n FROM journal_fact WHERE kind = 'orders.paid' GROUP BY 1
        ) f ON f.subject_id = c.order_id
        WHERE coalesce(c.n, 0) <> coalesce(f.n, 0)
        """,
    ),
    Invariant(
        "I-34 told once",
        "nobody got two letters with tickets for one order",
        """
        SELECT 'cause ' || cause FROM messaging_letter WHERE template = 'tickets' AND state IN ('sent', 'kept')
            AND cause LIKE 'paid:%' GROUP BY cause HAVING count(*) > 1
        """,
    ),
)
