"""What a basket costs, by example and for any basket: nothing lost, nobody below zero."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import (
    NO_FEE,
    NO_TAX,
    RULE_VERSION,
    BadBasket,
    BadPrice,
    BadQuantity,
    FeeRule,
    Item,
    Quote,
    QuoteLine,
    TaxRule,
    TooLarge,
    quote,
)
from admitone.values.currencies import UnknownCurrency
from admitone.values.refusals import Invalid

STALLS, BALCONY = UUID(int=1), UUID(int=2)
VAT_INSIDE = TaxRule(2000, "included", "VAT")
VAT_ON_TOP = TaxRule(2000, "added", "VAT")

CURRENCIES = st.sampled_from(["JPY", "EUR", "KWD", "BTC"])
FEES = st.builds(
    FeeRule,
    percent_bps=st.integers(0, 10_000),
    fixed_minor=st.integers(0, 300) | st.integers(0, 10**14),
    paid_by=st.sampled_from(["buyer", "organiser"]),
)
TAXES = st.builds(
    TaxRule, rate_bps=st.integers(0, 10_000), mode=st.sampled_from(["included", "added"]), name=st.just("VAT")
)
PRICES = st.integers(0, 200) | st.integers(0, 10**15)
ITEMS = st.lists(
    st.builds(
        Item,
        ticket_type_id=st.uuids(),
        name=st.text(max_size=5),
        quantity=st.integers(1, 1000),
        # Three lines of a thousand at twice the price, the fee and the tax still fit in 64 bits.
        unit_price_minor=st.integers(0, 200) | st.integers(0, 3 * 10**14),
    ),
    min_size=1,
    max_size=3,
)


def one(price_minor: int, quantity: int = 1) -> list[Item]:
    return [Item(STALLS, "Stalls", quantity, price_minor)]


def parts(found: Quote) -> tuple[int, int, int, int, int]:
    """Return face, fee, tax, total and the organiser's part."""
    return found.face_minor, found.fee_minor, found.tax_minor, found.total_minor, found.organiser_minor


def test_a_quote_says_everything_about_each_line() -> None:
    items = [Item(STALLS, "Stalls", 3, 2000), Item(BALCONY, "Balcony", 1, 999)]
    found = quote("EUR", items, FeeRule(250, 50, "buyer"), VAT_INSIDE)
    assert found == Quote(
        currency="EUR",
        rule_version=1,
        lines=(
            QuoteLine(STALLS, "Stalls", 3, 2000, 100, 350, 2100, 6300),
            QuoteLine(BALCONY, "Balcony", 1, 999, 75, 179, 1074, 1074),
        ),
        face_minor=6999,
        fee_minor=375,
        tax_minor=1229,
        total_minor=7374,
        organiser_minor=5770,
    )
    assert found.lines[0].unit_organiser_minor == 1650
    assert RULE_VERSION == 1


