"""What a signed-in person has bought, as themselves or, before they had an account, by their address."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from admitone.accounts.tables import Person
from admitone.events.tables import Event
from admitone.orders.tables import Order, OrderLine
from admitone.plumbing.database import Reader
from admitone.reads import by_instant
from admitone.tickets.tables import Owner, Ticket
from admitone.values import paging
from admitone.values.paging import Page


@dataclass(frozen=True, slots=True)
class MyOrder:
    """An order and its event. `types` are the names of its ticket types, `tickets` how many tickets, of which
    `passed_on` are somebody else's now.
    """

    id: UUID
    code: str
    state: str
    currency: str
    total_minor: int
    placed_at: datetime
    pay_until: datetime
    types: tuple[str, ...]
    tickets: int
    passed_on: int
    event_id: UUID
    event_title: str
    event_state: str
    slug: str
    accent: str
    poster_style: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    venue_name: str | None
    city: str | None


async def of_person(
    reader: Reader, person_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[MyOrder]:
    """The person's orders, latest event first: those they made signed in, and those of their verified
    address.

    Raises `BadCursor`, `BadLimit`.
    """
    return await _orders(reader, _mine(person_id), cursor, limit)


@dataclass(frozen=True, slots=True)
class PassedOnTicket:
    """A ticket that was passed on to somebody, with its event; `owner_id` is what its link names."""

    owner_id: UUID
    type_name: str
    state: str
    event_id: UUID
    event_title: str
    event_state: str
    slug: str
    accent: str
    poster_style: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    venue_name: str | None
    city: str | None


async def passed_on_to(reader: Reader, person_id: UUID, *, limit: int = 50) -> list[PassedOnTicket]:
    """The tickets that this person's verified address has now because somebody passed them on, next event first."""
    later = aliased(Owner)
    verified = select(Person.email_key).where(Person.id == person_id, Person.email_verified_at.is_not(None))
    rows = await reader.execute(
        select(
            Owner.id.label("owner_id"),
            OrderLine.name.label("type_name"),
            Ticket.state,
            Ticket.event_id,
            *_EVENT,
        )
        .join(Ticket, Ticket.id == Owner.ticket_id)
        .join(OrderLine, OrderLine.id == Ticket.order_line_id)
        .join(Event, Event.id == Ticket.event_id)
        .where(
            Owner.email_key == verified.scalar_subquery(),
            ~exists().where(later.ticket_id == Owner.ticket_id, later.number > Owner.number),
        )
        .order_by(Event.starts_at, Owner.id)
        .limit(limit)
    )
    return [PassedOnTicket(**row._mapping) for row in rows]


async def is_buyer(reader: Reader, person_id: UUID, order_id: UUID) -> bool:
    """Is the order among those `of_person` shows this person?"""
    found = await reader.execute(select(Order.id).where(Order.id == order_id, _mine(person_id)))
    return found.scalar_one_or_none() is not None


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order that has tickets, and whose."""

    order_id: UUID
    buyer_name: str


async def paid_for_event(reader: Reader, person_id: UUID, event_id: UUID) -> list[PaidOrder]:
    """The paid orders for this event among those `of_person` shows this person, newest first."""
    rows = await reader.execute(
        select(Order.id, Order.name)
        .where(_mine(person_id), Order.event_id == event_id, Order.state == "paid")
        .order_by(Order.id.desc())
        .limit(100)
    )
    return [PaidOrder(*row) for row in rows]


def _mine(person_id: UUID) -> ColumnElement[bool]:
    person = aliased(Person)
    verified = select(person.email_key).where(person.id == person_id, person.email_verified_at.is_not(None))
    return or_(Order.person_id == person_id, Order.email_key == verified.scalar_subquery())


_EVENT = (
    Event.title.label("event_title"),
    Event.state.label("event_state"),
    Event.slug,
    Event.accent,
    Event.poster_style,
    Event.zone,
    Event.starts_at,
    Event.ends_at,
    Event.venue_name,
    Event.city,
)
_ORDER = (
    Order.id,
    Order.code,
    Order.state,
    Order.currency,
    Order.total_minor,
    Order.placed_at,
    Order.pay_until,
    Order.event_id,
)


async def _orders(reader: Reader, mine: ColumnElement[bool], cursor: str | None, limit: int) -> Page[MyOrder]:
    wanted = paging.checked_limit(limit)
    bought = (
        select(
            func.array_agg(OrderLine.name).label("types"),
            # Of an order that is over, how many it had.
            func.coalesce(
                func.nullif(func.sum(OrderLine.quantity - OrderLine.cancelled), 0),
                func.sum(OrderLine.quantity),
            ).label("tickets"),
        )
        .where(OrderLine.order_id == Order.id, OrderLine.kind != "donation")
        .lateral()
    )
    passed_on = (
        select(func.count(Ticket.id.distinct()))
        .join(Owner, Owner.ticket_id == Ticket.id)
        .where(Ticket.order_id == Order.id, Ticket.state == "valid")
        .scalar_subquery()
        .label("passed_on")
    )
    chosen = (
        select(*_ORDER, *_EVENT, bought.c.types, bought.c.tickets, passed_on)
        .join(Event, Event.id == Order.event_id)
        .join(bought, bought.c.types.is_not(None))
        .where(mine)
        .order_by(Event.starts_at.desc(), Order.id.desc())
        .limit(wanted + 1)
    )
    if cursor is not None:
        chosen = chosen.where(tuple_(Event.starts_at, Order.id) < tuple_(*by_instant.read(cursor)))
    rows = (await reader.execute(chosen)).all()
    found = tuple(
        MyOrder(**{**row._mapping, "types": tuple(row.types), "tickets": int(row.tickets)})
        for row in rows[:wanted]
    )
    return Page(found, by_instant.following(rows, wanted, lambda row: (row.starts_at, row.id)))
