"""The ledger: balanced, caused, guarded, and the same as what payments say."""

from admitone.reads.invariants.invariant import Invariant

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
