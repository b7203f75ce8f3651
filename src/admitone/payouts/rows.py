"""Payouts, receivers, releases and terms as stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class PayoutState(StrEnum):
    """`ASKED` waits for a yes. `SENDING`: it was agreed to, and nobody knows that it ended."""

    ASKED = "asked"
    DECLINED = "declined"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Purse:
    """Of whom, in which currency, play money or real: what balances and payouts are kept apart by."""

    organiser_id: UUID
    currency: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """When money can be paid out. `paused_until`: a receiver was changed."""

    organiser_id: UUID
    delay_days: int
    reserve_bps: int
    reserve_days: int
    minimum_minor: int
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class Release:
    """What of an event became available: `earned_minor`, of it `reserved_minor` later, and tax; negative: set off."""

    id: UUID
    organiser_id: UUID
    event_id: UUID
    currency: str
    is_test: bool
    number: int
    earned_minor: int
    tax_minor: int
    reserved_minor: int
    reserve_until: datetime | None
    reserve_ended_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where money goes. `account_id` None: to a bank account, by a file. `hint` is what may be shown of it."""

    id: UUID
    organiser_id: UUID
    currency: str
    is_test: bool
    account_id: UUID | None
    holder: str
    hint: str
    to_ref: str | None
    sealed: bytes | None
    made_by: str
    made_at: datetime
    verified_by: str | None
    verified_at: datetime | None
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payout:
    """Money to an organiser, in minor units. `tries`: how often the provider was asked. `reason`: its last word."""

    id: UUID
    organiser_id: UUID
    receiver_id: UUID
    account_id: UUID | None
    currency: str
    amount_minor: int
    is_test: bool
    state: PayoutState
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    provider_ref: str | None
    reason: str | None
    tries: int
    next_at: datetime | None
    ended_at: datetime | None

    @property
    def purse(self) -> Purse:
        """Where it comes from."""
        return Purse(self.organiser_id, self.currency, self.is_test)
