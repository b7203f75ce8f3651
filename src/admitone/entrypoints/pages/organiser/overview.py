"""The organiser's list of events and one event at a glance, in finished words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.life_showing import steps_of
from admitone.entrypoints.pages.organiser.refunds_showing import refunds_state
from admitone.entrypoints.pages.organiser.view import (
    EventRow,
    Need,
    OrderRow,
    OrganiserEventsView,
    OverviewView,
    SoldMeter,
    Tile,
)
from admitone.entrypoints.pages.organiser.whose import (
    Whose,
    edit_url_of,
    is_past,
    organiser_nav,
    poster_of,
    state_of,
)
from admitone.entrypoints.pages.showing import order_state
from admitone.events import EventState
from admitone.reads.event_editor import EventEditor
from admitone.reads.orders_list import ListedOrder
from admitone.reads.organiser_events import SellingEvent
from admitone.values import formats
from admitone.values.actor import Action

_NO_ORDERS: Final = {
    EventState.DRAFT: "No orders yet: it is not on sale.",
    EventState.ON_SALE: "No orders yet. Share the link and they appear here.",
    EventState.ENDED: "Nobody has ordered.",
    EventState.CANCELLED: "Nobody had ordered.",
}


def events_view(whose: Whose, selling: Sequence[SellingEvent], now: datetime) -> OrganiserEventsView:
    """All events, the ones to come first by their start."""
    coming = sorted(
        (one for one in selling if not is_past(one.event, now)),
        key=lambda one: one.event.details.starts_at,
    )
    past = [one for one in selling if is_past(one.event, now)]
    return OrganiserEventsView(
        nav=organiser_nav(whose),
        tiles=_tiles(selling, coming),
        needs=tuple(_drafts(whose, coming)),
        coming=tuple(_row(whose, one, now) for one in coming),
        past=tuple(_row(whose, one, now) for one in past),
    )


def _tiles(selling: Sequence[SellingEvent], coming: Sequence[SellingEvent]) -> tuple[Tile, ...]:
    on_sale = [one for one in coming if one.event.state is EventState.ON_SALE]
    sold, held = sum(one.sold for one in coming), sum(one.held for one in coming)
    tiles = [
        Tile("On sale", formats.count(len(on_sale), "event", "events")),
        Tile("Tickets sold", formats.number(sold), "for what is coming"),
        _held(held),
    ]
    # Amounts in different currencies are never added up.
    totals: dict[str, int] = {}
    for one in selling:
        if one.revenue_minor:
            currency = one.event.details.currency
            totals[currency] = totals.get(currency, 0) + one.revenue_minor
    amounts = [formats.money(minor, currency) for currency, minor in sorted(totals.items())]
    if amounts:
        tiles.append(Tile("Revenue", amounts[0], "fees and tax included", tuple(amounts[1:])))
    return tuple(tiles)


def _held(places: int) -> Tile:
    words = "somebody is buying them" if places else "nobody is buying just now"
    return Tile("Held right now", formats.number(places), words)


def _drafts(whose: Whose, coming: Sequence[SellingEvent]) -> list[Need]:
    if not whose.may(Action.MANAGE_EVENTS):
        return []
    return [
        Need(
            "pencil",
            f"{one.event.details.title} is a draft",
            formats.day(one.event.details.starts_at, one.event.details.zone),
            whose.event_url(one.event.id, "edit"),
            "Finish it",
        )
        for one in coming
        if one.event.state is EventState.DRAFT
    ]


def _row(whose: Whose, one: SellingEvent, now: datetime) -> EventRow:
    event, details = one.event, one.event.details
    # Whoever bought a ticket before the sale was ended is let in all the same.
    is_on = event.state in (EventState.ON_SALE, EventState.ENDED) and now < details.ends_at
    return EventRow(
        title=details.title,
        when=f"{formats.dated_day_time(details.starts_at, now, details.zone)} "
        f"{formats.short_zone(details.starts_at, details.zone)}",
        url=whose.event_url(event.id),
        poster_url=poster_of(event),
        state=state_of(event, now),
        sold=one.sold,
        capacity=one.capacity,
        sold_words=f"{formats.number(one.sold)} of {formats.number(one.capacity)} sold",
        revenue="" if one.revenue_minor is None else formats.money(one.revenue_minor, details.currency),
        checkin_url=links.checkin(str(event.id)) if is_on and whose.may(Action.CHECK_IN) else "",
    )


def overview_view(
    whose: Whose,
    selling: SellingEvent,
    opened: EventEditor,
    orders: Sequence[ListedOrder],
    now: datetime,
    *,
    site_url: str,
) -> OverviewView:
    """One event at a glance."""
    event, details = opened.event, opened.event.details
    is_live = event.state is not EventState.DRAFT
    return OverviewView(
        nav=organiser_nav(whose, event),
        title=details.title,
        lead=_lead(opened, now),
        state=state_of(event, now),
        tiles=_event_tiles(selling),
        types=tuple(_type_meter(opened)),
        pools=tuple(
            _meter(one.level.name, one.level.sold, one.level.held, one.level.capacity) for one in opened.pools
        ),
        needs=_missing(whose, opened) if event.state is EventState.DRAFT else (),
        orders=tuple(_order_row(whose, one) for one in orders),
        orders_url=whose.event_url(event.id, "orders") if whose.may(Action.SEE_ORDERS) else "",
        edit_url=edit_url_of(whose, event),
        public_url=links.event(event.slug) if is_live else "",
        share_url=site_url + links.event(event.slug) if is_live else "",
        steps=steps_of(whose, event, opened.types),
        no_orders=_NO_ORDERS[event.state],
        zone_words=formats.short_zone(now, details.zone),
    )


def _lead(opened: EventEditor, now: datetime) -> str:
    details = opened.event.details
    zone = formats.zone_words(details.starts_at, details.zone)
    when = f"{formats.long_day_time(details.starts_at, details.zone)}, {zone}"
    if opened.event.state is EventState.DRAFT:
        return f"Not public yet. {when}."
    if is_past(opened.event, now) or details.starts_at <= now:
        return f"{when}."
    return f"{when}, {formats.relative_day(details.starts_at, now, details.zone)}."


def _event_tiles(one: SellingEvent) -> tuple[Tile, ...]:
    tiles = [
        Tile("Tickets sold", formats.number(one.sold), f"of {formats.number(one.capacity)}"),
        Tile("Left", formats.number(one.left)),
        _held(one.held),
    ]
    if one.revenue_minor is not None:
        orders = formats.count(one.orders_paid or 0, "order", "orders")
        tiles.insert(0, Tile("Revenue", formats.money(one.revenue_minor, one.event.details.currency), orders))
    return tuple(tiles)


def _type_meter(opened: EventEditor) -> list[SoldMeter]:
    meters = []
    for one in opened.types:
        # A type without a number of its own can still sell what is left of the pools it shares.
        most = one.taken.sold + one.taken.held + one.left
        meters.append(
            _meter(
                one.offered.name,
                one.taken.sold,
                one.taken.held,
                most if one.capacity is None else one.capacity,
            )
        )
    return meters


def _meter(label: str, sold: int, held: int, capacity: int) -> SoldMeter:
    words = f"{formats.number(sold)} of {formats.number(capacity)}"
    return SoldMeter(label, sold, capacity, f"{words}, {formats.number(held)} held" if held else words)


def _missing(whose: Whose, opened: EventEditor) -> tuple[Need, ...]:
    if not whose.may(Action.MANAGE_EVENTS):
        return ()
    url = whose.event_url(opened.event.id, "edit")
    return tuple(
        Need("circle-alert", item.words, "Before it can go on sale", url, "Edit") for item in opened.missing
    )


def _order_row(whose: Whose, one: ListedOrder) -> OrderRow:
    return OrderRow(
        code=one.code,
        url=whose.event_url(one.event_id, f"orders/{one.code}"),
        buyer=one.name,
        email=one.email,
        tickets_words=", ".join(f"{quantity} × {name}" for name, quantity in one.lines),
        placed=formats.stamp(one.placed_at, one.zone),
        method=one.method or "",
        state=order_state(one.state, one.total_minor),
        refund=refunds_state(one.refunds),
        total=formats.price(one.total_minor, one.currency),
    )
