"""From a basket to runs of units at their prices before discounts; everything a basket may get wrong is refused here.

Equal choices are put together and runs are in the order of the rules, so the order of a basket means nothing.
"""

from admitone.pricing.basket import Basket, BasketBundle, BasketItem, PriceRules
from admitone.pricing.offered import OfferedType, TicketNeed, is_amount
from admitone.pricing.quote import ITEMS_MAX, QUANTITY_MAX, BadBasket, BadPrice, BadQuantity
from admitone.pricing.refusals import (
    AddOnWithoutTicket,
    PriceAboveMaximum,
    PriceBelowMinimum,
    PriceNotChoosable,
    PriceNotChosen,
    TooManyAddOns,
    TooManyUnits,
    UnknownBundle,
    UnknownStep,
    UnknownType,
)
from admitone.pricing.rounding import spread
from admitone.pricing.units import Run, Runs

UNITS_MAX = 100_000


def expanded(basket: Basket, rules: PriceRules, *, checks_needs: bool = True) -> Runs:
    """Return the runs of a basket.

    Raises BadBasket, BadQuantity, UnknownType, UnknownStep, UnknownBundle, BadPrice, PriceNotChosen, PriceNotChoosable,
    PriceBelowMinimum, PriceAboveMaximum (with the field `items.<n>.…` or `bundles.<n>.…`), TooManyUnits,
    AddOnWithoutTicket, TooManyAddOns.
    """
    if not 1 <= len(basket.items) + len(basket.bundles) <= ITEMS_MAX:
        raise BadBasket(field="items", items_max=ITEMS_MAX)
    singles: dict[tuple[int, int], int] = {}
    for number, item in enumerate(basket.items):
        key = _place_and_price(number, item, rules)
        singles[key] = singles.get(key, 0) + item.quantity
    runs = [
        Run(at, rules.types[at], count, price_minor)
        for (at, price_minor), count in (sorted(singles.items()) if len(singles) > 1 else singles.items())
    ]
    if basket.bundles:
        runs = sorted([*runs, *_bundled(basket.bundles, rules)], key=lambda run: run.at)
    if sum(run.count for run in runs) > UNITS_MAX:
        raise TooManyUnits(field="items", units_max=UNITS_MAX)
    if checks_needs:
        _refuse_unmet_needs(runs)
    return runs


def _refuse_bad_quantity(field: str, quantity: object) -> None:
    # The type is compared because True and 2.0 would pass every comparison of size.
    if type(quantity) is not int or not 1 <= quantity <= QUANTITY_MAX:
        raise BadQuantity(field=field, quantity_max=QUANTITY_MAX)


def _place_and_price(number: int, item: BasketItem, rules: PriceRules) -> tuple[int, int]:
    """Return where the type stands in the rules, and the price of a unit before discounts."""
    _refuse_bad_quantity(f"items.{number}.quantity", item.quantity)
    at = rules.type_at.get(item.type_id)
    if at is None:
        raise UnknownType(field=f"items.{number}.type_id")
    offered = rules.types[at]
    if item.step is not None:
        if type(item.step) is not int or not 0 <= item.step < len(offered.steps_minor):
            raise UnknownStep(field=f"items.{number}.step", name=offered.name)
        if item.chosen_minor is not None:
            raise PriceNotChoosable(field=f"items.{number}.chosen_minor", name=offered.name)
        return at, offered.steps_minor[item.step]
    if item.chosen_minor is None and offered.kind != "donation":
        return at, offered.list_minor
    return at, _chosen(f"items.{number}.chosen_minor", offered, item.chosen_minor)


def _chosen(field: str, offered: OfferedType, chosen_minor: int | None) -> int:
    if chosen_minor is None:
        raise PriceNotChosen(field=field, name=offered.name)
    if offered.choice is None:
        raise PriceNotChoosable(field=field, name=offered.name)
    if not is_amount(chosen_minor):
        raise BadPrice(field=field)
    least, most = offered.choice.minimum_minor, offered.choice.maximum_minor
    if chosen_minor < least:
        raise PriceBelowMinimum(field=field, name=offered.name, minimum_minor=least)
    if most is not None and chosen_minor > most:
        raise PriceAboveMaximum(field=field, name=offered.name, maximum_minor=most)
    return chosen_minor


def _bundled(bundles: tuple[BasketBundle, ...], rules: PriceRules) -> Runs:
    """Return the units of bundles, equal bundles together."""
    counted: dict[int, int] = {}
    for number, wanted in enumerate(bundles):
        _refuse_bad_quantity(f"bundles.{number}.quantity", wanted.quantity)
        at = rules.bundle_at.get(wanted.bundle_id)
        if at is None:
            raise UnknownBundle(field=f"bundles.{number}.bundle_id")
        counted[at] = counted.get(at, 0) + wanted.quantity
    runs = []
    for at, count in sorted(counted.items()):
        bundle = rules.bundles[at]
        places = sorted((rules.type_at[type_id], quantity) for type_id, quantity in bundle.components)
        shares = spread(
            bundle.price_minor, [(rules.types[place].list_minor, quantity) for place, quantity in places]
        )
        for (place, quantity), (share_minor, more) in zip(places, shares, strict=True):
            for units, price_minor in ((more, share_minor + 1), (quantity - more, share_minor)):
                if units:
                    runs.append(Run(place, rules.types[place], units * count, price_minor, bundle.id))
    return runs


def _refuse_unmet_needs(runs: Runs) -> None:
    wanted: dict[int, tuple[OfferedType, TicketNeed, int]] = {}
    for run in runs:
        need = run.offered.needs_ticket
        if need is not None:
            before = wanted[run.at][2] if run.at in wanted else 0
            wanted[run.at] = (run.offered, need, before + run.count)
    for offered, need, count in wanted.values():
        tickets = sum(
            run.count
            for run in runs
            if run.offered.kind == "ticket" and (need.type_ids is None or run.offered.id in need.type_ids)
        )
        if tickets == 0:
            raise AddOnWithoutTicket(field="items", name=offered.name)
        if count > tickets * need.per_ticket:
            raise TooManyAddOns(field="items", name=offered.name, most=tickets * need.per_ticket)
