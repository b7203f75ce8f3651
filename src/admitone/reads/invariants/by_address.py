"""Paid by address: an order's UMA invoices all lead to its own invoice, and ask for as much."""

from admitone.reads.invariants.invariant import Invariant

BY_ADDRESS = (
    Invariant(
        "asked by UMA",
        "a UMA invoice of an order asks for what the invoice of its attempt asks for, and for nobody else's",
        """
        SELECT 'UMA invoice ' || made.id FROM payments_uma_invoice AS made
        LEFT JOIN payments_bitcoin_request AS request ON request.attempt_id = made.attempt_id
        WHERE made.attempt_id IS NOT NULL
          AND (request.bolt11 IS NULL OR request.order_id <> made.order_id
               OR request.amount_msat <> made.amount_msat OR request.amount_minor <> made.amount_minor
               OR request.currency <> made.currency)
        """,
    ),
)
