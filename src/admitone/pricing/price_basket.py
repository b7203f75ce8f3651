"""Version 2 of the pricing rules: from a basket to lines of equal units.

In this order: list or chosen prices and shares of bundles (`expanding`), discounts (`discounting`), fees and taxes
(`charging`), lines. Whole minor units throughout.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from admitone.pricing.basket import Basket, BasketItem, PriceRules
from admitone.pricing.basket_fees import Fee
from admitone.pricing.charging import charge
from admitone.pricing.discounting import apply_automatic, apply_codes
from admitone.pricing.expanding import expanded
from admitone.pricing.priced import PricedBasket, PricedLine, UnitTax, tax_totals
from admitone.pricing.quote import TOTAL_MAX_MINOR, TooLarge
from admitone.pricing.rounding import split
from admitone.pricing.units import Run, Runs
from admitone.pricing.vat_ids import REVERSE_CHARGE_NOTE, is_reverse_charged
from admitone.values import currencies

BASKET_RULE_VERSION = 2
STEPPED_RULE_VERSION = 3


def price_basket(basket: Basket, rules: PriceRules) -> PricedBasket:
    """Price a basket by the rules in force: BASKET_RULE_VERSION, or STEPPED_RULE_VERSION if it names price steps.

    The same whatever the order of the basket's items, bundles and codes. Raises UnknownCurrency, TooLarge, what
    `expanding.expanded` raises about the basket and `discounting.apply_codes` about promo codes.
    """
    currencies.exponent(rules.currency)
    is_stepped = any(item.step is not None for item in basket.items)
    priced = priced_v3(basket, rules) if is_stepped else priced_v2(basket, rules)
    if priced.total_minor > TOTAL_MAX_MINOR:
        raise TooLarge(field="items")
    return priced


def price_of_one(
    type_id: UUID, rules: PriceRules, chosen_minor: int | None = None, step: int | None = None
) -> PricedLine:
    """Return one unit bought alone, which is what to show beside it: discounts and fees of the order aside.

    The minimum stands for a price the buyer has yet to choose, where there is no list price. An add-on is priced
    without its ticket. Raises UnknownCurrency, UnknownType, and what is wrong with the chosen price.
    """
    currencies.exponent(rules.currency)
    at = rules.type_at.get(type_id)
    if chosen_minor is None and at is not None and rules.types[at].kind == "donation":
        choice = rules.types[at].choice
        assert choice is not None
        chosen_minor = choice.minimum_minor
    per_ticket = tuple(fee for fee in rules.fees if fee.per == "ticket")
    alone = replace(rules, fees=per_ticket, discounts=(), rounding="line")
    basket = Basket((BasketItem(type_id, 1, chosen_minor, step),))
    runs = expanded(basket, alone, checks_needs=False)
    charge(runs, alone, is_reversed=False)
    return _lines(runs, alone.fees, is_reversed=False)[0]


def priced_v2(basket: Basket, rules: PriceRules) -> PricedBasket:
    """Price a basket by version 2 of the rules. Never changed: new rules get a new version."""
    runs = expanded(basket, rules)
    if rules.discounts:
        apply_automatic(runs, rules.discounts)
    codes = apply_codes(runs, basket.codes) if basket.codes else ()
    is_reversed = rules.has_reverse_charge and is_reverse_charged(rules.seller_country, basket.business)
    charge(runs, rules, is_reversed)
    lines = _lines(runs, rules.fees, is_reversed)
    list_minor = discount_minor = platform_minor = processing_minor = 0
    organiser_fee_minor = tax_minor = total_minor = 0
    for line in lines:
        quantity = line.quantity
        list_minor += line.unit_list_minor * quantity
        discount_minor += line.unit_discount_minor * quantity
        platform_minor += line.unit_platform_fee_minor * quantity
        processing_minor += line.unit_processing_fee_minor * quantity
        organiser_fee_minor += line.unit_organiser_fee_minor * quantity
        tax_minor += line.unit_tax_minor * quantity
        total_minor += line.total_minor
    fee_minor = platform_minor + processing_minor
    has_reversed = is_reversed and any(part.rule.rate_bps for run in runs for part in run.parts)
    return PricedBasket(
        currency=rules.currency,
        rule_version=2,
        lines=lines,
        list_minor=list_minor,
        discount_minor=discount_minor,
        face_minor=list_minor - discount_minor,
        platform_fee_minor=platform_minor,
        processing_fee_minor=processing_minor,
        fee_minor=fee_minor,
        organiser_fee_minor=organiser_fee_minor,
        tax_minor=tax_minor,
        total_minor=total_minor,
        organiser_minor=total_minor - fee_minor - tax_minor,
        taxes=tax_totals(lines),
        codes=codes,
        is_reverse_charged=has_reversed,
        notes=(REVERSE_CHARGE_NOTE,) if has_reversed else (),
    )


def priced_v3(basket: Basket, rules: PriceRules) -> PricedBasket:
    """Price a basket with tickets at a price step: a program that knows no steps does not take it for version 2."""
    return replace(priced_v2(basket, rules), rule_version=STEPPED_RULE_VERSION)


def _lines(runs: Runs, fees: tuple[Fee, ...], is_reversed: bool) -> tuple[PricedLine, ...]:
    """Return the lines, units with equal numbers together."""
    counts: dict[tuple[Any, ...], int] = {}
    for run in runs:
        unit = _unit(run, fees, is_reversed)
        counts[unit] = counts.get(unit, 0) + run.count
    return tuple([PricedLine(*(*unit, count, unit[-1] * count)) for unit, count in counts.items()])


def _unit(run: Run, fees: tuple[Fee, ...], is_reversed: bool) -> tuple[Any, ...]:
    """Return what is said of one unit, in the order of the fields of a line up to `unit_total_minor`."""
    platform_minor = processing_minor = organiser_fee_minor = on_top_minor = 0
    for fee, amount_minor in zip(fees, run.fees, strict=True):
        if fee.earned_by == "organiser":
            organiser_fee_minor += amount_minor
            continue
        if fee.earned_by == "platform":
            platform_minor += amount_minor
        else:
            processing_minor += amount_minor
        if fee.paid_by == "buyer":
            on_top_minor += amount_minor
    total_minor = tax_minor = added_minor = reversed_minor = rounding_minor = 0
    fees_gross_minor = fees_tax_minor = 0
    taxes = []
    for part in run.parts:
        gross_minor, part_tax_minor, rule = part.gross, part.tax, part.rule
        total_minor += gross_minor
        tax_minor += part_tax_minor
        reversed_minor += part.reversed
        rounding_minor += part.correction
        if rule.mode == "added":
            added_minor += part_tax_minor
        if part.fees:
            fees_gross_minor += split(gross_minor, part.fees, part.price)[0]
            fees_tax_minor += split(part_tax_minor, part.fees, part.price)[0]
        rate_bps = 0 if is_reversed else rule.rate_bps
        taxes.append(UnitTax(rate_bps, rule.name, rule.mode, gross_minor, part_tax_minor))
    own, offered = taxes[0], run.offered
    return (
        offered.id,
        offered.name,
        offered.kind,
        run.bundle_id,
        run.list_minor,
        run.list_minor - run.price_minor,
        run.price_minor,
        platform_minor,
        processing_minor,
        platform_minor + processing_minor,
        on_top_minor,
        organiser_fee_minor,
        tax_minor,
        added_minor,
        reversed_minor,
        rounding_minor,
        fees_gross_minor,
        fees_tax_minor,
        own.rate_bps,
        own.name,
        tuple(taxes),
        run.labels,
        total_minor,
    )
