"""A basket priced by version 2 of the rules: lines of equal units, sums, taxes by rate, what each promo code did.

Every unit of a line has the same numbers, so what one unit cost (and gives back) is read off its line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from admitone.pricing.discounting import CodeUse
from admitone.pricing.offered import Kind


@dataclass(frozen=True, slots=True)
class UnitTax:
    """The part of a unit's total under one tax, in minor units; `tax_minor` is inside `gross_minor`."""

    rate_bps: int
    name: str
    mode: Literal["included", "added"]
    gross_minor: int
    tax_minor: int

    def __post_init__(self) -> None:
        assert 0 <= self.tax_minor <= self.gross_minor


@dataclass(frozen=True, slots=True)
class PricedLine:
    """Units of one type with equal numbers, all of one unit and in minor units, but for `total_minor`.

    - list - discount = price: what the organiser asks, before fees on top and taxes added.
    - `unit_platform_fee_minor` + `unit_processing_fee_minor` = `unit_fee_minor`: what the site earns.
      `unit_fee_on_top_minor` is the part of it that the buyer pays; the rest is out of the organiser's part.
    - `unit_organiser_fee_minor` is earned by the organiser and paid by the buyer.
    - `unit_tax_minor` is all tax; `unit_tax_on_top_minor` the part of it that was added.
    - `unit_reversed_tax_minor`: included tax taken off by reverse charge. `unit_rounding_minor`: what rounding by
      document changed; it may be negative.
    - `unit_fees_gross_minor`: what the buyer pays for fees, its tax `unit_fees_tax_minor` included.
    - `tax_rate_bps` and `tax_name` are the type's own; `taxes` has every tax of the unit.
    - `labels`: the discounts this unit got, in the order of application.
    """

    ticket_type_id: UUID
    name: str
    kind: Kind
    bundle_id: UUID | None
    unit_list_minor: int
    unit_discount_minor: int
    unit_price_minor: int
    unit_platform_fee_minor: int
    unit_processing_fee_minor: int
    unit_fee_minor: int
    unit_fee_on_top_minor: int
    unit_organiser_fee_minor: int
    unit_tax_minor: int
    unit_tax_on_top_minor: int
    unit_reversed_tax_minor: int
    unit_rounding_minor: int
    unit_fees_gross_minor: int
    unit_fees_tax_minor: int
    tax_rate_bps: int
    tax_name: str
    taxes: tuple[UnitTax, ...]
    labels: tuple[str, ...]
    unit_total_minor: int
    quantity: int
    total_minor: int

    def __post_init__(self) -> None:
        total_minor, tax_minor = self.unit_total_minor, self.unit_tax_minor
        assert self.quantity >= 1
        assert self.total_minor == total_minor * self.quantity
        assert self.unit_price_minor == self.unit_list_minor - self.unit_discount_minor
        assert self.unit_fee_minor == self.unit_platform_fee_minor + self.unit_processing_fee_minor
        # From the price upwards: what is put on it ...
        assert total_minor == (
            self.unit_price_minor
            + self.unit_fee_on_top_minor
            + self.unit_organiser_fee_minor
            + self.unit_tax_on_top_minor
            - self.unit_reversed_tax_minor
            + self.unit_rounding_minor
        )
        # ... and from the total downwards: who gets it.
        taxes = self.taxes
        assert taxes
        assert total_minor == sum([tax.gross_minor for tax in taxes])
        assert tax_minor == sum([tax.tax_minor for tax in taxes])
        assert self.unit_organiser_minor >= 0
        assert 0 <= self.unit_fee_on_top_minor <= self.unit_fee_minor
        assert 0 <= self.unit_tax_on_top_minor <= tax_minor
        fees_tax_minor, fees_minor = self.unit_fees_tax_minor, self.unit_fees_gross_minor
        assert 0 <= fees_tax_minor <= fees_minor <= total_minor
        assert 0 <= tax_minor - fees_tax_minor <= total_minor - fees_minor
        assert (
            min(
                self.unit_price_minor,
                self.unit_discount_minor,
                self.unit_platform_fee_minor,
                self.unit_processing_fee_minor,
                self.unit_organiser_fee_minor,
                self.unit_reversed_tax_minor,
            )
            >= 0
        )

    @property
    def unit_organiser_minor(self) -> int:
        """Return what the organiser gets of one unit, fees of the organiser's included."""
        return self.unit_total_minor - self.unit_fee_minor - self.unit_tax_minor


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """Everything under one tax: `net_minor + tax_minor = gross_minor`."""

    rate_bps: int
    name: str
    net_minor: int
    tax_minor: int
    gross_minor: int


