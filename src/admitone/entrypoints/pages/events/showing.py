"""The page of one event, in finished words."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from markupsafe import Markup

from admitone import events
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.events.cards import CATEGORY_WORDS, place, price
from admitone.entrypoints.pages.events.choosing import BUNDLE, PRICE, QUANTITY
from admitone.entrypoints.pages.events.view import EventView, TicketRow
from admitone.entrypoints.pages.structured_data import event_json_ld
from admitone.events import EventDetails, EventState, SaleState
from admitone.flows.refund_policy import rule_words
from admitone.reads.event_page import COUNTED_BELOW, EventPage
from admitone.reads.priced_types import PricedBundle, PricedType
from admitone.values import currencies, formats

FIELD_PREFIX = QUANTITY
_KINDS = ("ticket", "bundle", "add_on", "donation")
_HEADINGS = {"ticket": "Tickets", "bundle": "Bundles", "add_on": "Extras", "donation": "Give something"}
_ROW_STATES = {
    SaleState.ON_SALE: "on_sale",
    SaleState.NOT_YET: "not_yet",
    SaleState.CLOSED: "ended",
    SaleState.ENDED: "ended",
    SaleState.CANCELLED: "ended",
    SaleState.DRAFT: "paused",
    SaleState.HIDDEN: "paused",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is made with: where the site is, for how long tickets are held, and the form's key.

    A page kept for everybody has no key; whoever takes the form gives it one.
    """

    site_url: str
    hold_minutes: int
    manage_url: str = ""


def event_view(one: EventPage, asked: Asked) -> EventView:
    """The page of this event, in any state."""
    found, details = one.event, one.event.details
    state, words = _state(one)
    url = asked.site_url + links.event(found.slug)
    poster = links.poster(found.slug, details.accent, details.poster_style)
    return EventView(
        title=details.title,
        summary=details.summary,
        category=CATEGORY_WORDS[details.category],
        category_url=links.with_query(links.EVENTS, category=details.category),
        accent=details.accent,
        poster_url=poster,
        canonical_url=url,
        when=formats.span(details.starts_at, details.ends_at, details.zone),
        when_detail=_when_detail(details),
        starts_iso=formats.iso(details.starts_at, details.zone),
        place=place(details),
        place_detail=_place_detail(details),
        ics_url=links.event_ics(found.slug),
        organiser_name=one.organiser_name,
        # The one place where HTML that somebody else wrote goes onto our page: describe() has cleaned it.
        description_html=Markup(events.describe(details.description_md)),  # noqa: S704 - cleaned by describe
        # Called off: everybody gets all their money back, whatever was promised before.
        refund_text=""
        if found.state is EventState.CANCELLED
        else rule_words(details.refund_policy, details.refund_text, details.currency, details.change_policy),
        state=state,
        state_words=words,
        price_from=price(one.prices, details.currency),
        tickets=_rows(one),
        adds_up=_adds_up(one),
        price_unit=formats.money_style(details.currency).prefix or currencies.typed_unit(details.currency),
        discounts=tuple(discount.label for discount in details.prices.discounts),
        hold_url=links.hold(found.slug),
        hold_minutes=asked.hold_minutes,
        terms_version=str(found.terms_version),
        money=formats.money_style(details.currency),
        json_ld=_json_ld(one, url, asked.site_url + poster),
        is_online=details.online_url is not None,
        is_test=found.is_test,
        map_url=_map_url(details),
        manage_url=asked.manage_url,
    )


def _state(one: EventPage) -> tuple[str, str]:
    """The page's state and its sentence."""
    state, details = one.event.state, one.event.details
    if state is EventState.CANCELLED:
        return "cancelled", "This event was cancelled. Everybody who paid gets their money back."
    if state is EventState.DRAFT:
        return "draft", "This is a draft. Only its organiser can see it."
    if one.now >= details.ends_at:
        return "ended", "This event is over."
    closed = "sales_closed", "Tickets are no longer sold here."
    if state is EventState.ENDED:
        return closed
    sales = {choice.sale for choice in one.types}
    if one.prices.is_sold_out:
        return "sold_out", "Every ticket is sold. Tickets that come back appear here."
    if SaleState.ON_SALE in sales:
        return "on_sale", ""
    opens = [choice.offered.sales_from for choice in one.types if choice.sale is SaleState.NOT_YET]
    first = min((moment for moment in opens if moment is not None), default=None)
    if first is not None:
        return "not_yet", f"On sale from {formats.dated_day_time(first, one.now, details.zone)}."
    return closed