@pytest.mark.parametrize(
    ("currency", "price_minor", "quantity", "fee", "tax", "expected"),
    [
        # Nothing on it: the buyer's price is the organiser's.
        ("EUR", 2000, 2, NO_FEE, NO_TAX, (4000, 0, 0, 4000, 4000)),
        # The organiser bears the fee: the buyer's price stays.
        ("EUR", 2000, 2, FeeRule(500, 30, "organiser"), NO_TAX, (4000, 260, 0, 4000, 3740)),
        ("EUR", 2000, 1, FeeRule(500, 30, "organiser"), VAT_INSIDE, (2000, 130, 333, 2000, 1537)),
        ("EUR", 2000, 1, FeeRule(500, 30, "organiser"), VAT_ON_TOP, (2000, 130, 400, 2400, 1870)),
        # The buyer bears it: on top, and taxed like the rest.
        ("EUR", 2000, 1, FeeRule(500, 30, "buyer"), NO_TAX, (2000, 130, 0, 2130, 2000)),
        ("EUR", 2000, 1, FeeRule(500, 30, "buyer"), VAT_ON_TOP, (2000, 130, 426, 2556, 2000)),
        ("EUR", 2000, 1, FeeRule(500, 30, "buyer"), VAT_INSIDE, (2000, 130, 355, 2130, 1645)),
        # A half goes up, once per ticket: 0.5 yen on each of ten.
        ("JPY", 10, 10, FeeRule(500, 0, "buyer"), NO_TAX, (100, 10, 0, 110, 100)),
        ("JPY", 9, 10, FeeRule(500, 0, "buyer"), NO_TAX, (90, 0, 0, 90, 90)),
        ("JPY", 3, 1, NO_FEE, TaxRule(5000, "added", "T"), (3, 0, 2, 5, 3)),
        ("JPY", 3, 1, NO_FEE, TaxRule(2000, "included", "T"), (3, 0, 1, 3, 2)),
        ("KWD", 1250, 2, FeeRule(333, 0, "organiser"), NO_TAX, (2500, 84, 0, 2500, 2416)),
        ("BTC", 1_234_567, 1, FeeRule(100, 0, "buyer"), NO_TAX, (1_234_567, 12_346, 0, 1_246_913, 1_234_567)),
        # A free ticket carries no fee.
        ("EUR", 0, 5, FeeRule(500, 30, "buyer"), VAT_ON_TOP, (0, 0, 0, 0, 0)),
        ("EUR", 0, 5, FeeRule(500, 30, "organiser"), VAT_INSIDE, (0, 0, 0, 0, 0)),
        # A fee larger than what is left takes all of it and no more.
        ("EUR", 20, 1, FeeRule(0, 30, "organiser"), NO_TAX, (20, 20, 0, 20, 0)),
        ("EUR", 20, 1, FeeRule(0, 30, "organiser"), VAT_INSIDE, (20, 17, 3, 20, 0)),
        ("EUR", 20, 1, FeeRule(0, 30, "organiser"), VAT_ON_TOP, (20, 20, 4, 24, 0)),
        # On top of one cent with tax inside, at most 8 cents: 20 % VAT inside 9 cents is 1.5,
        # and a half would go up to 2.
        ("EUR", 1, 1, FeeRule(0, 100, "buyer"), VAT_INSIDE, (1, 7, 1, 8, 0)),
        ("EUR", 1, 1, FeeRule(0, 100, "buyer"), VAT_ON_TOP, (1, 100, 20, 121, 1)),
    ],
)
def test_a_basket_costs(
    currency: str,
    price_minor: int,
    quantity: int,
    fee: FeeRule,
    tax: TaxRule,
    expected: tuple[int, int, int, int, int],
) -> None:
    assert parts(quote(currency, one(price_minor, quantity), fee, tax)) == expected


@given(CURRENCIES, ITEMS, FEES, TAXES)
def test_every_unit_is_accounted_for_and_nobody_is_below_zero(
    currency: str, items: list[Item], fee: FeeRule, tax: TaxRule
) -> None:
    found = quote(currency, items, fee, tax)
    assert found.total_minor == found.organiser_minor + found.fee_minor + found.tax_minor
    assert found.total_minor == sum(line.unit_total_minor * line.quantity for line in found.lines)
    assert min(found.organiser_minor, found.fee_minor, found.tax_minor) >= 0
    assert found.face_minor == sum(item.unit_price_minor * item.quantity for item in items)
    assert found.total_minor >= found.face_minor
    for line, item in zip(found.lines, items, strict=True):
        assert (line.ticket_type_id, line.name, line.quantity) == (
            item.ticket_type_id,
            item.name,
            item.quantity,
        )
        on_top_minor = line.unit_fee_minor if fee.paid_by == "buyer" else 0
        added_minor = line.unit_tax_minor if tax.mode == "added" else 0
        assert line.unit_total_minor == line.unit_price_minor + on_top_minor + added_minor
        if item.unit_price_minor == 0:
            assert line.unit_total_minor == line.unit_fee_minor == line.unit_tax_minor == 0


@given(PRICES, st.integers(1, 999), FEES, TAXES)
def test_one_ticket_more_costs_exactly_one_unit_price_more(
    price_minor: int, quantity: int, fee: FeeRule, tax: TaxRule
) -> None:
    single = quote("EUR", one(price_minor), fee, tax)
    fewer, more = (quote("EUR", one(price_minor, count), fee, tax) for count in (quantity, quantity + 1))
    step = tuple(b - a for a, b in zip(parts(fewer), parts(more), strict=True))
    assert step == parts(single)


@given(PRICES.filter(bool), FEES, TAXES)
def test_a_higher_price_never_costs_the_buyer_less(price_minor: int, fee: FeeRule, tax: TaxRule) -> None:
    lower, higher = (quote("EUR", one(price), fee, tax) for price in (price_minor - 1, price_minor))
    assert lower.total_minor < higher.total_minor


