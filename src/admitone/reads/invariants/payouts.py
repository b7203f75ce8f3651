"""Payouts, releases, and what both moved in the ledger."""

from admitone.reads.invariants.invariant import Invariant

PAYOUTS = (
    Invariant(
        "I-18 payouts",
        "each payout moved what its state says: out of available with the yes, away if it arrived, else back",
        """
        SELECT 'payout ' || coalesce(p.id, t.group_id) FROM payouts_payout p
        FULL JOIN (
            SELECT group_id, coalesce(sum(amount_minor) FILTER (WHERE kind = 'payout'), 0) AS begun,
                coalesce(sum(amount_minor) FILTER (WHERE kind = 'payout_sent'), 0)
                    - coalesce(sum(amount_minor) FILTER (WHERE kind = 'payout_returned'), 0) AS sent,
                coalesce(sum(amount_minor) FILTER (WHERE kind = 'payout_back'), 0) AS back
            FROM ledger_transfer WHERE kind IN ('payout', 'payout_sent', 'payout_returned', 'payout_back')
            GROUP BY group_id
        ) t ON t.group_id = p.id
        WHERE p.id IS NULL
            OR coalesce(t.begun, 0) <> CASE WHEN p.state IN ('asked', 'declined') THEN 0 ELSE p.amount_minor END
            OR coalesce(t.sent, 0) <> CASE WHEN p.state = 'done' THEN p.amount_minor ELSE 0 END
            OR coalesce(t.back, 0) <> CASE WHEN p.state = 'failed' THEN p.amount_minor ELSE 0 END
        """,
    ),
    Invariant(
        "I-18 in transit",
        "what is in transit is what payouts are on their way",
        """
        SELECT coalesce(l.currency, w.currency) || ' in transit ' || coalesce(l.n, 0) || ' on its way '
            || coalesce(w.n, 0)
        FROM (
            SELECT a.currency, a.is_test, sum(b.credits_minor - b.debits_minor) AS n
            FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id WHERE a.name = 'payouts_in_transit'
            GROUP BY 1, 2
        ) l FULL JOIN (
            SELECT currency, is_test, sum(amount_minor) AS n FROM payouts_payout WHERE state = 'sending' GROUP BY 1, 2
        ) w ON w.currency = l.currency AND w.is_test = l.is_test
        WHERE coalesce(l.n, 0) <> coalesce(w.n, 0)
        """,
    ),
    Invariant(
        "I-18 releases",
        "what became available or was set off is what releases say, and what is kept back are reserves that go on",
        """
        SELECT 'release ' || coalesce(r.id, t.group_id) FROM payouts_release r
        FULL JOIN (
            SELECT group_id,
                sum(amount_minor * CASE kind
                    WHEN 'release' THEN 1 WHEN 'release_reserve' THEN 1 WHEN 'release_back' THEN -1
                    ELSE 0 END) AS earned,
                sum(amount_minor * CASE kind
                    WHEN 'release_tax' THEN 1 WHEN 'release_tax_back' THEN -1 ELSE 0 END) AS tax,
                sum(amount_minor * CASE kind WHEN 'release_reserve' THEN 1 ELSE 0 END) AS reserved,
                sum(amount_minor * CASE kind WHEN 'release_reserved' THEN 1 ELSE 0 END) AS ended
            FROM ledger_transfer WHERE kind LIKE 'release%' GROUP BY group_id
        ) t ON t.group_id = r.id
        WHERE r.id IS NULL OR t.group_id IS NULL OR t.earned <> r.earned_minor OR t.tax <> r.tax_minor
            OR t.reserved <> r.reserved_minor
            OR t.ended <> CASE WHEN r.reserve_ended_at IS NULL THEN 0 ELSE r.reserved_minor END
        """,
    ),
    Invariant(
        "I-22 rounding",
        "each conversion leaves at most one minor unit over",
        """
        SELECT 'conversion ' || group_id FROM ledger_transfer
        WHERE kind IN ('rounding', 'rounding_lost') AND fact_key LIKE '%:' || currency || ':' || kind
        GROUP BY group_id, currency HAVING sum(amount_minor) > 1
        """,
    ),
    Invariant(
        "I-18 sandbox payouts",
        "what the sandbox bank sent out is a payout of ours, once, of the same amount",
        """
        SELECT s.ref FROM sandbox_payout s LEFT JOIN payouts_payout p ON CAST(p.id AS text) = s.merchant_key
        WHERE p.id IS NULL OR p.amount_minor <> s.amount_minor OR p.currency <> s.currency
            OR p.state NOT IN ('sending', 'done')
        """,
    ),
)
