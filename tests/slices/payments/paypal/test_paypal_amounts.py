"""Amounts as PayPal writes them: two decimals, or none where it takes none, and nothing rounded."""

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments.providers.paypal.amounts import (
    CURRENCIES,
    LEAST_MINOR,
    STEP_MINOR,
    UnreadableAmount,
    decimals,
    read,
    written,
)
from admitone.values.currencies import EXPONENTS


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**12))
def test_what_is_written_is_read_back(currency: str, minor: int) -> None:
    text = written(currency, minor)
    if text is None:
        assert minor % LEAST_MINOR[currency] != 0
    else:
        assert read(currency, text) == minor


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**9))
def test_whatever_the_sheet_says_can_be_taken_can_be_written(currency: str, minor: int) -> None:
    fits = minor % STEP_MINOR.get(currency, 1) == 0
    assert (written(currency, minor) is not None) == fits


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        ("EUR", 2500, "25.00"),
        ("EUR", 1, "0.01"),
        ("JPY", 2500, "2500"),
        ("HUF", 2500, "25"),
        ("HUF", 2550, None),
        ("TWD", 100, "1"),
        ("TWD", 1, None),
        ("KWD", 1234, "1.234"),
        ("USD", 10**15, "10000000000000.00"),
    ],
)
def test_each_currency_has_its_own_decimals(currency: str, minor: int, text: str | None) -> None:
    assert written(currency, minor) == text


def test_only_three_currencies_differ_from_what_banks_write() -> None:
    def differs(currency: str) -> bool:
        # CLDR drops the forint's and the new dollar's decimals for cash and prices, as PayPal does; ISO has them.
        return decimals(currency) != EXPONENTS[currency]

    assert {one for one in CURRENCIES if differs(one)} == set(LEAST_MINOR) == {"HUF", "TWD"}
    assert decimals("JPY") == get_currency_precision("JPY") == 0


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("EUR", "25.001"),
        ("EUR", "1e3"),
        ("EUR", " 1"),
        ("EUR", ""),
        ("EUR", "NaN"),
        ("EUR", "٣"),
        ("EUR", "1" * 16),
        ("JPY", "1.5"),
        ("XYZ", "1.00"),
        ("EUR", ".5"),
    ],
)
def test_what_cannot_be_read_exactly_is_not_read(currency: str, text: str) -> None:
    with pytest.raises(UnreadableAmount):
        read(currency, text)


def test_decimals_that_say_nothing_are_read() -> None:
    assert (read("JPY", "25.00"), read("HUF", "25.00"), read("EUR", "-0.39")) == (25, 2500, -39)
