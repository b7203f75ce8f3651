"""Money that people saw: what they wrote down is what payments, statements and refunds say."""

from admitone.reads.invariants.invariant import Invariant

RECEIVED = (
    Invariant(
        "received money is paid",
        "a payment by transfer or at the door is what somebody wrote down that came, no more and no less",
        """
        SELECT 'attempt ' || attempt.id FROM payments_attempt AS attempt
        LEFT JOIN payments_received AS came ON came.attempt_id = attempt.id
        WHERE attempt.provider IN ('bank', 'door') AND attempt.state = 'paid'
          AND (came.id IS NULL OR came.amount_minor <> attempt.paid_minor OR came.currency <> attempt.paid_currency
               OR came.account_id <> attempt.account_id)
        UNION ALL
        SELECT 'received ' || came.id FROM payments_received AS came
        LEFT JOIN payments_attempt AS attempt ON attempt.id = came.attempt_id WHERE attempt.id IS NULL
        """,
    ),
    Invariant(
        "a line pays once",
        "a matched line of a statement is one payment of its amount, and money from a statement has its line",
        """
        SELECT 'line ' || line.id FROM statements_line AS line
        FULL JOIN payments_received AS came ON came.source = 'line:' || line.id
        WHERE (line.attempt_id IS NOT NULL OR came.source LIKE 'line:%')
          AND (line.id IS NULL OR came.id IS NULL OR came.attempt_id <> line.attempt_id
               OR came.amount_minor <> line.amount_minor OR came.currency <> line.currency)
        """,
    ),
    Invariant(
        "sent by hand",
        "a refund by transfer or at the door is done when somebody sent it, and never more is sent than came",
        """
        SELECT 'refund ' || refund.id FROM payments_refund AS refund
        JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id AND attempt.provider IN ('bank', 'door')
        LEFT JOIN payments_sending AS sending ON sending.refund_id = refund.id
        WHERE refund.state = 'done' AND (sending.sent_at IS NULL OR sending.amount_minor <> refund.amount_minor)
        UNION ALL
        SELECT 'attempt ' || came.attempt_id FROM payments_received AS came
        JOIN payments_sending AS sending ON sending.attempt_id = came.attempt_id
        GROUP BY came.attempt_id, came.amount_minor HAVING sum(sending.amount_minor) > came.amount_minor
        """,
    ),
)
