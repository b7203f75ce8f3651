"""What makes a price lower: automatic discounts of the organiser's and the effects of promo codes.

Order of application, fixed whatever the order they are listed or entered in:

1. automatic discounts, in the order of the rules; a unit takes part in one of them at most, and free units do not
   count;
2. promo codes that set a price (`free`, `fixed_price`), then `percent`, then `off_ticket`, then `off_order`; two of
   the same effect in the order of their codes. Each sees the price the one before left.

No price rises and none goes below 0. Donations are never discounted.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from admitone.pricing.offered import is_amount
from admitone.pricing.quote import QUANTITY_MAX
from admitone.pricing.refusals import BadDiscount

_WHOLE_BPS = 10_000
CodeEffect = Literal["free", "fixed_price", "percent", "off_ticket", "off_order", "unlock"]
EFFECTS: tuple[CodeEffect, ...] = ("free", "fixed_price", "percent", "off_ticket", "off_order", "unlock")
"""In the order they are applied."""


def _is_count(count: object) -> bool:
    return type(count) is int and 1 <= count <= QUANTITY_MAX


def _is_percentage(bps: object) -> bool:
    return type(bps) is int and 0 <= bps <= _WHOLE_BPS


@dataclass(frozen=True, slots=True)
class GroupDiscount:
    """From `from_units` units of these types on, `percent_bps` off each of them. Raises BadDiscount.

    `type_ids` None means every ticket and add-on; units out of bundles only take part with `includes_bundles`.
    """

    label: str
    from_units: int
    percent_bps: int
    type_ids: frozenset[UUID] | None = None
    includes_bundles: bool = False

    def __post_init__(self) -> None:
        if not _is_count(self.from_units):
            raise BadDiscount(field="from_units")
        if not _is_percentage(self.percent_bps):
            raise BadDiscount(field="percent_bps")


@dataclass(frozen=True, slots=True)
class SomeFree:
    """`take` units of these types for the price of `pay`, such as 3 for 2. Raises BadDiscount.

    Of every full `take` units in the basket, `take - pay` are free: the cheapest of all that match.
    """

    label: str
    take: int
    pay: int
    type_ids: frozenset[UUID] | None = None
    includes_bundles: bool = False

    def __post_init__(self) -> None:
        if not _is_count(self.take):
            raise BadDiscount(field="take")
        if type(self.pay) is not int or not 1 <= self.pay < self.take:
            raise BadDiscount(field="pay")


AutomaticDiscount = GroupDiscount | SomeFree


@dataclass(frozen=True, slots=True)
class PromoCode:
    """What a promo code does to the units of these types (`type_ids` None: every ticket and add-on).

    - `free`: they cost nothing; `fixed_price`: they cost `amount_minor`, if that is less;
    - `percent`: `percent_bps` off; `off_ticket`: `amount_minor` off each;
    - `off_order`: `amount_minor` off all of them together, divided by the largest remainder on their prices;
    - `unlock`: nothing. `unlocked_type_ids` is data for the caller, who shows hidden types.

    Needs at least `quantity_min` such units and applies to `quantity_max` of them at most, the dearest first. Another
    code beside it is only possible if both say `is_combinable`. Raises BadDiscount.
    """

    code: str
    effect: CodeEffect
    percent_bps: int = 0
    amount_minor: int = 0
    type_ids: frozenset[UUID] | None = None
    includes_bundles: bool = False
    quantity_min: int = 1
    quantity_max: int | None = None
    is_combinable: bool = False
    label: str = ""
    unlocked_type_ids: frozenset[UUID] = frozenset()

    def __post_init__(self) -> None:
        if type(self.code) is not str or not self.code:
            raise BadDiscount(field="code")
        if self.effect not in EFFECTS:
            raise BadDiscount(field="effect")
        if not _is_percentage(self.percent_bps):
            raise BadDiscount(field="percent_bps")
        if not is_amount(self.amount_minor):
            raise BadDiscount(field="amount_minor")
        if not _is_count(self.quantity_min):
            raise BadDiscount(field="quantity_min")
        if self.quantity_max is not None and not (
            _is_count(self.quantity_max) and self.quantity_min <= self.quantity_max
        ):
            raise BadDiscount(field="quantity_max")
