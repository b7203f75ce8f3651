"""What a basket costs: the all-in price of each ticket, and who gets which part of it.

Everything is rounded once per ticket, so that the price shown times the quantity is always the line's total,
and the parts (organiser, fee, tax) always add up to what the buyer pays. Whole minor units throughout, no
fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from admitone.pricing.fees import FeeRule, unit_fee_minor
from admitone.pricing.taxes import TaxRule, added_tax_minor, included_tax_minor, largest_gross_minor
from admitone.values import currencies
from admitone.values.refusals import Invalid

RULE_VERSION = 1
QUANTITY_MAX = 1_000
PRICE_MAX_MINOR = 10**15
ITEMS_MAX = 100
# What a signed 64-bit column can hold.
TOTAL_MAX_MINOR = 2**63 - 1


class BadQuantity(Invalid):
    """Not a whole number of tickets from 1 to QUANTITY_MAX."""

    code = "pricing.bad_quantity"
    text = "Choose a whole number of tickets from 1 to {quantity_max}."


class BadPrice(Invalid):
    """Not a whole number of minor units from 0 to PRICE_MAX_MINOR."""

    code = "pricing.bad_price"
    text = "A price cannot be negative or that high."


class BadBasket(Invalid):
    """No lines, or more than ITEMS_MAX."""

    code = "pricing.bad_basket"
    text = "Choose 1 to {items_max} kinds of ticket."


class TooLarge(Invalid):
    """The total does not fit in 64 bits."""

    code = "pricing.too_large"
    text = "That is more than one order can hold. Please split it."


@dataclass(frozen=True, slots=True)
class Item:
    """So many tickets of one type at the price the organiser set, in minor units."""

    ticket_type_id: UUID
    name: str
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One item priced. `unit_total_minor` is the all-in price of one ticket that the buyer sees and pays."""

    ticket_type_id: UUID
    name: str
    quantity: int
    unit_price_minor: int
    unit_fee_minor: int
    unit_tax_minor: int
    unit_total_minor: int
    total_minor: int

    def __post_init__(self) -> None:
        assert self.total_minor == self.unit_total_minor * self.quantity
        assert min(self.unit_fee_minor, self.unit_tax_minor, self.unit_organiser_minor) >= 0

    @property
    def unit_organiser_minor(self) -> int:
        """Return what the organiser keeps of one ticket."""
        return self.unit_total_minor - self.unit_fee_minor - self.unit_tax_minor


@dataclass(frozen=True, slots=True)
class Quote:
    """A basket priced, in minor units of `currency`.

    `face_minor` is the sum of the organiser's prices. `total_minor` is what the buyer pays and is exactly
    `organiser_minor + fee_minor + tax_minor`, none of them negative.
    """

    currency: str
    rule_version: int
    lines: tuple[QuoteLine, ...]
    face_minor: int
    fee_minor: int
    tax_minor: int
    total_minor: int
    organiser_minor: int

    def __post_init__(self) -> None:
        lines = self.lines
        assert self.face_minor == sum(line.unit_price_minor * line.quantity for line in lines)
        assert self.fee_minor == sum(line.unit_fee_minor * line.quantity for line in lines)
        assert self.tax_minor == sum(line.unit_tax_minor * line.quantity for line in lines)
        assert self.total_minor == sum(line.total_minor for line in lines)
        assert self.organiser_minor == sum(line.unit_organiser_minor * line.quantity for line in lines)
        assert self.total_minor == self.organiser_minor + self.fee_minor + self.tax_minor


class _Unit(NamedTuple):
    fee_minor: int
    tax_minor: int
    total_minor: int


def quote(currency: str, items: Sequence[Item], fee: FeeRule, tax: TaxRule) -> Quote:
    """Price a basket by the rules in force (RULE_VERSION).

    A fee is never so large that the organiser would have to pay for selling a ticket: what would be left to
    the organiser after tax is its limit. For a fee on top of the price this only bites when tax is included
    and the fee is several times the price.

    Raises UnknownCurrency, BadBasket, BadQuantity and BadPrice (with the field `items.<n>.…`), TooLarge.
    """
    currencies.exponent(currency)
    if not 1 <= len(items) <= ITEMS_MAX:
        raise BadBasket(field="items", items_max=ITEMS_MAX)
    for at, item in enumerate(items):
        _refuse_bad_item(at, item)
    priced = priced_v1(currency, items, fee, tax)
    if priced.total_minor > TOTAL_MAX_MINOR:
        raise TooLarge(field="items")
    return priced


