"""Letters, days and amounts: read as they were meant, or refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from admitone.statements import AmountsTwoWays, DaysTwoWays, Unreadable
from admitone.statements.csv_values import NotThat, amount_reader, day_reader
from admitone.statements.decoding import decode
from admitone.statements.lines import minor_units
from admitone.values.currencies import EXPONENTS, exponent

WORDS = {
    "utf-8": "Zażółć Jürgen cœur €",
    "windows-1252": "Jürgen Müßig – 25 € cœur D´Angelo «été» 5°C ¿Qué?",
    "iso-8859-15": "cœur à 25 € élève",
    "windows-1250": "płatność za bilety, dziękuję, Źdźbło",
    "iso-8859-2": "płatność za bilety, dziękuję, Źdźbło",
    "utf-16-le": "Zażółć Jürgen cœur €",
    "utf-16-be": "Zażółć Jürgen cœur €",
}


@pytest.mark.parametrize("encoding", WORDS)
def test_the_letters_come_back_from_every_encoding(encoding: str) -> None:
    text = f"Date;Amount;Text\n{WORDS[encoding]}\n" * 3
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding) == (text, encoding)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_whatever_is_valid_utf_8_is_read_as_it_is(text: str) -> None:
    assume(not text.startswith("\ufeff"))
    assert decode(b"a" + text.encode()).text == "a" + text


@given(st.binary())
def test_bytes_are_text_without_controls_or_refused(data: bytes) -> None:
    try:
        text = decode(data).text
    except Unreadable:
        return
    assert not set(text) & {chr(code) for code in range(32)} - set("\t\n\r\x0c")
    assert "\ufffd" not in text or "\ufffd".encode() in data or b"\xfd\xff" in data or b"\xff\xfd" in data


def test_half_a_letter_at_the_end_is_damage_and_not_another_encoding() -> None:
    with pytest.raises(Unreadable, match="damaged"):
        decode("Müller, Größe".encode() + b"\xc3")


GROUPS = (("", ","), ("", "."), (".", ","), (",", "."), (" ", ","), ("\u00a0", ","), ("'", "."), ("’", "."))
FORMS = ("{}", "{} EUR", "EUR {}", "€ {}", "{} €", "+{}")
NEGATIVE = ("-{}", "−{}", "{}-", "({})", "-{} EUR", "€ -{}", "{} S")


def written(cents: int, group: str, mark: str) -> str:
    """An amount with two decimals, thousands grouped."""
    return f"{cents // 100:,}".replace(",", group) + f"{mark}{cents % 100:02}"


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=5),
    st.sampled_from(GROUPS),
    st.sampled_from(FORMS),
    st.sampled_from(NEGATIVE),
)
def test_an_amount_is_read_as_it_was_written(
    cents: list[int], style: tuple[str, str], form: str, negative: str
) -> None:
    cells = [written(one, *style) for one in cents]
    read = amount_reader(cells, "EUR", decimal_mark=None)
    for one, cell in zip(cents, cells, strict=True):
        assert minor_units(read(form.format(cell)), "EUR", "EUR") == one
        assert minor_units(read(negative.format(cell)), "EUR", "EUR") == -one


@given(st.sampled_from(sorted(set(EXPONENTS) - {"BTC"})), st.integers(-(10**14), 10**14))
def test_decimals_become_the_currencys_own_minor_units(currency: str, minor: int) -> None:
    amount = Decimal(minor).scaleb(-exponent(currency))
    assert minor_units(amount, currency, currency) == minor


@pytest.mark.parametrize("amount", ["0.001", "1e30", "NaN", "Infinity", "99999999999999999.00"])
def test_no_amount_is_rounded_or_runs_over(amount: str) -> None:
    with pytest.raises(Unreadable):
        minor_units(Decimal(amount), "EUR", "EUR")


def test_thousands_and_decimals_are_told_apart_by_the_column_or_asked() -> None:
    with pytest.raises(AmountsTwoWays) as refused:
        amount_reader(["1.234", "5.000"], "EUR", decimal_mark=None)
    assert (refused.value.field, refused.value.data["value"]) == ("decimal_mark", "1.234")
    assert amount_reader(["1.234", "5.000"], "EUR", decimal_mark=",")("1.234") == 1234
    assert amount_reader(["1.234", "0,50"], "EUR", decimal_mark=None)("1.234") == 1234
    assert amount_reader(["1.234.567", "1.234"], "EUR", decimal_mark=None)("1.234") == 1234
    assert amount_reader(["12,345", "999"], "JPY", decimal_mark=None)("12,345") == 12_345
    assert amount_reader(["1.234", "0.500"], "KWD", decimal_mark=None)("1.234") == Decimal("1.234")
    with pytest.raises(AmountsTwoWays):
        amount_reader(["1.50", "1,50"], "EUR", decimal_mark=None)


@pytest.mark.parametrize(
    "cell", ["1,5", "1,50", "12,34.56", "1.2.3", "--1.00", "1.00 and more", "x" * 70, "٣.٠٠"]
)
def test_a_cell_in_another_style_than_its_column_is_no_amount(cell: str) -> None:
    read = amount_reader(["10.50"], "EUR", decimal_mark=".")
    with pytest.raises(NotThat):
        read(cell)


DAYS = (
    "{d:%Y-%m-%d}",
    "{d:%Y%m%d}",
    "{d:%Y/%m/%d}",
    "{d:%d.%m.%Y}",
    "{d:%d.%m.%y}",
    "{d.day}.{d.month}.{d.year}",
    "{d:%d/%m/%Y}",
    "{d:%d-%m-%Y}",
    "{d:%Y-%m-%d} 23:59:59",
    "{d:%Y-%m-%dT%H:%M:%S}",
    "{d:%d %b %Y}",
    "{d:%d-%b-%y}",
)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(DAYS))
def test_a_day_is_read_as_it_was_written(day: date, form: str) -> None:
    cell = form.format(d=day)
    assert day_reader([cell], "EUR", is_day_first=True)(cell) == day


MONTHS = {
    "3 janv. 2026": 1,
    "3 ene 2026": 1,
    "3 févr. 2026": 2,
    "3-MRZ-2026": 3,
    "3 avr. 2026": 4,
    "3 mei 2026": 5,
    "3 juin 2026": 6,
    "3 cze 2026": 6,
    "3 juil. 2026": 7,
    "3 août 2026": 8,
    "3 wrz 2026": 9,
    "3 paź 2026": 10,
    "3 lis 2026": 11,
    "3. Dezember 2026": 12,
    "3 dic 2026": 12,
}


@pytest.mark.parametrize(("cell", "month"), MONTHS.items())
def test_months_are_known_by_name_in_six_languages(cell: str, month: int) -> None:
    assert day_reader([cell], "EUR", is_day_first=None)(cell) == date(2026, month, 3)


def test_the_column_says_whether_the_day_comes_first() -> None:
    assert day_reader(["03/04/2026", "23/04/2026"], "USD", is_day_first=None)("03/04/2026") == date(
        2026, 4, 3
    )
    assert day_reader(["03/04/2026", "04/23/2026"], "EUR", is_day_first=None)("03/04/2026") == date(
        2026, 3, 4
    )
    assert day_reader(["03/04/2026"], "EUR", is_day_first=None)("03/04/2026") == date(2026, 4, 3)
    assert day_reader(["03.04.2026"], "USD", is_day_first=None)("03.04.2026") == date(2026, 4, 3)
    with pytest.raises(DaysTwoWays) as refused:
        day_reader(["03/04/2026"], "USD", is_day_first=None)
    assert refused.value.field == "is_day_first"
    assert day_reader(["03/04/2026"], "USD", is_day_first=False)("03/04/2026") == date(2026, 3, 4)


@pytest.mark.parametrize(
    "cell", ["30.02.2026", "2026-13-01", "0.1.2026", "20112026", "gestern", "1.1.1", "٢٠٢٦-01-01"]
)
def test_what_is_no_day_is_not_made_one(cell: str) -> None:
    with pytest.raises(NotThat):
        day_reader([cell], "EUR", is_day_first=None)(cell)
