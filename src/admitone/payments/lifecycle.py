"""The life of an attempt and of a refund, as pure functions.

States are ordered by how much they say. News can only move a state up that order, so the end state is the
maximum of all news: the same whatever the order in which it comes and however often it is repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from admitone.payments.kinds import SANDBOX_ACCOUNT
from admitone.payments.provider import NOT_FOUND, REPLACED, Outcome, RefundOutcome, Status


class AttemptState(StrEnum):
    """In the order of how much each says. PAID is above FAILED: money that came after all is never
    overlooked.
    """

    OPENED = "opened"
    UNKNOWN = "unknown"
    PROMPTED = "prompted"
    SEEN = "seen"
    FAILED = "failed"
    PAID = "paid"


class RefundState(StrEnum):
    """In the order of how much each says."""

    WANTED = "wanted"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DONE = "done"


class SettledAs(StrEnum):
    """What became of money that arrived: tickets, a part of the price that waits for the rest, or a refund."""

    TICKETS = "tickets"
    PART = "part"
    REFUND = "refund"


ATTEMPT_ORDER = tuple(AttemptState)
REFUND_ORDER = tuple(RefundState)
ASKED_AGAIN = (AttemptState.OPENED, AttemptState.UNKNOWN, AttemptState.PROMPTED, AttemptState.SEEN)
REFUNDS_ASKED_AGAIN = (RefundState.WANTED, RefundState.UNKNOWN)
GIVE_UP_AFTER = timedelta(minutes=15)
OTHER_PAYMENT = "other_payment"

# PENDING says nothing new: whether the buyer was shown how to pay is known from `record_prompts` alone.
_SAYS = {
    Outcome.PENDING: AttemptState.OPENED,
    Outcome.UNKNOWN: AttemptState.UNKNOWN,
    Outcome.SEEN: AttemptState.SEEN,
    Outcome.FAILED: AttemptState.FAILED,
    Outcome.PAID: AttemptState.PAID,
}
_REFUND_SAYS = {
    RefundOutcome.PENDING: RefundState.WANTED,
    RefundOutcome.LATER: RefundState.WANTED,
    RefundOutcome.UNKNOWN: RefundState.UNKNOWN,
    RefundOutcome.FAILED: RefundState.FAILED,
    RefundOutcome.DONE: RefundState.DONE,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at being paid for an order, with one payment account. Amounts are whole minor units of `currency` and
    `paid_currency`; `fee_split_minor` is what stays with the site of a payment that goes on to the organiser at once.
    """

    id: UUID
    order_id: UUID
    organiser_id: UUID
    number: int
    provider: str
    account_id: UUID
    method: str
    currency: str
    amount_minor: int
    fee_split_minor: int | None
    state: AttemptState
    settled_as: SettledAs | None
    paid_minor: int | None
    paid_currency: str | None
    provider_ref: str | None
    redirect_url: str | None
    instructions: Mapping[str, str] | None
    reason: str | None
    opened_at: datetime
    closed_at: datetime | None
    ask_at: datetime
    asked: int

    @property
    def books(self) -> str:
        """What the ledger calls the account the money lies in."""
        return books_of(self.provider, self.account_id)

    @property
    def is_open(self) -> bool:
        """It may still be paid, and is asked about."""
        return self.state in ASKED_AGAIN

    @property
    def needs_prompt(self) -> bool:
        """Nobody knows whether the provider was reached: `start` again, with the same key."""
        return self.state in (AttemptState.OPENED, AttemptState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back, in whole minor units. `reason` is a word for people, `cause` names what it is for, once.
    `error`: why it was not sent yet, or will not be.
    """

    id: UUID
    attempt_id: UUID
    order_id: UUID
    organiser_id: UUID
    reason: str
    cause: str
    currency: str
    amount_minor: int
    split_back_minor: int | None
    state: RefundState
    provider_ref: str | None
    error: str | None
    wanted_at: datetime
    done_at: datetime | None
    ask_at: datetime
    asked: int

    @property
    def is_decided(self) -> bool:
        """The provider has said done, or no for good."""
        return self.state not in REFUNDS_ASKED_AGAIN


def books_of(provider: str, account_id: UUID) -> str:
    """What the ledger calls a payment account: `sandbox`, else `<provider>:<account id>`."""
    return provider if account_id == SANDBOX_ACCOUNT else f"{provider}:{account_id}"


def says(outcome: Outcome) -> AttemptState:
    """The state this outcome proves by itself."""
    return _SAYS[outcome]


def refund_says(outcome: RefundOutcome) -> RefundState:
    """The state this outcome proves by itself."""
    return _REFUND_SAYS[outcome]


def advance(state: AttemptState, news: AttemptState) -> AttemptState:
    """The state after the news: whichever says more."""
    return max(state, news, key=ATTEMPT_ORDER.index)


def advance_refund(state: RefundState, news: RefundState) -> RefundState:
    """The state after the news: whichever says more."""
    return max(state, news, key=REFUND_ORDER.index)


def conclude(attempt: Attempt, status: Status, now: datetime) -> Status:
    """The status to apply to this attempt; call it on everything `status`, `start` and `recent` answer.

    UNKNOWN when the status is about another payment than this attempt's: nothing of it may count here. FAILED
    when the provider has still not heard of an attempt 15 minutes old: until then a start under way may
    arrive there, and nobody was shown a way to pay it.
    """
    of_another = status.attempt_id not in (None, attempt.id) or (
        None not in (status.provider_ref, attempt.provider_ref)
        and status.provider_ref != attempt.provider_ref
    )
    if of_another:
        return Status(attempt.provider_ref, Outcome.UNKNOWN, reason=OTHER_PAYMENT)
    never_started = status.outcome is Outcome.UNKNOWN and status.reason == NOT_FOUND
    if never_started and attempt.needs_prompt and now - attempt.opened_at >= GIVE_UP_AFTER:
        return replace(status, outcome=Outcome.FAILED)
    return status


def is_news(attempt: Attempt, status: Status, now: datetime) -> bool:
    """Whether this status of the attempt may change something. The attempt may be out of date: it only moves on.

    What is seen may be more than the last time, and then the order waits longer.
    """
    said = says(conclude(attempt, status, now).outcome)
    if status.is_held or status.reason == REPLACED or said is attempt.state is AttemptState.SEEN:
        return True
    return ATTEMPT_ORDER.index(said) > ATTEMPT_ORDER.index(attempt.state)


def pause(asked: int) -> timedelta:
    """How long to wait before asking again, after having asked so many times.

    5, 10, 20, 40 s, then every minute for two hours, every quarter of an hour for a day, then four times a
    day.
    """
    if asked < 4:
        return timedelta(seconds=5 * 2**asked)
    if asked < 124:
        return timedelta(minutes=1)
    return timedelta(minutes=15) if asked < 220 else timedelta(hours=6)