def _refuse_bad_item(at: int, item: Item) -> None:
    # The type is compared because True and 2.0 would pass every comparison of size.
    if type(item.quantity) is not int or not 1 <= item.quantity <= QUANTITY_MAX:
        raise BadQuantity(field=f"items.{at}.quantity", quantity_max=QUANTITY_MAX)
    if type(item.unit_price_minor) is not int or not 0 <= item.unit_price_minor <= PRICE_MAX_MINOR:
        raise BadPrice(field=f"items.{at}.unit_price_minor")


def priced_v1(currency: str, items: Sequence[Item], fee: FeeRule, tax: TaxRule) -> Quote:
    """Price items checked before, by version 1 of the rules. Never changed: new rules get a new version."""
    lines = tuple(_line(item, fee, tax) for item in items)
    face_minor = sum(item.unit_price_minor * item.quantity for item in items)
    fee_minor = sum(line.unit_fee_minor * line.quantity for line in lines)
    tax_minor = sum(line.unit_tax_minor * line.quantity for line in lines)
    total_minor = sum(line.total_minor for line in lines)
    # The sum once more, the other way: from the face value upwards instead of from the lines.
    on_top_minor = (fee_minor if fee.paid_by == "buyer" else 0) + (tax_minor if tax.mode == "added" else 0)
    assert total_minor == face_minor + on_top_minor
    return Quote(
        currency=currency,
        rule_version=1,
        lines=lines,
        face_minor=face_minor,
        fee_minor=fee_minor,
        tax_minor=tax_minor,
        total_minor=total_minor,
        organiser_minor=total_minor - fee_minor - tax_minor,
    )


def _line(item: Item, fee: FeeRule, tax: TaxRule) -> QuoteLine:
    unit = (
        _unit_paid_by_buyer(item, fee, tax)
        if fee.paid_by == "buyer"
        else _unit_paid_by_organiser(item, fee, tax)
    )
    return QuoteLine(
        ticket_type_id=item.ticket_type_id,
        name=item.name,
        quantity=item.quantity,
        unit_price_minor=item.unit_price_minor,
        unit_fee_minor=unit.fee_minor,
        unit_tax_minor=unit.tax_minor,
        unit_total_minor=unit.total_minor,
        total_minor=unit.total_minor * item.quantity,
    )


def _unit_paid_by_buyer(item: Item, fee: FeeRule, tax: TaxRule) -> _Unit:
    price_minor = item.unit_price_minor
    fee_minor = unit_fee_minor(price_minor, fee)
    if tax.mode == "added":
        tax_minor = added_tax_minor(price_minor + fee_minor, tax.rate_bps)
        return _Unit(fee_minor, tax_minor, price_minor + fee_minor + tax_minor)
    if tax.rate_bps:
        # The tax inside price and fee together comes out of the price, so it may not exceed the price.
        fee_minor = min(fee_minor, largest_gross_minor(price_minor, tax.rate_bps) - price_minor)
    total_minor = price_minor + fee_minor
    return _Unit(fee_minor, included_tax_minor(total_minor, tax.rate_bps), total_minor)


def _unit_paid_by_organiser(item: Item, fee: FeeRule, tax: TaxRule) -> _Unit:
    price_minor = item.unit_price_minor
    fee_minor = unit_fee_minor(price_minor, fee)
    if tax.mode == "added":
        tax_minor = added_tax_minor(price_minor, tax.rate_bps)
        return _Unit(min(fee_minor, price_minor), tax_minor, price_minor + tax_minor)
    tax_minor = included_tax_minor(price_minor, tax.rate_bps)
    return _Unit(min(fee_minor, price_minor - tax_minor), tax_minor, price_minor)
