"""Whatever word a provider has for a payment that failed, the buyer reads a sentence they can act on."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import admitone.payments.providers as providers
from admitone.entrypoints.pages.pay import reasons
from admitone.entrypoints.pages.pay.reasons import KNOWN, reason_words
from admitone.payments import Outcome, Status

_ADAPTERS = Path(providers.__file__).parent
PAYPAL_CAPTURES = (
    "BUYER_COMPLAINT CHARGEBACK ECHECK INTERNATIONAL_WITHDRAWAL OTHER PENDING_REVIEW "
    "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION REFUNDED TRANSACTION_APPROVED_AWAITING_FUNDING UNILATERAL "
    "VERIFICATION_REQUIRED DECLINED_BY_RISK_FRAUD_FILTERS"
)
"""`capture_status_details.reason` in PayPal's OpenAPI document of Orders v2."""
STRIPE_DECLINES = (
    "authentication_required approve_with_id call_issuer card_not_supported card_velocity_exceeded "
    "currency_not_supported do_not_honor do_not_try_again duplicate_transaction expired_card fraudulent "
    "generic_decline incorrect_address incorrect_cvc incorrect_number incorrect_pin incorrect_zip "
    "insufficient_funds invalid_account "
    "invalid_amount invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number invalid_pin "
    "issuer_not_available lost_card merchant_blacklist new_account_information_available no_action_taken not_permitted "
    "offline_pin_required online_or_offline_pin_required pickup_card pin_try_exceeded processing_error "
    "reenter_transaction restricted_card revocation_of_all_authorizations revocation_of_authorization "
    "security_violation service_not_allowed stolen_card stop_payment_order testmode_decline transaction_not_allowed "
    "try_again_later withdrawal_count_limit_exceeded"
)
"""Stripe's table of decline codes."""


def _failed_with(tree: ast.AST) -> Iterator[str]:
    """Every word in the source of an adapter that stands beside `Outcome.FAILED`, or is returned by a `_reason`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            is_failed = name == "_failed" or any(ast.unparse(part) == "Outcome.FAILED" for part in parts)
            if is_failed:
                for part in parts:
                    yield from (
                        one.value
                        for one in ast.walk(part)
                        if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    )
        if isinstance(node, ast.FunctionDef) and node.name == "_reason":
            for one in ast.walk(node):
                if isinstance(one, ast.Return) and one.value is not None:
                    yield from (
                        word.value
                        for word in (
                            [one.value.body, one.value.orelse]
                            if isinstance(one.value, ast.IfExp)
                            else [one.value]
                        )
                        if isinstance(word, ast.Constant) and isinstance(word.value, str)
                    )


def adapter_words() -> set[str]:
    """What our adapters themselves say."""
    return {word for path in _ADAPTERS.rglob("*.py") for word in _failed_with(ast.parse(path.read_text()))}


def test_the_walk_finds_what_adapters_say() -> None:
    assert {
        "email_missing",
        "DECIMALS_NOT_SUPPORTED",
        "VOIDED",
        "declined",
        "insufficient_funds",
        "expired",
    } <= (adapter_words())


@pytest.mark.parametrize(
    "word", sorted(adapter_words() | {*PAYPAL_CAPTURES.split(), *STRIPE_DECLINES.split()})
)
def test_each_word_has_a_sentence_of_its_own_kind(word: str) -> None:
    Status(None, Outcome.FAILED, reason=word)
    assert word.lower() in KNOWN


@pytest.mark.parametrize("word", ["never_heard_of", "status_ongoing", "", "DECLINED", "card-declined"])
def test_no_word_of_a_machine_is_shown(word: str) -> None:
    said = reason_words(word)
    assert said.endswith(".")
    assert "_" not in said


def test_a_word_stands_in_one_place_only() -> None:
    words = [word for lines in reasons._WORDS.values() for line in lines for word in line.split()]
    assert sorted(words) == sorted(set(words))
