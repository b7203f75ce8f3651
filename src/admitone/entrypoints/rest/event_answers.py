"""Events in JSON, as we show them, and how they are made of what reads give."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from admitone import events
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.price_shapes import (
    BundlePart,
    EventPricesShape,
    TypePricesShape,
    event_prices_shown,
    type_prices_shown,
)
from admitone.entrypoints.rest.refund_policy_shape import ChangePolicyShape, RefundPolicyShape
from admitone.entrypoints.rest.shapes import MoneyShown, Shown
from admitone.events import EventDetails, StoredEvent
from admitone.flows.refund_policy import rule_words
from admitone.reads.event_editor import EditedPool, EditedType, EventEditor
from admitone.reads.event_page import EventPage
from admitone.reads.organiser_events import SellingEvent
from admitone.reads.priced_types import PricedType
from admitone.reads.search import Listed


class EventListed(Shown):
    """An event in the public list. `from_price` is the lowest all-in price."""

    slug: str
    title: str
    summary: str
    category: str
    organiser_name: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    venue_name: str | None
    city: str | None
    country: str | None
    is_online: bool
    from_price: MoneyShown | None
    has_dearer: bool
    is_sold_out: bool
    url: str
    poster_url: str


class StepListed(Shown):
    """The price of now holds before `until` (null: no end by time) and while some are `left` at it (null: no end by
    number). `next_price` is everything, too.
    """

    name: str
    until: datetime | None
    left: int | None
    next_price: MoneyShown


class TypeListed(Shown):
    """A ticket type as a buyer sees it. `price` is everything; `fee` and `tax` are the parts of it.

    `kind` is ticket, add_on or donation. With `is_chosen` the buyer says what to pay in `price_minor`, from `least` to
    `most_price` (null: no end), before fees and taxes on top. `needs_tickets`: so many per ticket of `needs_type_ids`.
    `step` says how long `price` holds, when another comes after it.
    """

    id: UUID
    name: str
    description: str
    price: MoneyShown
    fee: MoneyShown
    tax: MoneyShown
    state: str
    left: int
    most: int
    per_person_limit: int
    sales_from: datetime | None
    sales_until: datetime | None
    kind: str
    is_chosen: bool
    least: MoneyShown | None
    most_price: MoneyShown | None
    needs_tickets: int | None
    needs_type_ids: tuple[UUID, ...]
    step: StepListed | None


class BundleListed(Shown):
    """Several tickets at one price, before fees and taxes on top."""

    id: UUID
    name: str
    price: MoneyShown
    components: tuple[BundlePart, ...]


class EventPublic(EventListed):
    """One event in public. `terms_version` is the version of the offer these prices are of."""

    id: UUID
    state: str
    description_md: str
    description_html: str
    doors_at: datetime | None
    venue_address: str | None
    refund_text: str
    refund_words: str
    terms_version: int
    ticket_types: tuple[TypeListed, ...]
    bundles: tuple[BundleListed, ...]


class EventManaged(Shown):
    """An event as its organiser sees it. `revision` goes with the next change."""

    id: UUID
    number: int
    organiser_id: UUID
    slug: str
    state: str
    terms_version: int
    revision: int
    created_at: datetime
    updated_at: datetime
    title: str
    currency: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None
    summary: str
    description_md: str
    category: str
    accent: str
    poster_style: str
    venue_name: str | None
    venue_address: str | None
    city: str | None
    country: str | None
    online_url: str | None
    fee_bps: int
    fee_fixed_minor: int
    fee_paid_by: str
    tax_bps: int
    tax_mode: str
    tax_name: str
    refund_text: str
    refund_policy: RefundPolicyShape | None
    change_policy: ChangePolicyShape | None
    prices: EventPricesShape


class EventSelling(Shown):
    """An event in the organiser's list, with its counts in places. `revenue` is null for who may not see
    reports.
    """

    id: UUID
    slug: str
    title: str
    state: str
    starts_at: datetime
    zone: str
    capacity: int
    held: int
    sold: int
    revenue: MoneyShown | None


class TypeManaged(Shown):
    """A ticket type as its organiser sees it."""

    id: UUID
    number: int
    name: str
    description: str
    price_minor: int
    per_person_limit: int
    sales_from: datetime | None
    sales_until: datetime | None
    position: int
    is_offered: bool
    kind: str
    prices: TypePricesShape
    state: str
    capacity: int | None
    shared_pool_ids: tuple[UUID, ...]
    held: int
    sold: int
    left: int


class PoolManaged(Shown):
    """A shared pool and its counts in places."""

    id: UUID
    name: str
    capacity: int
    held: int
    sold: int


class MissingShown(Shown):
    """One line of the publish checklist."""

    name: str
    field: str
    detail: str


class EditorShown(Shown):
    """All of an event that its organiser can change. `missing` is what it needs before it can go on sale."""

    event: EventManaged
    ticket_types: tuple[TypeManaged, ...]
    pools: tuple[PoolManaged, ...]
    missing: tuple[MissingShown, ...]


class EventPageOf(Shown):
    """Part of the public list; `next_cursor` goes into the next question, null on the last page."""

    items: tuple[EventListed, ...]
    next_cursor: str | None


class SellingPage(Shown):
    """Part of an organiser's list."""

    items: tuple[EventSelling, ...]
    next_cursor: str | None


