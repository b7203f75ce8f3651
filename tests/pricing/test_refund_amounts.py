"""A free amount given back is divided among units, and never more comes back than was paid."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from admitone.pricing import (
    ALL_BACK,
    PRICE_BACK,
    Basket,
    BasketItem,
    Fee,
    OfferedType,
    PaidUnit,
    Parts,
    PriceRules,
    TaxRule,
    as_basket_record,
    left_minor,
    paid_units,
    price_basket,
    refund,
    refund_amount,
)
from tests.pricing.drawn import asked

STALLS = UUID(int=1)
FEE = Fee("platform", fixed_minor=100)
VAT = TaxRule(1900, "included", "VAT")


def paid(price_minor: int = 2000, *fees: Fee) -> PaidUnit:
    rules = PriceRules("EUR", (OfferedType(STALLS, "Stalls", "ticket", price_minor, VAT),), fees=fees)
    basket = Basket((BasketItem(STALLS, 1),))
    (unit,) = paid_units(as_basket_record(price_basket(basket, rules), basket, rules))
    return unit


def test_an_amount_is_divided_in_proportion_to_what_is_left() -> None:
    units = [paid(2000), paid(1000), paid(0)]
    given_back = refund_amount(units, 1000, with_fees=True)
    assert given_back is not None
    assert [unit.total_minor for unit in given_back.units] == [667, 333, 0]


def test_without_fees_the_organiser_gives_it_all_but_the_tax() -> None:
    given_back = refund_amount([paid(2000, FEE)], 2000, with_fees=False)
    assert given_back is not None
    total = given_back.total
    assert (total.price_minor, total.fees_minor, total.site_minor) == (2000, 0, 0)
    assert total.tax_minor == 319
    assert total.organiser_minor == 1681


def test_with_fees_the_site_gives_its_part() -> None:
    given_back = refund_amount([paid(2000, FEE)], 1050, with_fees=True)
    assert given_back is not None
    assert (given_back.total.price_minor, given_back.total.fees_minor) == (1000, 50)
    assert given_back.total.site_minor == 50


def test_more_than_is_left_is_not_given() -> None:
    unit = paid(2000, FEE)
    assert refund_amount([unit], 2101, with_fees=True) is None
    assert refund_amount([unit], 2001, with_fees=False) is None
    some = refund_amount([unit], 1500, with_fees=False)
    assert some is not None
    assert refund_amount([replace(unit, returned=some.total)], 501, with_fees=False) is None


@given(
    asked(),
    st.lists(
        st.tuples(st.integers(1, 5_000), st.booleans(), st.integers(0, 2)),
        max_size=6,
    ),
)
def test_any_amounts_and_then_the_rest_are_exactly_what_was_paid(
    drawn: tuple[Basket, PriceRules], steps: list[tuple[int, bool, int]]
) -> None:
    basket, rules = drawn
    units = list(paid_units(as_basket_record(price_basket(basket, rules), basket, rules)))
    for amount_minor, with_fees, kind in steps:
        if kind == 0:
            back = refund(units, PRICE_BACK)
        else:
            most = sum(left_minor(unit, with_fees=with_fees) for unit in units)
            if not most:
                continue
            wanted = min(amount_minor, most)
            found = refund_amount(units, wanted, with_fees=with_fees)
            assert found is not None
            assert found.total.total_minor == wanted
            back = found
        units = [
            replace(unit, returned=unit.returned.plus(parts))
            for unit, parts in zip(units, back.units, strict=True)
        ]
        for unit in units:
            assert_within(unit.returned, unit.paid)
    rest = refund(units, ALL_BACK)
    for unit, parts in zip(units, rest.units, strict=True):
        whole = unit.returned.plus(parts)
        assert whole.total_minor == unit.paid.total_minor
        assert whole.tax_minor == unit.paid.tax_minor
        assert_within(whole, unit.paid)


def assert_within(returned: Parts, paid_parts: Parts) -> None:
    assert returned.price_minor <= paid_parts.price_minor
    assert returned.fees_minor <= paid_parts.fees_minor
    assert returned.price_tax_minor <= paid_parts.price_tax_minor
    assert returned.fees_tax_minor <= paid_parts.fees_tax_minor
    assert returned.site_on_top_minor <= paid_parts.site_on_top_minor
    assert returned.site_inside_minor <= paid_parts.site_inside_minor
