"""Connected wallets: what one is asked to pay is the one invoice of an attempt, of the order it says."""

from admitone.reads.invariants.invariant import Invariant

CONNECTED = (
    Invariant(
        "paid by a wallet",
        "a connected wallet is asked to pay the invoice of its attempt and no other, while it is connected",
        """
        SELECT 'wallet payment ' || asked.attempt_id FROM payments_wallet_payment AS asked
        LEFT JOIN payments_bitcoin_request AS request ON request.attempt_id = asked.attempt_id
        LEFT JOIN payments_wallet_connection AS connection ON connection.id = asked.connection_id
        WHERE request.attempt_id IS NULL OR request.bolt11 IS DISTINCT FROM asked.bolt11
           OR request.payment_hash IS DISTINCT FROM asked.payment_hash OR request.order_id <> asked.order_id
           OR request.amount_msat <> asked.amount_msat OR asked.asked_at < connection.connected_at
           OR asked.asked_at > connection.ended_at
        """,
    ),
)