def _row(one: PricedType, details: EventDetails, shown: EventPage) -> TicketRow:
    state = _ROW_STATES[one.sale]
    is_sold_out = one.sale is SaleState.ON_SALE and one.left < 1
    is_counted = one.can_be_bought and one.left < COUNTED_BELOW
    fees = one.on_top_minor
    is_chosen = one.offered.is_chosen
    return TicketRow(
        field=f"{FIELD_PREFIX}{one.offered.id}",
        name=one.offered.name,
        description=one.offered.description,
        price="" if is_chosen else formats.price(one.total_minor, details.currency),
        fee_words=_fee_words(fees, details.currency, is_chosen=is_chosen),
        unit_minor=one.total_minor,
        limit=max(one.most, 1),
        state="sold_out" if is_sold_out else state,
        state_words="Sold out" if is_sold_out else _row_words(one, state, details, shown.now),
        left_words=f"{one.left} left" if is_counted else "",
        shared_words=_shared_words(one, shown) if is_counted else "",
        end_words=_end_words(one),
        kind=one.offered.kind,
        price_field=f"{PRICE}{one.offered.id}" if is_chosen else "",
        price_value=_suggested(one, details.currency),
        price_hint=_price_hint(one, details.currency),
        needs_words=_needs_words(one, shown),
        step_words=_step_words(one, shown),
    )


def _rows(one: EventPage) -> tuple[TicketRow, ...]:
    """Tickets, bundles of them, what goes with them, and gifts."""
    rows = [_row(choice, one.event.details, one) for choice in one.types]
    rows += [_bundle_row(bundle, one) for bundle in one.bundles]
    rows.sort(key=lambda row: _KINDS.index(row.kind))
    seen: set[str] = set()
    headed = []
    for row in rows:
        is_first = row.kind not in seen and row.kind != rows[0].kind
        headed.append(replace(row, heading=_HEADINGS[row.kind]) if is_first else row)
        seen.add(row.kind)
    return tuple(headed)


def _bundle_row(one: PricedBundle, shown: EventPage) -> TicketRow:
    names = {choice.offered.id: choice.offered.name for choice in shown.types}
    parts = [f"{many} × {names[type_id]}" for type_id, many in one.bundle.components if type_id in names]
    return TicketRow(
        field=f"{BUNDLE}{one.bundle.id}",
        name=one.bundle.name,
        description=", ".join(parts),
        price=formats.price(one.total_minor, shown.event.details.currency),
        fee_words="",
        unit_minor=one.total_minor,
        limit=max(one.most, 1),
        state="on_sale" if one.most else "sold_out",
        state_words="" if one.most else "Sold out",
        kind="bundle",
    )


def _adds_up(one: EventPage) -> bool:
    prices = one.event.details.prices
    by_order = any(fee.per == "order" and not fee.is_nothing for fee in (prices.booking, prices.processing))
    is_chosen = any(choice.offered.is_chosen for choice in one.types)
    is_stepped = any(choice.step_left is not None and choice.step_left < choice.most for choice in one.types)
    return not (by_order or is_chosen or is_stepped or prices.discounts or prices.rounding != "line")


def _fee_words(fees_minor: int, currency: str, *, is_chosen: bool) -> str:
    if not fees_minor:
        return ""
    return "plus fees" if is_chosen else f"incl. {formats.money(fees_minor, currency)} fees"


def _suggested(one: PricedType, currency: str) -> str:
    is_suggested = one.offered.is_chosen and one.offered.kind != "donation"
    return currencies.typed_text(currency, one.offered.price_minor) if is_suggested else ""


def _price_hint(one: PricedType, currency: str) -> str:
    if not one.offered.is_chosen:
        return ""
    least, most = one.offered.prices.least_minor, one.offered.prices.most_minor
    from_words = f"At least {formats.money(least, currency)}" if least else "As much as you like"
    hint = from_words if most is None else f"{from_words}, at most {formats.money(most, currency)}"
    suggested = one.offered.price_minor
    return f"{hint}. Suggested: {formats.money(suggested, currency)}." if suggested else f"{hint}."


