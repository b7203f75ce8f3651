"""What an organiser says about prices beyond the simple case: one price, one fee, one tax.

A ticket type may be an add-on or a donation, have a price the buyer chooses, a tax of its own, need a ticket beside
it, or be hidden until a promo code unlocks it. An event may have fees of its own, automatic discounts, bundles, taxes
rounded by document, and reverse charge. Amounts are minor units of the event's currency, rates hundredths of a
percent. `pricing_rules.price_rules` makes rules of it; those know what is wrong with them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from admitone.pricing import Kind, Rounding

Discounting = Literal["group", "some_free"]
Per = Literal["ticket", "order"]
Bearer = Literal["buyer", "organiser"]


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A price that holds first: before `until`, and for the first `most` units; with neither it holds for ever.

    `id` is also that of the pool that counts its units (inventory).
    """

    id: UUID
    price_minor: int
    until: datetime | None = None
    most: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class TypePrices:
    """More about the price of a ticket type.

    - `is_chosen`: the buyer says what to pay, from `least_minor` to `most_minor` (None: no end); the type's price is
      then what is suggested. Donations are always chosen.
    - `tax_bps` and `tax_name`: a tax of its own; None the event's, or for a donation none.
    - `needs_tickets`: an add-on that is sold at most so many times per ticket of `needs_type_ids` (none named: any).
    - `is_locked`: nobody sees it until a promo code unlocks it.
    - `steps`: prices that hold first, one after the other; the type's price is the one after them all.
    """

    is_chosen: bool = False
    least_minor: int = 0
    most_minor: int | None = None
    tax_bps: int | None = None
    tax_name: str = ""
    needs_tickets: int | None = None
    needs_type_ids: tuple[UUID, ...] = ()
    is_locked: bool = False
    steps: tuple[StepPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class FeePlan:
    """A fee: so much of the price plus a fixed amount, at most `most_minor`, on each ticket or once an order."""

    bps: int = 0
    fixed_minor: int = 0
    most_minor: int | None = None
    per: Per = "ticket"

    @property
    def is_nothing(self) -> bool:
        """No fee at all."""
        return not (self.bps or self.fixed_minor)


@dataclass(frozen=True, slots=True)
class DiscountPlan:
    """An automatic discount of these types; none named: of every ticket and add-on.

    `group`: from `take` units on, `percent_bps` off each. `some_free`: `take` for the price of `pay`.
    """

    kind: Discounting
    label: str
    take: int
    pay: int = 0
    percent_bps: int = 0
    type_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class BundlePlan:
    """Several units at one price: `components` are (ticket type, quantity)."""

    id: UUID
    name: str
    price_minor: int
    components: tuple[tuple[UUID, int], ...]
    is_offered: bool = True


@dataclass(frozen=True, slots=True)
class EventPrices:
    """More about an event's prices.

    `booking` is the organiser's own fee, on top of the price. `processing` is the site's for carrying the money, and
    `is_site_fee` says that the site set its fees, so that the organiser cannot; `platform_most_minor` is the most of
    its fee on a ticket. Whoever pays the platform fee pays that for processing too, unless `processing_paid_by` names
    somebody. Reverse charge takes place between `seller_country` and a business in another country of the EU.
    """

    booking: FeePlan = FeePlan()
    processing: FeePlan = FeePlan()
    is_site_fee: bool = False
    rounding: Rounding = "line"
    discounts: tuple[DiscountPlan, ...] = ()
    bundles: tuple[BundlePlan, ...] = ()
    seller_country: str | None = None
    has_reverse_charge: bool = False
    platform_most_minor: int | None = None
    processing_paid_by: Bearer | None = None


SIMPLE_TYPE = TypePrices()
SIMPLE_EVENT = EventPrices()
KINDS: tuple[Kind, ...] = ("ticket", "add_on", "donation")


def type_prices_record(prices: TypePrices) -> dict[str, Any]:
    """As it is stored: {} in the simple case."""
    return {} if prices == SIMPLE_TYPE else msgspec.to_builtins(prices)


def type_prices_of(stored: Mapping[str, Any]) -> TypePrices:
    """What is stored."""
    return msgspec.convert(stored, type=TypePrices) if stored else SIMPLE_TYPE


def event_prices_record(prices: EventPrices) -> dict[str, Any]:
    """As it is stored: {} in the simple case."""
    return {} if prices == SIMPLE_EVENT else msgspec.to_builtins(prices)


def event_prices_of(stored: Mapping[str, Any]) -> EventPrices:
    """What is stored."""
    return msgspec.convert(stored, type=EventPrices) if stored else SIMPLE_EVENT


def moved_type_prices(prices: TypePrices, ids: Mapping[UUID, UUID], new_id: Callable[[], UUID]) -> TypePrices:
    """The same in a copy of the event, whose ticket types have other ids; price steps get new ones."""
    return replace(
        prices,
        needs_type_ids=tuple(ids[one] for one in prices.needs_type_ids if one in ids),
        steps=tuple(replace(step, id=new_id()) for step in prices.steps),
    )


def moved_event_prices(
    prices: EventPrices, ids: Mapping[UUID, UUID], new_id: Callable[[], UUID]
) -> EventPrices:
    """The same in a copy of the event, whose ticket types have other ids; bundles get new ones."""
    return replace(
        prices,
        discounts=tuple(
            replace(one, type_ids=tuple(ids[type_id] for type_id in one.type_ids if type_id in ids))
            for one in prices.discounts
        ),
        bundles=tuple(
            replace(
                one, id=new_id(), components=tuple((ids[type_id], many) for type_id, many in one.components)
            )
            for one in prices.bundles
        ),
    )
