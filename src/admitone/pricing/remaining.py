"""What the rest of an order would cost by itself, when some of its units go. Pure.

Three for the price of two are not two for the price of one: whoever gives a ticket back that made others cheaper keeps
what the others cost without it. The rest is priced by the very rules and codes the order was priced by, as they were
stored with it. Fees are looked at nowhere here: they were for selling, and what comes back of them is the terms' say.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from admitone.pricing.basket import Basket, BasketBundle, BasketItem, PriceRules
from admitone.pricing.basket_record import asked_from_record, basket_from_record
from admitone.pricing.price_basket import price_basket
from admitone.pricing.refusals import CodeNeedsMore


def missing_minor(stored: Mapping[str, Any], left: Mapping[int, int]) -> int:
    """How much less was paid for the units that are left than they cost by themselves, in minor units, the price alone
    (without fees, and without tax that is added); never below 0. `left` has how many are left by line number (from 1).

    Raises AddOnWithoutTicket, TooManyAddOns when what is left could not be bought by itself.
    """
    if stored["rule_version"] == 1 or not any(left.values()):
        return 0
    basket, rules = asked_from_record(stored)
    lines = basket_from_record(stored).lines
    paid_minor = sum(
        line.unit_price_minor * left.get(number, 0) for number, line in enumerate(lines, start=1)
    )
    alone = replace(rules, fees=(), rounding="line", has_reverse_charge=False)
    bought = {number: (line.ticket_type_id, line.bundle_id) for number, line in enumerate(lines, start=1)}
    rest = _rest(basket, rules, bought, left)
    return max(_face_minor(rest, alone) - paid_minor, 0)


def _face_minor(basket: Basket, rules: PriceRules) -> int:
    """The price of a basket; codes that need more than is left of it do nothing any more."""
    while True:
        try:
            return price_basket(basket, rules).face_minor
        except CodeNeedsMore as refusal:
            gone = refusal.data["promo_code"]
            basket = replace(basket, codes=tuple(code for code in basket.codes if code.code != gone))


def _rest(
    basket: Basket,
    rules: PriceRules,
    lines: Mapping[int, tuple[UUID, UUID | None]],
    left: Mapping[int, int],
) -> Basket:
    """The basket of what is left: whole bundles as bundles, what is left of broken ones by itself."""
    single: dict[UUID, int] = {}
    bundled: dict[UUID, dict[UUID, int]] = {}
    for number, (type_id, bundle_id) in lines.items():
        count = left.get(number, 0)
        into = single if bundle_id is None else bundled.setdefault(bundle_id, {})
        into[type_id] = into.get(type_id, 0) + count
    bundles, broken = [], dict[UUID, int]()
    for bundle_id, counts in bundled.items():
        parts = rules.bundles[rules.bundle_at[bundle_id]].components
        whole = min(counts.get(type_id, 0) // quantity for type_id, quantity in parts)
        if whole:
            bundles.append(BasketBundle(bundle_id, whole))
        for type_id, quantity in parts:
            broken[type_id] = broken.get(type_id, 0) + counts.get(type_id, 0) - whole * quantity
    items = [
        replace(item, quantity=single[item.type_id]) for item in basket.items if single.get(item.type_id)
    ]
    items += [BasketItem(type_id, count) for type_id, count in broken.items() if count]
    return replace(basket, items=tuple(items), bundles=tuple(bundles), business=None)
