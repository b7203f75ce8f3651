"""An event in a list, in finished words."""

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.views import EventCard
from admitone.events import EventDetails
from admitone.reads.event_page import COUNTED_BELOW
from admitone.reads.priced_types import Prices
from admitone.reads.search import Listed
from admitone.values import formats

CATEGORY_WORDS = {
    "music": "Music",
    "nightlife": "Nightlife",
    "food": "Food and drink",
    "arts": "Arts",
    "comedy": "Comedy",
    "talks": "Talks",
    "workshop": "Workshops",
    "sport": "Sport",
    "family": "Family",
    "community": "Community",
}


def card(one: Listed) -> EventCard:
    """The card of an event that is on sale."""
    details, found = one.event.details, one.event
    return EventCard(
        url=links.event(found.slug),
        title=details.title,
        when=_when(details),
        starts_iso=formats.iso(details.starts_at, details.zone),
        place=place(details),
        price=price(one.prices, details.currency),
        poster_url=links.poster(found.slug, details.accent, details.poster_style),
        accent=details.accent,
        note=_note(one.prices, details),
        is_off=one.prices.is_sold_out,
    )


def _when(details: EventDetails) -> str:
    # Whoever goes there reads the clock on its walls; whoever joins from afar has another.
    write = formats.day_time if details.online_url is None else formats.zoned_day_time
    return write(details.starts_at, details.zone)


def place(details: EventDetails) -> str:
    """`The Old Foundry, Lagos`, or `Online`."""
    if details.venue_name is None:
        return "Online" if details.online_url is not None else ""
    return ", ".join(part for part in (details.venue_name, details.city) if part)


def price(prices: Prices, currency: str) -> str:
    """`From ₦19,425`, `$20`, `Free`, or nothing when there is nothing to buy."""
    if prices.from_minor is None:
        return ""
    if prices.from_minor == 0 and prices.has_dearer:
        return "Free or more"
    return formats.price_from(prices.from_minor, currency, has_dearer=prices.has_dearer)


def _note(prices: Prices, details: EventDetails) -> str:
    if prices.is_sold_out:
        return "Sold out"
    if 0 < prices.left < COUNTED_BELOW:
        return f"{prices.left} left"
    return "Online" if details.online_url is not None and details.venue_name is None else ""