def _needs_words(one: PricedType, shown: EventPage) -> str:
    prices = one.offered.prices
    if prices.needs_tickets is None:
        return ""
    names = [other.offered.name for other in shown.types if other.offered.id in prices.needs_type_ids]
    of = " or ".join(names) if names else "ticket"
    return f"Up to {prices.needs_tickets} with each {of}"


def _step_words(one: PricedType, shown: EventPage) -> str:
    """`Early bird until Sun 1 Mar, 10:00. 12 left at this price. Then €25.00.`"""
    if one.step is None or not one.can_be_bought or one.next_minor is None:
        return ""
    plan, details = one.offered.prices.steps[one.step], shown.event.details
    words = [plan.name] if plan.name else []
    if plan.until is not None:
        until = f"until {formats.dated_day_time(plan.until, shown.now, details.zone)}"
        words = [f"{plan.name} {until}"] if plan.name else [f"U{until[1:]}"]
    if one.step_left is not None:
        # Beyond that the exact number changes nothing, and the page could be kept for everybody.
        is_counted = one.step_left < COUNTED_BELOW
        words.append(f"{one.step_left} left at this price" if is_counted else f"For the first {plan.most}")
    words.append(f"Then {formats.price(one.next_minor, details.currency)}")
    return ". ".join(words) + "."


def _shared_words(one: PricedType, shown: EventPage) -> str:
    """`2 left` on two tickets that share two places must not read as four."""
    sharing = shown.shared.get(one.offered.id, frozenset())
    names = [
        other.offered.name for other in shown.types if other.offered.id in sharing and other.can_be_bought
    ]
    if not names:
        return ""
    first, more = ", ".join(names[:2]), len(names) - 2
    return f"Shared with {first}" + (f" and {more} more" if more > 0 else "")


def _end_words(one: PricedType) -> str:
    """Why the number ends where it does."""
    if not one.can_be_bought or one.offered.kind == "donation":
        return ""
    return f"Only {one.left} left" if one.left < one.offered.per_person_limit else f"{one.most} per person"


def _row_words(one: PricedType, state: str, details: EventDetails, now: datetime) -> str:
    if state == "not_yet" and one.offered.sales_from is not None:
        return f"From {formats.dated_day_time(one.offered.sales_from, now, details.zone)}"
    return "No longer sold" if state == "ended" else ""


def _when_detail(details: EventDetails) -> str:
    doors = ""
    if details.doors_at is not None and details.doors_at != details.starts_at:
        doors = f"Doors {formats.clock_time(details.doors_at, details.zone)}. "
    return doors + formats.zone_words(details.starts_at, details.zone)


def _place_detail(details: EventDetails) -> str:
    if details.venue_name is None:
        return "You watch it here, with your ticket" if details.online_url is not None else ""
    words = [details.venue_address or "", "Also online, with your ticket" if details.online_url else ""]
    return ". ".join(one for one in words if one)


def _map_url(details: EventDetails) -> str:
    parts = (details.venue_name, details.venue_address, details.city, details.country)
    if details.venue_name is None:
        return ""
    wanted = ", ".join(part for part in parts if part)
    return f"https://www.openstreetmap.org/search?query={quote(wanted)}"


def _json_ld(one: EventPage, url: str, poster_url: str) -> Markup:
    details = one.event.details
    address = ", ".join(part for part in (details.venue_address, details.city, details.country) if part)
    # Bitcoin has no ISO 4217 code, so a price in it cannot be told to a machine that expects one.
    told = details.currency != currencies.BITCOIN
    return event_json_ld(
        name=details.title,
        description=details.summary,
        starts_iso=formats.iso(details.starts_at, details.zone),
        ends_iso=formats.iso(details.ends_at, details.zone),
        url=url,
        image_url=poster_url,
        status="cancelled" if one.event.state is EventState.CANCELLED else "scheduled",
        place_name=details.venue_name,
        address=address or None,
        is_online=details.online_url is not None,
        organiser_name=one.organiser_name,
        offers=tuple(
            (
                choice.offered.name,
                currencies.major_text(details.currency, choice.total_minor),
                details.currency,
                choice.can_be_bought,
            )
            for choice in one.types
            if told
        ),
    )
