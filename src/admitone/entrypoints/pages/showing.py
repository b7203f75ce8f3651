"""What several of the buyer's pages show alike: the event beside the order, the price list, the state in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.views import EventSummary, PriceLine, State
from admitone.pricing import PricedBasket, PricedLine, Quote, any_from_record
from admitone.reads.my_tickets import MyOrder, PassedOnTicket
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


def summary_of(about: OrderDocuments | MyOrder | PassedOnTicket, *, is_test: bool = False) -> EventSummary:
    """The event of an order, which may have been sold for play money."""
    return EventSummary(
        title=about.event_title,
        url=links.event(about.slug),
        when=formats.zoned_day_time(about.starts_at, about.zone),
        starts_iso=formats.iso(about.starts_at, about.zone),
        place=place_words(about.venue_name, about.city),
        poster_url=links.poster(about.slug, about.accent, about.poster_style),
        accent=about.accent,
        is_test=is_test,
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
        is_test=event.is_test,
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


def recorded_lines(stored: Mapping[str, Any]) -> tuple[PriceLine, ...]:
    """The prices of an order, of whichever rules."""
    priced = any_from_record(stored)
    if isinstance(priced, PricedBasket):
        return basket_lines(priced)
    return price_lines(priced, stored["fee"], stored["tax"])


def basket_lines(priced: PricedBasket) -> tuple[PriceLine, ...]:
    """The basket at its prices (and what they were before discounts), what comes on top, the total, and taxes in it."""
    rows = [_Row(*one) for one in _listed(priced.lines)]
    on_top = sum(
        (line.unit_fee_on_top_minor + line.unit_organiser_fee_minor) * line.quantity for line in priced.lines
    )
    if on_top:
        rows.append(_Row("Fees", on_top, "fee"))
    inside: list[_Row] = []
    for name, mode, minor in _taxes(priced.lines):
        if mode == "added":
            rows.append(_Row(name, minor, "tax"))
        else:
            inside.append(_Row(f"of which {name}", minor, "tax"))
    reversed_minor = sum(line.unit_reversed_tax_minor * line.quantity for line in priced.lines)
    if reversed_minor:
        rows.append(_Row("VAT, which your company owes", -reversed_minor, "discount"))
    rounding = sum(line.unit_rounding_minor * line.quantity for line in priced.lines)
    if rounding:
        rows.append(_Row("Rounding", rounding, "fee"))
    rows += [_Row("Total", priced.total_minor, "total"), *inside]
    unit = 10 ** formats.money_style(priced.currency).exponent
    in_full = any(one.minor % unit or one.was_minor % unit for one in rows)

    def money(minor: int) -> str:
        return formats.money(minor, priced.currency, in_full=in_full)

    return tuple(
        PriceLine(
            one.label,
            "Free" if one.kind in ("item", "total") and not one.minor else money(one.minor),
            one.kind,
            money(one.was_minor) if one.was_minor > max(one.minor, 0) else "",
            one.note,
        )
        for one in rows
    )


class _Row(NamedTuple):
    label: str
    minor: int
    kind: str
    was_minor: int = 0
    note: str = ""


def _listed(lines: Sequence[PricedLine]) -> list[tuple[str, int, str, int, str]]:
    """A row for the units of one type at one list price, whatever was taken off single ones."""
    together: dict[tuple[UUID, UUID | None, int], list[PricedLine]] = {}
    for line in lines:
        together.setdefault((line.ticket_type_id, line.bundle_id, line.unit_list_minor), []).append(line)
    rows = []
    for same in together.values():
        first, quantity = same[0], sum(line.quantity for line in same)
        is_gift = first.kind == "donation" and quantity == 1
        labels = dict.fromkeys(label for line in same for label in line.labels)
        rows.append(
            (
                first.name if is_gift else f"{quantity} × {first.name}",
                sum(line.unit_price_minor * line.quantity for line in same),
                "item",
                first.unit_list_minor * quantity,
                ", ".join(labels),
            )
        )
    return rows


def _taxes(lines: Sequence[PricedLine]) -> list[tuple[str, str, int]]:
    """(name and rate, mode, amount) of every tax there is something of, lowest rate first."""
    sums: dict[tuple[int, str, str], int] = {}
    for line in lines:
        for tax in line.taxes:
            key = (tax.rate_bps, tax.name, tax.mode)
            sums[key] = sums.get(key, 0) + tax.tax_minor * line.quantity
    return [
        (f"{name or 'tax'} {_percent(rate_bps)}", mode, minor)
        for (rate_bps, name, mode), minor in sorted(sums.items())
        if minor
    ]


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
