"""What a buyer wants, as pricing takes it, and as it is kept with a hold so that it has the same price for ever.

In the simple case (so many of these types at their prices) nothing is kept: the hold's lines say it all. Otherwise the
hold carries the basket with the effects of its promo codes, as they were when it was taken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from admitone import events, inventory
from admitone.pricing import (
    Basket,
    BasketBundle,
    BasketItem,
    PriceRules,
    PromoCode,
    VatId,
    basket_as_record,
    basket_of_record,
)

Items = tuple[tuple[UUID, int], ...]


@dataclass(frozen=True, slots=True)
class HoldWish:
    """What a buyer wants. `hold_id` and `digest` are derived from an idempotency key, or None without one.

    `items` are (ticket type, quantity), `chosen` the prices the buyer chose for some of them, in minor units for one;
    `bundles` are (bundle, quantity), `codes` the promo codes as typed. `visitor` tells who guesses codes. `at_list`: at
    the types' own prices, whatever price step holds now; a change of tickets is counted by those.
    """

    event: str | UUID
    items: Items
    hold_id: UUID | None = None
    digest: bytes | None = None
    chosen: Items = ()
    bundles: Items = ()
    codes: tuple[str, ...] = ()
    visitor: str = ""
    at_list: bool = False

    @property
    def is_simple(self) -> bool:
        """So many of these types at their prices, and no more to it."""
        return not (self.chosen or self.bundles or self.codes)


@dataclass(frozen=True, slots=True)
class Code:
    """A promo code with what it does, found for an event."""

    promotion_id: UUID
    effect: PromoCode


@dataclass(frozen=True, slots=True)
class Kept:
    """A basket as it is kept with a hold, and the promotions its codes are of, by code."""

    basket: Basket
    promotions: Mapping[str, UUID]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order they were entered."""
        return tuple(one.code for one in self.basket.codes)


def wished(wish: HoldWish, codes: Sequence[Code] = ()) -> Kept:
    """The basket of a wish."""
    chosen = dict(wish.chosen)
    basket = Basket(
        items=tuple(BasketItem(type_id, quantity, chosen.get(type_id)) for type_id, quantity in wish.items),
        bundles=tuple(BasketBundle(bundle_id, quantity) for bundle_id, quantity in wish.bundles),
        codes=tuple(one.effect for one in codes),
    )
    return Kept(basket, {one.effect.code: one.promotion_id for one in codes})


def stepped(kept: Kept, offer: events.Offer, now: datetime, full: Collection[UUID] = ()) -> Kept:
    """The same basket at the price steps that hold now; those in `full` have not enough left for it."""
    left = dict.fromkeys(full, 0)
    items = []
    for item in kept.basket.items:
        offered = offer.type(item.type_id)
        step = None if offered is None else events.step_at(offered, now, left)
        items.append(item if step is None else replace(item, step=step))
    return Kept(replace(kept.basket, items=tuple(items)), kept.promotions)


def step_pools(basket: Basket, offer: events.Offer) -> dict[UUID, UUID]:
    """The pools that count what is sold at the price steps of a basket, by ticket type.

    Units of the same type in a bundle are counted there too, so that a line's places are as many in each of its pools.
    """
    found = {}
    for item in basket.items:
        offered = offer.type(item.type_id)
        if item.step is not None and offered is not None and offered.prices.steps[item.step].most is not None:
            found[item.type_id] = offered.prices.steps[item.step].id
    return found


def has_steps(offer: events.Offer, items: Items) -> bool:
    """Whether any of these ticket types has prices in steps."""
    wanted = {type_id for type_id, _ in items}
    return any(one.prices.steps for one in offer.types if one.id in wanted)


def with_codes(kept: Kept, codes: Sequence[Code]) -> Kept:
    """The same basket with other promo codes."""
    basket = replace(kept.basket, codes=tuple(one.effect for one in codes))
    return Kept(basket, {one.effect.code: one.promotion_id for one in codes})


def for_business(basket: Basket, business: VatId | None) -> Basket:
    """The same basket for a buyer with this VAT number."""
    return basket if business == basket.business else replace(basket, business=business)


def as_kept(kept: Kept) -> dict[str, Any] | None:
    """As it is stored with the hold; None in the simple case."""
    basket = kept.basket
    is_special = any(item.chosen_minor is not None or item.step is not None for item in basket.items)
    if not (basket.bundles or basket.codes or is_special):
        return None
    return {
        "basket": basket_as_record(basket),
        "promotions": {code: str(promotion_id) for code, promotion_id in kept.promotions.items()},
    }


def kept_of(hold: inventory.Hold) -> Kept:
    """The basket of a hold."""
    stored: Mapping[str, Any] | None = hold.basket
    if stored is None:
        return Kept(Basket(tuple(BasketItem(*item) for item in hold.items)), {})
    promotions = {code: UUID(promotion_id) for code, promotion_id in stored["promotions"].items()}
    return Kept(basket_of_record(stored["basket"]), promotions)


def counts(basket: Basket, rules: PriceRules) -> dict[UUID, int]:
    """How many of each type are in a basket, those of its bundles too."""
    found: dict[UUID, int] = {}
    for item in basket.items:
        found[item.type_id] = found.get(item.type_id, 0) + item.quantity
    for wanted in basket.bundles:
        at = rules.bundle_at.get(wanted.bundle_id)
        for type_id, quantity in () if at is None else rules.bundles[at].components:
            found[type_id] = found.get(type_id, 0) + quantity * wanted.quantity
    return found


def unlocked(basket: Basket) -> frozenset[UUID]:
    """The hidden ticket types that the basket's codes unlock."""
    return frozenset(type_id for code in basket.codes for type_id in code.unlocked_type_ids)


def is_bundle_offered(offer: events.Offer, bundle_id: UUID) -> bool:
    """Whether the event offers this bundle now, as far as the bundle itself can say."""
    return any(one.id == bundle_id and one.is_offered for one in offer.prices.bundles)
