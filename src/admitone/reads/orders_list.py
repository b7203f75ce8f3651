"""An organiser's orders, newest first, found by buyer, code, state or event."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from admitone import accounts
from admitone.events.tables import Event
from admitone.orders.tables import Order, OrderLine
from admitone.payments import KEPT, RefundState
from admitone.payments.tables import Attempt, Refund
from admitone.plumbing.database import Reader
from admitone.values import paging
from admitone.values.actor import Action, Actor
from admitone.values.contact import email_key
from admitone.values.ids import normalise_code
from admitone.values.paging import BadCursor, Page
from admitone.values.refusals import Invalid

STATES = ("pending", "paid", "expired", "cancelled")
QUERY_MOST = 200


class BadState(Invalid):
    """Not a state an order can have."""

    code = "orders.bad_state"
    text = "Choose one of these: {choices}."


@dataclass(frozen=True, slots=True)
class ListedRefund:
    """Money of an order that goes back, in minor units of its currency."""

    state: RefundState
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order in the list. `lines` are (ticket type, quantity); `provider` and `method` of its newest
    attempt; `refunds` in the order they were decided.
    """

    id: UUID
    code: str
    event_id: UUID
    event_title: str
    zone: str
    name: str
    email: str
    state: str
    currency: str
    total_minor: int
    placed_at: datetime
    is_test: bool
    provider: str | None
    method: str | None
    lines: tuple[tuple[str, int], ...]
    refunds: tuple[ListedRefund, ...]


@dataclass(frozen=True, slots=True)
class OrdersWanted:
    """What to look for; None and empty mean everything. `query` is part of a name, an address, or a code.

    `is_test`: sold for play money, or for real money.
    """

    event_id: UUID | None = None
    query: str = ""
    state: str | None = None
    is_test: bool | None = None


async def orders_list(
    reader: Reader,
    actor: Actor,
    organiser_id: UUID,
    wanted: OrdersWanted,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ListedOrder]:
    """The organiser's orders. Raises `Forbidden`, `BadState`, `BadCursor`, `BadLimit`."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    most = paging.checked_limit(limit)
    chosen = (
        select(
            Order.id,
            Order.code,
            Order.event_id,
            Event.title.label("event_title"),
            Event.zone,
            Order.name,
            Order.email,
            Order.state,
            Order.currency,
            Order.total_minor,
            Order.placed_at,
            Order.is_test,
        )
        .join(Event, Event.id == Order.event_id)
        .where(*_where(organiser_id, wanted))
        # Order ids are UUIDv7: their order is the order of placing, and it has an index.
        .order_by(Order.id.desc())
        .limit(most + 1)
    )
    if cursor is not None:
        chosen = chosen.where(Order.id < _id_in(cursor))
    rows = (await reader.execute(chosen)).all()
    shown = rows[:most]
    ids = [row.id for row in shown]
    lines = await _lines(reader, ids)
    methods = await _methods(reader, ids)
    refunds = await _refunds(reader, ids)
    found = tuple(
        ListedOrder(
            **row._mapping,
            provider=methods.get(row.id, (None, None))[0],
            method=methods.get(row.id, (None, None))[1],
            lines=tuple(lines.get(row.id, ())),
            refunds=tuple(refunds.get(row.id, ())),
        )
        for row in shown
    )
    following = paging.encode(str(found[-1].id)) if len(rows) > most else None
    return Page(items=found, next_cursor=following)


async def orders_count(reader: Reader, actor: Actor, organiser_id: UUID, wanted: OrdersWanted) -> int:
    """How many orders that are. Raises `Forbidden`, `BadState`."""
    accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
    counted = select(func.count()).select_from(Order).where(*_where(organiser_id, wanted))
    return int((await reader.execute(counted)).scalar_one())


def _where(organiser_id: UUID, wanted: OrdersWanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Order.organiser_id == organiser_id]
    if wanted.event_id is not None:
        conditions.append(Order.event_id == wanted.event_id)
    if wanted.state:
        if wanted.state not in STATES:
            raise BadState(field="state", choices=", ".join(STATES))
        conditions.append(Order.state == wanted.state)
    if wanted.is_test is not None:
        conditions.append(Order.is_test == wanted.is_test)
    query = wanted.query.strip()[:QUERY_MOST]
    if query:
        conditions.append(
            or_(
                Order.name.icontains(query, autoescape=True),
                Order.email_key.contains(email_key(query), autoescape=True),
                Order.code == normalise_code(query),
            )
        )
    return conditions


def _id_in(cursor: str) -> UUID:
    (text,) = paging.decode(cursor, (str,))
    try:
        return UUID(str(text))
    except ValueError:
        raise BadCursor(field="cursor") from None


async def _lines(reader: Reader, order_ids: list[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    rows = await reader.execute(
        select(OrderLine.order_id, OrderLine.name, OrderLine.quantity)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.number)
    )
    # Tickets of one type at several prices are several lines; here they are counted together.
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        counted = found.setdefault(row.order_id, {})
        counted[row.name] = counted.get(row.name, 0) + row.quantity
    return {order_id: list(counted.items()) for order_id, counted in found.items()}


async def _refunds(reader: Reader, order_ids: list[UUID]) -> dict[UUID, list[ListedRefund]]:
    rows = await reader.execute(
        select(Refund.order_id, Refund.state, Refund.currency, Refund.amount_minor)
        # What nobody can be sent is no money on its way back.
        .where(Refund.order_id.in_(order_ids), ~func.coalesce(Refund.provider_ref, "").startswith(KEPT))
        .order_by(Refund.order_id, Refund.wanted_at, Refund.id)
    )
    found: dict[UUID, list[ListedRefund]] = {}
    for row in rows:
        one = ListedRefund(RefundState(row.state), row.currency, row.amount_minor)
        found.setdefault(row.order_id, []).append(one)
    return found


async def _methods(reader: Reader, order_ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = await reader.execute(
        select(Attempt.order_id, Attempt.provider, Attempt.method)
        .where(Attempt.order_id.in_(order_ids))
        .order_by(Attempt.order_id, Attempt.number)
    )
    return {row.order_id: (row.provider, row.method) for row in rows}
