"""The promises as queries: each must find nothing, at any moment, on any database. `admitone check` asks them all.

Numbers are those of the security document's invariants where they have one there. Each query selects one text column
that names what is broken, at most 20 rows.
"""

from dataclasses import dataclass

from sqlalchemy import text

from admitone.plumbing.database import Reader

MOST = 20


@dataclass(frozen=True, slots=True)
class Invariant:
    """`sql` finds what breaks `promise`."""

    name: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, and the first rows that show it."""

    invariant: Invariant
    rows: tuple[str, ...]


INVENTORY = (
    Invariant(
        "I-1 capacity",
        "held and sold are not negative and never more than the capacity",
        "SELECT 'pool ' || id FROM inventory_pool WHERE held < 0 OR sold < 0 OR held + sold > capacity",
    ),
    Invariant(
        "I-2 recount",
        "a pool's counters equal the places of its holds",
        """
        SELECT 'pool ' || p.id || ' held ' || p.held || '/' || coalesce(c.held, 0)
            || ' sold ' || p.sold || '/' || coalesce(c.sold, 0)
        FROM inventory_pool p LEFT JOIN (
            SELECT l.pool_id, sum(l.quantity) FILTER (WHERE h.state IN ('active', 'claimed')) AS held,
                   sum(l.quantity) FILTER (WHERE h.state = 'sold') AS sold
            FROM inventory_hold h JOIN inventory_hold_line l ON l.hold_id = h.id GROUP BY l.pool_id
        ) c ON c.pool_id = p.id
        WHERE p.held <> coalesce(c.held, 0) OR p.sold <> coalesce(c.sold, 0)
        """,
    ),
    Invariant(
        "I-2 tickets",
        "as many valid tickets of a type as places sold for it, but for those kept without one",
        """
        SELECT 'ticket type ' || coalesce(s.id, t.id) || ' sold ' || coalesce(s.n, 0) || ' tickets ' || coalesce(t.n, 0)
        FROM (
            SELECT ticket_type_id AS id, sum(quantity) AS n FROM (
                SELECT l.hold_id, l.ticket_type_id, max(l.quantity - l.kept) AS quantity
                FROM inventory_hold h JOIN inventory_hold_line l ON l.hold_id = h.id
                WHERE h.state = 'sold' GROUP BY l.hold_id, l.ticket_type_id
            ) x GROUP BY ticket_type_id
        ) s FULL JOIN (
            SELECT ticket_type_id AS id, count(*) AS n FROM tickets_ticket WHERE state = 'valid' GROUP BY ticket_type_id
        ) t ON t.id = s.id
        WHERE coalesce(s.n, 0) <> coalesce(t.n, 0)
        """,
    ),
    Invariant(
        "I-4 holds and orders",
        "a hold and its order agree: pending-claimed, paid-sold, expired-expired, cancelled-released",
        """
        SELECT 'order ' || o.id || ' ' || o.state || ' hold ' || h.state
        FROM orders_order o JOIN inventory_hold h ON h.id = o.hold_id
        WHERE h.order_id IS DISTINCT FROM o.id OR h.state <> CASE o.state
            WHEN 'pending' THEN 'claimed' WHEN 'paid' THEN 'sold' WHEN 'expired' THEN 'expired' ELSE 'released' END
        AND NOT (o.state = 'cancelled' AND h.state = 'sold' AND NOT EXISTS (
            SELECT FROM inventory_hold_line l WHERE l.hold_id = h.id AND l.kept < l.quantity))
        """,
    ),
    Invariant(
        "I-4 no orphan",
        "a claimed or sold hold has its order",
        """
        SELECT 'hold ' || h.id FROM inventory_hold h
        WHERE h.state IN ('claimed', 'sold') AND NOT EXISTS (SELECT FROM orders_order o WHERE o.hold_id = h.id)
        """,
    ),
    Invariant(
        "I-5 limits",
        "what a buyer is counted to have equals the pending and paid orders of that address",
        """
        SELECT 'allowance ' || a.ticket_type_id || ' ' || a.taken || '/' || coalesce(c.n, 0)
        FROM orders_allowance a LEFT JOIN (
            SELECT l.ticket_type_id, o.email_key, sum(l.quantity - l.cancelled) AS n
            FROM orders_order o JOIN orders_line l ON l.order_id = o.id
            WHERE o.state IN ('pending', 'paid') GROUP BY 1, 2
        ) c ON c.ticket_type_id = a.ticket_type_id AND c.email_key = a.email_key
        WHERE a.taken <> coalesce(c.n, 0)
        """,
    ),
)

ORDERS = (
    Invariant(
        "I-7 history",
        "an order's state and version are those of the last row of its history, without gaps",
        """
        SELECT 'order ' || o.id FROM orders_order o LEFT JOIN (
            SELECT order_id, count(*) AS n, max(version) AS last FROM orders_change GROUP BY order_id
        ) c ON c.order_id = o.id LEFT JOIN orders_change w ON w.order_id = o.id AND w.version = o.version
        WHERE c.n IS DISTINCT FROM o.version OR c.last IS DISTINCT FROM o.version OR w.to_state IS DISTINCT FROM o.state
        """,
    ),
    Invariant(
        "I-8 paid has tickets",
        "a paid order has one ticket per unit of its lines, valid but for those cancelled; any other has none valid",
        """
        SELECT 'order ' || o.id || ' ' || o.state || ' ' || coalesce(t.valid, 0) || '/' || l.n
        FROM orders_order o
        JOIN (
            SELECT order_id, coalesce(sum(quantity) FILTER (WHERE kind <> 'donation'), 0) AS n,
                   coalesce(sum(cancelled) FILTER (WHERE kind <> 'donation'), 0) AS cancelled
            FROM orders_line GROUP BY order_id
        ) l ON l.order_id = o.id
        LEFT JOIN (
            SELECT order_id, count(*) AS everything, count(*) FILTER (WHERE state = 'valid') AS valid
            FROM tickets_ticket GROUP BY order_id
        ) t ON t.order_id = o.id
        WHERE (o.state = 'paid' AND (coalesce(t.valid, 0) <> l.n - l.cancelled OR coalesce(t.everything, 0) <> l.n))
           OR (o.state <> 'paid' AND coalesce(t.valid, 0) <> 0)
        """,
    ),
    Invariant(
        "I-8 called off",
        "no order is paid after its event was called off",
        """
        SELECT 'order ' || o.code FROM orders_order o
        JOIN journal_fact f ON f.subject_id = o.event_id AND f.kind = 'events.cancelled'
        WHERE o.paid_at > f.at
        """,
    ),
    Invariant(
        "I-9 money settled once",
        "money that came in became tickets of its order, or waits for the rest of the price, or all of it goes back",
        """
        SELECT 'attempt ' || a.id || ' settled as ' || a.settled_as || ', order ' || o.state
        FROM payments_attempt a JOIN orders_order o ON o.id = a.order_id
        LEFT JOIN (SELECT attempt_id, sum(amount_minor) AS n FROM payments_refund GROUP BY attempt_id) r
            ON r.attempt_id = a.id
        WHERE a.state = 'paid' AND NOT (
            (a.settled_as = 'tickets' AND o.state IN ('paid', 'cancelled'))
            OR (a.settled_as = 'part' AND o.state = 'pending')
            OR (a.settled_as = 'refund' AND r.n = a.paid_minor)
        )
        """,
    ),
    Invariant(
        "I-9 paid in full",
        "what came for a paid order, without what was too much, and store credit, are exactly its total",
        """
        SELECT 'order ' || o.id || ' came ' || coalesce(a.n, 0) || ' of ' || o.total_minor
        FROM orders_order o LEFT JOIN (
            SELECT p.order_id, sum(p.paid_minor - coalesce(x.n, 0)) AS n FROM payments_attempt p LEFT JOIN (
                SELECT attempt_id, sum(amount_minor) AS n FROM payments_refund WHERE cause = 'overpaid' GROUP BY 1
            ) x ON x.attempt_id = p.id
            WHERE p.settled_as = 'tickets' GROUP BY p.order_id
        ) a ON a.order_id = o.id
        WHERE o.state = 'paid' AND o.total_minor > 0 AND coalesce(a.n, 0) <> o.total_minor
        """,
    ),
    Invariant(
        "I-10 refunds",
        "never more goes back than came in",
        """
        SELECT 'attempt ' || a.id FROM payments_attempt a
        JOIN payments_refund r ON r.attempt_id = a.id AND r.state <> 'failed'
        GROUP BY a.id, a.paid_minor HAVING sum(r.amount_minor) > coalesce(a.paid_minor, 0)
        """,
    ),
    Invariant(
        "I-10 owed",
        "in every currency the ledger owes back exactly the refunds that are not done, refused ones included",
        """
        SELECT coalesce(l.currency, r.currency) || ' owed ' || coalesce(l.n, 0) || ' refunds ' || coalesce(r.n, 0)
        FROM (
            SELECT a.currency, sum(b.credits_minor - b.debits_minor) AS n
            FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id WHERE a.name = 'refunds_due'
            GROUP BY a.currency
        ) l FULL JOIN (
            SELECT currency, sum(amount_minor) AS n FROM payments_refund WHERE state <> 'done' GROUP BY currency
        ) r ON r.currency = l.currency
        WHERE coalesce(l.n, 0) <> coalesce(r.n, 0)
        """,
    ),
    Invariant(
        "I-16 sums",
        "an order's lines add up to its totals",
        """
        SELECT 'order ' || o.id FROM orders_order o JOIN orders_line l ON l.order_id = o.id GROUP BY o.id
        HAVING sum(l.total_minor) <> o.total_minor OR sum(l.unit_fee_minor * l.quantity) <> o.fee_minor
            OR sum(l.unit_tax_minor * l.quantity) <> o.tax_minor
        """,
    ),
)

LEDGER = (
    Invariant(
        "I-17 balanced",
        "in every currency all balances add up to zero",
        """
        SELECT a.currency || ' is off by ' || sum(b.debits_minor - b.credits_minor)
        FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
        GROUP BY a.currency, a.is_test HAVING sum(b.debits_minor) <> sum(b.credits_minor)
        """,
    ),
    Invariant(
        "I-17 recount",
        "running balances equal the sum of the transfers",
        """
        SELECT 'account ' || a.name || ' ' || a.currency FROM ledger_account a
        LEFT JOIN ledger_balance b ON b.account_id = a.id
        LEFT JOIN (SELECT debit_id AS id, sum(amount_minor) AS n FROM ledger_transfer GROUP BY 1) d ON d.id = a.id
        LEFT JOIN (SELECT credit_id AS id, sum(amount_minor) AS n FROM ledger_transfer GROUP BY 1) c ON c.id = a.id
        WHERE coalesce(b.debits_minor, 0) <> coalesce(d.n, 0) OR coalesce(b.credits_minor, 0) <> coalesce(c.n, 0)
        """,
    ),
    Invariant(
        "I-18 cause",
        "what the ledger took in is what payments say came in",
        """
        SELECT 'attempt ' || a.id FROM payments_attempt a
        LEFT JOIN (
            SELECT group_id, sum(amount_minor) AS n FROM ledger_transfer
            WHERE fact_key LIKE 'payment:%' AND kind IN ('sale', 'fee', 'tax', 'unearned', 'deposit') GROUP BY group_id
        ) t ON t.group_id = a.id
        WHERE coalesce(t.n, 0) <> CASE WHEN a.state = 'paid' THEN a.paid_minor ELSE 0 END
        """,
    ),
    Invariant(
        "I-19 guards",
        "a guarded account never goes below zero",
        """
        SELECT a.name || ' ' || a.currency FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE (a.guard = 'debits<=credits' AND b.debits_minor > b.credits_minor)
           OR (a.guard = 'credits<=debits' AND b.credits_minor > b.debits_minor)
        """,
    ),
    Invariant(
        "I-20 sandbox mirror",
        "the sandbox clearing account holds what the sandbox bank holds for us, less what we have not heard of yet",
        """
        SELECT s.ref FROM sandbox_payment s JOIN payments_attempt a ON a.provider = 'sandbox' AND a.provider_ref = s.ref
        WHERE a.state = 'paid' AND (s.state <> 'paid' OR s.amount_minor <> a.paid_minor)
        """,
    ),
)

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

ALL = (*INVENTORY, *ORDERS, *LEDGER, *DOOR, *JOURNAL)


async def broken(reader: Reader) -> list[Broken]:
    """Every invariant that does not hold now; empty is the only good answer."""
    found = []
    for invariant in ALL:
        rows = await reader.execute(text(f"SELECT * FROM ({invariant.sql}) AS broken LIMIT {MOST}"))  # noqa: S608 - constants
        shown = tuple(str(row[0]) for row in rows)
        if shown:
            found.append(Broken(invariant, shown))
    return found
