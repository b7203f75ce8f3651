"""What is asked for (a basket) and what it is priced by (the rules of an event), version 2.

Rules are made once per offer and checked then; a basket is made per request and is small.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from admitone.pricing.basket_fees import FEES_MAX, Fee
from admitone.pricing.discounts import AutomaticDiscount, PromoCode
from admitone.pricing.fees import BadFee
from admitone.pricing.offered import Bundle, OfferedType
from admitone.pricing.refusals import BadBundle, BadTypes
from admitone.pricing.vat_ids import EU_COUNTRIES, VatId

Rounding = Literal["line", "document_net", "document_gross"]
ROUNDINGS: tuple[Rounding, ...] = ("line", "document_net", "document_gross")


@dataclass(frozen=True, slots=True)
class BasketItem:
    """So many units of one type, at the list price or at a price the buyer chose, in minor units.

    `step`: at this one of the type's price steps, counted from 0; None: at none of them.
    """

    type_id: UUID
    quantity: int
    chosen_minor: int | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class BasketBundle:
    """So many of one bundle."""

    bundle_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What a buyer asks the price of. `codes` are the promo codes entered, each with its effect.

    `business` is the buyer's VAT number if they buy as a business. The order of items, bundles and codes means nothing.
    """

    items: tuple[BasketItem, ...] = ()
    bundles: tuple[BasketBundle, ...] = ()
    codes: tuple[PromoCode, ...] = ()
    business: VatId | None = None


@dataclass(frozen=True, slots=True)
class PriceRules:
    """Everything a price follows from. The lines of a result are in the order of `types`.

    `rounding` says where a tax is rounded:

    - "line": on each unit;
    - "document_net": the tax of a rate is computed once, from the sum of the net amounts (EN 16931, BR-CO-17); what
      the buyer pays may differ from the prices shown by a few minor units;
    - "document_gross": once, from the sum of the gross amounts, which stay as they are. (A tax that is added on top is
      summed from its net amounts here too: those are the amounts that were stated.)

    The corrections this needs are put on single units. Reverse charge takes place between `seller_country` and a
    business in another EU country if `has_reverse_charge`; taxes are rounded on each unit then.
    Raises BadTypes, BadBundle, BadFee.
    """

    currency: str
    types: tuple[OfferedType, ...]
    bundles: tuple[Bundle, ...] = ()
    fees: tuple[Fee, ...] = ()
    discounts: tuple[AutomaticDiscount, ...] = ()
    rounding: Rounding = "line"
    seller_country: str | None = None
    has_reverse_charge: bool = False
    type_at: Mapping[UUID, int] = field(init=False, repr=False, compare=False)
    bundle_at: Mapping[UUID, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        type_at = {offered.id: at for at, offered in enumerate(self.types)}
        bundle_at = {bundle.id: at for at, bundle in enumerate(self.bundles)}
        if len(type_at) < len(self.types):
            raise BadTypes(field="types")
        if len(bundle_at) < len(self.bundles):
            raise BadTypes(field="bundles")
        if self.rounding not in ROUNDINGS:
            raise BadTypes(field="rounding")
        if self.has_reverse_charge and self.seller_country not in EU_COUNTRIES:
            raise BadTypes(field="seller_country")
        if len(self.fees) > FEES_MAX:
            raise BadFee(field="fees")
        for at, bundle in enumerate(self.bundles):
            ids = [type_id for type_id, _ in bundle.components]
            if len(set(ids)) < len(ids) or any(
                type_id not in type_at or self.types[type_at[type_id]].kind == "donation" for type_id in ids
            ):
                raise BadBundle(field=f"bundles.{at}.components")
        # The only way to set a field of a frozen value that follows from the others.
        object.__setattr__(self, "type_at", MappingProxyType(type_at))
        object.__setattr__(self, "bundle_at", MappingProxyType(bundle_at))
