"""Orders, their tickets and the money that came for them and went back."""

from admitone.reads.invariants.invariant import Invariant

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
        JOIN (
            SELECT subject_id, min(at) AS at FROM journal_fact WHERE kind = 'events.cancelled' GROUP BY subject_id
        ) f ON f.subject_id = o.event_id
        WHERE o.paid_at > f.at
        """,
    ),
    Invariant(
        "I-9 money settled once",
        "money that came in became tickets of its order, or waits for the rest of the price, or all of it goes back"
        " that others have not taken",
        """
        SELECT 'attempt ' || a.id || ' settled as ' || a.settled_as || ', order ' || o.state
        FROM payments_attempt a JOIN orders_order o ON o.id = a.order_id
        LEFT JOIN (SELECT attempt_id, sum(amount_minor) AS n FROM payments_refund GROUP BY attempt_id) r
            ON r.attempt_id = a.id
        LEFT JOIN (
            SELECT attempt_id, sum(held_minor) AS n FROM payments_dispute WHERE state = 'lost' GROUP BY attempt_id
        ) l ON l.attempt_id = a.id
        WHERE a.state = 'paid' AND NOT (
            (a.settled_as = 'tickets' AND o.state IN ('paid', 'cancelled'))
            OR (a.settled_as = 'part' AND o.state = 'pending')
            OR (a.settled_as = 'refund' AND r.n <= a.paid_minor AND r.n >= a.paid_minor - coalesce(l.n, 0))
        )
        """,
    ),
    Invariant(
        "I-9 paid in full",
        "what came for a paid order, without what was too much, store credit and exchanged tickets are its total; of"
        " what was too much others may have taken some",
        """
        SELECT 'order ' || o.id || ' came ' || coalesce(a.n, 0) || ' credit ' || coalesce(u.n, 0) || ' of '
            || o.total_minor
        FROM orders_order o LEFT JOIN (
            SELECT p.order_id, sum(p.paid_minor - coalesce(x.n, 0)) AS n FROM payments_attempt p LEFT JOIN (
                SELECT attempt_id, sum(amount_minor) AS n FROM payments_refund WHERE cause = 'overpaid' GROUP BY 1
            ) x ON x.attempt_id = p.id
            WHERE p.settled_as = 'tickets' GROUP BY p.order_id
        ) a ON a.order_id = o.id
        LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS n FROM payments_credit_use WHERE state = 'used' GROUP BY order_id
        ) u ON u.order_id = o.id
        LEFT JOIN (
            SELECT order_id, sum(held_minor) AS n FROM payments_dispute WHERE state = 'lost' GROUP BY order_id
        ) l ON l.order_id = o.id
        WHERE o.state = 'paid' AND o.total_minor > 0 AND coalesce(a.n, 0) + coalesce(u.n, 0) + o.exchanged_minor
            NOT BETWEEN o.total_minor AND o.total_minor + coalesce(l.n, 0)
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
