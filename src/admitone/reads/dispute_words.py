"""Why a buyer's bank wants money back, in plain words: the reasons of Stripe, PayPal and Paystack."""

from typing import Final

_NOT_THEIRS: Final = "The buyer says they did not make this payment."
_NOT_RECEIVED: Final = "The buyer says they did not get what they paid for."
_NOT_AS_SAID: Final = "The buyer says it was not what was described."
_TWICE: Final = "The buyer says they paid twice."
_OWED_BACK: Final = "The buyer says they were promised this money back."
_NOT_WANTED: Final = "The buyer says they had cancelled."
_BANK: Final = "The bank could not take the money from the buyer's account."

_WORDS: Final = {
    # Bitcoin: nobody opened it.
    "undone": "The Bitcoin network took back the block that this payment was in.",
    # Stripe: the `reason` of a dispute.
    "fraudulent": _NOT_THEIRS,
    "unrecognized": "The buyer does not recognise this payment on their statement.",
    "debit_not_authorized": _NOT_THEIRS,
    "product_not_received": _NOT_RECEIVED,
    "product_unacceptable": _NOT_AS_SAID,
    "duplicate": _TWICE,
    "credit_not_processed": _OWED_BACK,
    "subscription_canceled": _NOT_WANTED,
    "customer_initiated": "The buyer asked their bank for the money back.",
    "insufficient_funds": _BANK,
    "incorrect_account_details": _BANK,
    "bank_cannot_process": _BANK,
    "check_returned": _BANK,
    # PayPal: the `reason` of a case.
    "unauthorised": _NOT_THEIRS,
    "merchandise_or_service_not_received": _NOT_RECEIVED,
    "merchandise_or_service_not_as_described": _NOT_AS_SAID,
    "duplicate_transaction": _TWICE,
    "canceled_recurring_billing": _NOT_WANTED,
    "incorrect_amount": "The buyer says it was another amount.",
    "payment_by_other_means": "The buyer says they paid in another way as well.",
    # Paystack: the `category` of a dispute.
    "fraud": _NOT_THEIRS,
    "chargeback": "The buyer asked their bank for the money back.",
}


def dispute_reason(word: str | None) -> str:
    """The provider's word as a sentence; a word nobody knows is quoted, none is "No reason was given."."""
    if not word:
        return "No reason was given."
    known = _WORDS.get(word.lower().replace("-", "_"))
    return known or f"The reason given is “{word.replace('_', ' ').lower()}”."
