"""Events' SQL. Every function on an organiser's data takes `organiser_id` or starts from a public slug.

Changes to one event happen one after the other: whoever changes it or its ticket types locks its row first
(`lock`), and only then inventory's pools. `updated_at` never goes back or stands still, so it can say which
version of the event somebody has seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from admitone.events.details import EventDetails, TypeDetails
from admitone.events.lifecycle import EventState
from admitone.events.offers import Offer, OfferedType
from admitone.events.prices import (
    event_prices_of,
    event_prices_record,
    type_prices_of,
    type_prices_record,
)
from admitone.events.refusals import EventNotFound, SlugTaken, TypeNotFound
from admitone.events.sale_store import wait_for_sellers
from admitone.events.searching import search_text
from admitone.events.tables import Event, TicketType
from admitone.plumbing.database import Reader, Transaction
from admitone.pricing import FeeRule, TaxRule
from admitone.values.clock import epoch_ms


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is now."""

    id: UUID
    number: int
    organiser_id: UUID
    slug: str
    state: EventState
    terms_version: int
    created_at: datetime
    updated_at: datetime
    details: EventDetails
    is_test: bool

    @property
    def revision(self) -> int:
        """The version of everything about this event, for forms: microseconds of `updated_at` since 1970."""
        return epoch_ms(self.updated_at) * 1000 + self.updated_at.microsecond % 1000

    @property
    def fee(self) -> FeeRule:
        """The fee on each ticket."""
        return FeeRule(self.details.fee_bps, self.details.fee_fixed_minor, self.details.fee_paid_by)

    @property
    def tax(self) -> TaxRule:
        """The tax on each ticket."""
        return TaxRule(self.details.tax_bps, self.details.tax_mode, self.details.tax_name)


_DETAIL_NAMES = tuple(field.name for field in fields(EventDetails))
_EVENT_COLUMNS = (
    Event.id,
    Event.number,
    Event.organiser_id,
    Event.slug,
    Event.state,
    Event.terms_version,
    Event.created_at,
    Event.updated_at,
    Event.is_test,
    *(getattr(Event, name) for name in _DETAIL_NAMES),
)
_TYPE_NAMES = tuple(field.name for field in fields(OfferedType))
_TYPE_COLUMNS = tuple(getattr(TicketType, name) for name in _TYPE_NAMES)
# Made once: building and adapting a statement costs more than running it, and these are part of every page.
_BY_ID = select(*_EVENT_COLUMNS).where(Event.id == bindparam("wanted_id", type_=Uuid))
_BY_SLUG = select(*_EVENT_COLUMNS).where(Event.slug == bindparam("wanted_slug"))
_OWN = _BY_ID.where(Event.organiser_id == bindparam("wanted_organiser", type_=Uuid))
_LOCKED = _OWN.with_for_update(key_share=True)
_TYPES = (
    select(TicketType.event_id, *_TYPE_COLUMNS)
    .where(TicketType.event_id == any_(bindparam("event_ids", type_=postgresql.ARRAY(Uuid))))
    .order_by(TicketType.event_id, TicketType.position, TicketType.number)
)


async def insert_event(
    tx: Transaction,
    event_id: UUID,
    organiser_id: UUID,
    slug: str,
    details: EventDetails,
    now: datetime,
    *,
    organiser_name: str,
    is_test: bool = True,
) -> StoredEvent | None:
    """Write a draft, found by its organiser's name too; None when the slug or the id is taken."""
    values: dict[str, Any] = _event_values(details) | {
        "id": event_id,
        "organiser_id": organiser_id,
        "slug": slug,
        "state": EventState.DRAFT.value,
        "search_text": search_text(details, organiser_name),
        "terms_version": 1,
        "is_test": is_test,
        "created_at": now,
        "updated_at": now,
    }
    made = await tx.execute(
        postgresql.insert(Event).values(values).on_conflict_do_nothing().returning(*_EVENT_COLUMNS)
    )
    row = made.one_or_none()
    return None if row is None else _event_of(row)


async def lock(tx: Transaction, organiser_id: UUID, event_id: UUID) -> StoredEvent:
    """The organiser's event, locked until the transaction ends. Raises `EventNotFound`."""
    return await _one_event(tx, _LOCKED, wanted_id=event_id, wanted_organiser=organiser_id)


async def own_event(reader: Reader, organiser_id: UUID, event_id: UUID) -> StoredEvent:
    """The organiser's event. Raises `EventNotFound`, also for an event of another organiser."""
    return await _one_event(reader, _OWN, wanted_id=event_id, wanted_organiser=organiser_id)


