"""What an organiser says about an event and its ticket types, and the rules it has to keep whatever its
state.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from admitone.events import refusals, schedule
from admitone.events.prices import SIMPLE_EVENT, SIMPLE_TYPE, EventPrices, TypePrices
from admitone.events.prices_checked import event_price_problems, type_price_problems
from admitone.pricing import (
    BadChangePolicy,
    BadRefundPolicy,
    Kind,
    as_change_record,
    as_policy_record,
    change_from_record,
    policy_from_record,
)
from admitone.values import currencies
from admitone.values.refusals import Problems, Refusal

CATEGORIES = (
    "music",
    "nightlife",
    "food",
    "arts",
    "comedy",
    "talks",
    "workshop",
    "sport",
    "family",
    "community",
)
ACCENTS = ("ultra", "tomato", "pine", "plum", "sky", "ochre")
POSTER_STYLES = ("arcs", "burst", "grid", "waves", "bars", "moons")
Payer = Literal["buyer", "organiser"]
TaxMode = Literal["included", "added"]

TITLE_MOST = 140
DESCRIPTION_MOST = 20_000
LENGTH_MAX = timedelta(days=40)
RATE_MAX_BPS = 5_000
PRICE_MAX_MINOR = 10**15
CAPACITY_MAX = 1_000_000
PER_PERSON_MAX = 1_000
TYPES_MAX = 50

_ONE_LINE_MOST = {
    "title": TITLE_MOST,
    "summary": 200,
    "venue_name": 120,
    "venue_address": 200,
    "city": 80,
    "tax_name": 40,
}
_MANY_LINES_MOST = {"description_md": DESCRIPTION_MOST, "refund_text": 1_000}
# Names that mean a machine of one's own network, whoever answers for them (RFC 6761, RFC 6762, RFC 8375).
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion", ".invalid")
_CHOICES = {
    "category": CATEGORIES,
    "accent": ACCENTS,
    "poster_style": POSTER_STYLES,
    "fee_paid_by": get_args(Payer),
    "tax_mode": get_args(TaxMode),
}
# Letters that turn the reading direction around could make a title say something else than it does.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class EventDetails:
    """Everything an organiser writes about an event. Instants are aware; `zone` says how to show them.

    Fee and tax rates are hundredths of a percent, `fee_fixed_minor` is minor units of `currency` for each
    ticket. A place is a venue, an `online_url` (shown to ticket holders only), both, or, in a draft,
    neither yet. `refund_policy` is a `pricing.RefundPolicy` as recorded: what buyers get back by themselves; with
    None they ask the organiser. `change_policy` is a `pricing.ChangePolicy` as recorded: what buyers change by
    themselves.
    """

    title: str
    currency: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None = None
    summary: str = ""
    description_md: str = ""
    category: str = "community"
    accent: str = "ultra"
    poster_style: str = "arcs"
    venue_name: str | None = None
    venue_address: str | None = None
    city: str | None = None
    country: str | None = None
    online_url: str | None = None
    fee_bps: int = 0
    fee_fixed_minor: int = 0
    fee_paid_by: Payer = "buyer"
    tax_bps: int = 0
    tax_mode: TaxMode = "included"
    tax_name: str = ""
    refund_text: str = ""
    refund_policy: dict[str, Any] | None = None
    change_policy: dict[str, Any] | None = None
    prices: EventPrices = SIMPLE_EVENT


@dataclass(frozen=True, slots=True)
class TypeDetails:
    """Everything an organiser writes about a ticket type. `price_minor` is before fee and tax that are on
    top.
    """

    name: str
    price_minor: int
    description: str = ""
    per_person_limit: int = 10
    sales_from: datetime | None = None
    sales_until: datetime | None = None
    position: int = 0
    is_offered: bool = True
    kind: Kind = "ticket"
    prices: TypePrices = SIMPLE_TYPE


# What a buyer pays, and what for. A change of any of these makes a new version of the offer.
TERMS = frozenset(
    field.name
    for field in fields(EventDetails)
    if field.name not in {"summary", "description_md", "category", "accent", "poster_style"}
)


def checked_event(details: EventDetails) -> EventDetails:
    """The details as they are kept: texts cleaned, empty ones None where there may be none. Raises
    `Problems`.
    """
    problems: list[Refusal] = []
    cleaned: dict[str, str | None] = {}
    for name, most in (_ONE_LINE_MOST | _MANY_LINES_MOST).items():
        text = clean(getattr(details, name) or "", lines=name in _MANY_LINES_MOST)
        problems += _length_problems(name, text, most)
        cleaned[name] = text or (None if name in {"venue_name", "venue_address", "city"} else "")
    cleaned["online_url"] = (details.online_url or "").strip() or None
    cleaned["country"] = (details.country or "").strip().upper() or None
    # mypy cannot see which of the names has which type.
    kept = replace(details, **cleaned)  # type: ignore[arg-type]
    if not kept.title:
        problems.append(refusals.Missing(field="title"))
    problems += _choice_problems(kept)
    problems += _place_problems(kept)
    problems += _time_problems(kept)
    if kept.refund_policy is not None:
        try:
            kept = replace(kept, refund_policy=as_policy_record(policy_from_record(kept.refund_policy)))
        except BadRefundPolicy as problem:
            problem.field = "refund_policy"
            problems.append(problem)
    if kept.change_policy is not None:
        try:
            kept = replace(kept, change_policy=as_change_record(change_from_record(kept.change_policy)))
        except BadChangePolicy as problem:
            problem.field = "change_policy"
            problems.append(problem)
    problems += range_problems(
        ("fee_bps", kept.fee_bps, 0, RATE_MAX_BPS),
        ("tax_bps", kept.tax_bps, 0, RATE_MAX_BPS),
        ("fee_fixed_minor", kept.fee_fixed_minor, 0, PRICE_MAX_MINOR),
    )
    problems += event_price_problems(kept.prices)
    if problems:
        raise Problems(*problems)
    return kept


def checked_type(details: TypeDetails) -> TypeDetails:
    """The ticket type as it is kept. Raises `Problems`."""
    kept = replace(details, name=clean(details.name), description=clean(details.description))
    problems = [
        *_length_problems("name", kept.name, 80),
        *_length_problems("description", kept.description, 300),
    ]
    if not kept.name:
        problems.append(refusals.Missing(field="name"))
    problems += range_problems(
        ("price_minor", kept.price_minor, 0, PRICE_MAX_MINOR),
        ("per_person_limit", kept.per_person_limit, 1, PER_PERSON_MAX),
        ("position", kept.position, 0, 10_000),
    )
    if kept.sales_from is not None and kept.sales_until is not None and kept.sales_until <= kept.sales_from:
        problems.append(refusals.SaleWindowReversed(field="sales_until"))
    problems += type_price_problems(kept.kind, kept.price_minor, kept.prices)
    if problems:
        raise Problems(*problems)
    return kept


def checked_pool_name(name: str) -> str:
    """The name of a pool as it is kept. Raises `Missing` or `TooLong`."""
    kept = clean(name)
    if not kept:
        raise refusals.Missing(field="name")
    for problem in _length_problems("name", kept, 80):
        raise problem
    return kept


def checked_capacity(capacity: int) -> int:
    """A number of places, 1 to `CAPACITY_MAX`. Raises `OutOfRange`."""
    for problem in range_problems(("capacity", capacity, 1, CAPACITY_MAX)):
        raise problem
    return capacity


def clean(text: str, *, lines: bool = False) -> str:
    """The text in one Unicode form, without control letters and outer spaces; `lines` keeps its line
    breaks.
    """
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if lines:
        kept = (letter for letter in whole.replace("\t", "    ") if letter == "\n" or not _is_control(letter))
        return "".join(kept).strip()
    return " ".join(
        "".join(letter for letter in whole if letter.isspace() or not _is_control(letter)).split()
    )


def range_problems(*numbers: tuple[str, int, int, int]) -> Iterable[Refusal]:
    """A refusal for each (field, number, least, most) that is no whole number in its range."""
    for field, number, least, most in numbers:
        # The type is compared because True would pass every comparison of size.
        if type(number) is not int or not least <= number <= most:
            yield refusals.OutOfRange(field=field, least=least, most=most)


def changed_fields(before: EventDetails, after: EventDetails) -> tuple[str, ...]:
    """The names of the fields in which the two differ."""
    return tuple(
        field.name
        for field in fields(EventDetails)
        if getattr(before, field.name) != getattr(after, field.name)
    )


def _is_control(letter: str) -> bool:
    return letter in _TURNING or unicodedata.category(letter) in {"Cc", "Cs"}


def _length_problems(field: str, text: str, most: int) -> list[Refusal]:
    return [refusals.TooLong(field=field, most=most)] if len(text) > most else []


def _choice_problems(details: EventDetails) -> Iterable[Refusal]:
    for name, choices in _CHOICES.items():
        if getattr(details, name) not in choices:
            yield refusals.UnknownChoice(field=name, choices=", ".join(choices))
    if not currencies.known(details.currency):
        yield currencies.UnknownCurrency(field="currency", currency=details.currency[:12])


def _place_problems(details: EventDetails) -> Iterable[Refusal]:
    country = details.country
    if country is not None and not (len(country) == 2 and country.isascii() and country.isalpha()):
        yield refusals.UnknownCountry(field="country")
    if details.online_url is not None and not is_web_address(details.online_url):
        yield refusals.BadAddress(field="online_url")


def check_playlist(online_url: str | None, before: str | None = None) -> None:
    """A playlist has to be where this site fetches it. Raises `StreamNotPublic`, but not of the address there was
    `before`: whoever changes a title has not chosen it.
    """
    if online_url is None or online_url == before:
        return
    if is_playlist(online_url) and not is_public(online_url):
        raise refusals.StreamNotPublic(field="online_url")


def is_playlist(url: str) -> bool:
    """Whether this address says by its ending that it is an HLS playlist."""
    return urlsplit(url).path.lower().endswith(".m3u8")


def is_public(url: str) -> bool:
    """Whether this site would ask this address (`plumbing/public_fetch.py`), before its name is resolved."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    try:
        port = parts.port
    except ValueError:
        return False
    # No name ends with a number: that is an address, in one of its spellings.
    last = host.rpartition(".")[2]
    is_name = "." in host and ":" not in host and not last.isdecimal() and not last.startswith("0x")
    return is_name and port in (None, 443) and not host.endswith(_PRIVATE_NAMES)


def is_web_address(text: str) -> bool:
    """Whether a ticket holder can open this safely: https, a host, no password, no odd letters."""
    if len(text) > 500 or any(letter.isspace() or _is_control(letter) for letter in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def _time_problems(details: EventDetails) -> Iterable[Refusal]:
    try:
        schedule.zone_of(details.zone)
    except refusals.UnknownZone as problem:
        yield problem
    if details.ends_at <= details.starts_at:
        yield refusals.EndsTooEarly(field="ends_at")
    elif details.ends_at - details.starts_at > LENGTH_MAX:
        yield refusals.LastsTooLong(field="ends_at", days=LENGTH_MAX.days)
    if details.doors_at is not None and details.doors_at > details.starts_at:
        yield refusals.DoorsTooLate(field="doors_at")
