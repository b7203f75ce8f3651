"""What can be wrong with prices beyond the simple case, field by field."""

from collections.abc import Iterable, Iterator

from admitone.events import refusals
from admitone.events.prices import KINDS, DiscountPlan, EventPrices, FeePlan, TypePrices
from admitone.pricing import EU_COUNTRIES, ROUNDINGS
from admitone.values.refusals import Refusal

RATE_MAX_BPS = 5_000
WHOLE_BPS = 10_000
AMOUNT_MAX_MINOR = 10**15
COUNT_MAX = 1_000
LISTED_MOST = 50
LABEL_MOST = 60
STEPS_MOST = 10
PLACES_MAX = 1_000_000


def type_price_problems(kind: str, price_minor: int, prices: TypePrices) -> Iterable[Refusal]:
    """What is wrong with a ticket type's prices; fields as in `TypePrices`."""
    if kind not in KINDS:
        yield refusals.UnknownChoice(field="kind", choices=", ".join(KINDS))
    most = prices.most_minor
    yield from _out("least_minor", prices.least_minor, 0, AMOUNT_MAX_MINOR)
    if most is not None:
        yield from _out("most_minor", most, 0, AMOUNT_MAX_MINOR)
    if (prices.is_chosen or kind == "donation") and most is not None and most < prices.least_minor:
        yield refusals.MostBelowLeast(field="most_minor")
    elif prices.is_chosen and kind != "donation":
        end = AMOUNT_MAX_MINOR if most is None else most
        if not prices.least_minor <= price_minor <= end:
            yield refusals.SuggestedOutside(field="price_minor")
    if prices.tax_bps is not None:
        yield from _out("tax_bps", prices.tax_bps, 0, RATE_MAX_BPS)
    if len(prices.tax_name) > LABEL_MOST:
        yield refusals.TooLong(field="tax_name", most=LABEL_MOST)
    if prices.needs_tickets is not None:
        if kind != "add_on":
            yield refusals.OnlyAddOns(field="needs_tickets")
        yield from _out("needs_tickets", prices.needs_tickets, 1, COUNT_MAX)
    yield from _step_problems(kind, prices)
    if len(prices.needs_type_ids) > LISTED_MOST:
        yield refusals.TooMany(field="needs_type_ids", most=LISTED_MOST)


def _step_problems(kind: str, prices: TypePrices) -> Iterator[Refusal]:
    if len(prices.steps) > STEPS_MOST:
        yield refusals.TooMany(field="steps", most=STEPS_MOST)
    if prices.steps and (prices.is_chosen or kind == "donation"):
        yield refusals.StepsAndChoice(field="steps")
    if len({step.id for step in prices.steps}) < len(prices.steps):
        yield refusals.StepTwice(field="steps")
    before = None
    for at, step in enumerate(prices.steps):
        yield from _out(f"steps.{at}.price_minor", step.price_minor, 0, AMOUNT_MAX_MINOR)
        if len(step.name) > LABEL_MOST:
            yield refusals.TooLong(field=f"steps.{at}.name", most=LABEL_MOST)
        if step.until is None and step.most is None:
            yield refusals.StepWithoutEnd(field=f"steps.{at}.until")
        if step.most is not None:
            yield from _out(f"steps.{at}.most", step.most, 1, PLACES_MAX)
        if step.until is not None:
            if before is not None and step.until <= before:
                yield refusals.StepsOutOfOrder(field=f"steps.{at}.until")
            before = step.until


def event_price_problems(prices: EventPrices) -> Iterable[Refusal]:
    """What is wrong with an event's prices; fields as in `EventPrices`, with points between."""
    for name, fee in (("booking", prices.booking), ("processing", prices.processing)):
        yield from _fee_problems(name, fee)
    if prices.platform_most_minor is not None:
        yield from _out("platform_most_minor", prices.platform_most_minor, 0, AMOUNT_MAX_MINOR)
    if prices.processing_paid_by not in (None, "buyer", "organiser"):
        yield refusals.UnknownChoice(field="processing_paid_by", choices="buyer, organiser")
    if prices.rounding not in ROUNDINGS:
        yield refusals.UnknownChoice(field="rounding", choices=", ".join(ROUNDINGS))
    for name, listed in (("discounts", prices.discounts), ("bundles", prices.bundles)):
        if len(listed) > LISTED_MOST:
            yield refusals.TooMany(field=name, most=LISTED_MOST)
    for at, discount in enumerate(prices.discounts):
        yield from _discount_problems(f"discounts.{at}", discount)
    for at, bundle in enumerate(prices.bundles):
        yield from _named(f"bundles.{at}.name", bundle.name)
        yield from _out(f"bundles.{at}.price_minor", bundle.price_minor, 0, AMOUNT_MAX_MINOR)
        if not bundle.components:
            yield refusals.Missing(field=f"bundles.{at}.components")
        for _, quantity in bundle.components:
            yield from _out(f"bundles.{at}.components", quantity, 1, COUNT_MAX)
    if prices.has_reverse_charge and prices.seller_country not in EU_COUNTRIES:
        yield refusals.SellerNotInUnion(field="seller_country")


def _fee_problems(name: str, fee: FeePlan) -> Iterator[Refusal]:
    yield from _out(f"{name}.bps", fee.bps, 0, RATE_MAX_BPS)
    yield from _out(f"{name}.fixed_minor", fee.fixed_minor, 0, AMOUNT_MAX_MINOR)
    if fee.most_minor is not None:
        yield from _out(f"{name}.most_minor", fee.most_minor, 0, AMOUNT_MAX_MINOR)
    if fee.per not in ("ticket", "order"):
        yield refusals.UnknownChoice(field=f"{name}.per", choices="ticket, order")


def _discount_problems(field: str, discount: DiscountPlan) -> Iterator[Refusal]:
    yield from _named(f"{field}.label", discount.label)
    if discount.kind == "group":
        yield from _out(f"{field}.take", discount.take, 1, COUNT_MAX)
        yield from _out(f"{field}.percent_bps", discount.percent_bps, 0, WHOLE_BPS)
    else:
        yield from _out(f"{field}.take", discount.take, 2, COUNT_MAX)
        yield from _out(f"{field}.pay", discount.pay, 1, max(discount.take - 1, 1))


def _named(field: str, text: str) -> Iterator[Refusal]:
    if not text.strip():
        yield refusals.Missing(field=field)
    if len(text) > LABEL_MOST:
        yield refusals.TooLong(field=field, most=LABEL_MOST)


def _out(field: str, number: object, least: int, most: int) -> Iterator[Refusal]:
    # The type is compared because True would pass every comparison of size.
    if type(number) is not int or not least <= number <= most:
        yield refusals.OutOfRange(field=field, least=least, most=most)
