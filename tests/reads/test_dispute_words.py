"""Reasons of disputes are sentences, whichever provider gives them."""

import pytest

from admitone.reads.dispute_words import dispute_reason

STRIPE = (
    "bank_cannot_process check_returned credit_not_processed customer_initiated debit_not_authorized duplicate "
    "fraudulent incorrect_account_details insufficient_funds product_not_received product_unacceptable "
    "subscription_canceled unrecognized"
)
PAYPAL = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED UNAUTHORISED CREDIT_NOT_PROCESSED "
    "DUPLICATE_TRANSACTION INCORRECT_AMOUNT PAYMENT_BY_OTHER_MEANS CANCELED_RECURRING_BILLING"
)


@pytest.mark.parametrize("word", [*STRIPE.split(), *PAYPAL.split(), "chargeback", "fraud"])
def test_a_known_reason_is_a_sentence_without_the_providers_word(word: str) -> None:
    said = dispute_reason(word)
    assert said.endswith(".")
    assert "_" not in said
    assert "reason given" not in said


def test_an_unknown_reason_is_quoted_and_none_is_said() -> None:
    assert dispute_reason("GENERAL_MISHAP") == "The reason given is “general mishap”."
    assert dispute_reason(None) == dispute_reason("") == "No reason was given."
