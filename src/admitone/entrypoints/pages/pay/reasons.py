"""Why a payment failed, in plain words for the buyer, whatever word its provider has for it.

Providers have hundreds of words and invent new ones; each is one of a few things a buyer can act on. Sources of the
words: the adapters; Stripe's decline codes and error codes; PayPal's `status_details.reason` of captures and the issues
of its Orders API; Paystack's error codes.
"""

from typing import Final

_DECLINED: Final = "The bank refused the payment. Try another card, or ask your bank."
_MONEY: Final = "The account has not enough money on it, or the payment is above its limit."
_EXPIRED: Final = "The payment was not finished in time."
_GIVEN_UP: Final = "The payment was given up."
_TYPED: Final = (
    "Something about the card was typed wrong, or the card has expired. Please check it and try again."
)
_PROVE: Final = "Your bank wanted you to confirm the payment, and that did not succeed. Please try again."
_OURS: Final = "This way of paying does not work here at the moment. Please choose another one."
_CANNOT: Final = "This way of paying cannot take this amount. Please choose another one."
_EMAIL: Final = "This way of paying needs an e-mail address that it accepts. Please choose another one."
_NEVER: Final = "The payment was never started at the bank."
_ELSE: Final = "The payment did not go through. Please try again, or choose another way to pay."

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    _MONEY: (
        "insufficient_funds card_velocity_exceeded withdrawal_count_limit_exceeded transaction_limit_exceeded",
        "payer_cannot_pay amount_too_large debit_not_authorized daily_limit_exceeded",
    ),
    _EXPIRED: ("expired payment_intent_payment_attempt_expired order_expired pay_until_passed abandoned",),
    _GIVEN_UP: (
        "cancelled canceled requested_by_customer voided payer_action_required order_not_approved automatic",
    ),
    _TYPED: (
        "expired_card incorrect_cvc invalid_cvc incorrect_number invalid_number invalid_expiry_month",
        "invalid_expiry_year incorrect_zip incorrect_address incorrect_pin invalid_pin pin_try_exceeded card_expired",
        "invalid_account card_closed validation_error postal_code_invalid",
    ),
    _PROVE: (
        "authentication_required payment_intent_authentication_failure setup_intent_authentication_failure",
        "online_or_offline_pin_required offline_pin_required authentication_failure approve_with_id",
        "payment_intent_action_required payer_authentication_required three_d_secure_failed",
    ),
    _OURS: (
        "bad_credentials invalid_key authentication_failed unauthorized not_authorized permission_denied",
        "other_mode other_account invalid_client transfers_not_active account_invalid testmode_decline",
        "testmode_charges_only live_mode_test_card platform_api_key_expired api_key_expired secret_key_required",
        "payee_account_restricted payee_account_locked_or_closed payee_account_invalid payee_not_enabled_for_card",
        "receiving_preference_mandates_manual_action unilateral chargeback feature_unavailable",
        "country_unsupported unsupported_currency domestic_transaction_required merchant_blacklist invalid_params",
        "currency_not_supported_for_card_type regulatory_withholding regulatory_blocked invalid_request",
        "compliance_violation payee_country_not_supported unverified_seller no_permission",
        "no_such_payment internal_service_error internal_server_error",
    ),
    _CANNOT: (
        "decimals_not_supported decimal_precision amount_too_small too_small amount_not_payable invalid_amount",
        "currency_not_supported max_value_exceeded cannot_be_zero_or_negative amount_mismatch minimum_amount",
    ),
    _NEVER: ("not_found",),
    _EMAIL: ("email_missing email_invalid invalid_email",),
    _DECLINED: (
        "declined card_declined generic_decline do_not_honor call_issuer approve_with_id_declined do_not_try_again",
        "fraudulent lost_card stolen_card pickup_card restricted_card revocation_of_all_authorizations failed",
        "revocation_of_authorization security_violation service_not_allowed stop_payment_order no_action_taken",
        "transaction_not_allowed try_again_later reenter_transaction processing_error issuer_not_available",
        "not_permitted new_account_information_available invalid_amount_for_card card_not_supported",
        "currency_not_supported_by_card duplicate_transaction instrument_declined buyer_complaint refunded",
        "other pending_review transaction_refused payer_account_restricted payer_account_locked_or_closed",
        "transaction_approved_awaiting_funding verification_required echeck international_withdrawal",
        "declined_by_risk_fraud_filters denied reversed refused credit_card_refused",
        "transaction_blocked_by_payee",
    ),
}
KNOWN: Final = {word: words for words, lines in _WORDS.items() for line in lines for word in line.split()}
"""What is said for each word, in small letters."""


def reason_words(reason: str) -> str:
    """What a buyer is told of a payment that failed for this reason; of a word nobody has seen, what is always true."""
    return KNOWN.get(reason.lower().replace("-", "_"), _ELSE)
