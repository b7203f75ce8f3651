"""What a Checkout Session or a payment intent means for us, and whether it is ours at all."""

from collections.abc import Mapping
from uuid import UUID

from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.provider import Outcome, Status
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.amounts import NotPayable, from_stripe
from admitone.payments.providers.stripe.answers import NoAnswer
from admitone.values import currencies

Paid = wire.Session | wire.Intent
_INTENT = {
    "requires_payment_method": Outcome.PENDING,
    "requires_confirmation": Outcome.PENDING,
    "requires_action": Outcome.PENDING,
    "processing": Outcome.SEEN,
    "requires_capture": Outcome.SEEN,
    "succeeded": Outcome.PAID,
    "canceled": Outcome.FAILED,
}


def status_of(payment: Paid, sheet: AccountSheet) -> Status:
    """What is known now. A payment of the other mode or of another account of ours is UNKNOWN here."""
    strange = _strange(payment, sheet)
    if strange is not None:
        return Status(payment.id, Outcome.UNKNOWN, reason=strange)
    return _session(payment) if isinstance(payment, wire.Session) else _intent(payment)


def is_ours(payment: Paid, sheet: AccountSheet) -> bool:
    """Whether this program started it, for this account, in this mode."""
    return _strange(payment, sheet) is None


def _strange(payment: Paid, sheet: AccountSheet) -> str | None:
    if payment.livemode != (sheet.mode is Mode.LIVE):
        return "other_mode"
    return None if names_account(payment.metadata, sheet) else "other_account"


def names_account(metadata: Mapping[str, str] | None, sheet: AccountSheet) -> bool:
    """Whether these words were written by this program for this account."""
    return (metadata or {}).get(wire.ACCOUNT) == str(sheet.id)


def _session(session: wire.Session) -> Status:
    attempt_id = attempt_of(session)
    intent = session.payment_intent
    if isinstance(intent, wire.Intent) and session.status != "open":
        told = _intent(intent)
        if session.status == "expired" and told.outcome is Outcome.PENDING:
            return Status(session.id, Outcome.FAILED, reason=_why(intent, "expired"), attempt_id=attempt_id)
        if session.status == "complete" and told.outcome is Outcome.PENDING:
            # The page is done with, and what was to come later (a debit) did not come.
            failed = intent.last_payment_error is not None
            outcome = Outcome.FAILED if failed else Outcome.SEEN
            return Status(session.id, outcome, reason=_why(intent, "processing"), attempt_id=attempt_id)
        return Status(session.id, told.outcome, told.paid_minor, told.currency, told.reason, attempt_id)
    if session.status == "open":
        return Status(session.id, Outcome.PENDING, attempt_id=attempt_id)
    if session.status == "expired":
        return Status(session.id, Outcome.FAILED, reason="expired", attempt_id=attempt_id)
    # Complete, and the intent that says what came was not in the answer.
    raise NoAnswer("unreadable")


def _intent(intent: wire.Intent) -> Status:
    outcome = _INTENT.get(intent.status)
    if outcome is None:
        raise NoAnswer("unreadable")
    attempt_id = attempt_of(intent)
    if outcome is Outcome.PAID:
        paid_minor, currency = money(intent.amount_received, intent.currency)
        return Status(intent.id, outcome, paid_minor, currency, attempt_id=attempt_id)
    default = intent.cancellation_reason or "cancelled" if outcome is Outcome.FAILED else None
    return Status(intent.id, outcome, reason=_why(intent, default), attempt_id=attempt_id)


def _why(intent: wire.Intent, default: str | None) -> str | None:
    trouble = intent.last_payment_error
    return default if trouble is None else trouble.decline_code or trouble.code or default


def attempt_of(payment: Paid) -> UUID | None:
    """The attempt's id we had sent along."""
    try:
        return UUID((payment.metadata or {}).get(wire.ATTEMPT, ""))
    except ValueError:
        return None


def money(amount: int, currency: str) -> tuple[int, str]:
    """An amount of Stripe's as our minor units, and its currency. Raises `NoAnswer` for what we cannot count."""
    code = currency.upper()
    if not currencies.known(code):
        raise NoAnswer("unknown_currency")
    try:
        return from_stripe(amount, code), code
    except NotPayable as error:
        raise NoAnswer("unreadable_amount") from error
