"""What a cancellation of units gives back, and who gives it. Pure; which units and when is the caller's business.

A unit's price and its fees are looked at apart, each with its tax inside. What comes back of the price brings back tax
in proportion (largest remainder). The site gives its fees back only if the terms say that fees come back; the rest is
the organiser's to give. A unit can be refunded in several steps: terms say what has come back in all, so a second step
gives the difference, and never more than was paid.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from admitone.pricing.priced import PricedBasket, PricedLine
from admitone.pricing.quote import QuoteLine
from admitone.pricing.record import any_from_record, rules_from_record
from admitone.pricing.refund_policy import RefundTerms
from admitone.pricing.rounding import half_up, split, spread
from admitone.pricing.taxes import TaxRule

_WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount in minor units, by what it is for.

    What the buyer paid or gets: `price_minor` and `fees_minor`, their taxes `price_tax_minor` and `fees_tax_minor`
    inside them. Of this, `site_on_top_minor` (fees the buyer paid) and `site_inside_minor` (fees out of the organiser's
    part) are the site's, the taxes are tax, the rest is the organiser's.
    """

    price_minor: int = 0
    price_tax_minor: int = 0
    fees_minor: int = 0
    fees_tax_minor: int = 0
    site_on_top_minor: int = 0
    site_inside_minor: int = 0

    def __post_init__(self) -> None:
        assert 0 <= self.price_tax_minor <= self.price_minor
        assert 0 <= self.fees_tax_minor <= self.fees_minor
        assert min(self.site_on_top_minor, self.site_inside_minor) >= 0
        assert self.organiser_minor >= 0
        assert self.total_minor == self.organiser_minor + self.site_minor + self.tax_minor

    @property
    def total_minor(self) -> int:
        """Return the whole amount."""
        return self.price_minor + self.fees_minor

    @property
    def tax_minor(self) -> int:
        """Return all tax in it."""
        return self.price_tax_minor + self.fees_tax_minor

    @property
    def site_minor(self) -> int:
        """Return the site's fees in it."""
        return self.site_on_top_minor + self.site_inside_minor

    @property
    def organiser_minor(self) -> int:
        """Return what is neither the site's nor tax."""
        return self.total_minor - self.tax_minor - self.site_minor

    def plus(self, other: "Parts") -> "Parts":
        """Return the sum."""
        return Parts(
            self.price_minor + other.price_minor,
            self.price_tax_minor + other.price_tax_minor,
            self.fees_minor + other.fees_minor,
            self.fees_tax_minor + other.fees_tax_minor,
            self.site_on_top_minor + other.site_on_top_minor,
            self.site_inside_minor + other.site_inside_minor,
        )


NOTHING = Parts()


@dataclass(frozen=True, slots=True)
class PaidUnit:
    """One unit of line `line_number` (from 1, as in the record) as it was paid, and what has come back of it."""

    line_number: int
    ticket_type_id: UUID
    paid: Parts
    returned: Parts = NOTHING


@dataclass(frozen=True, slots=True)
class Refund:
    """What comes back: for each unit asked about, in that order, and in all."""

    units: tuple[Parts, ...]
    total: Parts

    def __post_init__(self) -> None:
        assert self.total.price_minor == sum(unit.price_minor for unit in self.units)
        assert self.total.fees_minor == sum(unit.fees_minor for unit in self.units)
        assert self.total.tax_minor == sum(unit.tax_minor for unit in self.units)
        assert self.total.site_minor == sum(unit.site_minor for unit in self.units)
        assert self.total.organiser_minor == sum(unit.organiser_minor for unit in self.units)


def paid_units(stored: Mapping[str, Any]) -> tuple[PaidUnit, ...]:
    """Return one unit for each line of a record of either version; all units of a line are alike.

    Raises UnknownRules.
    """
    priced = any_from_record(stored)
    if isinstance(priced, PricedBasket):
        paid = [(line.ticket_type_id, parts_of(line)) for line in priced.lines]
    else:
        fee, tax = rules_from_record(stored)
        is_on_top = fee.paid_by == "buyer"
        paid = [(line.ticket_type_id, _parts_v1(line, tax, is_on_top)) for line in priced.lines]
    return tuple([PaidUnit(number, type_id, parts) for number, (type_id, parts) in enumerate(paid, start=1)])


def parts_of(line: PricedLine) -> Parts:
    """Return what one unit of this line cost."""
    return Parts(
        price_minor=line.unit_total_minor - line.unit_fees_gross_minor,
        price_tax_minor=line.unit_tax_minor - line.unit_fees_tax_minor,
        fees_minor=line.unit_fees_gross_minor,
        fees_tax_minor=line.unit_fees_tax_minor,
        site_on_top_minor=line.unit_fee_on_top_minor,
        site_inside_minor=line.unit_fee_minor - line.unit_fee_on_top_minor,
    )


def _parts_v1(line: QuoteLine, tax: TaxRule, is_fee_on_top: bool) -> Parts:
    fee_minor = line.unit_fee_minor if is_fee_on_top else 0
    fees_minor = split(line.unit_total_minor, fee_minor, line.unit_price_minor)[0] if fee_minor else 0
    fees_tax_minor = split(line.unit_tax_minor, fee_minor, line.unit_price_minor)[0] if fee_minor else 0
    assert tax.mode == "added" or fees_minor == fee_minor
    return Parts(
        price_minor=line.unit_total_minor - fees_minor,
        price_tax_minor=line.unit_tax_minor - fees_tax_minor,
        fees_minor=fees_minor,
        fees_tax_minor=fees_tax_minor,
        site_on_top_minor=fee_minor,
        site_inside_minor=line.unit_fee_minor - fee_minor,
    )


