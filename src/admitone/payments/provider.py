"""The port: what every way of being paid must be able to do, and the words it answers in.

An adapter (cards, bank transfer, Lightning, the sandbox) implements `Provider` and nothing else of the
program knows it. One `Provider` acts for one payment account (`kinds.AccountSheet`); what only some of them can
do besides (pay out, show a balance, answer disputes, take organisers in) are the ports of `roles`. Three promises
keep money from being lost:

* every call that may move money carries our own id as its idempotency key, so asking twice moves money once;
* a time-out, a lost answer, an answer nobody can read is `Outcome.UNKNOWN`, never an exception: asked again;
* what a provider sends us (`read_notice`) is a hint that names a payment; `status` is what counts.

Every method that talks to the network first calls `plumbing.database.require_no_transaction`.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from admitone.payments.account_status import AccountStatus
from admitone.payments.roles import NOT_FOUND as NOT_FOUND
from admitone.payments.roles import Roles
from admitone.payments.status import REPLACED as REPLACED
from admitone.payments.status import Outcome as Outcome
from admitone.payments.status import Status as Status
from admitone.values.refusals import Invalid


class RefundOutcome(StrEnum):
    """What a provider says about a refund.

    `PENDING`: accepted, the money is on its way back. `LATER`: not now (too little money there, a limit, closed for
    the night), and nothing was sent; asked again. `FAILED`: no, and asking again would not change it.
    """

    PENDING = "pending"
    LATER = "later"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


KEPT: Final = "kept:"
"""What the reference of a refund begins with that is done without anything being sent: nobody can be sent so little.
The word after it says why."""
_ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]+)?|http://(localhost|127\.0\.0\.1)(:[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Method:
    """A way of paying as the buyer sees it. `id` is unique within its provider, `icon` is in icons.svg."""

    id: str
    label: str
    hint: str
    icon: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a method can do. Amounts are whole minor units; `currencies` None means every currency.

    `amount_min_minor_in` has the lowest amount of single currencies where it differs, `amount_step_minor_in` what an
    amount is a whole multiple of, where that is not one minor unit. `refund_days` is for
    how many days after payment money can be sent back, None without limit. `redirect_origins` are all places beside
    this site that its `redirect_url` may lead to (`https://checkout.example`): browsers let buyers go to no other.
    `countries` are those of the account (ISO 3166 alpha-2) in which the method exists, None everywhere.
    `partial_payments`: money may come in several parts, as by bank transfer. `pay_within` is how long a buyer may take,
    None as long as the order waits. `confirmed_by_people`: that the money came is known from the organiser's people
    (a bank statement, the till at the door), not from a machine that can be asked. `closes_before`: not offered any
    more so long before the event begins. `waiting_most`: so many orders of one event may wait for money in this way.
    `seen_waits`: so long an order waits of which (nearly) the price was SEEN, from its first attempt in this way on.
    """

    currencies: frozenset[str] | None = None
    amount_min_minor: int = 1
    amount_max_minor: int | None = None
    amount_min_minor_in: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    refunds: bool = True
    partial_refunds: bool = True
    refund_days: int | None = None
    needs_redirect: bool = False
    redirect_origins: frozenset[str] = frozenset()
    countries: frozenset[str] | None = None
    partial_payments: bool = False
    pay_within: timedelta | None = None
    confirmed_by_people: bool = False
    closes_before: timedelta | None = None
    waiting_most: int | None = None
    amount_step_minor_in: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    seen_waits: timedelta | None = None

    def __post_init__(self) -> None:
        # They go into a header of every page that leads to payment, so nothing else may be in them.
        for origin in self.redirect_origins:
            assert _ORIGIN.fullmatch(origin), f"no origin: {origin}"
        assert self.needs_redirect or not self.redirect_origins, "who sends nobody away needs no origins"


