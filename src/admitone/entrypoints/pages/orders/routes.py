"""The order's page, its files, and mailing the tickets again. Whoever has the token may see the order."""

import hashlib
from collections.abc import Sequence
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.assets import already_has
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.orders.making import give_up_view, order_view
from admitone.entrypoints.pages.orders.money_back import state_of_money
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.documents import NoTickets
from admitone.flows.resend import resend_tickets
from admitone.reads.on_its_way import is_on_its_way
from admitone.reads.order_page import OrderPage, order_page, pages_beside
from admitone.reads.printable_tickets import PrintableTicket, printable_ticket, printable_tickets
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)


@router.get("/orders/{token}")
async def show(request: Request, token: str, needs: Needs) -> Response:
    """The order. While its payment is under way, the payment's page: that is where a payer comes back to."""
    found = await look(needs, token)
    if found.order.state == orders.OrderState.PENDING and found.attempts:
        return go_to(request, links.pay(token))
    async with needs.database.reading() as reader:
        beside = await pages_beside(reader, found)
    await needs.keys.know(held.ticket.key_id for one in beside for held in one.tickets)
    return await page(request, order_view(needs, token, found, beside))


@router.get("/orders/{token}/money-back")
async def money_back_state(token: str, needs: Needs) -> Response:
    """For the page that waits for money to be sent back."""
    return JSONResponse({"state": state_of_money(await look(needs, token))})


async def look(needs: Assembly, token: str) -> OrderPage:
    """The order behind a token. Raises `NoSuchLink`, `OrderNotFound`."""
    async with needs.database.reading() as reader:
        found = await order_page(reader, needs.links.read("order", token))
    await needs.keys.know(one.ticket.key_id for one in found.tickets)
    return found


@router.get("/orders/{token}/tickets.pdf")
async def pdf(request: Request, token: str, needs: Needs) -> Response:
    """All tickets of the order, and of those that its buyer changed or added later, a page each."""
    return await pdf_response(request, needs, needs.links.read("order", token))


async def pdf_response(
    request: Request, needs: Assembly, order_id: UUID, ticket_id: UUID | None = None
) -> Response:
    """The file, made only for a reader who does not have it yet. Raises `NoTickets`, `OrderNotFound`."""
    async with needs.database.reading() as reader:
        order = await orders.by_id(reader, order_id)
        found = await (
            printable_tickets(reader, order) if ticket_id is None else printable_ticket(reader, ticket_id)
        )
    if not found:
        raise NoTickets
    tag = f'"{_state_of(found)}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if already_has(request.headers.get("if-none-match", "").encode("latin-1"), tag.encode()):
        return Response(status_code=304, headers=headers)
    order_ids = list(dict.fromkeys(one.order_id for one in found))
    made = await needs.documents.pdf(order_ids, {one.id for one in found})
    headers["content-disposition"] = f'inline; filename="tickets-{order.code}.pdf"'
    return Response(made, media_type="application/pdf", headers=headers)


def _state_of(found: Sequence[PrintableTicket]) -> str:
    """Differs when the file would: a code replaced, a name changed, the event moved, a ticket more or less."""
    return hashlib.sha256("\0".join(map(str, found)).encode()).hexdigest()[:24]


@router.get("/orders/{token}/event.ics")
async def calendar(token: str, needs: Needs) -> Response:
    """The event as a calendar file."""
    about = (await look(needs, token)).about
    name = f"attachment; filename*=UTF-8''{quote(about.slug)}.ics"
    written = needs.documents.calendar(about)
    return Response(written, media_type="text/calendar; charset=utf-8", headers={"content-disposition": name})


@router.post("/orders/{token}/resend")
async def resend(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Mail the tickets again, to the order's own address."""
    del form
    order_id = needs.links.read("order", token)
    try:
        await resend_tickets(needs.database, needs.limiter, needs.letters, order_id, uuid7())
    except orders.OrderNotFound:
        raise
    except Refusal as refusal:
        return go_to(request, links.order(token), Notice(refusal.sentence, "warn"))
    return go_to(request, links.order(token), Notice("Your tickets are on their way to your mailbox."))


@router.post("/orders/{token}/ask-where")
async def ask_where(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Mail the links again by which the buyer says where their bitcoin goes, to the order's own address."""
    del form
    order_id = needs.links.read("order", token)
    notice = await mail_claims_again(needs, order_id, "The link is on its way to your mailbox.")
    return go_to(request, links.order(token), notice)


async def mail_claims_again(needs: Assembly, order_id: UUID, said: str) -> Notice:
    """What to say after that: `said`, or why not."""
    try:
        await needs.money.refund_claims.mail_again(order_id, uuid7())
    except Refusal as refusal:
        return Notice(refusal.sentence, "warn")
    return Notice(said)


@router.get("/orders/{token}/cancel")
async def ask_to_cancel(request: Request, token: str, needs: Needs) -> Response:
    """Ask before an order that is not paid is given up."""
    found = await look(needs, token)
    if found.order.state != orders.OrderState.PENDING:
        return go_to(request, links.order(token))
    async with needs.database.reading() as reader:
        if await is_on_its_way(reader, found.order.id):
            return go_to(request, links.order(token), Notice(payments.OnItsWay().sentence, "warn"))
    return await page(request, give_up_view(token, found))


@router.post("/orders/{token}/cancel")
async def cancel(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Give up an order that is not paid."""
    del form
    try:
        await cancel_unpaid(needs.database, needs.clock, needs.links.read("order", token))
    except (orders.OrderNotPending, payments.BeingTaken, payments.OnItsWay) as refusal:
        return go_to(request, links.order(token), Notice(refusal.sentence, "warn"))
    return go_to(request, links.order(token))
