"""Six believable events and what every sample page shares."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.views import EventCard, EventSummary, Link, PriceLine
from admitone.values import formats

ORIGIN = "https://admit.example"
FORM_KEY = str(UUID(int=7))
CODE = "AD1:6BFOXN*TS0BI$ZDW8XQCH6ET5$7LQC:PF3MCYWE0XK.FTD7QLGCQ2C5HL"


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """A believable event: enough to make its card, its page and its summary."""

    slug: str
    title: str
    summary: str
    category: str
    accent: str
    style: str
    currency: str
    zone: str
    place: str
    address: str
    starts: datetime
    ends: datetime
    price_minor: int
    note: str = ""

    @property
    def poster(self) -> str:
        return links.poster(self.slug, self.accent, self.style)

    def summarised(self) -> EventSummary:
        return EventSummary(
            title=self.title,
            url=links.event(self.slug),
            when=formats.zoned_day_time(self.starts, self.zone),
            starts_iso=formats.iso(self.starts, self.zone),
            place=self.place,
            poster_url=self.poster,
            accent=self.accent,
        )

    def card(self) -> EventCard:
        return EventCard(
            url=links.event(self.slug),
            title=self.title,
            when=formats.day_time(self.starts, self.zone),
            starts_iso=formats.iso(self.starts, self.zone),
            place=self.place,
            price=formats.price_from(self.price_minor, self.currency, has_dearer=True),
            poster_url=self.poster,
            accent=self.accent,
            note=self.note,
            is_off=self.note in ("Sold out", "Cancelled"),
        )


def _at(zone: str, year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))


LAGOS = DemoEvent(
    "lagos-jazz-week",
    "Lagos Jazz Week: Opening Night",
    "Eleven players, two drum kits and the brass section that closed last year’s festival.",
    "Music",
    "ultra",
    "bars",
    "NGN",
    "Africa/Lagos",
    "The Old Foundry, Lagos",
    "14 Foundry Road, Yaba",
    _at("Africa/Lagos", 2027, 3, 12, 19, 30),
    _at("Africa/Lagos", 2027, 3, 12, 23),
    1_942_500,
    "37 left",
)
TOKYO = DemoEvent(
    "needle-and-smoke",
    "Needle & Smoke: a listening evening",
    "One record, front to back, on very good speakers.",
    "Music",
    "plum",
    "moons",
    "JPY",
    "Asia/Tokyo",
    "Bar Kissa Yanaka, Tokyo",
    "3-11 Yanaka, Taito",
    _at("Asia/Tokyo", 2027, 3, 13, 20),
    _at("Asia/Tokyo", 2027, 3, 13, 23),
    1_800,
)
KUWAIT = DemoEvent(
    "souk-supper",
    "Souk Supper: a weekend of street food",
    "Forty kitchens along the water.",
    "Food",
    "tomato",
    "grid",
    "KWD",
    "Asia/Kuwait",
    "Al Shaheed Park, Kuwait City",
    "Soor Street",
    _at("Asia/Kuwait", 2027, 3, 18, 17),
    _at("Asia/Kuwait", 2027, 3, 20, 23),
    4_500,
    "Sold out",
)
BERLIN = DemoEvent(
    "kraftwerk-nacht",
    "Nachtstrom: techno and light in the turbine hall",
    "Six artists, one switch.",
    "Art",
    "pine",
    "arcs",
    "EUR",
    "Europe/Berlin",
    "Turbinenhalle, Berlin",
    "Köpenicker Straße 70",
    _at("Europe/Berlin", 2027, 4, 2, 22),
    _at("Europe/Berlin", 2027, 4, 3, 5),
    2_850,
)
NEW_YORK = DemoEvent(
    "late-set-comedy",
    "The Late Set: stand-up at the Carousel",
    "Five comics trying new things on you.",
    "Comedy",
    "ochre",
    "burst",
    "USD",
    "America/New_York",
    "The Carousel Room, New York",
    "212 Bedford Avenue, Brooklyn",
    _at("America/New_York", 2027, 4, 9, 21),
    _at("America/New_York", 2027, 4, 9, 23),
    2_000,
)
ONLINE = DemoEvent(
    "bitcoin-builders",
    "Bitcoin Builders Online: payments that settle",
    "Talks, then questions for as long as you have them.",
    "Talks",
    "sky",
    "waves",
    "BTC",
    "UTC",
    "Online",
    "The link comes with your ticket",
    _at("UTC", 2027, 4, 15, 18),
    _at("UTC", 2027, 4, 15, 20),
    21_000_000,
    "Online",
)
EVENTS = (LAGOS, TOKYO, KUWAIT, BERLIN, NEW_YORK, ONLINE)

CATEGORIES = tuple(
    Link(words, links.with_query(links.EVENTS, category=words.lower()), icon)
    for words, icon in (
        ("Music", "music"),
        ("Theatre", "drama"),
        ("Talks", "mic"),
        ("Food", "utensils"),
        ("Sport", "trophy"),
        ("Art", "palette"),
        ("Comedy", "laugh"),
    )
)
WHEN = (("", "Any date"), ("today", "Today"), ("weekend", "This weekend"), ("month", "This month"))

LINES = (
    PriceLine("2 × General admission", "₦37,000"),
    PriceLine("Fees", "₦1,850", "fee"),
    PriceLine("Total", "₦38,850", "total"),
    PriceLine("of which VAT 7.5%", "₦2,710.47", "tax"),
)
