"""Invoices, credit notes and receipts, held against orders and what went back of them.

Documents are written after the fact, and what was missed is caught up with within the hour, so what must be there is
asked of facts older than two hours only.
"""

from admitone.reads.invariants.invariant import Invariant

DOCUMENTS = (
    Invariant(
        "documents without a gap",
        "the documents of an organiser, kind and year are numbered from 1 to the last number given",
        """
        SELECT concat_ws(' ', c.organiser_id, c.kind, c.year, c.is_test) FROM invoices_counter c
        LEFT JOIN (
            SELECT organiser_id, kind, year, is_test, count(*) AS n, max(number) AS last
            FROM invoices_document GROUP BY 1, 2, 3, 4
        ) d USING (organiser_id, kind, year, is_test)
        WHERE c.last_number <> coalesce(d.n, 0) OR c.last_number <> coalesce(d.last, 0)
        UNION ALL
        SELECT 'no counter for ' || d.number_text FROM invoices_document d
        LEFT JOIN invoices_counter c USING (organiser_id, kind, year, is_test) WHERE c.kind IS NULL
        """,
    ),
    Invariant(
        "a document for every sale",
        "a paid order has one invoice that was not withdrawn, or a receipt",
        """
        SELECT 'order ' || o.id FROM orders_order o
        LEFT JOIN invoices_document d ON d.order_id = o.id AND d.kind IN ('invoice', 'receipt')
            AND NOT EXISTS (SELECT FROM invoices_document w WHERE w.cause = 'withdrawn:' || d.id)
        WHERE o.paid_at < clock_timestamp() - interval '2 hours' AND o.total_minor > 0
        GROUP BY o.id HAVING count(d.id) FILTER (WHERE d.kind = 'invoice') > 1 OR count(d.id) = 0
        """,
    ),
    Invariant(
        "documents' totals",
        "an invoice or receipt is over the order's price, and an invoice over its tax",
        """
        SELECT d.number_text FROM invoices_document d JOIN orders_order o ON o.id = d.order_id
        WHERE d.kind IN ('invoice', 'receipt') AND (d.gross_minor <> o.total_minor OR d.currency <> o.currency
            OR d.is_test <> o.is_test OR (d.kind = 'invoice' AND d.tax_minor <> o.tax_minor))
        """,
    ),
    Invariant(
        "what went back is credited",
        "a reversal of an invoiced order has a credit note over its amount and its tax",
        """
        SELECT 'reversal ' || r.id FROM orders_reversal r
        LEFT JOIN invoices_document n ON n.cause = 'reversal:' || r.id
        WHERE (n.id IS NOT NULL AND (n.gross_minor <> r.organiser_minor + r.fee_minor + r.tax_minor
                OR n.tax_minor <> r.tax_minor))
            OR (n.id IS NULL AND r.at < clock_timestamp() - interval '2 hours'
                AND r.organiser_minor + r.fee_minor + r.tax_minor > 0
                AND EXISTS (SELECT FROM invoices_document i WHERE i.order_id = r.order_id AND i.kind = 'invoice'))
        """,
    ),
    Invariant(
        "what went back has a receipt",
        "a reversal of an order that has a receipt only has a receipt of refund over its amount",
        """
        SELECT 'reversal ' || r.id FROM orders_reversal r
        LEFT JOIN invoices_document n ON n.cause = 'refunded:' || r.id
        WHERE (n.id IS NOT NULL AND n.gross_minor <> r.organiser_minor + r.fee_minor + r.tax_minor)
            OR (n.id IS NULL AND r.at < clock_timestamp() - interval '2 hours'
                AND r.organiser_minor + r.fee_minor + r.tax_minor > 0
                AND EXISTS (SELECT FROM invoices_document i WHERE i.order_id = r.order_id AND i.kind = 'receipt')
                AND NOT EXISTS (SELECT FROM invoices_document i WHERE i.order_id = r.order_id AND i.kind = 'invoice'))
        """,
    ),
    Invariant(
        "the rest is credited",
        "the credit note, or receipt of refund, of an order that was taken back is over what had not gone back before",
        """
        SELECT n.number_text FROM invoices_document n
        WHERE n.cause IN ('undone:' || n.order_id, 'refunded_rest:' || n.order_id) AND n.gross_minor <> (
            SELECT sum(l.unit_total_minor * (l.quantity - l.cancelled)) FROM orders_line l
            WHERE l.order_id = n.order_id
        ) - coalesce((
            SELECT sum(u.minor) FROM (
                SELECT sum(u.price_minor + u.fees_minor) AS minor, bool_or(u.is_cancelled) AS is_cancelled
                FROM orders_reversal_unit u JOIN orders_line l ON l.id = u.order_line_id
                WHERE l.order_id = n.order_id GROUP BY u.order_line_id, u.unit
            ) u WHERE NOT u.is_cancelled
        ), 0)
        """,
    ),
    Invariant(
        "never credited more",
        "what takes an invoice or a receipt back is of its kind, and not more than it",
        """
        SELECT i.number_text FROM invoices_document i JOIN invoices_document n ON n.cancels_id = i.id
        GROUP BY i.id HAVING sum(n.gross_minor) > i.gross_minor
            OR bool_or((n.kind, i.kind) NOT IN (('credit_note', 'invoice'), ('refund_receipt', 'receipt')))
        """,
    ),
)
