"""What a cancellation gives back: by example, and never a minor unit more than was paid."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import (
    ALL_BACK,
    NO_TAX,
    NOTHING,
    NOTHING_BACK,
    PRICE_BACK,
    Basket,
    BasketItem,
    Fee,
    FeeRule,
    Item,
    OfferedType,
    PaidUnit,
    Parts,
    PriceRules,
    RefundPolicy,
    RefundStep,
    RefundTerms,
    TaxRule,
    as_basket_record,
    as_policy_record,
    as_record,
    paid_units,
    policy_from_record,
    price_basket,
    quote,
    refund,
)
from tests.pricing.drawn import RATES, asked

STALLS = UUID(int=1)
VAT = TaxRule(1900, "included", "VAT")
START = datetime(2027, 3, 12, 20, 0, tzinfo=UTC)
POLICY = RefundPolicy(
    (
        RefundStep(14 * 24, RefundTerms(10_000, 0, True)),
        RefundStep(48, RefundTerms(5000, 200)),
        RefundStep(0, RefundTerms(2500, 200)),
    )
)
TERMS = st.builds(
    RefundTerms, RATES | st.integers(0, 10_000), st.integers(0, 100) | st.integers(0, 20_000), st.booleans()
)


def paid(*fees: Fee, price_minor: int = 2000, tax: TaxRule = VAT) -> PaidUnit:
    rules = PriceRules("EUR", (OfferedType(STALLS, "Stalls", "ticket", price_minor, tax),), fees=fees)
    basket = Basket((BasketItem(STALLS, 1),))
    (unit,) = paid_units(as_basket_record(price_basket(basket, rules), basket, rules))
    return unit


def who(parts: Parts) -> tuple[int, int, int, int]:
    """Return the whole, and what the organiser, the site and the tax give of it."""
    return parts.total_minor, parts.organiser_minor, parts.site_minor, parts.tax_minor


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        # Paid: 20.00 and a fee of 1.00; 19 % inside 21.00 is 3.35, of which 0.16 is in the fee.
        (ALL_BACK, (2100, 1665, 100, 335)),
        (PRICE_BACK, (2000, 1681, 0, 319)),
        (NOTHING_BACK, (0, 0, 0, 0)),
        (RefundTerms(5000), (1000, 840, 0, 160)),
        (RefundTerms(5000, 200), (800, 672, 0, 128)),
        (RefundTerms(5000, 200, True), (900, 656, 100, 144)),
        # The deduction takes the price first, then the fee; never more than comes back.
        (RefundTerms(500, 150, True), (50, 0, 42, 8)),
        (RefundTerms(500, 500, True), (0, 0, 0, 0)),
    ],
)
def test_a_ticket_gives_back_by_its_terms(terms: RefundTerms, expected: tuple[int, int, int, int]) -> None:
    assert who(refund([paid(Fee("platform", 0, 100))], terms).total) == expected


def test_a_fee_the_organiser_paid_comes_back_from_the_site_only_if_fees_come_back() -> None:
    unit = paid(Fee("platform", 0, 100, paid_by="organiser"))
    assert who(refund([unit], ALL_BACK).total) == (2000, 1581, 100, 319)
    assert who(refund([unit], PRICE_BACK).total) == (2000, 1681, 0, 319)
    assert who(refund([unit], RefundTerms(5000, 0, True)).total) == (1000, 790, 50, 160)


def test_a_fee_of_the_organisers_comes_back_from_the_organiser() -> None:
    unit = paid(Fee("organiser", 0, 100))
    assert who(refund([unit], ALL_BACK).total) == (2100, 1765, 0, 335)
    assert who(refund([unit], PRICE_BACK).total) == (2000, 1681, 0, 319)


def test_a_tax_on_top_comes_back_in_proportion() -> None:
    unit = paid(Fee("platform", 0, 100), tax=TaxRule(825, "added", "Sales tax"))
    # 20.00 + 1.00 + 1.73, of which the fee has 1.08 (22.73 / 21).
    assert who(refund([unit], ALL_BACK).total) == (2273, 2000, 100, 173)
    assert who(refund([unit], PRICE_BACK).total) == (2165, 2000, 0, 165)
    assert who(refund([unit], RefundTerms(5000)).total) == (1083, 1000, 0, 83)


def test_several_units_add_up() -> None:
    unit = paid(Fee("platform", 0, 100))
    found = refund([unit] * 3, RefundTerms(3333))
    assert [parts.total_minor for parts in found.units] == [667, 667, 667]
    assert found.total.total_minor == 2001
    assert refund([], ALL_BACK).total == NOTHING


def test_units_come_from_the_record_of_either_version() -> None:
    fee, tax = FeeRule(250, 50, "buyer"), VAT
    stored = as_record(quote("EUR", [Item(STALLS, "Stalls", 3, 2000)], fee, tax), fee, tax)
    assert paid_units(json.loads(json.dumps(stored))) == (paid(Fee("platform", 250, 50)),)


@given(
    st.integers(0, 3000),
    st.integers(0, 10_000),
    st.integers(0, 300),
    st.sampled_from(["buyer", "organiser"]),
    st.integers(0, 10_000),
    st.sampled_from(["included", "added"]),
)
def test_a_unit_of_version_1_is_the_same_unit_in_version_2(
    price_minor: int, percent_bps: int, fixed_minor: int, paid_by: Any, rate_bps: int, mode: Any
) -> None:
    fee, tax = FeeRule(percent_bps, fixed_minor, paid_by), TaxRule(rate_bps, mode, "VAT")
    stored = as_record(quote("EUR", [Item(STALLS, "Stalls", 2, price_minor)], fee, tax), fee, tax)
    same = paid(Fee("platform", percent_bps, fixed_minor, paid_by=paid_by), price_minor=price_minor, tax=tax)
    assert paid_units(stored) == (same,)


@given(asked())
def test_everything_back_is_exactly_what_everybody_got(drawn: tuple[Basket, PriceRules]) -> None:
    basket, rules = drawn
    found = price_basket(basket, rules)
    units = paid_units(as_basket_record(found, basket, rules))
    everything = [unit for unit, line in zip(units, found.lines, strict=True) for _ in range(line.quantity)]
    total = refund(everything, ALL_BACK).total
    assert who(total) == (found.total_minor, found.organiser_minor, found.fee_minor, found.tax_minor)


def test_a_fee_that_rounding_took_off_again_still_comes_back_from_the_site() -> None:
    # 100 % inside a fee of 0.01 leaves no net amount, so by net the buyer pays nothing for it.
    fee = Fee("platform", 0, 1, tax=TaxRule(10_000, "included", "T"))
    types = (OfferedType(STALLS, "Stalls", "ticket", 1, NO_TAX),)
    rules = PriceRules("EUR", types, fees=(fee,), rounding="document_net")
    basket = Basket((BasketItem(STALLS, 1),))
    units = paid_units(as_basket_record(price_basket(basket, rules), basket, rules))
    assert who(units[0].paid) == (1, 0, 1, 0)
    assert who(refund(units, ALL_BACK).total) == (1, 0, 1, 0)


@given(asked(), st.lists(TERMS, max_size=5))
def test_refunds_in_steps_never_exceed_what_was_paid_and_end_exactly_there(
    drawn: tuple[Basket, PriceRules], steps: list[RefundTerms]
) -> None:
    basket, rules = drawn
    for unit in paid_units(as_basket_record(price_basket(basket, rules), basket, rules)):
        for terms in steps:
            before = unit.returned
            unit = replace(unit, returned=before.plus(refund([unit], terms).total))
            assert_within(unit.returned, unit.paid)
            # The same terms once more give nothing.
            assert refund([unit], terms).total.total_minor == 0
        unit = replace(unit, returned=unit.returned.plus(refund([unit], ALL_BACK).total))
        for name in ("price_minor", "price_tax_minor", "fees_minor", "fees_tax_minor", "total_minor"):
            assert getattr(unit.returned, name) == getattr(unit.paid, name)
        assert unit.returned.site_minor <= unit.paid.site_minor


def assert_within(returned: Parts, paid_parts: Parts) -> None:
    for name in (
        "price_minor",
        "price_tax_minor",
        "fees_minor",
        "fees_tax_minor",
        "site_on_top_minor",
        "site_inside_minor",
    ):
        assert 0 <= getattr(returned, name) <= getattr(paid_parts, name), name
    assert returned.organiser_minor >= 0


@given(asked(), TERMS)
def test_tax_comes_back_in_proportion(drawn: tuple[Basket, PriceRules], terms: RefundTerms) -> None:
    basket, rules = drawn
    for unit in paid_units(as_basket_record(price_basket(basket, rules), basket, rules)):
        parts = refund([unit], terms).total
        for amount, tax in (("price_minor", "price_tax_minor"), ("fees_minor", "fees_tax_minor")):
            whole = getattr(unit.paid, amount)
            if whole:
                off = getattr(parts, tax) * whole - getattr(unit.paid, tax) * getattr(parts, amount)
                assert 2 * abs(off) <= whole


@given(asked(), st.integers(0, 9_999))
def test_a_higher_percentage_never_gives_back_less(
    drawn: tuple[Basket, PriceRules], percent_bps: int
) -> None:
    basket, rules = drawn
    units = paid_units(as_basket_record(price_basket(basket, rules), basket, rules))
    less, more = (refund(units, RefundTerms(percent)) for percent in (percent_bps, percent_bps + 1))
    assert less.total.total_minor <= more.total.total_minor


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(days=30), POLICY.steps[0].terms),
        (timedelta(days=14), POLICY.steps[0].terms),
        (timedelta(days=14) - timedelta(microseconds=1), POLICY.steps[1].terms),
        (timedelta(hours=48), POLICY.steps[1].terms),
        (timedelta(hours=47), POLICY.steps[2].terms),
        (timedelta(0), POLICY.steps[2].terms),
        (-timedelta(seconds=1), NOTHING_BACK),
    ],
)
def test_the_step_in_force_is_the_first_whose_time_has_not_passed(
    before: timedelta, expected: RefundTerms
) -> None:
    assert POLICY.terms_at(START - before, START) == expected


def test_a_policy_is_frozen_as_json() -> None:
    stored = json.loads(json.dumps(as_policy_record(POLICY)))
    assert stored["steps"][1] == {
        "hours_before": 48,
        "terms": {"percent_bps": 5000, "deduction_minor": 200, "returns_fees": False},
    }
    assert policy_from_record(stored) == POLICY


@pytest.mark.parametrize(
    "amounts",
    [(100, 101, 0, 0, 0), (100, 0, 10, 11, 0), (100, 20, 0, 0, 81), (100, 0, 0, 0, -1), (-1, 0, 0, 0, 0)],
)
def test_parts_that_do_not_add_up_cannot_exist(amounts: tuple[int, ...]) -> None:
    with pytest.raises(AssertionError):
        Parts(*amounts)
