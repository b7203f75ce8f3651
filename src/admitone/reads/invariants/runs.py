"""Runs over many orders, and approvals."""

from admitone.reads.invariants.invariant import Invariant

RUNS = (
    Invariant(
        "I-10 runs",
        "a run's counts are those of its items, and a run that took a cancelled event back to its end left no order",
        """
        SELECT 'run ' || r.id FROM orders_bulk_run r LEFT JOIN (
            SELECT run_id, count(*) FILTER (WHERE outcome = 'done') AS done,
                count(*) FILTER (WHERE outcome = 'skipped') AS skipped,
                count(*) FILTER (WHERE outcome = 'failed') AS failed
            FROM orders_bulk_item GROUP BY run_id
        ) i ON i.run_id = r.id
        WHERE coalesce(i.done, 0) <> r.done OR coalesce(i.skipped, 0) <> r.skipped OR coalesce(i.failed, 0) <> r.failed
           OR (r.state = 'done' AND r.kind = 'cancel_event' AND r.failed = 0 AND EXISTS (
               SELECT FROM orders_order o WHERE o.event_id = r.event_id AND o.state IN ('pending', 'paid')))
        """,
    ),
    Invariant(
        "I-10 run refunds",
        "what a run gave back of an order, as it noted it, is what was refunded for it or kept as credit",
        """
        SELECT 'run ' || i.run_id || ' order ' || i.order_id FROM orders_bulk_item i
        LEFT JOIN orders_reversal v ON v.id = i.reversal_id
        LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS n FROM payments_refund WHERE cause = 'event_cancelled' GROUP BY 1
        ) r ON r.order_id = i.order_id
        WHERE i.outcome = 'done' AND i.amount_minor > 0 AND i.amount_minor > CASE
            WHEN i.reversal_id IS NULL THEN coalesce(r.n, 0)
            ELSE coalesce(v.organiser_minor + v.fee_minor + v.tax_minor, 0) END
        """,
    ),
    Invariant(
        "I-31 four eyes",
        "nobody approved what they had asked for themselves",
        """
        SELECT 'approval ' || id FROM accounts_approval
        WHERE state IN ('approved', 'done') AND (decided_by IS NULL OR decided_by = asked_by)
        """,
    ),
)
