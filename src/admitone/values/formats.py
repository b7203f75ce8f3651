"""Money, dates and counts as people read them. Views hold finished words; only this module makes them.

Dates are always in a named zone, money always in whole minor units (values.currencies). Language: English.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal, get_currency_symbol

from admitone.values import currencies

_LOCALE: Final = "en"
# Signs people at the place use, where the Unicode data for English only has the three letters.
_SIGNS: Final = {"NGN": "₦", "KWD": "KD ", "GHS": "GH₵", "KES": "KSh ", "ZAR": "R ", "CHF": "CHF "}
_NO_BREAK: Final = "\u00a0"
_SPACE: Final = re.compile(r"\s")
_MINUS: Final = "\u2212"  # as wide as the digits, which a hyphen is not
_LATE_NIGHT_HOURS: Final = 6
# Two letters in the Unicode data that are no country: unions, test regions and the like.
_NO_COUNTRY: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@dataclass(frozen=True, slots=True)
class MoneyStyle:
    """How amounts of one currency are written; also what the quantity stepper is told.

    `exponent` is how many decimals of the minor unit are shown (BTC: 3, because msat are shown as sats).
    `prefix` and `suffix` surround the number. Decimals that are all zero are left out; BTC drops trailing
    zeros.
    """

    prefix: str
    suffix: str
    exponent: int
    trims: bool


@cache
def money_style(currency: str) -> MoneyStyle:
    """The way `currency` is written. Raises the refusal of values.currencies for an unknown one."""
    exponent = currencies.typed_exponent(currency)
    if currency == currencies.BITCOIN:
        return MoneyStyle("", f"{_NO_BREAK}sats", exponent, True)
    sign = _SIGNS.get(currency) or get_currency_symbol(currency, locale=_LOCALE)
    if sign[-1].isalpha():
        # `SEK 120`, `F CFA 5,000`: letters keep away from the number, signs do not.
        sign += _NO_BREAK
    return MoneyStyle(_SPACE.sub(_NO_BREAK, sign), "", exponent, False)


def money(minor: int, currency: str, *, in_full: bool = False) -> str:
    """`₦19,425`, `$12.50`, `¥1,800`, `KD 4.500`, `21,000 sats`. Zero is written as an amount; see `price`.

    `in_full` keeps decimals that are all zero, for columns in which another amount has some.
    """
    style = money_style(currency)
    whole, part = divmod(abs(minor), 10**style.exponent)
    decimals = f"{part:0{style.exponent}d}" if part or (in_full and style.exponent) else ""
    if style.trims:
        decimals = decimals.rstrip("0")
    number = format_decimal(Decimal(whole), format="#,##0", locale=_LOCALE)
    sign = _MINUS if minor < 0 else ""
    return f"{sign}{style.prefix}{number}{'.' if decimals else ''}{decimals}{style.suffix}"


def price(minor: int, currency: str) -> str:
    """As `money`, but nothing to pay is `Free`."""
    return money(minor, currency) if minor else "Free"


def price_from(minor: int, currency: str, *, has_dearer: bool) -> str:
    """What stands on a card: `Free`, `From ₦19,425` or just `$20` when every ticket costs the same."""
    return f"From {money(minor, currency)}" if has_dearer and minor else price(minor, currency)


def _written(at: datetime, zone: str, pattern: str) -> str:
    assert at.tzinfo is not None, "a time without a zone is a guess"
    words: str = format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=_LOCALE)
    return words


def clock_time(at: datetime, zone: str) -> str:
    """`19:30`."""
    return _written(at, zone, "HH:mm")


def day(at: datetime, zone: str) -> str:
    """`Fri 12 March`."""
    return _written(at, zone, "EEE d MMMM")


def day_time(at: datetime, zone: str) -> str:
    """`Fri 12 March, 19:30`."""
    return _written(at, zone, "EEE d MMMM, HH:mm")


def dated_day_time(at: datetime, now: datetime, zone: str) -> str:
    """As `day_time`, with the year when it is not the one it is there now: `Tue 1 January 2999, 11:00`."""
    is_this_year = at.astimezone(ZoneInfo(zone)).year == now.astimezone(ZoneInfo(zone)).year
    return day_time(at, zone) if is_this_year else _written(at, zone, "EEE d MMMM y, HH:mm")


def zoned_day_time(at: datetime, zone: str) -> str:
    """`Fri 12 March, 19:30 Lagos time`: for who may read it elsewhere."""
    return f"{day_time(at, zone)} {short_zone(at, zone)}"


def long_day_time(at: datetime, zone: str) -> str:
    """`Friday 12 March 2027, 19:30`."""
    return _written(at, zone, "EEEE d MMMM y, HH:mm")


def stamp(at: datetime, zone: str) -> str:
    """`12 Mar 2027, 19:30`: for lists of things that happened."""
    return _written(at, zone, "d MMM y, HH:mm")


def iso(at: datetime, zone: str) -> str:
    """For `<time datetime>`: `2027-03-12T19:30:00+01:00`."""
    return at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def field_value(at: datetime | None, zone: str) -> str:
    """For `<input type=datetime-local>`: `2027-03-12T19:30`, or nothing."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def span(start: datetime, end: datetime, zone: str) -> str:
    """From and to. A night that ends before six belongs to its evening: `Friday 12 March 2027, 22:00 to
    04:00`.
    """
    local_start, local_end = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    last_day = (local_end - timedelta(hours=_LATE_NIGHT_HOURS)).date()
    if last_day <= local_start.date():
        return f"{long_day_time(start, zone)} to {clock_time(end, zone)}"
    return f"{day_time(start, zone)} to {_written(end, zone, 'EEE d MMMM y, HH:mm')}"