@dataclass(frozen=True, slots=True)
class Split:
    """Part of the payment goes on to somebody else at once: all but `fee_minor` to the account `to_ref` there."""

    to_ref: str
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask to be paid. `attempt_id` is the idempotency key; `pay_until` is when the buyer's order runs out.

    `order_code` is what the buyer writes on a transfer; `split` is given for a marketplace payment only. `order_id`
    names what is paid for, however often it is tried. `description_hash` (SHA-256) is what an invoice shall commit to
    instead of `description`, where it can.
    """

    attempt_id: UUID
    method: str
    currency: str
    amount_minor: int
    description: str
    return_url: str
    pay_until: datetime
    buyer_email: str | None = None
    buyer_name: str | None = None
    order_code: str = ""
    split: Split | None = None
    order_id: UUID | None = None
    description_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """How the buyer goes on: a page to visit, instructions to show (label, value), or nothing when done.

    `provider_ref` None means that it is unknown whether a payment was started: `start` again with the same
    key.
    """

    provider_ref: str | None
    redirect_url: str | None
    instructions: Mapping[str, str]
    status: Status


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """Ask to send money back. `refund_id` is the idempotency key, `provider_ref` names the payment.

    `split_back_minor` is how much of our own fee (`Split.fee_minor`) goes back with it; None when there was no split.
    """

    refund_id: UUID
    provider_ref: str
    currency: str
    amount_minor: int
    reason: str
    split_back_minor: int | None = None


@dataclass(frozen=True, slots=True)
class RefundStatus:
    """What is known of a refund now. `provider_ref` names the refund at the provider, not the payment."""

    outcome: RefundOutcome
    provider_ref: str | None = None
    reason: str | None = None


class About(StrEnum):
    """What a notice is about, and so who has to ask."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """A genuine notice: `notice_id` is the same each time it is sent; `provider_ref` names what it is about."""

    notice_id: str
    provider_ref: str
    about: About = About.PAYMENT


class BadSignature(Invalid):
    """A notice that was not signed by the provider, or too long ago, or was changed on its way."""

    code = "payments.bad_signature"
    text = "The signature of this notice is not right."


class Provider(Protocol):
    """A way of being paid. `read_notice`, `recent` and `look` may raise; everything else answers with an outcome."""

    @property
    def name(self) -> str:
        """The word stored with attempts and used in `/webhooks/<name>`; never changes."""
        ...

    @property
    def methods(self) -> tuple[Method, ...]:
        """The ways of paying it has, best first."""
        ...

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """What each method can do, by method id."""
        ...

    @property
    def roles(self) -> Roles:
        """What it can do besides being paid."""
        ...

    async def start(self, ask: Ask) -> Prompt:
        """Start a payment, or find the one this key started before."""
        ...

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """Ask again. By the key when the reference is not known; UNKNOWN with `NOT_FOUND` when there is no
        such payment.
        """
        ...

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """Send money back, or find the refund this key made before; one that failed there is tried anew.

        Never more than was paid.
        """
        ...

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """Ask again about a refund: by its reference, else by the key among the refunds of the payment.

        UNKNOWN with `NOT_FOUND` when there is no such refund: then `refund` is called again with the same key.
        """
        ...

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """Check a webhook's signature over its raw body; `headers` have lower-case names.

        None when it is genuine and about nothing that concerns payments. Raises `BadSignature`, and `ProviderAway`
        when what the signature is checked with has to be fetched and cannot be: then it has to be sent again.
        """
        ...

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """Let a payment no longer be made, as its order has ended; what is true of it then.

        PAID when the buyer was faster. A provider that cannot close payments answers as `status` does.
        """
        ...

    def recent(self, since: datetime) -> AsyncIterator[Status]:
        """Everything that changed there since then, for reconciliation. May raise: it is run again."""
        ...

    async def look(self) -> AccountStatus:
        """Whose account this is and what it may do, as the provider says now; also the proof that the keys work.

        Raises `BadCredentials` when the provider does not accept them, `ProviderAway` when it gives no answer.
        """
        ...
