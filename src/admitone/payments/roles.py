"""What only some providers can do: pay out, show a balance, answer disputes, take organisers in. A provider's `roles`
say which of them it plays.

The same promises as in `provider`: our id is the idempotency key, a lost answer is UNKNOWN and asked again, every
method that talks to the network first calls `plumbing.database.require_no_transaction`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from admitone.payments.account_status import AccountStatus
from admitone.values.refusals import Invalid

# The reason of an UNKNOWN status when the provider answered, and has never heard of the payment, refund or payout.
NOT_FOUND = "not_found"


class PayoutOutcome(StrEnum):
    """What a provider says about money on its way to an organiser.

    `PENDING`: accepted, on its way. `LATER`: not now, and nothing was sent (too little money there, their approval
    is waited for). `FAILED`: no, or it came back. `UNKNOWN`: nobody could say.
    """

    PENDING = "pending"
    LATER = "later"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PayoutAsk:
    """Send money to an organiser. `payout_id` is the idempotency key; `to_ref` names the receiver there."""

    payout_id: UUID
    to_ref: str
    currency: str
    amount_minor: int
    description: str


@dataclass(frozen=True, slots=True)
class PayoutStatus:
    """What is known of a payout now; `provider_ref` names it there."""

    outcome: PayoutOutcome
    provider_ref: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where an organiser's money goes. What is needed differs: see `PaysOut.receiver_fields`."""

    holder: str
    currency: str
    country: str
    details: Mapping[str, str]


class BadReceiver(Invalid):
    """The provider knows no such bank account, or the name does not fit it. `reason` is the provider's word."""

    code = "payments.bad_receiver"
    text = "This bank account was not accepted. Please look at the name, the number and the bank again."


class PaysOut(Protocol):
    """Money to organisers."""

    @property
    def receiver_fields(self) -> tuple[str, ...]:
        """The names of what `Receiver.details` has to carry (`iban`, `email`, `account_number`, `bank_code`)."""
        ...

    async def receiver(self, receiver: Receiver) -> str:
        """Make the receiver known there, or find it; how it is named there. Raises `BadReceiver`, `ProviderAway`."""
        ...

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """Send it, or find the payout this key made before."""
        ...

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        """Ask again; UNKNOWN with `NOT_FOUND` when there is no such payout."""
        ...


class MovementKind(StrEnum):
    """Why the balance at a provider moved."""

    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    DISPUTE = "dispute"
    TRANSFER = "transfer"
    PAYOUT = "payout"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the provider's books, in minor units; negative leaves the account.

    `fee_minor` was kept by the provider besides (not contained in `amount_minor`), so the balance moved by
    `amount_minor - fee_minor`. `about_ref` names the payment, refund, dispute or payout it is about.
    """

    ref: str
    kind: MovementKind
    currency: str
    amount_minor: int
    fee_minor: int
    about_ref: str | None
    at: datetime


class Mirrored(Protocol):
    """A provider whose books can be read, so that ours can be held against them."""

    async def balances(self) -> Mapping[str, int]:
        """All that lies there, not yet payable money included, by currency. May raise: it is run again."""
        ...

    def movements(self, since: datetime) -> AsyncIterator[Movement]:
        """Every line of the books since then, oldest first. May raise: it is run again."""
        ...


class DisputeState(StrEnum):
    """Where a dispute stands. `OPEN` wants an answer before `answer_by`."""

    OPEN = "open"
    ANSWERED = "answered"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeStatus:
    """A buyer's bank takes money back. `payment_ref` names the payment, `ref` the dispute."""

    ref: str
    payment_ref: str
    state: DisputeState
    currency: str
    amount_minor: int
    fee_minor: int = 0
    reason: str = ""
    answer_by: datetime | None = None
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What our records say about a disputed sale, as plain texts; `files` are PDF documents by purpose."""

    buyer_name: str
    buyer_email: str
    product: str
    bought_at: datetime
    terms_shown: str
    refund_policy: str
    delivered: str
    used: str
    event_at: datetime
    files: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


class Disputes(Protocol):
    """Disputes that are answered over the provider's interface."""

    async def dispute(self, ref: str) -> DisputeStatus | None:
        """Where it stands; None when there is none of that name. Raises `ProviderAway`."""
        ...

    async def answer(self, dispute_ref: str, evidence: Evidence) -> DisputeStatus:
        """Send the evidence; sending it again changes nothing. Raises `ProviderAway`."""
        ...

    def recent_disputes(self, since: datetime) -> AsyncIterator[DisputeStatus]:
        """Those that changed since then. May raise: it is run again."""
        ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """The page on which an organiser tells the provider about themselves, and the account it is about."""

    account_ref: str
    url: str


class Onboards(Protocol):
    """A provider that opens accounts for organisers under ours."""

    async def invite(
        self, account_id: UUID, account_ref: str | None, *, email: str, country: str, return_url: str
    ) -> Invitation:
        """Begin, or go on with `account_ref`. `account_id` is the idempotency key. Raises `ProviderAway`."""
        ...

    async def look_at(self, account_ref: str) -> AccountStatus:
        """What that account may do now. Raises `ProviderAway`."""
        ...


@dataclass(frozen=True, slots=True)
class Roles:
    """What a provider can do besides being paid; None is what it cannot."""

    pays_out: PaysOut | None = None
    mirrored: Mirrored | None = None
    disputes: Disputes | None = None
    onboards: Onboards | None = None


NO_ROLES = Roles()
