"""Every currency has its decimals, and an amount reads back as it was written."""

import pytest
from babel import Locale
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from admitone.values import currencies
from admitone.values.currencies import AmountTwoWays, BadAmount, TooManyDecimals, UnknownCurrency

# Where the Unicode locale data gives what is used in cash instead of what ISO 4217 says.
CLDR_DIFFERS = {
    "AFN", "ALL", "COP", "CRC", "CZK", "GYD", "HUF", "IDR", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK",
    "MNT",
    "MRU", "MUR", "NOK", "PKR", "RSD", "SEK", "SLE", "SOS", "STN", "SYP", "TMT", "TWD", "TZS", "UZS", "YER",
    "ZMW",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "decimals"),
    [
        ("EUR", 2), ("USD", 2), ("GBP", 2), ("HUF", 2), ("MGA", 2), ("ZWG", 2), ("XCG", 2), ("JPY", 0),
        ("KRW", 0),
        ("ISK", 0), ("CLP", 0), ("VND", 0), ("UGX", 0), ("XOF", 0), ("UYI", 0), ("KWD", 3), ("BHD", 3),
        ("TND", 3),
        ("IQD", 3), ("CLF", 4), ("UYW", 4), ("BTC", 11),
    ],
)  # fmt: skip
def test_each_currency_has_the_decimals_of_the_standard(code: str, decimals: int) -> None:
    assert currencies.exponent(code) == decimals
    assert currencies.known(code)


def test_the_table_holds_all_codes_of_the_standard_that_have_a_minor_unit() -> None:
    assert len(currencies.EXPONENTS) == 166
    counts = {decimals: list(currencies.EXPONENTS.values()).count(decimals) for decimals in (0, 2, 3, 4, 11)}
    assert counts == {0: 17, 2: 139, 3: 7, 4: 2, 11: 1}


def test_the_table_agrees_with_the_unicode_locale_data_but_for_cash_habits() -> None:
    names = Locale("en").currencies
    for code, decimals in currencies.EXPONENTS.items():
        if code not in CLDR_DIFFERS | {"BTC", "XAD"}:
            assert code in names, code
            assert get_currency_precision(code) == decimals, code


@pytest.mark.parametrize("code", ["BGN", "HRK", "ANG", "ZWL", "XAU", "XXX", "eur", "", "EURO", "SAT"])
def test_withdrawn_metal_and_made_up_codes_are_unknown(code: str) -> None:
    assert not currencies.known(code)
    for ask in (currencies.exponent, currencies.typed_exponent, currencies.typed_unit):
        with pytest.raises(UnknownCurrency):
            ask(code)
    with pytest.raises(UnknownCurrency):
        currencies.parse_major(code, "1")


def test_an_unknown_currency_is_named_but_not_at_length() -> None:
    with pytest.raises(UnknownCurrency) as caught:
        currencies.exponent("A" * 1000)
    assert caught.value.sentence == "We do not know the currency AAAAAAAAAAAA."


@pytest.mark.parametrize(
    ("code", "text", "minor", "written"),
    [
        ("EUR", "1234.5", 123450, "1234.50"),
        ("EUR", "0012", 1200, "12.00"),
        ("EUR", "-0.05", -5, "-0.05"),
        ("EUR", "-0", 0, "0.00"),
        ("JPY", "500", 500, "500"),
        ("JPY", "-5", -5, "-5"),
        ("KWD", "1.234", 1234, "1.234"),
        ("CLF", "0.0001", 1, "0.0001"),
        ("BTC", "1500", 1_500_000, "1500.000"),
        ("BTC", "0.001", 1, "0.001"),
        ("BTC", "100000000", 10**11, "100000000.000"),
    ],
)
def test_an_amount_is_read_and_written(code: str, text: str, minor: int, written: str) -> None:
    assert currencies.parse_major(code, text) == minor
    assert currencies.major_text(code, minor) == written


@pytest.mark.parametrize(
    "text",
    [
        "", " ", " 1", "1 ", "1\n", "+1", "--1", "1-", ".5", "5.", ".", "-", ",5", "5,", "1_000",
        "1e3", "NaN",
        "Infinity", "0x10", "1.2.3", "1,2.3", "1,23.50", "12,34,567", "1,234,56", "1.234,567.50", "0,123.50",
        "١٢", "\uff11", "1\u00a0000", "\u22125", "1" * 41, "9" * 5000,
    ],
)  # fmt: skip
def test_anything_but_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(BadAmount) as caught:
        currencies.parse_major("EUR", text)
    assert caught.value.code == "currency.bad_amount"
    assert caught.value.sentence == "Write the amount in plain digits, such as 12.50."


