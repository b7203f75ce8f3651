"""A priced basket as it is stored with an order: plain JSON with the basket, the rules and the result.

Of the rules only the types and bundles of the basket are kept; the others changed nothing. Sets are sorted lists.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from admitone.pricing.basket import Basket, BasketBundle, BasketItem, PriceRules
from admitone.pricing.basket_fees import Fee
from admitone.pricing.discounting import CodeUse
from admitone.pricing.discounts import AutomaticDiscount, GroupDiscount, PromoCode, SomeFree
from admitone.pricing.offered import Bundle, OfferedType, PriceChoice, TicketNeed
from admitone.pricing.priced import PricedBasket, PricedLine, TaxTotal, UnitTax
from admitone.pricing.taxes import TaxRule
from admitone.pricing.vat_ids import VatId

_PLAIN_LINE = tuple(
    field.name
    for field in fields(PricedLine)
    if field.name not in ("ticket_type_id", "bundle_id", "taxes", "labels")
)
_PLAIN_BASKET = tuple(
    field.name for field in fields(PricedBasket) if field.name not in ("lines", "taxes", "codes", "notes")
)
Stored = Mapping[str, Any]


def as_basket_record(priced: PricedBasket, basket: Basket, rules: PriceRules) -> dict[str, Any]:
    """Return a JSON-able record of a priced basket, of the basket and of the rules it was priced by."""
    return {
        **{name: getattr(priced, name) for name in _PLAIN_BASKET},
        "lines": [_line_record(line) for line in priced.lines],
        "taxes": [asdict(tax) for tax in priced.taxes],
        "codes": [asdict(use) for use in priced.codes],
        "notes": list(priced.notes),
        "basket": _basket_record(basket),
        "rules": rules_record(rules, basket),
    }


def _line_record(line: PricedLine) -> dict[str, Any]:
    return {
        "ticket_type_id": str(line.ticket_type_id),
        "bundle_id": None if line.bundle_id is None else str(line.bundle_id),
        **{name: getattr(line, name) for name in _PLAIN_LINE},
        "taxes": [asdict(tax) for tax in line.taxes],
        "labels": list(line.labels),
    }


def basket_from_record(stored: Stored) -> PricedBasket:
    """Return the priced basket exactly as stored. A record whose sums do not hold is an AssertionError."""
    return PricedBasket(
        **{name: stored[name] for name in _PLAIN_BASKET},
        lines=tuple(
            PricedLine(
                **{name: line[name] for name in _PLAIN_LINE},
                ticket_type_id=UUID(line["ticket_type_id"]),
                bundle_id=None if line["bundle_id"] is None else UUID(line["bundle_id"]),
                taxes=tuple(UnitTax(**tax) for tax in line["taxes"]),
                labels=tuple(line["labels"]),
            )
            for line in stored["lines"]
        ),
        taxes=tuple(TaxTotal(**tax) for tax in stored["taxes"]),
        codes=tuple(CodeUse(**use) for use in stored["codes"]),
        notes=tuple(stored["notes"]),
    )


def asked_from_record(stored: Stored) -> tuple[Basket, PriceRules]:
    """Return the basket and the rules a record was made of."""
    return _basket(stored["basket"]), rules_from_rules_record(stored["rules"])


def basket_as_record(basket: Basket) -> dict[str, Any]:
    """Return a JSON-able record of a basket alone, with the effects of its codes."""
    return _basket_record(basket)


def basket_of_record(stored: Stored) -> Basket:
    """Return the basket of `basket_as_record`."""
    return _basket(stored)


def _ids(ids: frozenset[UUID] | None) -> list[str] | None:
    return None if ids is None else sorted(str(one) for one in ids)


def _id_set(ids: Iterable[str] | None) -> frozenset[UUID] | None:
    return None if ids is None else frozenset(UUID(one) for one in ids)


def _basket_record(basket: Basket) -> dict[str, Any]:
    return {
        "items": [
            {
                "type_id": str(item.type_id),
                "quantity": item.quantity,
                "chosen_minor": item.chosen_minor,
                # Version 2 has no steps, and its records stay as they are.
                **({} if item.step is None else {"step": item.step}),
            }
            for item in basket.items
        ],
        "bundles": [
            {"bundle_id": str(wanted.bundle_id), "quantity": wanted.quantity} for wanted in basket.bundles
        ],
        "codes": [
            {
                **asdict(code),
                "type_ids": _ids(code.type_ids),
                "unlocked_type_ids": _ids(code.unlocked_type_ids),
            }
            for code in basket.codes
        ],
        "business": None if basket.business is None else asdict(basket.business),
    }


def _basket(stored: Stored) -> Basket:
    return Basket(
        items=tuple(
            BasketItem(UUID(item["type_id"]), item["quantity"], item["chosen_minor"], item.get("step"))
            for item in stored["items"]
        ),
        bundles=tuple(
            BasketBundle(UUID(wanted["bundle_id"]), wanted["quantity"]) for wanted in stored["bundles"]
        ),
        codes=tuple(
            PromoCode(
                **{
                    **code,
                    "type_ids": _id_set(code["type_ids"]),
                    "unlocked_type_ids": _id_set(code["unlocked_type_ids"]),
                }
            )
            for code in stored["codes"]
        ),
        # Not checked again: what was a good number then is one for ever.
        business=None if stored["business"] is None else VatId(**stored["business"]),
    )


def rules_record(rules: PriceRules, basket: Basket | None = None) -> dict[str, Any]:
    """Return a JSON-able record of rules; with a basket, only of the types and bundles it has."""
    bundles = [
        bundle
        for bundle in rules.bundles
        if basket is None or any(wanted.bundle_id == bundle.id for wanted in basket.bundles)
    ]
    used = {type_id for bundle in bundles for type_id, _ in bundle.components}
    used |= set(rules.type_at) if basket is None else {item.type_id for item in basket.items}
    return {
        "currency": rules.currency,
        "types": [_type_record(offered) for offered in rules.types if offered.id in used],
        "bundles": [
            {
                "id": str(bundle.id),
                "name": bundle.name,
                "price_minor": bundle.price_minor,
                "components": [[str(type_id), quantity] for type_id, quantity in bundle.components],
            }
            for bundle in bundles
        ],
        "fees": [{**asdict(fee), "exempt_kinds": sorted(fee.exempt_kinds)} for fee in rules.fees],
        "discounts": [
            {
                "effect": "group" if isinstance(discount, GroupDiscount) else "some_free",
                **asdict(discount),
                "type_ids": _ids(discount.type_ids),
            }
            for discount in rules.discounts
        ],
        "rounding": rules.rounding,
        "seller_country": rules.seller_country,
        "has_reverse_charge": rules.has_reverse_charge,
    }


def _type_record(offered: OfferedType) -> dict[str, Any]:
    need, plain = offered.needs_ticket, asdict(offered)
    if not offered.steps_minor:
        del plain["steps_minor"]
    return {
        **plain,
        "id": str(offered.id),
        "needs_ticket": need and {"per_ticket": need.per_ticket, "type_ids": _ids(need.type_ids)},
    }


def rules_from_rules_record(stored: Stored) -> PriceRules:
    """Return the rules of `rules_record`."""
    return PriceRules(
        currency=stored["currency"],
        types=tuple(_type(offered) for offered in stored["types"]),
        bundles=tuple(
            Bundle(
                UUID(bundle["id"]),
                bundle["name"],
                bundle["price_minor"],
                tuple((UUID(type_id), quantity) for type_id, quantity in bundle["components"]),
            )
            for bundle in stored["bundles"]
        ),
        fees=tuple(
            Fee(
                **{
                    **fee,
                    "tax": None if fee["tax"] is None else TaxRule(**fee["tax"]),
                    "exempt_kinds": frozenset(fee["exempt_kinds"]),
                }
            )
            for fee in stored["fees"]
        ),
        discounts=tuple(_discount(discount) for discount in stored["discounts"]),
        rounding=stored["rounding"],
        seller_country=stored["seller_country"],
        has_reverse_charge=stored["has_reverse_charge"],
    )


def _type(stored: Stored) -> OfferedType:
    need, choice = stored["needs_ticket"], stored["choice"]
    return OfferedType(
        **{
            **stored,
            "id": UUID(stored["id"]),
            "tax": TaxRule(**stored["tax"]),
            "choice": None if choice is None else PriceChoice(**choice),
            "steps_minor": tuple(stored.get("steps_minor", ())),
            "needs_ticket": None
            if need is None
            else TicketNeed(need["per_ticket"], _id_set(need["type_ids"])),
        }
    )


def _discount(stored: Stored) -> AutomaticDiscount:
    values = {name: value for name, value in stored.items() if name != "effect"}
    values["type_ids"] = _id_set(stored["type_ids"])
    return GroupDiscount(**values) if stored["effect"] == "group" else SomeFree(**values)
