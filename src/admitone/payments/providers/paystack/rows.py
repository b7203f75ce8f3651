"""What Paystack's answers contain, as far as we read it, and what its words mean in ours. Pure.

Amounts are whole minor units (kobo, pesewas, cents): all of its currencies have two decimals.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from admitone.payments.kinds import Mode
from admitone.payments.provider import Outcome, Status
from admitone.values.clock import as_utc

# The names our ids have in the metadata of a transaction.
ATTEMPT = "attempt_id"
ACCOUNT = "payment_account"

OTHER_MODE = "other_mode"
OTHER_ACCOUNT = "other_account"

# `abandoned` is also what a page is called that nobody has opened yet, and it can still be paid. `reversed`: the money
# had arrived and was sent back, which refunds and disputes know of.
_OUTCOMES = {
    "success": Outcome.PAID,
    "reversed": Outcome.PAID,
    "failed": Outcome.FAILED,
    "abandoned": Outcome.PENDING,
    "ongoing": Outcome.PENDING,
    "pending": Outcome.PENDING,
    "processing": Outcome.SEEN,
    "queued": Outcome.SEEN,
}


class Transaction(msgspec.Struct):
    """A payment there."""

    id: int
    domain: str
    status: str
    reference: str
    amount: int
    currency: str
    requested_amount: int | None = None
    fees: int | None = None
    paid_at: str | None = None
    created_at: str | None = None
    gateway_response: str | None = None
    metadata: object = None

    @property
    def fee_on_top_minor(self) -> int:
        """What the buyer paid on top as Paystack's fee, for accounts that let buyers bear it; else 0.

        Paystack then answers `amount` = `requested_amount` + `fees`; its own example of a verified transaction does.
        """
        asked, fees = self.requested_amount, self.fees
        if asked is not None and fees and asked > 0 and self.amount == asked + fees:
            return fees
        return 0

    @property
    def arrived_minor(self) -> int:
        """What arrived for the order: all that was paid but a fee on top."""
        return self.amount - self.fee_on_top_minor

    @property
    def asked_minor(self) -> int:
        """What was asked for."""
        return self.amount if self.requested_amount is None else self.requested_amount

    @property
    def changed_at(self) -> datetime | None:
        """When something last happened to it, as far as it says."""
        return moment(self.paid_at) or moment(self.created_at)

    def noted(self, name: str) -> str | None:
        """What its metadata says under this name. It comes as an object, as a text with JSON in it, or as nothing."""
        found = self.metadata
        if isinstance(found, str):
            try:
                found = msgspec.json.decode(found)
            except msgspec.DecodeError:
                return None
        value = found.get(name) if isinstance(found, dict) else None
        return value if isinstance(value, str) else None


class Refund(msgspec.Struct):
    """A refund there. `transaction` is the id of the payment; an answer to its creation has all of it instead."""

    id: int
    status: str
    amount: int
    currency: str
    transaction: object = None
    dispute: object = None
    merchant_note: str | None = None
    createdAt: str | None = None
    created_at: str | None = None

    @property
    def made_at(self) -> datetime | None:
        """When it was made. Lists and single answers name it differently."""
        return moment(self.createdAt) or moment(self.created_at)


def status_of(found: Transaction, mode: Mode, account_id: UUID) -> Status:
    """What a transaction says about an attempt. UNKNOWN when it is of the other mode or another account."""
    attempt_id = own_id(found.noted(ATTEMPT)) or own_id(found.reference)
    account = found.noted(ACCOUNT)
    if found.domain != mode.value:
        return Status(found.reference, Outcome.UNKNOWN, reason=OTHER_MODE, attempt_id=attempt_id)
    if account is not None and own_id(account) != account_id:
        return Status(found.reference, Outcome.UNKNOWN, reason=OTHER_ACCOUNT, attempt_id=attempt_id)
    outcome = _OUTCOMES.get(found.status, Outcome.UNKNOWN)
    if found.status == "reversed" and found.paid_at is None:
        # Taken back before it was ours, as by a bank that reverses a failed debit.
        outcome = Outcome.FAILED
    if outcome is Outcome.PAID and found.arrived_minor <= 0:
        outcome = Outcome.UNKNOWN
    is_money = outcome in (Outcome.PAID, Outcome.SEEN)
    return Status(
        provider_ref=found.reference,
        outcome=outcome,
        paid_minor=found.arrived_minor if is_money else None,
        currency=found.currency.upper() if is_money else None,
        reason=_reason(outcome, found),
        attempt_id=attempt_id,
    )


def _reason(outcome: Outcome, found: Transaction) -> str | None:
    if outcome is Outcome.UNKNOWN:
        return f"status_{found.status}"[:60]
    if outcome is not Outcome.FAILED:
        return None
    words = (found.gateway_response or "").lower()
    if "insufficient" in words:
        return "insufficient_funds"
    if "timed out" in words or "timeout" in words or "expired" in words:
        return "expired"
    return "cancelled" if "cancel" in words else "declined"


def own_id(text: str | None) -> UUID | None:
    """One of our ids in the form in which we send them (32 hexadecimal digits); None when it is something else."""
    if text is None or len(text) != 32:
        return None
    try:
        found = UUID(hex=text)
    except ValueError:
        return None
    return found if found.hex == text else None


def moment(text: str | None) -> datetime | None:
    """An instant as Paystack writes it (ISO 8601, UTC); None when there is none."""
    if not text:
        return None
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError:
        return None


def written(at: datetime) -> str:
    """An instant as Paystack reads it."""
    return as_utc(at).strftime("%Y-%m-%dT%H:%M:%S.000Z")
