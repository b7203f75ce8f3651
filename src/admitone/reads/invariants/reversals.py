"""What was taken back of paid orders, held against orders, tickets and refunds."""

from admitone.reads.invariants.invariant import Invariant

REVERSALS = (
    Invariant(
        "I-10 units",
        "no unit of an order gives back more than was paid for it",
        """
        SELECT 'line ' || l.id || ' unit ' || u.unit FROM orders_reversal_unit u
        JOIN orders_line l ON l.id = u.order_line_id
        GROUP BY l.id, u.unit, l.unit_total_minor, l.unit_tax_minor, l.unit_fee_minor
        HAVING sum(u.price_minor + u.fees_minor) > l.unit_total_minor
            OR sum(u.price_tax_minor + u.fees_tax_minor) > l.unit_tax_minor
            OR sum(u.site_on_top_minor + u.site_inside_minor) > l.unit_fee_minor
        """,
    ),
    Invariant(
        "I-10 reversals",
        "a reversal's amounts are those of its units, and no more was refunded, or counts for other tickets",
        """
        SELECT 'reversal ' || r.id FROM orders_reversal r
        LEFT JOIN (
            SELECT reversal_id, sum(price_minor + fees_minor) AS total,
                sum(price_tax_minor + fees_tax_minor) AS tax, sum(site_on_top_minor + site_inside_minor) AS fee
            FROM orders_reversal_unit GROUP BY reversal_id
        ) u ON u.reversal_id = r.id
        LEFT JOIN (
            SELECT cause, sum(amount_minor) AS n FROM payments_refund WHERE cause LIKE 'reversal:%' GROUP BY cause
        ) p ON p.cause = 'reversal:' || r.id
        WHERE u.total IS DISTINCT FROM r.organiser_minor + r.fee_minor + r.tax_minor
            OR u.tax <> r.tax_minor OR u.fee <> r.fee_minor
            OR (r.sent_to = 'original' AND coalesce(p.n, 0) > u.total - r.exchanged_minor)
        """,
    ),
    Invariant(
        "I-8 cancelled units",
        "a unit that a reversal cancelled has no valid ticket, and its line counts it",
        """
        SELECT 'line ' || l.id FROM orders_line l JOIN (
            SELECT u.order_line_id, count(*) AS n, count(*) FILTER (WHERE t.state = 'valid') AS valid
            FROM orders_reversal_unit u
            LEFT JOIN tickets_ticket t ON t.order_line_id = u.order_line_id AND t.unit = u.unit
            WHERE u.is_cancelled GROUP BY u.order_line_id
        ) c ON c.order_line_id = l.id
        WHERE c.valid > 0 OR c.n > l.cancelled
        """,
    ),
)
