"""An organiser's orders: found, looked at, taken back."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from admitone import accounts
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.shapes import Body, Cursor, Limit, MoneyShown, Shown
from admitone.reads.order_page import OrderPage, organiser_order
from admitone.reads.orders_list import OrdersWanted, orders_list
from admitone.reads.refunds_stuck import refunds_stuck
from admitone.values.actor import Action
from admitone.values.ids import normalise_code

router = APIRouter(prefix="/organisers/{organiser_id}/orders", tags=["organisers"])
Code = Annotated[str, Field(max_length=32)]


class LineShown(Shown):
    """So many of one ticket type."""

    name: str
    quantity: int


class ListedOrderShown(Shown):
    """An order in the list. `method` is `provider:method` of the newest attempt to pay."""

    code: str
    event_id: UUID
    event_title: str
    name: str
    email: str
    state: str
    total: MoneyShown
    placed_at: datetime
    is_test: bool
    method: str | None
    lines: list[LineShown]


class OrdersShown(Shown):
    """Newest first. `next_cursor` continues the list."""

    orders: list[ListedOrderShown]
    next_cursor: str | None


@router.get("")
async def list_orders(
    organiser_id: UUID,
    needs: Needs,
    caller: SignedIn,
    event: UUID | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str | None, Query(max_length=20)] = None,
    is_test: bool | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> OrdersShown:
    """Orders of this organiser, by event, by state, by part of a buyer's name or address, or by code.

    `is_test`: only those sold for play money, or only those sold for real money.
    """
    wanted = OrdersWanted(event, q, state, is_test)
    async with needs.database.reading() as reader:
        found = await orders_list(reader, caller, organiser_id, wanted, cursor=cursor, limit=limit)
    return OrdersShown(
        orders=[
            ListedOrderShown(
                code=one.code,
                event_id=one.event_id,
                event_title=one.event_title,
                name=one.name,
                email=one.email,
                state=one.state,
                total=MoneyShown(currency=one.currency, minor=one.total_minor),
                placed_at=one.placed_at,
                is_test=one.is_test,
                method=None if one.provider is None else f"{one.provider}:{one.method}",
                lines=[LineShown(name=name, quantity=quantity) for name, quantity in one.lines],
            )
            for one in found.items
        ],
        next_cursor=found.next_cursor,
    )


class OrderTicketShown(Shown):
    """A ticket without its code: only its holder may have that. `changed_for` is the code of the order that a cancelled
    ticket was changed for, null for every other.
    """

    id: UUID
    type_name: str
    holder_name: str
    state: str
    changed_for: str | None
    admitted_at: datetime | None
    door: str | None


class AttemptShown(Shown):
    """A try at paying, or a refund."""

    id: UUID
    kind: str
    state: str
    amount: MoneyShown
    at: datetime
    reason: str | None


class OrganiserOrderShown(Shown):
    """One order as its organiser sees it. `fee` and `tax` are parts of `total`, `yours` is what is left of
    it.
    """

    code: str
    event_id: UUID
    event_title: str
    name: str
    email: str
    state: str
    total: MoneyShown
    fee: MoneyShown
    tax: MoneyShown
    yours: MoneyShown
    placed_at: datetime
    paid_at: datetime | None
    lines: list[LineShown]
    tickets: list[OrderTicketShown]
    payments: list[AttemptShown]


class StuckRefundShown(Shown):
    """A refund that waits for the organiser. `is_refused`: not asked for any more. `error`: the provider's word."""

    id: UUID
    order: str
    event_id: UUID
    buyer: str
    amount: MoneyShown
    is_refused: bool
    error: str | None
    wanted_at: datetime


class StuckRefundsShown(Shown):
    """Longest waiting first, at most 50."""

    refunds: list[StuckRefundShown]


@router.get("/refunds/stuck")
async def list_stuck_refunds(organiser_id: UUID, needs: Needs, caller: SignedIn) -> StuckRefundsShown:
    """Refunds that a provider refused, or that have had no answer for a day."""
    async with needs.database.reading() as reader:
        found = await refunds_stuck(reader, caller, organiser_id, now=needs.clock.now())
    return StuckRefundsShown(
        refunds=[
            StuckRefundShown(
                id=one.id,
                order=one.order_code,
                event_id=one.event_id,
                buyer=one.buyer,
                amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
                is_refused=one.is_refused,
                error=one.error,
                wanted_at=one.wanted_at,
            )
            for one in found
        ]
    )


@router.get("/{code}")
async def read_order(organiser_id: UUID, code: Code, needs: Needs, caller: SignedIn) -> OrganiserOrderShown:
    """One order, by its code."""
    accounts.permit(caller, Action.SEE_ORDERS, organiser_id)
    async with needs.database.reading() as reader:
        found = await organiser_order(reader, organiser_id, normalise_code(code))
    return _shown(found)


class RefundBody(Body):
    """Nothing to choose yet: all of it goes back."""


@router.post("/{code}/refund")
async def refund_order(
    organiser_id: UUID, code: Code, needs: Needs, caller: SignedIn, body: RefundBody | None = None
) -> OrganiserOrderShown:
    """Cancel a paid order: its tickets die, its places return to sale, all its money goes back."""
    order = await needs.refunding.take_back(caller, organiser_id, normalise_code(code))
    async with needs.database.reading() as reader:
        return _shown(await organiser_order(reader, organiser_id, order.code))


@router.post("/{code}/refunds/{refund_id}/again")
async def send_refund_again(
    organiser_id: UUID, code: Code, refund_id: UUID, needs: Needs, caller: SignedIn
) -> OrganiserOrderShown:
    """Send a refund once more that its provider had refused."""
    await needs.refunding.send_again(caller, organiser_id, normalise_code(code), refund_id)
    async with needs.database.reading() as reader:
        return _shown(await organiser_order(reader, organiser_id, normalise_code(code)))


def _shown(found: OrderPage) -> OrganiserOrderShown:
    order = found.order

    def money(minor: int) -> MoneyShown:
        return MoneyShown(currency=order.currency, minor=minor)

    attempts = [
        AttemptShown(
            id=one.id,
            kind="payment",
            state=one.state.value,
            amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
            at=one.opened_at,
            reason=one.reason,
        )
        for one in found.attempts
    ]
    refunds = [
        AttemptShown(
            id=one.id,
            kind="refund",
            state=one.state.value,
            amount=MoneyShown(currency=one.currency, minor=one.amount_minor),
            at=one.wanted_at,
            reason=one.reason,
        )
        for one in found.refunds
    ]
    return OrganiserOrderShown(
        code=order.code,
        event_id=order.event_id,
        event_title=found.about.event_title,
        name=order.name,
        email=order.email,
        state=order.state,
        total=money(order.total_minor),
        fee=money(order.fee_minor),
        tax=money(order.tax_minor),
        yours=money(order.organiser_minor),
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        lines=[LineShown(name=line.name, quantity=line.quantity) for line in found.lines],
        tickets=[
            OrderTicketShown(
                id=one.ticket.id,
                type_name=one.type_name,
                holder_name=one.holder,
                state=one.ticket.state,
                changed_for=found.changed_for(one),
                admitted_at=one.admitted_at,
                door=one.door,
            )
            for one in found.tickets
        ],
        payments=sorted([*attempts, *refunds], key=lambda one: one.at),
    )
