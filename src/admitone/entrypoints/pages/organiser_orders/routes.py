"""The orders of an event: the list, one order, mailing its tickets again, taking it back."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admitone import tickets
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.orders.routes import mail_claims_again
from admitone.entrypoints.pages.organiser.refunds_showing import refund_needs
from admitone.entrypoints.pages.organiser.view import OrdersView, RefundView
from admitone.entrypoints.pages.organiser_orders.finding import (
    EventToSee,
    OrderToChange,
    OrderToRefund,
    OrderToSee,
)
from admitone.entrypoints.pages.organiser_orders.making import Where, nav_of, order_row, order_view
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page
from admitone.entrypoints.pages.showing import ORDER_STATES
from admitone.flows.resend import resend_tickets
from admitone.reads.order_page import OrderPage
from admitone.reads.orders_list import STATES, OrdersWanted, orders_count, orders_list
from admitone.reads.refunds_stuck import refunds_stuck
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.ids import uuid7
from admitone.values.paging import BadCursor
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")
PER_PAGE: Final = 50
_IS_TEST: Final = {"live": False, "test": True}
_MODE_OPTIONS: Final = (("", "Any"), ("live", "Real money"), ("test", "Play money"))
_STATE_OPTIONS: Final = (("", "Any"), *((state, ORDER_STATES[state].words) for state in STATES))


@router.get("")
async def show_list(
    request: Request,
    needs: Needs,
    where: EventToSee,
    q: Annotated[str, Query(max_length=200)] = "",
    state: str = "",
    mode: str = "",
    cursor: str = "",
) -> Response:
    """Newest first. A state nobody knows, or a cut cursor, is as if it were not there."""
    wanted = OrdersWanted(where.event.id, q, state if state in STATES else None, _IS_TEST.get(mode))
    actor, organiser_id = where.actor, where.organiser.id
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        count = await orders_count(reader, actor, organiser_id, wanted)
        stuck = await refunds_stuck(reader, actor, organiser_id, now=now, event_id=where.event.id)
        try:
            found = await orders_list(
                reader, actor, organiser_id, wanted, cursor=cursor or None, limit=PER_PAGE
            )
        except BadCursor:
            cursor = ""
            found = await orders_list(reader, actor, organiser_id, wanted, limit=PER_PAGE)
    mode = mode if mode in _IS_TEST else ""
    query = {"q": q, "state": wanted.state or "", "mode": mode}
    return await page(
        request,
        OrdersView(
            nav=nav_of(where),
            count_words=formats.count(count, "order", "orders"),
            orders=tuple(order_row(needs, where, one) for one in found.items),
            states=_STATE_OPTIONS,
            query=q,
            state=wanted.state or "",
            # An event that sells for play money has no other orders.
            modes=() if where.event.is_test else _MODE_OPTIONS,
            mode=mode,
            next_url=links.with_query(where.orders_url, **query, cursor=found.next_cursor)
            if found.next_cursor
            else "",
            first_url=links.with_query(where.orders_url, **query) if cursor else "",
            needs=refund_needs(stuck, where.event_url, now),
            bulk_url=_bulk_url(where),
            zone_words=formats.short_zone(now, where.event.details.zone),
        ),
    )


def _bulk_url(where: Where) -> str:
    """Where many orders are refunded, for those who may."""
    if not where.actor.may(Action.REFUND_ORDERS, where.organiser.id):
        return ""
    return where.event_url(where.event.id, "refunds")


@router.get("/{code}")
async def show(request: Request, needs: Needs, found: OrderToSee) -> Response:
    """One order."""
    return await page(request, order_view(needs, found.where, found.page))


@router.post("/{code}/resend")
async def resend(request: Request, needs: Needs, _form: checked_form, found: OrderToChange) -> Response:
    """Mail the tickets to the buyer again."""
    notice = Notice(f"The tickets are on their way to {found.page.order.email}.")
    try:
        await resend_tickets(needs.database, needs.limiter, needs.letters, found.page.order.id, uuid7())
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, found.url, notice)


@router.post("/{code}/ask-where")
async def ask_where(request: Request, needs: Needs, _form: checked_form, found: OrderToChange) -> Response:
    """Mail the buyer the links again by which they say where their bitcoin goes."""
    order = found.page.order
    notice = await mail_claims_again(needs, order.id, f"The link is on its way to {order.email}.")
    return go_to(request, found.url, notice)


@router.get("/{code}/refund")
async def ask_refund(request: Request, needs: Needs, found: OrderToRefund) -> Response:
    """What taking the order back would do, before it is done."""
    order = found.page.order
    if order.state != "paid":
        return go_to(request, found.url)
    left_minor = (await needs.money.cancel_tickets.left(order.id)).total_minor
    amount = formats.money(left_minor, order.currency)
    good = sum(one.ticket.state == tickets.TicketState.VALID for one in found.page.tickets)
    view = RefundView(
        nav=nav_of(found.where),
        code=order.code,
        buyer=order.name,
        amount=amount if left_minor else "",
        tickets_words=formats.count(good, "ticket", "tickets"),
        post_url=f"{found.url}/refund",
        back_url=found.url,
        button=f"Refund {amount}" if left_minor else "Cancel the order",
        part_url=f"{found.url}/refund/part" if left_minor or good > 1 else "",
        used_words=_used_words(found.page),
    )
    return await page(request, view)


def _used_words(found: OrderPage) -> str:
    used, whole = sum(one.admitted_at is not None for one in found.tickets), len(found.tickets)
    if not used:
        return ""
    if whole == 1:
        return "This ticket was already let in."
    if used == whole:
        return f"All of these {whole} tickets were already let in."
    return f"{used} of these {whole} tickets {'was' if used == 1 else 'were'} already let in."


@router.post("/{code}/refund")
async def refund(request: Request, needs: Needs, _form: checked_form, found: OrderToRefund) -> Response:
    """Take the order back."""
    order = found.page.order
    try:
        left = await needs.money.cancel_tickets.left(order.id)
        goes_back = " The money is on its way back." if left.total_minor else ""
        notice = Notice(f"The order is cancelled.{goes_back}")
        await needs.refunding.take_back(found.where.actor, found.where.organiser.id, order.code)
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, found.url, notice)


@router.post("/{code}/refunds/{refund_id}/again")
async def send_again(
    request: Request, refund_id: UUID, needs: Needs, _form: checked_form, found: OrderToRefund
) -> Response:
    """Send a refund once more that the payment provider had refused."""
    notice = Notice("The payment provider is asked once more. Look again in a minute.")
    try:
        await needs.refunding.send_again(
            found.where.actor, found.where.organiser.id, found.page.order.code, refund_id
        )
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, found.url, notice)
