"""Money adds, splits and compares without losing a unit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.values.money import CurrencyMismatch, Money

AMOUNTS = st.integers(-(10**18), 10**18)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any)


def test_money_adds_subtracts_multiplies_and_negates() -> None:
    ten, three = Money("EUR", 1000), Money("EUR", 301)
    assert ten.add(three) == Money("EUR", 1301)
    assert three.subtract(ten) == Money("EUR", -699)
    assert three.times(4) == Money("EUR", 1204)
    assert three.times(-1) == three.negate() == Money("EUR", -301)
    assert Money.zero("JPY") == Money("JPY", 0)


@pytest.mark.parametrize("minor", [True, False, 1.0, 0.5, "1", None])
def test_only_a_whole_number_is_money(minor: Any) -> None:
    with pytest.raises(TypeError, match=f"^minor units are whole: int expected, got {type(minor).__name__}$"):
        Money("EUR", minor)


@pytest.mark.parametrize("count", [True, 1.5, 2.0])
def test_money_is_multiplied_by_whole_numbers_only(count: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers only"):
        Money("EUR", 5).times(count)


@pytest.mark.parametrize("code", ["eur", "EU", "EURO", "", "E1R", "EUR\n", "\u0415UR"])
def test_a_malformed_currency_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="not a currency code"):
        Money(code, 1)


def test_a_currency_that_is_no_text_is_refused() -> None:
    nothing: Any = None
    with pytest.raises(TypeError, match="got NoneType"):
        Money(nothing, 1)


@pytest.mark.parametrize(
    "mix",
    [
        lambda a, b: a.add(b),
        lambda a, b: a.subtract(b),
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
    ],
)
def test_two_currencies_never_meet(mix: Any) -> None:
    with pytest.raises(CurrencyMismatch, match=r"^cannot mix EUR and USD$") as caught:
        mix(Money("EUR", 1), Money("USD", 1))
    assert (caught.value.left, caught.value.right) == ("EUR", "USD")


def test_amounts_of_different_currencies_are_unequal() -> None:
    assert Money("EUR", 0) != Money("USD", 0)


def test_money_is_false_exactly_at_zero() -> None:
    assert not Money("EUR", 0)
    assert Money("EUR", 1)
    assert Money("EUR", -1)


@given(AMOUNTS, AMOUNTS)
def test_money_is_ordered_as_its_units_are(left: int, right: int) -> None:
    a, b = Money("KWD", left), Money("KWD", right)
    assert (a < b, a <= b, a > b, a >= b) == (left < right, left <= right, left > right, left >= right)


def test_left_over_units_go_to_the_largest_remainders() -> None:
    assert [part.minor for part in Money("EUR", 100).share([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Money("EUR", 10).share([1, 2, 4])] == [1, 3, 6]
    assert [part.minor for part in Money("EUR", -10).share([1, 2, 4])] == [-1, -3, -6]
    assert [part.minor for part in Money("EUR", 2).share([1, 1, 1, 1])] == [1, 1, 0, 0]
    assert [part.minor for part in Money("EUR", 7).share([0, 5, 0])] == [0, 7, 0]
    assert Money("JPY", 0).share([3, 4]) == (Money("JPY", 0), Money("JPY", 0))


@given(AMOUNTS, WEIGHTS)
def test_a_split_never_loses_a_unit_and_every_part_is_fair(minor: int, weights: list[int]) -> None:
    parts = [part.minor for part in Money("BTC", minor).share(weights)]
    whole = sum(weights)
    assert sum(parts) == minor
    assert all(
        abs(part * whole - minor * weight) < whole for part, weight in zip(parts, weights, strict=True)
    )
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [3, -1], [-1, -2]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="not all zero"):
        Money("EUR", 10).share(weights)


@pytest.mark.parametrize("weights", [[0.5, 0.5], [True, False]])
def test_weights_are_whole_numbers(weights: Any) -> None:
    with pytest.raises(TypeError, match=r"^weights are whole numbers$"):
        Money("EUR", 10).share(weights)