@given(PRICES.filter(bool), FEES.filter(lambda fee: fee.paid_by == "buyer"), st.integers(1, 10_000))
def test_a_fee_is_only_cut_by_what_the_organiser_would_have_to_pay(
    price_minor: int, fee: FeeRule, rate_bps: int
) -> None:
    asked = quote("EUR", one(price_minor), fee, NO_TAX).fee_minor
    found = quote("EUR", one(price_minor), fee, TaxRule(rate_bps, "included", "VAT"))
    assert found.fee_minor <= asked
    if found.fee_minor < asked:
        assert found.organiser_minor == 0


@given(ITEMS, FEES, TAXES)
def test_the_currency_changes_no_number(items: list[Item], fee: FeeRule, tax: TaxRule) -> None:
    found = {parts(quote(currency, items, fee, tax)) for currency in ("JPY", "EUR", "KWD", "BTC")}
    assert len(found) == 1


@pytest.mark.parametrize("quantity", [0, -1, 1001, 10**9, 1.5, 2.0, True, "2", "1e3", float("nan"), None])
def test_a_hostile_quantity_is_refused_beside_its_field(quantity: Any) -> None:
    items = [Item(STALLS, "Stalls", 1, 100), Item(BALCONY, "Balcony", quantity, 100)]
    with pytest.raises(BadQuantity) as caught:
        quote("EUR", items, NO_FEE, NO_TAX)
    assert caught.value.code == "pricing.bad_quantity"
    assert caught.value.field == "items.1.quantity"
    assert caught.value.sentence == "Choose a whole number of tickets from 1 to 1000."
    assert isinstance(caught.value, Invalid)


@pytest.mark.parametrize("price_minor", [-1, 10**15 + 1, 1.0, True, "1", None])
def test_a_hostile_price_is_refused_beside_its_field(price_minor: Any) -> None:
    with pytest.raises(BadPrice) as caught:
        quote("EUR", one(price_minor), NO_FEE, NO_TAX)
    assert (caught.value.code, caught.value.field) == ("pricing.bad_price", "items.0.unit_price_minor")


def test_the_limits_themselves_are_accepted() -> None:
    assert quote("EUR", one(10**15, 1000), NO_FEE, NO_TAX).total_minor == 10**18
    assert len(quote("EUR", one(1) * 100, NO_FEE, NO_TAX).lines) == 100


@pytest.mark.parametrize("count", [0, 101])
def test_a_basket_of_nothing_or_of_too_many_kinds_is_refused(count: int) -> None:
    with pytest.raises(BadBasket) as caught:
        quote("EUR", one(1) * count, NO_FEE, NO_TAX)
    assert (caught.value.code, caught.value.field) == ("pricing.bad_basket", "items")
    assert caught.value.sentence == "Choose 1 to 100 kinds of ticket."


def test_a_total_that_does_not_fit_in_64_bits_is_refused() -> None:
    assert quote("EUR", one(10**15, 1000) * 9, NO_FEE, NO_TAX).total_minor == 9 * 10**18
    with pytest.raises(TooLarge) as caught:
        quote("EUR", one(10**15, 1000) * 10, NO_FEE, NO_TAX)
    assert (caught.value.code, caught.value.field) == ("pricing.too_large", "items")
    exact = [
        *one(10**15, 1000) * 9,
        Item(STALLS, "Stalls", 1000, 223_372_036_854_775),
        Item(STALLS, "Stalls", 1, 807),
    ]
    assert quote("EUR", exact, NO_FEE, NO_TAX).total_minor == 2**63 - 1
    with pytest.raises(TooLarge):
        quote("EUR", [*exact, *one(1)], NO_FEE, NO_TAX)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        quote("XXX", one(1), NO_FEE, NO_TAX)


def test_a_line_that_does_not_add_up_cannot_exist() -> None:
    with pytest.raises(AssertionError):
        QuoteLine(STALLS, "Stalls", 2, 100, 0, 0, 100, 201)
    with pytest.raises(AssertionError):
        QuoteLine(STALLS, "Stalls", 1, 100, 80, 21, 100, 100)
    with pytest.raises(AssertionError):
        QuoteLine(STALLS, "Stalls", 1, 100, -1, 0, 100, 100)


@pytest.mark.parametrize("wrong", range(5))
def test_a_quote_that_does_not_add_up_cannot_exist(wrong: int) -> None:
    line = QuoteLine(STALLS, "Stalls", 2, 100, 10, 20, 130, 260)
    sums = [200, 20, 40, 260, 200]
    assert Quote("EUR", 1, (line,), *sums).total_minor == 260
    sums[wrong] += 1
    with pytest.raises(AssertionError):
        Quote("EUR", 1, (line,), *sums)
