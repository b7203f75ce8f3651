"""Money, dates and counts in words."""

from datetime import UTC, datetime, timedelta

import pytest

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.structured_data import json_ld
from admitone.values import formats
from admitone.values.currencies import UnknownCurrency

NIGHT = datetime(2027, 3, 12, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (1_942_500, "NGN", "₦19,425"),
        (1_942_550, "NGN", "₦19,425.50"),
        (1_800, "JPY", "¥1,800"),
        (4_500, "KWD", "KD\u00a04.500"),
        (4_000, "KWD", "KD\u00a04"),
        (2_850, "EUR", "€28.50"),
        (2_000, "USD", "$20"),
        (5, "USD", "$0.05"),
        (-370_000, "NGN", "\u2212₦3,700"),
        (21_000_000, "BTC", "21,000\u00a0sats"),
        (21_000_500, "BTC", "21,000.5\u00a0sats"),
        (1, "BTC", "0.001\u00a0sats"),
        (10**20 + 1, "EUR", "€1,000,000,000,000,000,000.01"),
        (1_250, "GTQ", "GTQ\u00a012.50"),
        (5_000, "XOF", "F\u00a0CFA\u00a05,000"),
        (5_000, "XAF", "FCFA\u00a05,000"),
        (1_250, "CAD", "CA$12.50"),
        (0, "EUR", "€0"),
    ],
)
def test_money_is_written_as_people_write_it(minor: int, currency: str, expected: str) -> None:
    assert formats.money(minor, currency) == expected


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        formats.money(1, "XXX")


def test_nothing_to_pay_is_free() -> None:
    assert formats.price(0, "EUR") == "Free"
    assert formats.price_from(0, "EUR", has_dearer=True) == "Free"
    assert formats.price_from(2_000, "USD", has_dearer=True) == "From $20"
    assert formats.price_from(2_000, "USD", has_dearer=False) == "$20"


def test_times_are_in_the_zone_of_the_place() -> None:
    assert formats.clock_time(NIGHT, "Africa/Lagos") == "19:30"
    assert formats.day_time(NIGHT, "Asia/Tokyo") == "Sat 13 March, 03:30"
    assert formats.long_day_time(NIGHT, "Africa/Lagos") == "Friday 12 March 2027, 19:30"
    assert formats.iso(NIGHT, "Africa/Lagos") == "2027-03-12T19:30:00+01:00"
    assert formats.field_value(NIGHT, "Africa/Lagos") == "2027-03-12T19:30"
    assert formats.field_value(None, "Africa/Lagos") == ""


def test_the_year_is_said_when_it_is_another_one_there() -> None:
    eve = datetime(2026, 12, 31, 14, 30, tzinfo=UTC)
    written = formats.dated_day_time
    assert written(eve, NIGHT, "Europe/Berlin") == "Thu 31 December 2026, 15:30"
    # The year is the place's: in Tokyo the same evening half an hour later is next year's.
    later = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    assert written(later, eve, "Europe/Berlin") == "Thu 31 December, 16:30"
    assert written(later, eve, "Asia/Tokyo") == "Fri 1 January 2027, 00:30"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (3, "Friday 12 March 2027, 19:30 to 22:30"),
        (8, "Friday 12 March 2027, 19:30 to 03:30"),
        (50, "Fri 12 March, 19:30 to Sun 14 March 2027, 21:30"),
    ],
)
def test_a_night_belongs_to_its_evening(hours: int, expected: str) -> None:
    assert formats.span(NIGHT, NIGHT + timedelta(hours=hours), "Africa/Lagos") == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Africa/Lagos", "Lagos time (UTC+1)"),
        ("America/New_York", "New York time (UTC\u22125)"),
        ("Asia/Kolkata", "Kolkata time (UTC+5:30)"),
        ("UTC", "UTC"),
    ],
)
def test_the_zone_is_said(zone: str, expected: str) -> None:
    assert formats.zone_words(NIGHT, zone) == expected


def test_days_are_counted_where_the_event_is() -> None:
    late = datetime(2027, 3, 12, 23, 30, tzinfo=UTC)
    assert formats.relative_day(late, NIGHT, "UTC") == "today"
    assert formats.relative_day(late, NIGHT, "Africa/Lagos") == "tomorrow"
    assert formats.relative_day(NIGHT + timedelta(days=3), NIGHT, "UTC") == "in 3 days"
    assert formats.relative_day(NIGHT - timedelta(days=1), NIGHT, "UTC") == "yesterday"
    assert formats.relative_day(NIGHT - timedelta(days=9), NIGHT, "UTC") == "9 days ago"


def test_counts_and_sizes() -> None:
    assert formats.count(1, "ticket", "tickets") == "1 ticket"
    assert formats.count(1_240, "ticket", "tickets") == "1,240 tickets"
    assert formats.size(48_200) == "48 KB"
    assert formats.size(1_290_000) == "1.2 MB"


def test_hundredths_of_a_percent_are_written_without_zeros_at_the_end() -> None:
    assert [formats.percent(bps) for bps in (0, 5, 50, 100, 250, 1000, 1234, 10_000)] == [
        *("0", "0.05", "0.5", "1", "2.5", "10", "12.34", "100")
    ]


def test_links_leave_out_what_is_empty_and_escape_the_rest() -> None:
    assert links.with_query("/events", q="", city="São Paulo") == "/events?city=S%C3%A3o+Paulo"
    assert links.with_query("/events", q="") == "/events"
    assert links.event("a/b") == "/e/a%2Fb"


def test_the_block_for_search_engines_cannot_be_closed_from_inside() -> None:
    assert json_ld({"name": "</script><b>&"}) == '{"name":"\\u003c/script\\u003e\\u003cb\\u003e\\u0026"}'


def test_every_country_is_there_by_its_name() -> None:
    found = formats.countries()
    assert len(found) == len(dict(found)) > 240
    assert found[0] == ("AF", "Afghanistan")
    assert dict(found)["KW"] == "Kuwait"
    # A name with an accent stands where people look for it, and a union is no country.
    assert [name for _, name in found].index("Åland Islands") < 5
    assert "EU" not in dict(found)
