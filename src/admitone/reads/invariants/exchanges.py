"""Exchanges of tickets, held against their orders, reversals, tickets and the ledger."""

from admitone.reads.invariants.invariant import Invariant

EXCHANGES = (
    Invariant(
        "exchanges end with their orders",
        "an exchange is open while its order waits, done if it was paid, gone if it was not; so are its units",
        """
        SELECT 'exchange ' || x.order_id || ' ' || x.state || ', order ' || o.state
        FROM orders_exchange x JOIN orders_order o ON o.id = x.order_id
        WHERE x.state <> CASE WHEN o.state = 'pending' THEN 'open' WHEN o.paid_at IS NULL THEN 'gone' ELSE 'done' END
        UNION ALL
        SELECT 'exchange ' || x.order_id || ' unit ' || u.unit FROM orders_exchange x
        JOIN orders_exchange_unit u ON u.order_id = x.order_id WHERE u.is_open <> (x.state = 'open')
        """,
    ),
    Invariant(
        "exchanges stay in the family",
        "an exchange's order has the first order of those it changes, its organiser, currency and kind of money",
        """
        SELECT 'exchange ' || x.order_id FROM orders_exchange x JOIN orders_order o ON o.id = x.order_id
        JOIN orders_order f ON f.id = x.from_order_id
        WHERE o.root_id IS DISTINCT FROM coalesce(f.root_id, f.id) OR o.organiser_id <> f.organiser_id
            OR o.currency <> f.currency OR o.is_test <> f.is_test
        UNION ALL
        SELECT 'order ' || o.id FROM orders_order o JOIN orders_order r ON r.id = o.root_id
        WHERE r.root_id IS NOT NULL OR r.organiser_id <> o.organiser_id OR r.currency <> o.currency
            OR r.is_test <> o.is_test
        """,
    ),
    Invariant(
        "exchanges count once",
        "what counts towards an exchange's order was taken back of the old tickets and not sent back",
        """
        SELECT 'order ' || o.id || ' exchanged ' || o.exchanged_minor FROM orders_order o
        LEFT JOIN orders_exchange x ON x.order_id = o.id LEFT JOIN orders_reversal r ON r.id = x.reversal_id
        WHERE o.exchanged_minor <> CASE WHEN x.order_id IS NULL THEN 0
                ELSE least(o.total_minor, x.worth_minor - x.fee_minor) END
            OR (x.state = 'done' AND (r.exchanged_minor, r.order_id, r.organiser_minor + r.fee_minor + r.tax_minor)
                IS DISTINCT FROM (o.exchanged_minor, x.from_order_id, x.worth_minor - x.fee_minor))
        UNION ALL
        SELECT 'reversal ' || r.id FROM orders_reversal r LEFT JOIN orders_exchange x ON x.reversal_id = r.id
        WHERE r.exchanged_minor > 0 AND x.order_id IS NULL
        """,
    ),
    Invariant(
        "exchanged tickets are dead",
        "an exchange that is done has cancelled exactly its tickets, and there are as many new ones",
        """
        SELECT 'exchange ' || x.order_id || ' unit ' || u.unit FROM orders_exchange x
        JOIN orders_exchange_unit u ON u.order_id = x.order_id
        LEFT JOIN orders_reversal_unit d ON d.reversal_id = x.reversal_id AND d.order_line_id = u.order_line_id
            AND d.unit = u.unit AND d.is_cancelled
        LEFT JOIN tickets_ticket t ON t.id = u.ticket_id
        WHERE x.state = 'done' AND (d.unit IS NULL OR t.state IS DISTINCT FROM 'cancelled')
        UNION ALL
        SELECT 'exchange ' || x.order_id || ' takes ' || u.n || ' gives ' || l.n FROM orders_exchange x
        JOIN (SELECT order_id, count(*) AS n FROM orders_exchange_unit GROUP BY 1) u ON u.order_id = x.order_id
        JOIN (SELECT order_id, sum(quantity) AS n FROM orders_line GROUP BY 1) l ON l.order_id = x.order_id
        WHERE u.n <> l.n
        """,
    ),
    Invariant(
        "exchanges in the ledger",
        "what an exchange counts has moved to the deposits, to the minor unit",
        """
        SELECT 'exchange ' || x.order_id || ' counts ' || r.exchanged_minor || ' moved ' || coalesce(t.n, 0)
        FROM orders_exchange x JOIN orders_reversal r ON r.id = x.reversal_id LEFT JOIN (
            SELECT group_id, sum(amount_minor) AS n FROM ledger_transfer
            WHERE kind IN ('exchange_sale', 'exchange_fee', 'exchange_tax') GROUP BY group_id
        ) t ON t.group_id = r.id
        WHERE coalesce(t.n, 0) <> r.exchanged_minor
        """,
    ),
)
