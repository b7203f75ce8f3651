"""The rules an offer is priced by. Pure."""

from collections.abc import Sequence
from uuid import UUID

from admitone import pricing
from admitone.events.offers import Offer, OfferedType
from admitone.events.prices import DiscountPlan, FeePlan
from admitone.pricing import (
    NO_TAX,
    AutomaticDiscount,
    Bundle,
    Fee,
    GroupDiscount,
    PriceChoice,
    PriceRules,
    SomeFree,
    TaxRule,
    TicketNeed,
)

_GIFTS: frozenset[pricing.Kind] = frozenset({"donation"})
"""Nobody earns a fee on what is given."""


def price_rules(offer: Offer) -> PriceRules:
    """Return the rules. What does not fit together raises what `pricing` raises: BadTypes, BadBundle, BadFee, ..."""
    prices = offer.prices
    return PriceRules(
        currency=offer.currency,
        types=tuple(_type(offer, one) for one in offer.types),
        bundles=tuple(Bundle(one.id, one.name, one.price_minor, one.components) for one in prices.bundles),
        fees=_fees(offer),
        discounts=tuple(_discount(one) for one in prices.discounts),
        rounding=prices.rounding,
        seller_country=prices.seller_country,
        has_reverse_charge=prices.has_reverse_charge,
    )


def _type(offer: Offer, one: OfferedType) -> pricing.OfferedType:
    # What is given buys nothing, so it has no tax unless the organiser names one.
    prices, tax = one.prices, NO_TAX if one.kind == "donation" else offer.tax
    if prices.tax_bps is not None:
        tax = TaxRule(prices.tax_bps, offer.tax.mode, prices.tax_name or offer.tax.name)
    is_chosen = prices.is_chosen or one.kind == "donation"
    needs = prices.needs_tickets
    return pricing.OfferedType(
        id=one.id,
        name=one.name,
        kind=one.kind,
        list_minor=one.price_minor,
        tax=tax,
        choice=PriceChoice(prices.least_minor, prices.most_minor) if is_chosen else None,
        needs_ticket=None if needs is None else TicketNeed(needs, _named(prices.needs_type_ids)),
        steps_minor=tuple(step.price_minor for step in prices.steps),
    )


def _fees(offer: Offer) -> tuple[Fee, ...]:
    """The site's first: were a price too small for all of them, those listed last are cut first."""
    fees = []
    platform = FeePlan(offer.fee.percent_bps, offer.fee.fixed_minor, offer.prices.platform_most_minor)
    processing_by = offer.prices.processing_paid_by or offer.fee.paid_by
    if not platform.is_nothing:
        fees.append(
            Fee(
                "platform",
                platform.bps,
                platform.fixed_minor,
                max_minor=platform.most_minor,
                paid_by=offer.fee.paid_by,
                exempt_kinds=_GIFTS,
            )
        )
    for earned_by, plan in (("processing", offer.prices.processing), ("organiser", offer.prices.booking)):
        if plan.is_nothing:
            continue
        fees.append(
            Fee(
                "processing" if earned_by == "processing" else "organiser",
                plan.bps,
                plan.fixed_minor,
                max_minor=plan.most_minor,
                per=plan.per,
                paid_by=processing_by if earned_by == "processing" else "buyer",
                exempt_kinds=_GIFTS,
            )
        )
    return tuple(fees)


def _discount(one: DiscountPlan) -> AutomaticDiscount:
    if one.kind == "group":
        return GroupDiscount(one.label, one.take, one.percent_bps, _named(one.type_ids))
    return SomeFree(one.label, one.take, one.pay, _named(one.type_ids))


def _named(type_ids: Sequence[UUID]) -> frozenset[UUID] | None:
    return frozenset(type_ids) or None