async def event(reader: Reader, *, slug: str | None = None, event_id: UUID | None = None) -> StoredEvent:
    """The event with this slug or id, whatever its state and whoever asks. Raises `EventNotFound`."""
    assert (slug is None) != (event_id is None), "by slug or by id"
    if event_id is None:
        return await _one_event(reader, _BY_SLUG, wanted_slug=slug)
    return await _one_event(reader, _BY_ID, wanted_id=event_id)


async def events_by_id(reader: Reader, event_ids: Collection[UUID]) -> dict[UUID, StoredEvent]:
    """Those of these events that exist, for reads that have chosen them already."""
    rows = await reader.execute(select(*_EVENT_COLUMNS).where(Event.id.in_(event_ids)))
    return {row.id: _event_of(row) for row in rows}


async def update_event(
    tx: Transaction,
    organiser_id: UUID,
    event_id: UUID,
    details: EventDetails,
    now: datetime,
    *,
    organiser_name: str,
    new_terms: bool,
) -> StoredEvent:
    """Write the details of a locked event; `new_terms` makes a new version of the offer."""
    values: dict[str, Any] = _event_values(details) | {"search_text": search_text(details, organiser_name)}
    return await _changed(tx, organiser_id, event_id, now, values, new_terms=new_terms)


async def rename_slug(
    tx: Transaction, organiser_id: UUID, event_id: UUID, slug: str, now: datetime
) -> StoredEvent:
    """Give a locked event another address. Raises `SlugTaken`, after which the transaction is over."""
    try:
        return await _changed(tx, organiser_id, event_id, now, {"slug": slug}, new_terms=False)
    except IntegrityError as error:
        raise SlugTaken(field="slug") from error


async def touch(
    tx: Transaction, organiser_id: UUID, event_id: UUID, now: datetime, *, new_terms: bool
) -> StoredEvent:
    """Say that something about a locked event was changed in another table."""
    return await _changed(tx, organiser_id, event_id, now, {}, new_terms=new_terms)


async def change_address(
    tx: Transaction, organiser_id: UUID, event_id: UUID, now: datetime, online_url: str | None
) -> StoredEvent:
    """Another address online for a locked event, in the same version of its offer."""
    return await _changed(tx, organiser_id, event_id, now, {"online_url": online_url}, new_terms=False)


async def change_sale(
    tx: Transaction, organiser_id: UUID, event_id: UUID, now: datetime, *, is_test: bool
) -> StoredEvent:
    """Sell a locked event for play money, or for real money."""
    return await _changed(tx, organiser_id, event_id, now, {"is_test": is_test}, new_terms=True)


async def move(
    tx: Transaction,
    organiser_id: UUID,
    event_id: UUID,
    to: EventState,
    of: Sequence[EventState],
    now: datetime,
) -> StoredEvent | None:
    """Change the state if it is one of `of`, making a new version of the offer; None when it is not."""
    if to is EventState.CANCELLED:
        await wait_for_sellers(tx, event_id)
    moved = await tx.execute(
        update(Event)
        .where(
            Event.id == event_id,
            Event.organiser_id == organiser_id,
            Event.state.in_([state.value for state in of]),
        )
        .values(state=to.value, terms_version=Event.terms_version + 1, updated_at=_later(now))
        .returning(*_EVENT_COLUMNS)
    )
    row = moved.one_or_none()
    return None if row is None else _event_of(row)


