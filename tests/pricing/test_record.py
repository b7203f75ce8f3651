"""A stored quote reads back the same and can be computed again from its own record."""

import json
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import (
    FeeRule,
    Item,
    TaxRule,
    UnknownRules,
    as_record,
    from_record,
    quote,
    recompute,
    rules_from_record,
)

FEE = FeeRule(250, 50, "buyer")
TAX = TaxRule(1900, "included", "VAT")
ITEMS = [Item(UUID(int=1), "Stalls", 3, 2000), Item(UUID(int=2), "Ramp & lift", 1, 0)]

STORED: dict[str, Any] = {
    "rule_version": 1,
    "currency": "EUR",
    "fee": {"percent_bps": 250, "fixed_minor": 50, "paid_by": "buyer"},
    "tax": {"rate_bps": 1900, "mode": "included", "name": "VAT"},
    "lines": [
        {
            "ticket_type_id": "00000000-0000-0000-0000-000000000001",
            "name": "Stalls",
            "quantity": 3,
            "unit_price_minor": 2000,
            "unit_fee_minor": 100,
            "unit_tax_minor": 335,
            "unit_total_minor": 2100,
            "total_minor": 6300,
        },
        {
            "ticket_type_id": "00000000-0000-0000-0000-000000000002",
            "name": "Ramp & lift",
            "quantity": 1,
            "unit_price_minor": 0,
            "unit_fee_minor": 0,
            "unit_tax_minor": 0,
            "unit_total_minor": 0,
            "total_minor": 0,
        },
    ],
    "face_minor": 6000,
    "fee_minor": 300,
    "tax_minor": 1005,
    "total_minor": 6300,
    "organiser_minor": 4995,
}


def test_a_quote_is_stored_in_exactly_this_form() -> None:
    assert as_record(quote("EUR", ITEMS, FEE, TAX), FEE, TAX) == STORED


def test_an_order_of_the_first_version_still_computes_the_same() -> None:
    assert recompute(STORED) == from_record(STORED) == quote("EUR", ITEMS, FEE, TAX)
    assert rules_from_record(STORED) == (FEE, TAX)


@given(
    st.sampled_from(["JPY", "EUR", "KWD", "BTC"]),
    st.lists(
        st.builds(Item, st.uuids(), st.text(max_size=8), st.integers(1, 1000), st.integers(0, 10**12)),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 10_000),
    st.integers(0, 10**9),
    st.sampled_from(["buyer", "organiser"]),
    st.integers(0, 10_000),
    st.sampled_from(["included", "added"]),
)
def test_a_stored_quote_survives_json_and_computes_the_same(
    currency: str,
    items: list[Item],
    percent_bps: int,
    fixed_minor: int,
    paid_by: Literal["buyer", "organiser"],
    rate_bps: int,
    mode: Literal["included", "added"],
) -> None:
    fee, tax = FeeRule(percent_bps, fixed_minor, paid_by), TaxRule(rate_bps, mode, "VAT")
    found = quote(currency, items, fee, tax)
    stored = json.loads(json.dumps(as_record(found, fee, tax)))
    assert from_record(stored) == recompute(stored) == found
    assert rules_from_record(stored) == (fee, tax)


def test_a_tampered_record_does_not_read_back() -> None:
    for name in ("face_minor", "fee_minor", "tax_minor", "total_minor", "organiser_minor"):
        with pytest.raises(AssertionError):
            from_record({**STORED, name: STORED[name] + 1})


def test_a_record_tampered_with_so_that_it_adds_up_computes_differently() -> None:
    cheap = {**STORED["lines"][0], "unit_fee_minor": 0, "total_minor": 6000, "unit_total_minor": 2000}
    sums = {"fee_minor": 0, "total_minor": 6000}
    tampered = {**STORED, **sums, "lines": [cheap, STORED["lines"][1]]}
    assert from_record(tampered).total_minor == 6000
    assert recompute(tampered).total_minor == 6300


def test_a_withdrawn_currency_still_computes() -> None:
    assert recompute({**STORED, "currency": "BGN"}).total_minor == 6300


@pytest.mark.parametrize("version", [0, 9, "1", None])
def test_rules_this_program_does_not_have_are_not_guessed(version: Any) -> None:
    with pytest.raises(UnknownRules, match="no pricing rules of version"):
        recompute({**STORED, "rule_version": version})