def tax_totals(lines: Iterable[PricedLine]) -> tuple[TaxTotal, ...]:
    """Return the sums by rate and name, lowest rate first."""
    sums: dict[tuple[int, str], list[int]] = {}
    for line in lines:
        quantity = line.quantity
        for tax in line.taxes:
            found = sums.setdefault((tax.rate_bps, tax.name), [0, 0])
            found[0] += tax.gross_minor * quantity
            found[1] += tax.tax_minor * quantity
    return tuple(
        [
            TaxTotal(rate_bps, name, gross_minor - tax_minor, tax_minor, gross_minor)
            for (rate_bps, name), (gross_minor, tax_minor) in (sorted(sums.items()))
        ]
    )


@dataclass(frozen=True, slots=True)
class PricedBasket:
    """A basket priced, in minor units of `currency`.

    `total_minor` is what the buyer pays and exactly `organiser_minor + fee_minor + tax_minor`, none negative;
    `fee_minor` is what the site earns, `platform_fee_minor + processing_fee_minor`. `organiser_fee_minor` is a part of
    `organiser_minor`. `list_minor - discount_minor = face_minor`, the sum of the prices. `notes` are sentences that
    belong on documents.
    """

    currency: str
    rule_version: int
    lines: tuple[PricedLine, ...]
    list_minor: int
    discount_minor: int
    face_minor: int
    platform_fee_minor: int
    processing_fee_minor: int
    fee_minor: int
    organiser_fee_minor: int
    tax_minor: int
    total_minor: int
    organiser_minor: int
    taxes: tuple[TaxTotal, ...]
    codes: tuple[CodeUse, ...]
    is_reverse_charged: bool
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        sums = [0] * 10
        for line in self.lines:
            quantity = line.quantity
            numbers = (
                line.unit_list_minor,
                line.unit_discount_minor,
                line.unit_price_minor,
                line.unit_platform_fee_minor,
                line.unit_processing_fee_minor,
                line.unit_fee_minor,
                line.unit_organiser_fee_minor,
                line.unit_tax_minor,
                line.unit_total_minor,
                line.unit_organiser_minor,
            )
            for at, unit_minor in enumerate(numbers):
                sums[at] += unit_minor * quantity
        # From the lines upwards ...
        assert sums == [
            self.list_minor,
            self.discount_minor,
            self.face_minor,
            self.platform_fee_minor,
            self.processing_fee_minor,
            self.fee_minor,
            self.organiser_fee_minor,
            self.tax_minor,
            self.total_minor,
            self.organiser_minor,
        ]
        # ... and from the sums alone.
        assert self.face_minor == self.list_minor - self.discount_minor
        assert self.fee_minor == self.platform_fee_minor + self.processing_fee_minor
        assert self.total_minor == self.organiser_minor + self.fee_minor + self.tax_minor
        assert self.total_minor == sum([tax.gross_minor for tax in self.taxes])
        assert self.tax_minor == sum([tax.tax_minor for tax in self.taxes])
        assert self.taxes == tax_totals(self.lines)
        assert sum([use.off_minor for use in self.codes]) <= self.discount_minor