def refund(units: Iterable[PaidUnit], terms: RefundTerms) -> Refund:
    """Return what these units give back by these terms, in addition to what they have given back before."""
    return _refund_of([_refund_unit(unit, terms) for unit in units])


def _refund_of(given: Sequence[Parts]) -> Refund:
    total = NOTHING
    for parts in given:
        total = total.plus(parts)
    return Refund(tuple(given), total)


def _refund_unit(unit: PaidUnit, terms: RefundTerms) -> Parts:
    paid = unit.paid
    price_minor = half_up(paid.price_minor * terms.percent_bps, _WHOLE_BPS)
    fees_minor = paid.fees_minor if terms.returns_fees else 0
    from_price_minor = min(terms.deduction_minor, price_minor)
    from_fees_minor = min(terms.deduction_minor - from_price_minor, fees_minor)
    return _parts_back(
        unit, price_minor - from_price_minor, fees_minor - from_fees_minor, returns_fees=terms.returns_fees
    )


def _parts_back(unit: PaidUnit, price_minor: int, fees_minor: int, *, returns_fees: bool) -> Parts:
    """Return what is still to come back when so much of price and fees comes back in all."""
    paid, returned = unit.paid, unit.returned
    price_minor, price_tax_minor = _more(
        price_minor,
        (paid.price_minor, paid.price_tax_minor),
        (returned.price_minor, returned.price_tax_minor),
    )
    fees_minor, fees_tax_minor = _more(
        fees_minor,
        (paid.fees_minor, paid.fees_tax_minor),
        (returned.fees_minor, returned.fees_tax_minor),
    )
    net_minor = price_minor + fees_minor - price_tax_minor - fees_tax_minor
    on_top_minor = inside_minor = 0
    if returns_fees:
        # Nobody gives more than comes back: what the site cannot give now, the organiser has given before.
        on_top_minor = _part(paid.site_on_top_minor, returned.fees_minor + fees_minor, paid.fees_minor)
        on_top_minor = min(max(on_top_minor - returned.site_on_top_minor, 0), net_minor)
        inside_minor = _part(paid.site_inside_minor, returned.price_minor + price_minor, paid.price_minor)
        inside_minor = min(max(inside_minor - returned.site_inside_minor, 0), net_minor - on_top_minor)
    return Parts(price_minor, price_tax_minor, fees_minor, fees_tax_minor, on_top_minor, inside_minor)


def left_minor(unit: PaidUnit, *, with_fees: bool) -> int:
    """Return how much of this unit can still come back: of its price, and of its fees if they come back too."""
    fees_minor = unit.paid.fees_minor - unit.returned.fees_minor if with_fees else 0
    return unit.paid.price_minor - unit.returned.price_minor + fees_minor


def refund_amount(units: Sequence[PaidUnit], amount_minor: int, *, with_fees: bool) -> Refund | None:
    """Return this amount as parts of these units, or None if less than that is left of them.

    Each unit gives in proportion to what is left of it (largest remainder). With fees, price and fees give in
    proportion too, and the site its part of them; without, the fees stay and the organiser gives all but the tax.
    """
    left = [left_minor(unit, with_fees=with_fees) for unit in units]
    assert amount_minor > 0
    if amount_minor > sum(left):
        return None
    shares = [least + more for least, more in spread(amount_minor, [(minor, 1) for minor in left])]
    given = []
    for unit, share_minor in zip(units, shares, strict=True):
        price_left_minor = left_minor(unit, with_fees=False)
        fees_left_minor = left_minor(unit, with_fees=with_fees) - price_left_minor
        price_minor, fees_minor = (
            split(share_minor, price_left_minor, fees_left_minor) if share_minor else (0, 0)
        )
        given.append(
            _parts_back(
                unit,
                unit.returned.price_minor + price_minor,
                unit.returned.fees_minor + fees_minor,
                returns_fees=with_fees,
            )
        )
    return _refund_of(given)


def _part(amount_minor: int, done_minor: int, whole_minor: int) -> int:
    # Rounding by document can leave a fee whose amount, in all, is nothing to the buyer: then it is not divided.
    return half_up(amount_minor * done_minor, whole_minor) if whole_minor else amount_minor


def _more(wanted_minor: int, paid: tuple[int, int], returned: tuple[int, int]) -> tuple[int, int]:
    """Return (amount, tax in it) that is still to come back, of (amount, tax) paid and returned before."""
    amount_minor = max(wanted_minor - returned[0], 0)
    if amount_minor == 0:
        return 0, 0
    in_all_minor = returned[0] + amount_minor
    tax_in_all_minor = split(in_all_minor, paid[1], paid[0] - paid[1])[0]
    # What came back before by other terms, or by hand, may have been divided otherwise.
    net_left_minor = (paid[0] - paid[1]) - (returned[0] - returned[1])
    least_minor = max(amount_minor - net_left_minor, 0)
    most_minor = min(paid[1] - returned[1], amount_minor)
    return amount_minor, max(least_minor, min(most_minor, tax_in_all_minor - returned[1]))
