"""An event's ticket types as a buyer sees them: all-in price, how many are left, whether they can be bought
now.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone import events, pricing
from admitone.events import Offer, OfferedType, SaleState
from admitone.plumbing.database import Reader

DONATIONS_MOST = 1_000_000
"""A donation takes no place: there are always more than anybody wants."""


@dataclass(frozen=True, slots=True)
class PricedType:
    """A ticket type, what one of it costs in minor units with everything (`total_minor`), and how many are left.

    `fee_minor` are all fees of it, `on_top_minor` those the buyer pays beside the price. What a buyer may choose the
    price of costs what is suggested; a donation, which takes no place, as little as possible. `step` is the price step
    that holds now, counted from 0, and `step_left` how many are left at its price, if that is limited; `next_minor`
    is what one costs with everything after it.
    """

    offered: OfferedType
    sale: SaleState
    left: int
    fee_minor: int
    tax_minor: int
    total_minor: int
    on_top_minor: int = 0
    step: int | None = None
    step_left: int | None = None
    next_minor: int | None = None

    @property
    def can_be_bought(self) -> bool:
        """Is it on sale, and is at least one left?"""
        return self.sale is SaleState.ON_SALE and self.left > 0

    @property
    def most(self) -> int:
        """How many one person may choose now; zero when it cannot be bought."""
        return min(self.offered.per_person_limit, self.left) if self.can_be_bought else 0


@dataclass(frozen=True, slots=True)
class Prices:
    """What stands on an event's card. `from_minor` is the lowest all-in price, None when nothing is
    offered.
    """

    from_minor: int | None
    has_dearer: bool
    is_sold_out: bool
    left: int


_LEFT = text(
    """
    SELECT draw.ticket_type_id, min(pool.capacity - pool.held - pool.sold) AS left
    FROM inventory_draw AS draw JOIN inventory_pool AS pool ON pool.id = draw.pool_id
    WHERE pool.event_id = ANY(:event_ids)
    GROUP BY draw.ticket_type_id
    UNION ALL
    SELECT pool.id, pool.capacity - pool.held - pool.sold FROM inventory_pool AS pool
    WHERE pool.event_id = ANY(:event_ids) AND pool.is_step
    """
).bindparams(bindparam("event_ids", type_=ARRAY(Uuid)))


async def left_by_type(reader: Reader, event_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many of each ticket type of these events can be held now, by ticket type id, and of each price step that
    ends with a number, by its own.
    """
    rows = await reader.execute(_LEFT, {"event_ids": list(event_ids)})
    return {row.ticket_type_id: row.left for row in rows}


def priced_types(offer: Offer, left: Mapping[UUID, int], now: datetime) -> tuple[PricedType, ...]:
    """Every ticket type of the offer, priced one by one, those not offered included."""
    if not offer.types:
        return ()
    rules = events.price_rules(offer)
    steps = [events.step_at(one, now, left) for one in offer.types]
    lines = [
        pricing.price_of_one(one.id, rules, step=step) for one, step in zip(offer.types, steps, strict=True)
    ]
    return tuple(
        PricedType(
            step=step,
            step_left=None if step is None else _step_left(one, step, left),
            next_minor=_next_minor(one, step, rules, now, left),
            offered=one,
            sale=events.sale_state(offer, one, now),
            left=DONATIONS_MOST if one.kind == "donation" else left.get(one.id, 0),
            fee_minor=line.unit_fee_minor + line.unit_organiser_fee_minor,
            tax_minor=line.unit_tax_minor,
            total_minor=line.unit_total_minor,
            on_top_minor=line.unit_fee_on_top_minor + line.unit_organiser_fee_minor,
        )
        for one, line, step in zip(offer.types, lines, steps, strict=True)
    )


def _step_left(one: OfferedType, step: int, left: Mapping[UUID, int]) -> int | None:
    plan = one.prices.steps[step]
    return None if plan.most is None else min(left.get(plan.id, plan.most), left.get(one.id, 0))


def _next_minor(
    one: OfferedType, step: int | None, rules: pricing.PriceRules, now: datetime, left: Mapping[UUID, int]
) -> int | None:
    """What one costs when the step that holds now has ended: a later one that has not, or the price after them all."""
    if step is None:
        return None
    gone = {plan.id: 0 for plan in one.prices.steps[: step + 1]}
    until = one.prices.steps[step].until
    # A step that ends by time alone is over from its end on; one that also counts may be over before.
    later = events.step_at(one, now if until is None else max(until, now), {**left, **gone})
    return pricing.price_of_one(one.id, rules, step=later).unit_total_minor


@dataclass(frozen=True, slots=True)
class PricedBundle:
    """A bundle with what one costs with everything, and how many can be had now."""

    bundle: events.BundlePlan
    total_minor: int
    most: int


def priced_bundles(offer: Offer, types: Sequence[PricedType]) -> tuple[PricedBundle, ...]:
    """The bundles on offer; as many as there are of all that is in them."""
    by_id = {one.offered.id: one for one in types}
    rules = events.price_rules(offer) if offer.prices.bundles else None
    found = []
    for bundle in offer.prices.bundles:
        if not bundle.is_offered or rules is None:
            continue
        one = pricing.Basket(bundles=(pricing.BasketBundle(bundle.id, 1),))
        parts = [(by_id[type_id], quantity) for type_id, quantity in bundle.components if type_id in by_id]
        is_whole = len(parts) == len(bundle.components)
        most = min((part.most // quantity for part, quantity in parts), default=0) if is_whole else 0
        found.append(PricedBundle(bundle, pricing.price_basket(one, rules).total_minor, most))
    return tuple(found)


def prices(types: Sequence[PricedType]) -> Prices:
    """The card's prices: of what can be bought now, else of what is still to come, else of all that is
    offered.
    """
    offered = [one for one in types if one.offered.is_offered and not one.offered.prices.is_locked]
    # The event is as dear as its tickets; it is not free because something may be given beside them.
    tickets = [one for one in offered if one.offered.kind == "ticket"]
    offered = tickets or offered
    open_now = [one for one in offered if one.sale is SaleState.ON_SALE]
    to_come = [one for one in offered if one.sale is SaleState.NOT_YET]
    buyable = [one for one in open_now if one.can_be_bought]
    shown = buyable or to_come or open_now or offered
    totals = [one.total_minor for one in shown]
    return Prices(
        from_minor=min(totals, default=None),
        has_dearer=bool(totals) and max(totals) > min(totals),
        is_sold_out=bool(open_now) and not buyable and not to_come,
        left=max((one.left for one in buyable), default=0),
    )