def test_the_example_of_an_amount_fits_the_currency() -> None:
    examples = []
    for code in ("JPY", "KWD", "BTC"):
        with pytest.raises(BadAmount) as caught:
            currencies.parse_major(code, "x")
        examples.append(caught.value.data["example"])
    assert examples == ["12", "12.500", "12.500"]


@pytest.mark.parametrize(
    ("code", "text", "sentence"),
    [
        ("JPY", "1.0", "An amount in JPY has at most 0 decimals."),
        ("JPY", "1,234.50", "An amount in JPY has at most 0 decimals."),
        ("EUR", "0,234", "An amount in EUR has at most 2 decimals."),
        ("EUR", "1234,567", "An amount in EUR has at most 2 decimals."),
        ("EUR", "1,234.567", "An amount in EUR has at most 2 decimals."),
        ("BTC", "1.0001", "An amount in sat has at most 3 decimals."),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused(code: str, text: str, sentence: str) -> None:
    with pytest.raises(TooManyDecimals) as caught:
        currencies.parse_major(code, text)
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    ("code", "text", "minor"),
    [
        ("EUR", "20,50", 2050),
        ("EUR", "20,5", 2050),
        ("EUR", "-20,50", -2050),
        ("EUR", "1,234.50", 123450),
        ("EUR", "1.234,50", 123450),
        ("EUR", "1,234,567", 123456700),
        ("EUR", "1.234.567", 123456700),
        ("EUR", "1.234.567,8", 123456780),
        ("JPY", "1,234", 1234),
        ("JPY", "1.234", 1234),
        ("JPY", "1,234,567", 1234567),
        ("KWD", "1.234", 1234),
        ("KWD", "4,5", 4500),
        ("KWD", "0,234", 234),
        ("KWD", "1234,567", 1234567),
        ("KWD", "1,234.500", 1234500),
        ("KWD", "1.234,500", 1234500),
        ("BTC", "21,000.5", 21_000_500),
    ],
)
def test_a_decimal_comma_and_grouped_thousands_are_read(code: str, text: str, minor: int) -> None:
    assert currencies.parse_major(code, text) == minor


@pytest.mark.parametrize(
    ("code", "text", "sentence"),
    [
        ("EUR", "1,234", "Write 1234, or with a point and 2 decimals, such as 1.23."),
        ("EUR", "1.000", "Write 1000, or with a point and 2 decimals, such as 1.00."),
        ("KWD", "1,234", "Write 1234, or with a point and 3 decimals, such as 1.234."),
        ("BTC", "21,000", "Write 21000, or with a point and 3 decimals, such as 21.000."),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_guessed(code: str, text: str, sentence: str) -> None:
    with pytest.raises(AmountTwoWays) as caught:
        currencies.parse_major(code, text)
    expected = f"{text} can be read in two ways, as thousands or with decimals. {sentence}"
    assert caught.value.sentence == expected


def test_the_typed_unit_is_the_code_but_satoshi_for_bitcoin() -> None:
    assert (currencies.typed_unit("EUR"), currencies.typed_unit("BTC")) == ("EUR", "sat")
    assert (currencies.typed_exponent("EUR"), currencies.typed_exponent("BTC")) == (2, 3)


@given(st.sampled_from(sorted(currencies.EXPONENTS)), st.integers(-(10**18), 10**18))
def test_what_is_written_reads_back_the_same(code: str, minor: int) -> None:
    assert currencies.parse_major(code, currencies.major_text(code, minor)) == minor
    assert currencies.parse_major(code, currencies.typed_text(code, minor)) == minor


@pytest.mark.parametrize(
    ("code", "minor", "written"),
    [
        ("BTC", 0, "0"),
        ("BTC", 100_000, "100"),
        ("BTC", 1_500_500, "1500.5"),
        ("BTC", -1, "-0.001"),
        ("EUR", 0, "0.00"),
        ("JPY", 500, "500"),
    ],
)
def test_in_a_field_satoshi_have_no_decimals_that_are_zero(code: str, minor: int, written: str) -> None:
    assert currencies.typed_text(code, minor) == written
