"""What holds for any basket by any rules of version 2: nothing lost, nobody below zero, order means nothing."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import (
    Basket,
    BasketItem,
    Fee,
    FeeRule,
    Item,
    OfferedType,
    PricedBasket,
    PricedLine,
    PriceRules,
    TaxRule,
    VatId,
    price_basket,
    price_of_one,
    quote,
)
from admitone.pricing.rounding import spread
from admitone.values.money import Money
from tests.pricing.drawn import DONATION, asked


def rounded(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2))


@given(asked())
def test_every_unit_asked_for_is_priced_and_every_minor_unit_is_somebodys(
    drawn: tuple[Basket, PriceRules],
) -> None:
    basket, rules = drawn
    found = price_basket(basket, rules)
    units: Counter[UUID] = Counter()
    list_minor = 0
    for item in basket.items:
        units[item.type_id] += item.quantity
        offered = rules.types[rules.type_at[item.type_id]]
        price = offered.list_minor if item.chosen_minor is None else item.chosen_minor
        list_minor += price * item.quantity
    for wanted in basket.bundles:
        list_minor += rules.bundles[0].price_minor * wanted.quantity
        for type_id, quantity in rules.bundles[0].components:
            units[type_id] += quantity * wanted.quantity
    priced: Counter[UUID] = Counter()
    for line in found.lines:
        priced[line.ticket_type_id] += line.quantity
    assert priced == units
    assert found.list_minor == list_minor
    assert found.total_minor == sum(line.unit_total_minor * line.quantity for line in found.lines)
    assert found.total_minor == found.organiser_minor + found.fee_minor + found.tax_minor
    assert min(found.organiser_minor, found.fee_minor, found.tax_minor) >= 0
    assert sum(line.unit_organiser_fee_minor * line.quantity for line in found.lines) == (
        found.organiser_fee_minor
    )


@given(asked())
def test_a_free_unit_costs_nothing_and_a_donation_is_never_discounted(
    drawn: tuple[Basket, PriceRules],
) -> None:
    for line in price_basket(*drawn).lines:
        if line.unit_price_minor == 0:
            assert line.unit_total_minor == line.unit_fee_minor == line.unit_organiser_fee_minor == 0
        if line.kind == "donation":
            assert (line.unit_discount_minor, line.labels) == (0, ())
        assert bool(line.unit_discount_minor) == bool(line.labels)


@given(asked(), st.randoms(use_true_random=False))
def test_the_order_of_a_basket_means_nothing(drawn: tuple[Basket, PriceRules], chance: Any) -> None:
    basket, rules = drawn
    items, bundles, codes = list(basket.items), list(basket.bundles), list(basket.codes)
    for part in (items, bundles, codes):
        chance.shuffle(part)
    # One more or fewer lines of the same choice is the same basket, too.
    items = [replace(item, quantity=1) for item in items for _ in range(item.quantity)]
    again = replace(basket, items=tuple(items), bundles=tuple(bundles), codes=tuple(codes))
    assert price_basket(again, rules) == price_basket(basket, rules)


@given(asked(is_plain=True))
def test_a_basket_split_in_two_costs_the_same(drawn: tuple[Basket, PriceRules]) -> None:
    basket, rules = drawn
    whole = price_basket(basket, rules)
    halves = [Basket(items=(item,), business=basket.business) for item in basket.items]
    halves += [Basket(bundles=(one,), business=basket.business) for one in basket.bundles]
    parts = [price_basket(half, rules) for half in halves]
    for name in ("total_minor", "fee_minor", "tax_minor", "organiser_minor", "list_minor"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts)


@given(asked())
def test_equal_units_are_one_line(drawn: tuple[Basket, PriceRules]) -> None:
    found = price_basket(*drawn)
    kinds = [replace(line, quantity=1, total_minor=line.unit_total_minor) for line in found.lines]
    for at, line in enumerate(kinds):
        assert line not in kinds[:at]


@given(asked())
def test_tax_by_document_is_the_tax_of_the_sum(drawn: tuple[Basket, PriceRules]) -> None:
    basket, rules = drawn
    if rules.has_reverse_charge and basket.business is not None and basket.business.country == "FR":
        basket = replace(basket, business=None)
    by_line = price_basket(basket, replace(rules, rounding="line"))
    net, gross = (
        price_basket(basket, replace(rules, rounding=rounding))
        for rounding in ("document_net", "document_gross")
    )
    for mode, rate_bps, name in {(tax.mode, tax.rate_bps, tax.name) for tax in all_taxes(by_line)}:
        sums = [
            tuple(
                sum(
                    getattr(tax, field) * line.quantity
                    for line in found.lines
                    for tax in line.taxes
                    if (tax.mode, tax.rate_bps, tax.name) == (mode, rate_bps, name)
                )
                for field in ("gross_minor", "tax_minor")
            )
            for found in (by_line, net, gross)
        ]
        (line_gross, line_tax), (net_gross, net_tax), (gross_gross, gross_tax) = sums
        assert net_gross - net_tax == line_gross - line_tax
        assert net_tax == rounded(Fraction((line_gross - line_tax) * rate_bps, 10_000))
        if mode == "added":
            assert (gross_gross, gross_tax) == (net_gross, net_tax)
        elif by_line.fee_minor == gross.fee_minor:
            assert gross_gross == line_gross
            assert gross_tax == rounded(Fraction(line_gross * rate_bps, 10_000 + rate_bps))


def all_taxes(found: PricedBasket) -> list[Any]:
    return [tax for line in found.lines for tax in line.taxes]


@given(
    st.lists(
        st.tuples(st.integers(1, 50), st.integers(0, 60) | st.integers(0, 10**9)), min_size=1, max_size=4
    ),
    st.integers(0, 10_000),
    st.integers(0, 300) | st.integers(0, 10**9),
    st.sampled_from(["buyer", "organiser"]),
    st.integers(0, 10_000),
    st.sampled_from(["included", "added"]),
)
def test_where_version_1_knows_the_rules_both_versions_agree(
    items: list[tuple[int, int]], percent_bps: int, fixed_minor: int, paid_by: Any, rate_bps: int, mode: Any
) -> None:
    tax = TaxRule(rate_bps, mode, "VAT")
    types = tuple(
        OfferedType(UUID(int=at + 1), f"T{at}", "ticket", price, tax) for at, (_, price) in enumerate(items)
    )
    basket = Basket(tuple(BasketItem(UUID(int=at + 1), quantity) for at, (quantity, _) in enumerate(items)))
    fee = Fee("platform", percent_bps, fixed_minor, paid_by=paid_by)
    second = price_basket(basket, PriceRules("EUR", types, fees=(fee,)))
    first = quote(
        "EUR",
        [Item(UUID(int=at + 1), f"T{at}", quantity, price) for at, (quantity, price) in enumerate(items)],
        FeeRule(percent_bps, fixed_minor, paid_by),
        tax,
    )
    for name in ("face_minor", "fee_minor", "tax_minor", "total_minor", "organiser_minor", "currency"):
        assert getattr(second, name) == getattr(first, name)
    for line, known in zip(second.lines, first.lines, strict=True):
        for name in known.__dataclass_fields__:
            assert getattr(line, name) == getattr(known, name)


@given(asked())
def test_reverse_charge_takes_the_tax_off_and_changes_nothing_for_anybody_else(
    drawn: tuple[Basket, PriceRules],
) -> None:
    basket, rules = drawn
    rules = replace(rules, has_reverse_charge=True, rounding="line")
    taxed = price_basket(replace(basket, business=None), rules)
    reversed_ = price_basket(replace(basket, business=VatId("FR61954506077", "FR")), rules)
    assert reversed_.tax_minor == 0
    assert reversed_.total_minor == taxed.total_minor - taxed.tax_minor
    assert (reversed_.fee_minor, reversed_.organiser_minor) == (taxed.fee_minor, taxed.organiser_minor)
    assert {tax.rate_bps for tax in reversed_.taxes} == {0}
    home = price_basket(replace(basket, business=VatId("DE136695976", "DE")), rules)
    assert home == taxed


@given(asked(is_plain=True))
def test_the_price_shown_beside_a_type_is_the_price_paid(drawn: tuple[Basket, PriceRules]) -> None:
    basket, rules = drawn
    for item in basket.items:
        alone = price_of_one(item.type_id, rules, item.chosen_minor)
        paid = price_basket(Basket((replace(item, quantity=3),)), rules)
        assert [line.unit_total_minor for line in paid.lines] == [alone.unit_total_minor]
    least = price_of_one(DONATION, rules)
    assert (least.unit_price_minor, least.quantity) == (1, 1)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 500), min_size=1, max_size=8).filter(any))
def test_an_amount_is_spread_like_money_is_shared(amount: int, weights: list[int]) -> None:
    shares = spread(amount, [(weight, 1) for weight in weights])
    expected = [part.minor for part in Money("EUR", amount).share(weights)]
    assert [share + more for share, more in shares] == expected


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 99), st.integers(1, 9)), min_size=1))
def test_runs_of_equal_units_share_like_their_units(amount: int, runs: list[tuple[int, int]]) -> None:
    shares = spread(amount, runs)
    together = [
        share + (unit < more)
        for (share, more), (_, count) in zip(shares, runs, strict=True)
        for unit in range(count)
    ]
    singly = spread(amount, [(weight, 1) for weight, count in runs for _ in range(count)])
    assert together == [share + more for share, more in singly]
    assert sum(together) == amount


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, field in PricedLine.__dataclass_fields__.items()
        if field.type is int and name != "tax_rate_bps"
    ],
)
def test_a_line_that_does_not_add_up_cannot_exist(name: str) -> None:
    rules = PriceRules(
        "EUR",
        (OfferedType(UUID(int=1), "A", "ticket", 2000, TaxRule(1900, "included", "VAT")),),
        fees=(Fee("platform", 250, 50), Fee("organiser", 0, 20), Fee("processing", 0, 10)),
    )
    line = price_basket(Basket((BasketItem(UUID(int=1), 2),)), rules).lines[0]
    changed = {"unit_fees_gross_minor", "unit_fees_tax_minor"}
    by = 10**6 if name in changed else 1
    with pytest.raises(AssertionError):
        replace(line, **{name: getattr(line, name) + by})


@pytest.mark.parametrize(
    "name", [name for name, field in PricedBasket.__dataclass_fields__.items() if name.endswith("_minor")]
)
def test_a_priced_basket_that_does_not_add_up_cannot_exist(name: str) -> None:
    rules = PriceRules("EUR", (OfferedType(UUID(int=1), "A", "ticket", 2000, TaxRule(1900, "added", "VAT")),))
    found = price_basket(Basket((BasketItem(UUID(int=1), 2),)), rules)
    with pytest.raises(AssertionError):
        replace(found, **{name: getattr(found, name) + 1})
