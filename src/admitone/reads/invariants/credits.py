"""Store credit: what its balances say, what was given, used and given back, what the ledger and the orders say."""

from admitone.reads.invariants.invariant import Invariant

CREDITS = (
    Invariant(
        "credit recount",
        "a credit's balance is what was given, less what ended, less what its uses took and did not give back",
        """
        SELECT 'credit ' || c.id || ' has ' || c.balance_minor || ' not '
            || c.given_minor - c.ended_minor - coalesce(u.n, 0)
        FROM payments_credit AS c LEFT JOIN (
            SELECT credit_id, sum(amount_minor - returned_minor) AS n FROM payments_credit_use GROUP BY credit_id
        ) AS u ON u.credit_id = c.id
        WHERE c.balance_minor <> c.given_minor - c.ended_minor - coalesce(u.n, 0) OR c.balance_minor < 0
        """,
    ),
    Invariant(
        "credit in the ledger",
        "what a credit has is what the ledger owes its holder, in its organiser's name, currency and mode",
        """
        SELECT coalesce(l.name, 'credit:' || c.id) || ' owed ' || coalesce(l.n, 0) || ' has '
            || coalesce(c.balance_minor, 0)
        FROM payments_credit AS c FULL JOIN (
            SELECT a.name, a.organiser_id, a.currency, a.is_test, coalesce(b.credits_minor - b.debits_minor, 0) AS n
            FROM ledger_account AS a LEFT JOIN ledger_balance AS b ON b.account_id = a.id WHERE a.name LIKE 'credit:%'
        ) AS l ON l.name = 'credit:' || c.id AND l.currency = c.currency AND l.is_test = c.is_test
            AND l.organiser_id = c.organiser_id
        WHERE coalesce(l.n, 0) <> coalesce(c.balance_minor, 0)
        """,
    ),
    Invariant(
        "gifts in the ledger",
        "an organiser's gifts stand below zero by what their gift codes have left and what waits in unpaid orders",
        """
        SELECT 'organiser ' || coalesce(l.organiser_id, g.organiser_id) || ' ' || coalesce(l.currency, g.currency)
            || ' gifts ' || coalesce(l.n, 0) || ' codes ' || coalesce(g.n, 0)
        FROM (
            SELECT a.organiser_id, a.currency, a.is_test, b.debits_minor - b.credits_minor AS n
            FROM ledger_account AS a JOIN ledger_balance AS b ON b.account_id = a.id
            WHERE a.name LIKE 'organiser:%' AND split_part(a.name, ':', 3) = 'gifts'
        ) AS l FULL JOIN (
            SELECT c.organiser_id, c.currency, c.is_test, sum(c.balance_minor + coalesce(u.n, 0)) AS n
            FROM payments_credit AS c LEFT JOIN (
                SELECT credit_id, sum(amount_minor) AS n FROM payments_credit_use WHERE state = 'set_aside'
                GROUP BY credit_id
            ) AS u ON u.credit_id = c.id
            WHERE c.source = 'gift' GROUP BY 1, 2, 3
        ) AS g ON g.organiser_id = l.organiser_id AND g.currency = l.currency AND g.is_test = l.is_test
        WHERE coalesce(l.n, 0) <> coalesce(g.n, 0)
        """,
    ),
    Invariant(
        "credit and orders",
        "a use is of an order with the credit's organiser, currency and mode, and stands as its order does",
        """
        SELECT 'use ' || u.id || ' ' || u.state || ' order ' || o.state
        FROM payments_credit_use AS u JOIN payments_credit AS c ON c.id = u.credit_id
        JOIN orders_order AS o ON o.id = u.order_id
        WHERE c.organiser_id <> o.organiser_id OR c.currency <> o.currency OR c.is_test <> o.is_test
            OR (u.state = 'set_aside' AND o.state <> 'pending')
            OR (u.state = 'used' AND o.state NOT IN ('paid', 'cancelled'))
        """,
    ),
    Invariant(
        "what lies ready",
        "what lies ready for an order that waits is the parts that came and the credit set aside; expired: nothing",
        """
        SELECT 'order ' || o.id || ' ' || o.state || ' ready ' || o.received_minor || ' parts ' || coalesce(a.n, 0)
            || ' credit ' || coalesce(u.n, 0)
        FROM orders_order AS o
        LEFT JOIN (
            SELECT order_id, sum(paid_minor) AS n FROM payments_attempt WHERE settled_as = 'part' GROUP BY order_id
        ) AS a ON a.order_id = o.id
        LEFT JOIN (
            SELECT order_id, sum(amount_minor) AS n FROM payments_credit_use WHERE state = 'set_aside' GROUP BY order_id
        ) AS u ON u.order_id = o.id
        WHERE (o.state = 'pending' AND o.received_minor <> coalesce(a.n, 0) + coalesce(u.n, 0))
           OR (o.state = 'expired' AND o.received_minor <> 0)
        """,
    ),
    Invariant(
        "I-10 credit",
        "never more of a payment goes back, or becomes store credit, than came in",
        """
        SELECT 'attempt ' || a.id FROM payments_attempt AS a JOIN (
            SELECT attempt_id, sum(amount_minor) AS n FROM payments_credit_part GROUP BY attempt_id
        ) AS c ON c.attempt_id = a.id LEFT JOIN (
            SELECT attempt_id, sum(amount_minor) AS n FROM payments_refund GROUP BY attempt_id
        ) AS r ON r.attempt_id = a.id
        WHERE c.n + coalesce(r.n, 0) > coalesce(a.paid_minor, 0)
        UNION ALL
        SELECT 'credit ' || c.id FROM payments_credit AS c LEFT JOIN (
            SELECT credit_id, sum(amount_minor) AS n FROM payments_credit_part GROUP BY credit_id
        ) AS p ON p.credit_id = c.id
        WHERE coalesce(p.n, 0) <> CASE c.source WHEN 'refund' THEN c.given_minor ELSE 0 END
        """,
    ),
    Invariant(
        "I-10 credit taken",
        "what banks took of the payments behind a credit ends as far as it is there, and is not more than they took",
        """
        SELECT 'credit ' || c.id || ' taken ' || c.taken_minor || ' ended ' || c.ended_minor
        FROM payments_credit AS c LEFT JOIN (
            SELECT credit_id, sum(taken_minor) AS n FROM payments_credit_part GROUP BY credit_id
        ) AS p ON p.credit_id = c.id
        WHERE c.taken_minor <> coalesce(p.n, 0)
            OR (c.source = 'refund' AND c.balance_minor > 0 AND c.ended_minor <> c.taken_minor)
        UNION ALL
        SELECT 'attempt ' || p.attempt_id FROM (
            SELECT attempt_id, sum(taken_minor) AS n FROM payments_credit_part GROUP BY attempt_id
        ) AS p LEFT JOIN (
            SELECT attempt_id, sum(held_minor) AS n FROM payments_dispute WHERE state = 'lost' GROUP BY attempt_id
        ) AS d ON d.attempt_id = p.attempt_id
        WHERE p.n > coalesce(d.n, 0)
        """,
    ),
)
