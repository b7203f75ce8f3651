"""What payouts announce."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutMoved(Fact):
    """A payout is asked, declined, sending, done or failed (`state`); the subject is the payout. Whole minor units."""

    kind: ClassVar[str] = "payouts.payout_moved"
    state: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverChanged(Fact):
    """Where payouts of a currency go was set or verified (`what`); the subject is the receiver."""

    kind: ClassVar[str] = "payouts.receiver_changed"
    what: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyReleased(Fact):
    """Money of an event became available, or was set off (negative); the subject is the release."""

    kind: ClassVar[str] = "payouts.money_released"
    event_id: UUID
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsBefore:
    """What was agreed until then, as in `TermsChanged`."""

    delay_days: int
    reserve_bps: int
    reserve_days: int
    is_drafting: bool
    minimums: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsChanged(Fact):
    """What is agreed with an organiser about payouts is this now; the subject is the organiser.

    `minimums` are minor units by currency, of those that have one agreed. Old facts have no `before`.
    """

    kind: ClassVar[str] = "payouts.terms_changed"
    delay_days: int
    reserve_bps: int
    reserve_days: int
    is_drafting: bool
    minimums: Mapping[str, int] = field(default_factory=dict)
    before: TermsBefore | None = None
