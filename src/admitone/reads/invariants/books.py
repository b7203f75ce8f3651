"""Lines of providers' books, disputes, and what both moved in the ledger."""

from admitone.reads.invariants.invariant import Invariant

BOOKS = (
    Invariant(
        "I-20 lines",
        "a line of a provider's books that is about a payment or refund of ours is about one that was made there",
        """
        SELECT m.explained_as || ' ' || m.ref FROM payments_movement m
        LEFT JOIN payments_attempt a ON m.explained_as = 'attempt' AND a.id = m.explained_id
        LEFT JOIN payments_refund r ON m.explained_as = 'refund' AND r.id = m.explained_id
        WHERE m.explained_as IN ('attempt', 'refund')
            AND NOT (coalesce(a.state = 'paid', false) OR coalesce(r.state = 'done', false))
        """,
    ),
    Invariant(
        "I-20 fees",
        "what lines moved in the ledger are their fees, and what only the provider did",
        """
        SELECT 'account ' || m.account_id || ' ' || m.currency FROM (
            SELECT account_id, currency, sum(
                CASE WHEN explained_as IN ('dispute', 'bank', 'fee') THEN amount_minor - fee_minor ELSE -fee_minor END
            ) AS n
            FROM payments_movement
            WHERE explained_as IN ('attempt', 'refund', 'payout', 'dispute', 'bank', 'fee') GROUP BY 1, 2
        ) m LEFT JOIN (
            SELECT CAST(split_part(t.fact_key, ':', 2) AS uuid) AS account_id, t.currency,
                sum(CASE WHEN d.name LIKE 'clearing:%' THEN t.amount_minor ELSE -t.amount_minor END) AS n
            FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id
            WHERE t.fact_key LIKE 'movement:%' GROUP BY 1, 2
        ) l ON l.account_id = m.account_id AND l.currency = m.currency
        WHERE m.n <> coalesce(l.n, 0)
        """,
    ),
    Invariant(
        "I-20 held",
        "disputes that were not won hold no more of a payment than was paid",
        """
        SELECT 'attempt ' || attempt.id FROM payments_dispute AS dispute
        JOIN payments_attempt AS attempt ON attempt.id = dispute.attempt_id
        WHERE dispute.state <> 'won'
        GROUP BY attempt.id HAVING sum(dispute.held_minor) > coalesce(attempt.paid_minor, 0)
        """,
    ),
    Invariant(
        "I-20 disputes",
        "what is held for disputes is what was held and not won, less what banks have taken",
        """
        SELECT coalesce(l.currency, w.currency) || ' held ' || coalesce(l.n, 0) || ' wanted ' || coalesce(w.n, 0)
        FROM (
            SELECT a.currency, sum(b.credits_minor - b.debits_minor) AS n
            FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id WHERE a.name = 'disputes'
            GROUP BY a.currency
        ) l FULL JOIN (
            SELECT currency, sum(n) AS n FROM (
                SELECT currency, held_minor AS n FROM payments_dispute WHERE state <> 'won'
                UNION ALL SELECT currency, amount_minor FROM payments_movement WHERE explained_as = 'dispute'
            ) AS moved GROUP BY currency
        ) w ON w.currency = l.currency
        WHERE coalesce(l.n, 0) <> coalesce(w.n, 0)
        """,
    ),
)
