"""A stored basket of version 2 reads back the same, and is priced again from nothing but its record."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import (
    NO_TAX,
    Basket,
    BasketItem,
    Fee,
    OfferedType,
    PriceRules,
    PromoCode,
    TaxRule,
    any_from_record,
    as_basket_record,
    asked_from_record,
    price_basket,
    recompute,
    rules_from_rules_record,
    rules_record,
)
from tests.pricing.drawn import asked

RULES = PriceRules(
    "EUR",
    (
        OfferedType(UUID(int=1), "Stalls", "ticket", 2000, TaxRule(1900, "included", "VAT")),
        OfferedType(UUID(int=2), "Balcony", "ticket", 1000, NO_TAX),
    ),
    fees=(Fee("platform", 250, 50, max_minor=500),),
)
BASKET = Basket(
    (BasketItem(UUID(int=1), 3),), codes=(PromoCode("TEN", "percent", percent_bps=1000, label="Tenth"),)
)
STORED: dict[str, Any] = as_basket_record(price_basket(BASKET, RULES), BASKET, RULES)


# 18.00 and 0.95 for the site; 19 % inside 18.95 is 3.0256.
LINE: dict[str, Any] = {
    "ticket_type_id": "00000000-0000-0000-0000-000000000001",
    "bundle_id": None,
    "name": "Stalls",
    "kind": "ticket",
    "unit_list_minor": 2000,
    "unit_discount_minor": 200,
    "unit_price_minor": 1800,
    "unit_platform_fee_minor": 95,
    "unit_processing_fee_minor": 0,
    "unit_fee_minor": 95,
    "unit_fee_on_top_minor": 95,
    "unit_organiser_fee_minor": 0,
    "unit_tax_minor": 303,
    "unit_tax_on_top_minor": 0,
    "unit_reversed_tax_minor": 0,
    "unit_rounding_minor": 0,
    "unit_fees_gross_minor": 95,
    "unit_fees_tax_minor": 15,
    "tax_rate_bps": 1900,
    "tax_name": "VAT",
    "taxes": [{"rate_bps": 1900, "name": "VAT", "mode": "included", "gross_minor": 1895, "tax_minor": 303}],
    "labels": ["Tenth"],
    "unit_total_minor": 1895,
    "quantity": 3,
    "total_minor": 5685,
}
VAT = {"rate_bps": 1900, "mode": "included", "name": "VAT"}
FEE = {
    "earned_by": "platform",
    "percent_bps": 250,
    "fixed_minor": 50,
    "min_minor": 0,
    "max_minor": 500,
    "per": "ticket",
    "paid_by": "buyer",
    "tax": None,
    "exempt_kinds": [],
}
CODE = {
    "code": "TEN",
    "effect": "percent",
    "percent_bps": 1000,
    "amount_minor": 0,
    "type_ids": None,
    "includes_bundles": False,
    "quantity_min": 1,
    "quantity_max": None,
    "is_combinable": False,
    "label": "Tenth",
    "unlocked_type_ids": [],
}
EXPECTED: dict[str, Any] = {
    "currency": "EUR",
    "rule_version": 2,
    "lines": [LINE],
    "list_minor": 6000,
    "discount_minor": 600,
    "face_minor": 5400,
    "platform_fee_minor": 285,
    "processing_fee_minor": 0,
    "fee_minor": 285,
    "organiser_fee_minor": 0,
    "tax_minor": 909,
    "total_minor": 5685,
    "organiser_minor": 4491,
    "taxes": [{"rate_bps": 1900, "name": "VAT", "net_minor": 4776, "tax_minor": 909, "gross_minor": 5685}],
    "codes": [{"code": "TEN", "off_minor": 600, "units": 3}],
    "is_reverse_charged": False,
    "notes": [],
    "basket": {
        "items": [{"type_id": "00000000-0000-0000-0000-000000000001", "quantity": 3, "chosen_minor": None}],
        "bundles": [],
        "codes": [CODE],
        "business": None,
    },
    "rules": {
        "currency": "EUR",
        # The balcony is not in the basket, so it is not in the record.
        "types": [
            {
                "id": "00000000-0000-0000-0000-000000000001",
                "name": "Stalls",
                "kind": "ticket",
                "list_minor": 2000,
                "tax": VAT,
                "choice": None,
                "needs_ticket": None,
            }
        ],
        "bundles": [],
        "fees": [FEE],
        "discounts": [],
        "rounding": "line",
        "seller_country": None,
        "has_reverse_charge": False,
    },
}


@given(asked())
def test_a_stored_basket_survives_json_and_computes_the_same(drawn: tuple[Basket, PriceRules]) -> None:
    basket, rules = drawn
    found = price_basket(basket, rules)
    stored = json.loads(json.dumps(as_basket_record(found, basket, rules)))
    assert any_from_record(stored) == recompute(stored) == found
    assert asked_from_record(stored)[0] == basket
    assert rules_from_rules_record(json.loads(json.dumps(rules_record(rules)))) == rules


def test_a_basket_is_stored_in_exactly_this_form() -> None:
    assert STORED == EXPECTED


def test_an_order_of_the_second_version_still_computes_the_same() -> None:
    assert recompute(EXPECTED) == any_from_record(EXPECTED) == price_basket(BASKET, RULES)


@pytest.mark.parametrize("name", [name for name in STORED if name.endswith("_minor")])
def test_a_tampered_sum_does_not_read_back(name: str) -> None:
    with pytest.raises(AssertionError):
        any_from_record({**STORED, name: STORED[name] + 1})


@given(st.sampled_from([name for name in STORED["lines"][0] if name.endswith("_minor")]), st.integers(1, 50))
def test_a_tampered_line_does_not_read_back_or_computes_differently(name: str, by_minor: int) -> None:
    line = {**STORED["lines"][0], name: STORED["lines"][0][name] + by_minor}
    tampered = {**STORED, "lines": [line]}
    try:
        found = any_from_record(tampered)
    except AssertionError:
        return
    assert recompute(tampered) != found


def test_a_record_tampered_with_so_that_it_adds_up_computes_differently() -> None:
    cheap = {**STORED["lines"][0], "unit_list_minor": 1900, "unit_discount_minor": 100}
    tampered = {**STORED, "lines": [cheap], "list_minor": 5700, "discount_minor": 300, "codes": []}
    assert any_from_record(tampered).total_minor == 5685
    assert recompute(tampered) != any_from_record(tampered)
    other_rules = {**STORED["rules"], "fees": []}
    assert recompute({**STORED, "rules": other_rules}) != any_from_record(STORED)


def test_a_withdrawn_currency_still_computes() -> None:
    gone = {**STORED, "currency": "BGN", "rules": {**STORED["rules"], "currency": "BGN"}}
    assert recompute(gone) == any_from_record(gone)
