"""Payouts, receivers, releases and terms as stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from admitone.values import currencies

DELAY_DAYS: Final = 3
# Ten of these would cost more to send than they are worth.
_SMALL: Final = frozenset(
    {"NGN", "KES", "JPY", "KRW", "HUF", "ISK", "INR", "XOF", "XAF", "UGX", "TZS", "RWF", "CLP"}
)


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
    """When an organiser's money can be paid out: `delay_days` after an event's end, but for `reserve_bps` of it, which
    is kept `reserve_days` longer.

    `minimums` are in minor units by currency; `minimum` says it for any. `is_drafting`: payouts are asked for by
    themselves. `paused_until`: a receiver was changed.
    """

    organiser_id: UUID
    delay_days: int = DELAY_DAYS
    reserve_bps: int = 0
    reserve_days: int = 0
    minimums: Mapping[str, int] = field(default_factory=dict)
    is_drafting: bool = True
    paused_until: datetime | None = None

    def minimum(self, currency: str) -> int:
        """What is paid out at least, in minor units: as agreed, else ten of the currency's whole units (a thousand of
        those that are worth little).
        """
        agreed = self.minimums.get(currency)
        if agreed is not None:
            return agreed
        units = 1_000 if currency in _SMALL else 10
        return units * int(10 ** currencies.exponent(currency))


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