def listed(one: Listed | EventPage, site_url: str) -> dict[str, Any]:
    """The fields of `EventListed`."""
    found, details, shown = one.event, one.event.details, one.prices
    lowest = shown.from_minor
    return {
        "slug": found.slug,
        "title": details.title,
        "summary": details.summary,
        "category": details.category,
        "organiser_name": one.organiser_name,
        "zone": details.zone,
        "starts_at": details.starts_at,
        "ends_at": details.ends_at,
        "venue_name": details.venue_name,
        "city": details.city,
        "country": details.country,
        "is_online": details.online_url is not None,
        "from_price": None if lowest is None else MoneyShown(currency=details.currency, minor=lowest),
        "has_dearer": shown.has_dearer,
        "is_sold_out": shown.is_sold_out,
        "url": site_url + links.event(found.slug),
        "poster_url": site_url + links.poster(found.slug, details.accent, details.poster_style),
    }


def public(one: EventPage, site_url: str) -> EventPublic:
    """An event's public page."""
    found, details = one.event, one.event.details
    return EventPublic(
        **listed(one, site_url),
        id=found.id,
        state=found.state.value,
        description_md=details.description_md,
        description_html=events.describe(details.description_md),
        doors_at=details.doors_at,
        venue_address=details.venue_address,
        refund_text=details.refund_text,
        refund_words=rule_words(details.refund_policy, "", details.currency, details.change_policy),
        terms_version=found.terms_version,
        ticket_types=tuple(_type_listed(choice, details.currency) for choice in one.types),
        bundles=_bundles_listed(details),
    )


def _type_listed(one: PricedType, currency: str) -> TypeListed:
    prices = one.offered.prices
    return TypeListed(
        id=one.offered.id,
        name=one.offered.name,
        description=one.offered.description,
        price=MoneyShown(currency=currency, minor=one.total_minor),
        fee=MoneyShown(currency=currency, minor=one.fee_minor),
        tax=MoneyShown(currency=currency, minor=one.tax_minor),
        state=one.sale.value,
        left=one.left,
        most=one.most,
        per_person_limit=one.offered.per_person_limit,
        sales_from=one.offered.sales_from,
        sales_until=one.offered.sales_until,
        kind=one.offered.kind,
        is_chosen=one.offered.is_chosen,
        least=_amount(currency, prices.least_minor) if one.offered.is_chosen else None,
        most_price=_amount(currency, prices.most_minor) if one.offered.is_chosen else None,
        needs_tickets=prices.needs_tickets,
        needs_type_ids=prices.needs_type_ids,
        step=_step_listed(one, currency),
    )


def _step_listed(one: PricedType, currency: str) -> StepListed | None:
    if one.step is None or one.next_minor is None:
        return None
    plan = one.offered.prices.steps[one.step]
    return StepListed(
        name=plan.name,
        until=plan.until,
        left=one.step_left,
        next_price=MoneyShown(currency=currency, minor=one.next_minor),
    )


def _amount(currency: str, minor: int | None) -> MoneyShown | None:
    return None if minor is None else MoneyShown(currency=currency, minor=minor)


def _bundles_listed(details: EventDetails) -> tuple[BundleListed, ...]:
    return tuple(
        BundleListed(
            id=one.id,
            name=one.name,
            price=MoneyShown(currency=details.currency, minor=one.price_minor),
            components=tuple(
                BundlePart(ticket_type_id=type_id, quantity=quantity) for type_id, quantity in one.components
            ),
        )
        for one in details.prices.bundles
        if one.is_offered
    )


def managed(found: StoredEvent) -> EventManaged:
    """An event as its organiser sees it."""
    details = {field.name: getattr(found.details, field.name) for field in fields(EventDetails)}
    details["prices"] = event_prices_shown(found.details.prices)
    return EventManaged(
        id=found.id,
        number=found.number,
        organiser_id=found.organiser_id,
        slug=found.slug,
        state=found.state.value,
        terms_version=found.terms_version,
        revision=found.revision,
        created_at=found.created_at,
        updated_at=found.updated_at,
        **details,
    )


def selling(one: SellingEvent) -> EventSelling:
    """An event in the organiser's list."""
    details, minor = one.event.details, one.revenue_minor
    return EventSelling(
        id=one.event.id,
        slug=one.event.slug,
        title=details.title,
        state=one.event.state.value,
        starts_at=details.starts_at,
        zone=details.zone,
        capacity=one.capacity,
        held=one.held,
        sold=one.sold,
        revenue=None if minor is None else MoneyShown(currency=details.currency, minor=minor),
    )


def type_managed(one: EditedType) -> TypeManaged:
    """A ticket type as its organiser sees it."""
    offered = {field.name: getattr(one.offered, field.name) for field in fields(one.offered)}
    offered["prices"] = type_prices_shown(one.offered.prices)
    return TypeManaged(
        **offered,
        state=one.sale.value,
        capacity=one.capacity,
        shared_pool_ids=one.shared_pool_ids,
        held=one.taken.held,
        sold=one.taken.sold,
        left=one.left,
    )


def pool_managed(one: EditedPool) -> PoolManaged:
    """A shared pool as its organiser sees it."""
    level = one.level
    return PoolManaged(id=one.id, name=level.name, capacity=level.capacity, held=level.held, sold=level.sold)


def editor(one: EventEditor) -> EditorShown:
    """Everything an organiser can change."""
    return EditorShown(
        event=managed(one.event),
        ticket_types=tuple(type_managed(each) for each in one.types),
        pools=tuple(pool_managed(each) for each in one.pools),
        missing=tuple(MissingShown(name=it.name, field=it.field, detail=it.words) for it in one.missing),
    )
