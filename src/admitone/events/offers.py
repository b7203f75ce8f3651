"""What is offered for an event at a moment: the terms a buyer sees, holds and pays by. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from admitone.events.lifecycle import EventState
from admitone.events.prices import SIMPLE_EVENT, SIMPLE_TYPE, EventPrices, TypePrices
from admitone.pricing import FeeRule, Kind, TaxRule
from admitone.values.clock import epoch_ms

_EARLY = timedelta(days=30)
_LATE = timedelta(hours=24)
_MINUTE_MS = 60_000
# One less than what a ticket's code takes for "no end".
_VALID_MINUTES_MAX = 0xFFFE


@dataclass(frozen=True, slots=True)
class OfferedType:
    """A ticket type. `price_minor` is the organiser's price, or what is suggested where the buyer chooses; fees and
    taxes come from the offer through `pricing`.
    """

    id: UUID
    number: int
    name: str
    description: str
    price_minor: int
    per_person_limit: int
    sales_from: datetime | None
    sales_until: datetime | None
    position: int
    is_offered: bool
    kind: Kind = "ticket"
    prices: TypePrices = SIMPLE_TYPE

    @property
    def is_chosen(self) -> bool:
        """The buyer says what to pay."""
        return self.prices.is_chosen or self.kind == "donation"


@dataclass(frozen=True, slots=True)
class Offer:
    """One version of what an event sells. `types` are in the organiser's order, those not offered included.
    `is_test`: for play money. `refund_policy`, `change_policy`: `pricing.RefundPolicy`, `ChangePolicy` as recorded.
    """

    event_id: UUID
    event_number: int
    organiser_id: UUID
    slug: str
    title: str
    state: EventState
    currency: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None
    terms_version: int
    fee: FeeRule
    tax: TaxRule
    types: tuple[OfferedType, ...]
    is_test: bool = True
    refund_policy: dict[str, Any] | None = None
    change_policy: dict[str, Any] | None = None
    prices: EventPrices = SIMPLE_EVENT

    def type(self, type_id: UUID) -> OfferedType | None:
        """The ticket type with this id, if it is one of this event."""
        return next((one for one in self.types if one.id == type_id), None)


class SaleState(StrEnum):
    """Whether a ticket type can be bought, as far as the offer alone can say; how many are left is
    inventory's.
    """

    ON_SALE = "on_sale"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    HIDDEN = "hidden"
    ENDED = "ended"
    CANCELLED = "cancelled"
    DRAFT = "draft"


_NOT_ON_SALE = {
    EventState.DRAFT: SaleState.DRAFT,
    EventState.ENDED: SaleState.ENDED,
    EventState.CANCELLED: SaleState.CANCELLED,
}


def sale_state(offer: Offer, offered: OfferedType, now: datetime) -> SaleState:
    """The state at `now`. A sale window contains its first moment and not its last; the event's end ends
    them all.
    """
    if offer.state is not EventState.ON_SALE:
        return _NOT_ON_SALE[offer.state]
    if now >= offer.ends_at:
        return SaleState.ENDED
    if not offered.is_offered:
        return SaleState.HIDDEN
    if offered.sales_from is not None and now < offered.sales_from:
        return SaleState.NOT_YET
    if offered.sales_until is not None and now >= offered.sales_until:
        return SaleState.CLOSED
    return SaleState.ON_SALE


def step_at(
    offered: OfferedType, now: datetime, left: Mapping[UUID, int] | None = None, quantity: int = 1
) -> int | None:
    """Which of the price steps holds at `now` for so many units, counted from 0; None: none of them does any more.

    A step contains its first moment and not its last. `left` is how many each step has left, by its id; a step that is
    not named there is taken to have enough, and whoever takes places hears whether it has.
    """
    for at, step in enumerate(offered.prices.steps):
        if step.until is not None and now >= step.until:
            continue
        if step.most is None or left is None or left.get(step.id, quantity) >= quantity:
            return at
    return None


def next_change_at(offer: Offer, now: datetime) -> datetime | None:
    """When a sale state or a price of this offer next changes by time alone; None when it never does."""
    if offer.state is not EventState.ON_SALE:
        return None
    moments = [offer.ends_at]
    for one in offer.types:
        moments += [moment for moment in (one.sales_from, one.sales_until) if moment is not None]
        moments += [step.until for step in one.prices.steps if step.until is not None]
    return min((moment for moment in moments if moment > now), default=None)


def validity(offer: Offer) -> tuple[int, int]:
    """The window inside a ticket's code: (first minute since 1970 UTC, length in minutes).

    From 30 days before the doors to 24 hours after the end, or as much of it as fits in 16 bits of minutes.
    It is wide on purpose: it lets a door without network refuse the tickets of another season, while an
    event that moves by a few days, or a trial at the door the week before, needs no new codes.
    """
    last = -(-epoch_ms(offer.ends_at + _LATE) // _MINUTE_MS)
    first = epoch_ms((offer.doors_at or offer.starts_at) - _EARLY) // _MINUTE_MS
    first = max(first, last - _VALID_MINUTES_MAX)
    return first, last - first