def zone_words(at: datetime, zone: str) -> str:
    """`Lagos time (UTC+1)`: the city of the zone and how far from UTC it is at that moment."""
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    minutes = int(offset.total_seconds()) // 60
    if minutes == 0:
        return "UTC" if city in ("UTC", "GMT") else f"{city} time (UTC)"
    hours, rest = divmod(abs(minutes), 60)
    away = f"UTC{'+' if minutes > 0 else _MINUS}{hours}{f':{rest:02d}' if rest else ''}"
    return f"{city} time ({away})"


def short_zone(at: datetime, zone: str) -> str:
    """`Lagos time`, or `UTC`."""
    return zone_words(at, zone).partition(" (")[0]


def near_time(at: datetime, now: datetime, zone: str) -> str:
    """`19:02` today, `12 Mar 2027, 19:02` on every other day of the zone."""
    return clock_time(at, zone) if relative_day(at, now, zone) == "today" else stamp(at, zone)


def relative_day(at: datetime, now: datetime, zone: str) -> str:
    """`today`, `tomorrow`, `in 3 days`, `yesterday`, `3 days ago`, counted in days of the zone."""
    days = (at.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def count(number: int, one: str, many: str) -> str:
    """`1 ticket`, `1,240 tickets`."""
    return f"{format_decimal(number, locale=_LOCALE)} {one if number == 1 else many}"


def number(value: int) -> str:
    """`1,240`."""
    written: str = format_decimal(value, locale=_LOCALE)
    return written


def percent(bps: int) -> str:
    """Hundredths of a percent as `20` or `7.5`, without the sign."""
    whole, part = divmod(bps, 100)
    return f"{whole}.{part:02d}".rstrip("0") if part else str(whole)


def size(octets: int) -> str:
    """`48 KB`, `1.2 MB`."""
    if octets < 1_000_000:
        return f"{max(1, octets // 1000)} KB"
    return f"{octets // 1_000_000}.{octets % 1_000_000 // 100_000} MB"


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Every country's two letters (ISO 3166-1) and its name, by name: `("AF", "Afghanistan")` first."""
    named = Locale(_LOCALE).territories.items()
    found = ((code, name) for code, name in named if len(code) == 2 and code.isalpha())
    return tuple(sorted(((c, n) for c, n in found if c not in _NO_COUNTRY), key=lambda pair: _plain(pair[1])))


def _plain(name: str) -> str:
    """Without accents, so that `Åland Islands` stands among the A."""
    return "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
