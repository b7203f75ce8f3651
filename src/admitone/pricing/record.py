"""A quote as it is stored with an order, and proof later that it still adds up.

A record is plain JSON: whole numbers and strings only. It carries the rules and their version beside the
result, so the result can be computed again from what is in the record, long after the rules in force have
changed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from admitone.pricing.basket import Basket, PriceRules
from admitone.pricing.basket_record import asked_from_record, basket_from_record
from admitone.pricing.fees import FeeRule
from admitone.pricing.price_basket import priced_v2, priced_v3
from admitone.pricing.priced import PricedBasket
from admitone.pricing.quote import Item, Quote, QuoteLine, priced_v1
from admitone.pricing.taxes import TaxRule

_RULES: dict[int, Callable[[str, Sequence[Item], FeeRule, TaxRule], Quote]] = {1: priced_v1}
"""Versions that price items by one fee and one tax. Version 2 prices a basket: see `basket_record`."""
_BASKET_RULES: dict[int, Callable[[Basket, PriceRules], PricedBasket]] = {2: priced_v2, 3: priced_v3}


class UnknownRules(ValueError):
    """A record of a rule version this program does not have: the database is newer, or broken."""


def as_record(quote: Quote, fee: FeeRule, tax: TaxRule) -> dict[str, Any]:
    """Return a JSON-able record of a quote and of the rules it was made with."""
    return {
        "rule_version": quote.rule_version,
        "currency": quote.currency,
        "fee": {"percent_bps": fee.percent_bps, "fixed_minor": fee.fixed_minor, "paid_by": fee.paid_by},
        "tax": {"rate_bps": tax.rate_bps, "mode": tax.mode, "name": tax.name},
        "lines": [
            {
                "ticket_type_id": str(line.ticket_type_id),
                "name": line.name,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "unit_fee_minor": line.unit_fee_minor,
                "unit_tax_minor": line.unit_tax_minor,
                "unit_total_minor": line.unit_total_minor,
                "total_minor": line.total_minor,
            }
            for line in quote.lines
        ],
        "face_minor": quote.face_minor,
        "fee_minor": quote.fee_minor,
        "tax_minor": quote.tax_minor,
        "total_minor": quote.total_minor,
        "organiser_minor": quote.organiser_minor,
    }


def from_record(stored: Mapping[str, Any]) -> Quote:
    """Return a quote of version 1 exactly as stored. A record whose sums do not hold is an AssertionError."""
    return Quote(
        currency=stored["currency"],
        rule_version=stored["rule_version"],
        lines=tuple(
            QuoteLine(
                ticket_type_id=UUID(line["ticket_type_id"]),
                name=line["name"],
                quantity=line["quantity"],
                unit_price_minor=line["unit_price_minor"],
                unit_fee_minor=line["unit_fee_minor"],
                unit_tax_minor=line["unit_tax_minor"],
                unit_total_minor=line["unit_total_minor"],
                total_minor=line["total_minor"],
            )
            for line in stored["lines"]
        ),
        face_minor=stored["face_minor"],
        fee_minor=stored["fee_minor"],
        tax_minor=stored["tax_minor"],
        total_minor=stored["total_minor"],
        organiser_minor=stored["organiser_minor"],
    )


def rules_from_record(stored: Mapping[str, Any]) -> tuple[FeeRule, TaxRule]:
    """Return the fee and tax rules a stored quote was made with."""
    return FeeRule(**stored["fee"]), TaxRule(**stored["tax"])


def any_from_record(stored: Mapping[str, Any]) -> Quote | PricedBasket:
    """Return what is stored, of whichever version. AssertionError as for `from_record`. Raises UnknownRules."""
    version = stored["rule_version"]
    if version in _BASKET_RULES:
        return basket_from_record(stored)
    if version in _RULES:
        return from_record(stored)
    raise UnknownRules(f"no pricing rules of version {version!r}")


def recompute(stored: Mapping[str, Any]) -> Quote | PricedBasket:
    """Price what is stored again, by the stored rules and their version, looking at no stored result.

    Equal to `any_from_record` of the same record unless one of them was tampered with. Raises UnknownRules.
    """
    basket_rules = _BASKET_RULES.get(stored["rule_version"])
    if basket_rules is not None:
        return basket_rules(*asked_from_record(stored))
    rules = _RULES.get(stored["rule_version"])
    if rules is None:
        raise UnknownRules(f"no pricing rules of version {stored['rule_version']!r}")
    items = [
        Item(
            ticket_type_id=UUID(line["ticket_type_id"]),
            name=line["name"],
            quantity=line["quantity"],
            unit_price_minor=line["unit_price_minor"],
        )
        for line in stored["lines"]
    ]
    fee, tax = rules_from_record(stored)
    return rules(stored["currency"], items, fee, tax)
