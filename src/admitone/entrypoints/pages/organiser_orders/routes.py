"""The orders of an event: the list, one order, mailing its tickets again, taking it back."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admitone import accounts, events, orders, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.refunds_showing import refund_needs
from admitone.entrypoints.pages.organiser.view import OrdersView, RefundView
from admitone.entrypoints.pages.organiser_orders.making import Where, nav_of, order_row, order_view
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page
from admitone.entrypoints.pages.showing import ORDER_STATES
from admitone.flows.resend import resend_tickets
from admitone.reads.order_page import OrderPage, organiser_order
from admitone.reads.orders_list import STATES, OrdersWanted, orders_count, orders_list
from admitone.reads.refunds_stuck import refunds_stuck
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.ids import normalise_code, uuid7
from admitone.values.paging import BadCursor
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")
PER_PAGE: Final = 50
_IS_TEST: Final = {"live": False, "test": True}
_MODE_OPTIONS: Final = (("", "Any"), ("live", "Real money"), ("test", "Play money"))
_STATE_OPTIONS: Final = (("", "Any"), *((state, ORDER_STATES[state].words) for state in STATES))


@dataclass(frozen=True, slots=True)
class Found:
    """An order, and who looks at it."""

    where: Where
    page: OrderPage


async def find_event(needs: Assembly, actor: Actor, slug: str, event_id: UUID, action: Action) -> Where:
    """The organiser and the event, for a member who may do this. Another's event is not there."""
    async with needs.database.reading() as reader:
        organiser = await accounts.organiser_by_slug(reader, slug)
        accounts.permit(actor, action, organiser.id)
        event = await events.own_event(reader, organiser.id, event_id)
    return Where(actor, organiser, event)


async def find_order(
    needs: Assembly, actor: Actor, slug: str, event_id: UUID, code: str, action: Action = Action.SEE_ORDERS
) -> Found:
    """The order of this event, for a member who may do this. Raises `OrderNotFound`, `Forbidden`."""
    where = await find_event(needs, actor, slug, event_id, action)
    async with needs.database.reading() as reader:
        found = await organiser_order(reader, where.organiser.id, normalise_code(code[:32]))
    if found.order.event_id != event_id:
        raise orders.OrderNotFound
    return Found(where, found)


@router.get("")
async def show_list(
    request: Request,
    slug: str,
    event_id: UUID,
    needs: Needs,
    actor: SignedIn,
    q: Annotated[str, Query(max_length=200)] = "",
    state: str = "",
    mode: str = "",
    cursor: str = "",
) -> Response:
    """Newest first. A state nobody knows, or a cut cursor, is as if it were not there."""
    where = await find_event(needs, actor, slug, event_id, Action.SEE_ORDERS)
    wanted = OrdersWanted(event_id, q, state if state in STATES else None, _IS_TEST.get(mode))
    organiser_id = where.organiser.id
    now = needs.clock.now()
    async with needs.database.reading() as reader:
        count = await orders_count(reader, actor, organiser_id, wanted)
        stuck = await refunds_stuck(reader, actor, organiser_id, now=now, event_id=event_id)
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
async def show(
    request: Request, slug: str, event_id: UUID, code: str, needs: Needs, actor: SignedIn
) -> Response:
    """One order."""
    found = await find_order(needs, actor, slug, event_id, code)
    return await page(request, order_view(needs, found.where, found.page))


@router.post("/{code}/resend")
async def resend(
    request: Request,
    slug: str,
    event_id: UUID,
    code: str,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """Mail the tickets to the buyer again."""
    del form
    found = await find_order(needs, actor, slug, event_id, code, Action.CHANGE_ORDERS)
    notice = Notice(f"The tickets are on their way to {found.page.order.email}.")
    try:
        await resend_tickets(needs.database, needs.limiter, needs.letters, found.page.order.id, uuid7())
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, found.where.order_url(found.page.order.code), notice)


@router.get("/{code}/refund")
async def ask_refund(
    request: Request, slug: str, event_id: UUID, code: str, needs: Needs, actor: SignedIn
) -> Response:
    """What taking the order back would do, before it is done."""
    found = await find_order(needs, actor, slug, event_id, code, Action.REFUND_ORDERS)
    order = found.page.order
    if order.state != "paid":
        return go_to(request, found.where.order_url(order.code))
    left_minor = (await needs.money.cancel_tickets.left(order.id)).total_minor
    amount = formats.money(left_minor, order.currency)
    good = sum(one.ticket.state == tickets.TicketState.VALID for one in found.page.tickets)
    view = RefundView(
        nav=nav_of(found.where),
        code=order.code,
        buyer=order.name,
        amount=amount if left_minor else "",
        tickets_words=formats.count(good, "ticket", "tickets"),
        post_url=f"{found.where.order_url(order.code)}/refund",
        back_url=found.where.order_url(order.code),
        button=f"Refund {amount}" if left_minor else "Cancel the order",
        part_url=f"{found.where.order_url(order.code)}/refund/part" if left_minor or good > 1 else "",
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
async def refund(
    request: Request,
    slug: str,
    event_id: UUID,
    code: str,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """Take the order back."""
    del form
    found = await find_order(needs, actor, slug, event_id, code, Action.REFUND_ORDERS)
    order = found.page.order
    notice = Notice("The order is cancelled. The money is on its way back.")
    if not order.total_minor:
        notice = Notice("The order is cancelled.")
    try:
        await needs.refunding.take_back(actor, found.where.organiser.id, order.code)
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, found.where.order_url(order.code), notice)


@router.post("/{code}/refunds/{refund_id}/again")
async def send_again(
    request: Request,
    slug: str,
    event_id: UUID,
    code: str,
    refund_id: UUID,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """Send a refund once more that the payment provider had refused."""
    del form
    found = await find_order(needs, actor, slug, event_id, code, Action.REFUND_ORDERS)
    order = found.page.order
    notice = Notice("The payment provider is asked once more. Look again in a minute.")
    try:
        await needs.refunding.send_again(actor, found.where.organiser.id, order.code, refund_id)
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, found.where.order_url(order.code), notice)
