"""What several of the buyer's pages show alike: the event beside the order, the price list, the state in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.views import EventSummary, PriceLine, State
from admitone.pricing import Quote
from admitone.reads.my_tickets import MyOrder
from admitone.reads.order_documents import OrderDocuments
from admitone.values import formats

_FREE = State("Free", "info", "ticket")
ORDER_STATES: Mapping[str, State] = {
    "pending": State("Waiting for payment", "warn", "hourglass"),
    "paid": State("Paid", "ok", "check"),
    "expired": State("Ran out", "", "clock"),
    "cancelled": State("Cancelled", "bad", "circle-x"),
}


def order_state(state: str, total_minor: int) -> State:
    """An order's state in words; nobody has paid for one of nothing to pay."""
    return _FREE if state == "paid" and not total_minor else ORDER_STATES[state]


def summary_of(about: OrderDocuments | MyOrder) -> EventSummary:
    """The event of an order."""
    return EventSummary(
        title=about.event_title,
        url=links.event(about.slug),
        when=formats.zoned_day_time(about.starts_at, about.zone),
        starts_iso=formats.iso(about.starts_at, about.zone),
        place=place_words(about.venue_name, about.city),
        poster_url=links.poster(about.slug, about.accent, about.poster_style),
        accent=about.accent,
    )


def summary_of_event(event: events.StoredEvent) -> EventSummary:
    """An event."""
    about = event.details
    return EventSummary(
        title=about.title,
        url=links.event(event.slug),
        when=formats.zoned_day_time(about.starts_at, about.zone),
        starts_iso=formats.iso(about.starts_at, about.zone),
        place=place_words(about.venue_name, about.city),
        poster_url=links.poster(event.slug, about.accent, about.poster_style),
        accent=about.accent,
    )


def place_words(venue_name: str | None, city: str | None) -> str:
    """`The Old Foundry, Lagos`, or `Online`."""
    if venue_name is None:
        return "Online"
    return ", ".join(part for part in (venue_name, city) if part)


def price_lines(quote: Quote, fee: Mapping[str, Any], tax: Mapping[str, Any]) -> tuple[PriceLine, ...]:
    """The basket at the organiser's prices, what comes on top, the total, and what of it is tax included.

    `fee` and `tax` are the rules as `pricing.as_record` writes them.
    """
    amounts = [
        (f"{line.quantity} × {line.name}", line.unit_price_minor * line.quantity, "item")
        for line in quote.lines
    ]
    if quote.fee_minor and fee["paid_by"] == "buyer":
        amounts.append(("Fees", quote.fee_minor, "fee"))
    named = f"{tax['name'] or 'tax'} {_percent(tax['rate_bps'])}"
    if quote.tax_minor and tax["mode"] == "added":
        amounts.append((named, quote.tax_minor, "tax"))
    amounts.append(("Total", quote.total_minor, "total"))
    if quote.tax_minor and tax["mode"] == "included":
        amounts.append((f"of which {named}", quote.tax_minor, "tax"))
    unit = 10 ** formats.money_style(quote.currency).exponent
    in_full = any(minor % unit for _, minor, _ in amounts)
    return tuple(
        PriceLine(
            label,
            "Free"
            if kind in ("item", "total") and not minor
            else formats.money(minor, quote.currency, in_full=in_full),
            kind,
        )
        for label, minor, kind in amounts
    )


def _percent(rate_bps: int) -> str:
    whole, part = divmod(rate_bps, 100)
    return f"{whole}{f'.{part:02d}'.rstrip('0') if part else ''}%"


def method_name(needs: Assembly, provider: str, method: str) -> str:
    """What the buyer knows the way of paying by."""
    kind = needs.payment_accounts.kinds.get(provider)
    methods = () if kind is None else kind.methods
    known = next((one.label for one in methods if one.id == method), None)
    return known or method.replace("_", " ").capitalize()


def moment_words(at: datetime, zone: str, now: datetime) -> str:
    """`19:42 Lagos time`, with the day when that is another than today's there."""
    is_today = formats.relative_day(at, now, zone) == "today"
    clock = formats.clock_time(at, zone) if is_today else formats.day_time(at, zone)
    return f"{clock} {formats.short_zone(at, zone)}"
