"""Bitcoin: what was asked for is what the attempt is for, and what was let go is never money."""

from admitone.reads.invariants.invariant import Invariant

BITCOIN = (
    Invariant(
        "I-27",
        "a held payment is decided, and that carried out, in time; let go, it is not paid; taken, it did not go back",
        """
        SELECT 'attempt ' || attempt.id FROM payments_held AS held
        JOIN payments_attempt AS attempt ON attempt.id = held.attempt_id
        WHERE (attempt.state = 'paid' AND (NOT held.is_taken OR held.outcome = 'gone'))
           OR (held.outcome = 'taken' AND NOT held.is_taken)
        UNION ALL
        -- So long an order waits whose payment is being taken (flows/held_payments); then somebody else has its places.
        SELECT 'not carried out: attempt ' || attempt.id FROM payments_held AS held
        JOIN payments_attempt AS attempt ON attempt.id = held.attempt_id
        WHERE coalesce(held.closed_at, held.decided_at) < clock_timestamp() - interval '15 minutes'
          AND attempt.state NOT IN ('paid', 'failed') AND held.outcome IS DISTINCT FROM 'gone'
        UNION ALL
        -- What is held came before its invoice ended.
        SELECT 'undecided: attempt ' || attempt.id FROM payments_attempt AS attempt
        JOIN payments_bitcoin_request AS request ON request.attempt_id = attempt.id AND request.is_hold
        WHERE attempt.state = 'seen' AND request.expires_at < clock_timestamp() - interval '15 minutes'
          AND NOT EXISTS (SELECT FROM payments_held AS held WHERE held.attempt_id = attempt.id)
        """,
    ),
    Invariant(
        "asked in bitcoin",
        "an invoice or address asks for the price of its attempt, at a quote of the same order and currency",
        """
        SELECT 'request ' || request.attempt_id FROM payments_bitcoin_request AS request
        LEFT JOIN payments_attempt AS attempt ON attempt.id = request.attempt_id
        LEFT JOIN payments_bitcoin_quote AS quote ON quote.id = request.quote_id
        WHERE attempt.id IS NULL OR attempt.account_id <> request.account_id
           OR attempt.order_id <> request.order_id OR attempt.currency <> request.currency
           OR attempt.amount_minor <> request.amount_minor
           OR quote.order_id <> request.order_id OR quote.currency <> request.currency
        """,
    ),
    Invariant(
        "credited on the chain",
        "what came to an address settles an attempt of its order and account for what it is worth; nothing else does",
        """
        SELECT 'credit ' || credit.txid || ':' || credit.vout FROM payments_bitcoin_credit AS credit
        JOIN payments_bitcoin_request AS request ON request.attempt_id = credit.attempt_id
        LEFT JOIN payments_attempt AS attempt ON attempt.id = credit.given_to
        WHERE credit.given_to IS NOT NULL
          AND (attempt.id IS NULL OR attempt.account_id <> credit.account_id OR attempt.order_id <> request.order_id
               OR (attempt.state = 'paid' AND attempt.paid_minor <> (
                   SELECT sum(beside.worth_minor) FROM payments_bitcoin_credit AS beside
                   WHERE beside.given_to = credit.given_to AND beside.account_id = credit.account_id)))
        UNION ALL
        SELECT 'attempt ' || attempt.id FROM payments_bitcoin_request AS request
        JOIN payments_attempt AS attempt ON attempt.id = request.attempt_id AND attempt.state = 'paid'
        WHERE request.rail = 'onchain'
          AND NOT EXISTS (SELECT FROM payments_bitcoin_credit AS credit WHERE credit.given_to = attempt.id)
        """,
    ),
    Invariant(
        "sent back in bitcoin",
        "a refund in bitcoin is done only when it was sent, by the account that was paid, and with the payee's proof,"
        " or when its payment was lost and it was not sent, or so much of it that the rest is too little to send",
        """
        SELECT 'refund ' || sending.refund_id FROM payments_bitcoin_sending AS sending
        LEFT JOIN payments_refund AS refund ON refund.id = sending.refund_id
        LEFT JOIN payments_attempt AS attempt ON attempt.id = sending.attempt_id
        WHERE refund.id IS NULL OR refund.attempt_id <> sending.attempt_id
           OR refund.amount_minor <> sending.amount_minor OR refund.currency <> sending.currency
           OR attempt.account_id <> sending.account_id
           OR (refund.state = 'done' AND sending.state <> (CASE WHEN refund.provider_ref LIKE 'dispute:%'
               OR (refund.provider_ref LIKE 'kept:%' AND sending.reason = 'too_small_to_send')
               THEN 'failed' ELSE 'sent' END))
           OR encode(sha256(sending.proof), 'hex') <> sending.payment_hash
        """,
    ),
    Invariant(
        "no more back in bitcoin",
        "what goes back of a payment in bitcoin is not more than was paid",
        """
        SELECT 'attempt ' || attempt.id FROM payments_bitcoin_sending AS sending
        JOIN payments_attempt AS attempt ON attempt.id = sending.attempt_id
        GROUP BY attempt.id HAVING sum(sending.amount_minor) > coalesce(attempt.paid_minor, 0)
        """,
    ),
)