async def finished(reader: Reader, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """(organiser id, event id) of up to `most` events that are on sale although they have ended."""
    rows = await reader.execute(
        select(Event.organiser_id, Event.id)
        .where(Event.state == EventState.ON_SALE.value, Event.ends_at <= now)
        .order_by(Event.ends_at, Event.id)
        .limit(most)
    )
    return [(row.organiser_id, row.id) for row in rows]


async def types(reader: Reader, event_id: UUID) -> tuple[OfferedType, ...]:
    """The event's ticket types in the organiser's order."""
    return (await types_by_event(reader, [event_id])).get(event_id, ())


async def types_by_event(reader: Reader, event_ids: Collection[UUID]) -> dict[UUID, tuple[OfferedType, ...]]:
    """The ticket types of several events, each in its organiser's order, by event id."""
    found: dict[UUID, tuple[OfferedType, ...]] = {}
    for row in await reader.execute(_TYPES, {"event_ids": list(event_ids)}):
        event_id, *columns = row
        found[event_id] = (*found.get(event_id, ()), _type_of(columns))
    return found


async def insert_type(
    tx: Transaction, organiser_id: UUID, event_id: UUID, type_id: UUID, details: TypeDetails, now: datetime
) -> OfferedType:
    """Add a ticket type to a locked event, under the next number."""
    numbers = select(func.coalesce(func.max(TicketType.number), 0) + 1).where(TicketType.event_id == event_id)
    values = _type_values(details) | {
        "id": type_id,
        "event_id": event_id,
        "organiser_id": organiser_id,
        "number": numbers.scalar_subquery(),
        "created_at": now,
    }
    made = await tx.execute(insert(TicketType).values(values).returning(*_TYPE_COLUMNS))
    return _type_of(made.one())


async def update_type(
    tx: Transaction, organiser_id: UUID, event_id: UUID, type_id: UUID, details: TypeDetails
) -> OfferedType:
    """Write a ticket type of a locked event. Raises `TypeNotFound`."""
    changed = await tx.execute(
        update(TicketType)
        .where(
            TicketType.id == type_id, TicketType.event_id == event_id, TicketType.organiser_id == organiser_id
        )
        .values(_type_values(details))
        .returning(*_TYPE_COLUMNS)
    )
    row = changed.one_or_none()
    if row is None:
        raise TypeNotFound
    return _type_of(row)


async def delete_type(tx: Transaction, organiser_id: UUID, event_id: UUID, type_id: UUID) -> None:
    """Remove a ticket type that nothing refers to. Raises `TypeNotFound`."""
    gone = await tx.execute(
        delete(TicketType).where(
            TicketType.id == type_id, TicketType.event_id == event_id, TicketType.organiser_id == organiser_id
        )
    )
    if gone.rowcount != 1:
        raise TypeNotFound


async def offer(reader: Reader, *, slug: str | None = None, event_id: UUID | None = None) -> Offer:
    """What the event offers now. Raises `EventNotFound`."""
    found = await event(reader, slug=slug, event_id=event_id)
    return offer_of(found, await types(reader, found.id))


def offer_of(found: StoredEvent, offered: tuple[OfferedType, ...]) -> Offer:
    """The offer made of an event and its ticket types."""
    details = found.details
    return Offer(
        event_id=found.id,
        event_number=found.number,
        organiser_id=found.organiser_id,
        slug=found.slug,
        title=details.title,
        state=found.state,
        currency=details.currency,
        zone=details.zone,
        starts_at=details.starts_at,
        ends_at=details.ends_at,
        doors_at=details.doors_at,
        terms_version=found.terms_version,
        fee=found.fee,
        tax=found.tax,
        types=offered,
        is_test=found.is_test,
        refund_policy=details.refund_policy,
        change_policy=details.change_policy,
        prices=details.prices,
    )


async def _changed(
    tx: Transaction,
    organiser_id: UUID,
    event_id: UUID,
    now: datetime,
    values: dict[str, Any],
    *,
    new_terms: bool,
) -> StoredEvent:
    if new_terms:
        values = values | {"terms_version": Event.terms_version + 1}
    changed = await tx.execute(
        update(Event)
        .where(Event.id == event_id, Event.organiser_id == organiser_id)
        .values(updated_at=_later(now), **values)
        .returning(*_EVENT_COLUMNS)
    )
    row = changed.one_or_none()
    if row is None:
        raise EventNotFound
    return _event_of(row)


def _later(now: datetime) -> ColumnElement[datetime]:
    return func.greatest(now, Event.updated_at + text("interval '1 microsecond'"))


async def _one_event(reader: Reader, wanted: Select[Any], **values: object) -> StoredEvent:
    row = (await reader.execute(wanted, values)).one_or_none()
    if row is None:
        raise EventNotFound
    return _event_of(row)


def _event_of(row: Row[Any]) -> StoredEvent:
    found = row._mapping
    return StoredEvent(
        id=found["id"],
        number=found["number"],
        organiser_id=found["organiser_id"],
        slug=found["slug"],
        state=EventState(found["state"]),
        terms_version=found["terms_version"],
        created_at=found["created_at"],
        updated_at=found["updated_at"],
        is_test=found["is_test"],
        details=EventDetails(
            **{name: found[name] for name in _DETAIL_NAMES if name != "prices"},
            prices=event_prices_of(found["prices"]),
        ),
    )


def _type_of(columns: Sequence[Any]) -> OfferedType:
    values = dict(zip(_TYPE_NAMES, columns, strict=True))
    return OfferedType(**values | {"prices": type_prices_of(values["prices"])})


def _event_values(details: EventDetails) -> dict[str, Any]:
    return asdict(details) | {"prices": event_prices_record(details.prices)}


def _type_values(details: TypeDetails) -> dict[str, Any]:
    return asdict(details) | {"prices": type_prices_record(details.prices)}
