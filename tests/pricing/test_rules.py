"""Fees and taxes on one ticket, and the rounding under both."""

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import NO_FEE, NO_TAX, BadFee, BadTax, FeeRule, TaxRule
from admitone.pricing.fees import unit_fee_minor
from admitone.pricing.rounding import half_up
from admitone.pricing.taxes import added_tax_minor, included_tax_minor, largest_gross_minor


@given(st.integers(0, 10**30), st.integers(1, 10**12))
def test_a_half_is_rounded_up(numerator: int, denominator: int) -> None:
    assert half_up(numerator, denominator) == floor(Fraction(numerator, denominator) + Fraction(1, 2))


@pytest.mark.parametrize(("numerator", "denominator"), [(-1, 2), (1, 0), (1, -2)])
def test_rounding_is_for_amounts_that_are_not_negative(numerator: int, denominator: int) -> None:
    with pytest.raises(AssertionError):
        half_up(numerator, denominator)


def test_a_fee_is_a_part_of_the_price_and_a_fixed_amount() -> None:
    rule = FeeRule(250, 50, "buyer")
    assert [unit_fee_minor(price, rule) for price in (0, 1, 19, 20, 999, 2000)] == [0, 50, 50, 51, 75, 100]
    assert unit_fee_minor(2000, NO_FEE) == 0


def test_tax_is_found_inside_an_amount_or_added_to_it() -> None:
    assert [included_tax_minor(gross, 2000) for gross in (0, 2, 3, 120, 2000)] == [0, 0, 1, 20, 333]
    assert [added_tax_minor(net, 2000) for net in (0, 2, 3, 100, 2000)] == [0, 0, 1, 20, 400]
    assert included_tax_minor(2000, NO_TAX.rate_bps) == added_tax_minor(2000, NO_TAX.rate_bps) == 0


@given(st.integers(0, 10**15), st.integers(1, 10_000))
def test_the_largest_amount_with_a_tax_is_exactly_the_largest(tax_minor: int, rate_bps: int) -> None:
    largest = largest_gross_minor(tax_minor, rate_bps)
    assert included_tax_minor(largest, rate_bps) <= tax_minor < included_tax_minor(largest + 1, rate_bps)


def test_without_a_tax_rate_there_is_no_largest_amount() -> None:
    with pytest.raises(AssertionError):
        largest_gross_minor(1, 0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ((-1, 0, "buyer"), "percent_bps"),
        ((10_001, 0, "buyer"), "percent_bps"),
        ((2.5, 0, "buyer"), "percent_bps"),
        ((True, 0, "buyer"), "percent_bps"),
        ((0, -1, "buyer"), "fixed_minor"),
        ((0, 10**15 + 1, "buyer"), "fixed_minor"),
        ((0, 1.0, "buyer"), "fixed_minor"),
        ((0, 0, "seller"), "paid_by"),
    ],
)
def test_a_bad_fee_is_refused_beside_its_field(values: tuple[Any, Any, Any], field: str) -> None:
    with pytest.raises(BadFee) as caught:
        FeeRule(*values)
    assert (caught.value.code, caught.value.field) == ("pricing.bad_fee", field)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ((-1, "added", "VAT"), "rate_bps"),
        ((10_001, "added", "VAT"), "rate_bps"),
        ((19.0, "added", "VAT"), "rate_bps"),
        ((True, "added", "VAT"), "rate_bps"),
        ((1900, "inside", "VAT"), "mode"),
        ((1900, "added", None), "name"),
    ],
)
def test_a_bad_tax_is_refused_beside_its_field(values: tuple[Any, Any, Any], field: str) -> None:
    with pytest.raises(BadTax) as caught:
        TaxRule(*values)
    assert (caught.value.code, caught.value.field) == ("pricing.bad_tax", field)


def test_the_limits_of_fee_and_tax_are_accepted() -> None:
    assert FeeRule(10_000, 10**15, "organiser").percent_bps == 10_000
    assert TaxRule(10_000, "included", "").rate_bps == 10_000
