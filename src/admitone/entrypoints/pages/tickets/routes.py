"""One ticket (`/t/<token>`), and the list of somebody's tickets."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, CallerSession, address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.known_devices import devices_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.orders.making import may_watch, number_words, qr_of, ticket_state
from admitone.entrypoints.pages.orders.routes import pdf_response
from admitone.entrypoints.pages.respond import checked_form, errors_of, page, values_of
from admitone.entrypoints.pages.showing import order_state, summary_of
from admitone.entrypoints.pages.tickets.view import MyOrder, MyTicketsView, TicketView
from admitone.entrypoints.pages.views import State
from admitone.reads import my_tickets
from admitone.reads.order_page import OrderPage, order_page
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.refusals import Invalid

router = APIRouter(include_in_schema=False)
SHOWN_MOST = 100


@router.get("/t/{token}")
async def show(request: Request, token: str, needs: Needs, caller: Caller) -> Response:
    """The ticket as it is shown at the door, or watched with.

    A ticket's link may be passed on to whom it is for, so it does not lead to the whole order, except for its
    buyer. For everybody else there is the way to their orders by mail.
    """
    found, at = await _look(needs, token)
    held = found.tickets[at]
    about = found.about
    kind, state = ticket_state(found, held, needs.clock.now())
    code, picture = qr_of(needs, found, held)
    # Once it was passed on, it has nothing more to do with its order's page.
    is_buyer = held.owner is None and await _is_buyer(needs, caller, found.order.id)
    # It is the new order's page that this leads to, so whoever may see that one.
    new = held.changed_to if held.changed_to and await _is_buyer(needs, caller, held.changed_to) else None
    view = TicketView(
        event=summary_of(about, is_test=found.order.is_test),
        doors="" if about.doors_at is None else formats.clock_time(about.doors_at, about.zone),
        type_name=held.type_name,
        holder_name=held.holder,
        number_words=number_words(found, at),
        order_code=found.order.code,
        state_kind=kind,
        state=state,
        qr_svg=picture,
        code_text=tickets.short_of(held.ticket.serial, held.ticket.code_digest) if code else "",
        order_url=links.order(needs.links.make("order", found.order.id)) if is_buyer else "",
        find_url="" if is_buyer or held.owner is not None else links.MY_TICKETS,
        new_url=links.order(needs.links.make("order", new)) if new else "",
        pdf_url=links.ticket_pdf(token) if code else "",
        ics_url="" if kind in ("cancelled", "suspended") else links.event_ics(about.slug),
        is_online_only=about.is_online_only,
        watch_url=links.watch(token) if may_watch(found, held, kind) else "",
        prove_url=ownership_links.prove(token) if kind in ("valid", "used") else "",
        pass_on_url=ownership_links.pass_on(token)
        if kind == "valid" and about.ends_at > needs.clock.now()
        else "",
    )
    return await page(request, view)


async def _is_buyer(needs: Assembly, caller: Actor, order_id: UUID) -> bool:
    if caller.person_id is None:
        return False
    async with needs.database.reading() as reader:
        return await my_tickets.is_buyer(reader, caller.person_id, order_id)


@router.get("/t/{token}/ticket.pdf")
async def pdf(request: Request, token: str, needs: Needs) -> Response:
    """This one ticket on paper."""
    found, at = await _look(needs, token)
    return await pdf_response(request, needs, found.order.id, found.tickets[at].ticket.id)


async def _look(needs: Assembly, token: str) -> tuple[OrderPage, int]:
    """The order the ticket belongs to, and its place there. Raises `NoSuchLink`, `LinkPassedOn`."""
    about = needs.links.read("ticket", token)
    async with needs.database.reading() as reader:
        ticket, _ = await tickets.of_link(reader, about)
        found = await order_page(reader, ticket.order_id)
    await needs.keys.know(one.ticket.key_id for one in found.tickets)
    return found, next(at for at, one in enumerate(found.tickets) if one.ticket.id == ticket.id)


@router.get(links.MY_TICKETS)
async def mine(request: Request, needs: Needs, session: CallerSession) -> Response:
    """What the signed-in person has bought; for guests, the way to their tickets by mail."""
    if session is None or session.actor.person_id is None:
        return await page(request, MyTicketsView(is_signed_in=False, find_url=links.FIND_TICKETS))
    async with needs.database.reading() as reader:
        found = await my_tickets.of_person(reader, session.actor.person_id, limit=SHOWN_MOST)
        passed_on = await my_tickets.passed_on_to(reader, session.actor.person_id, limit=SHOWN_MOST)
    now = needs.clock.now()
    good = [one for one in found.items if one.state in ("pending", "paid") and one.ends_at > now]
    rest = [one for one in found.items if one not in good]
    view = MyTicketsView(
        is_signed_in=True,
        find_url=links.FIND_TICKETS,
        # Nearest first for what is to come, latest first for what is over.
        upcoming=tuple(_listed(needs, one) for one in reversed(good)),
        past=tuple(_listed(needs, one) for one in rest),
        passed_on=tuple(_passed_on(needs, one) for one in passed_on),
    )
    return await page(request, view)


def _listed(needs: Assembly, one: my_tickets.MyOrder) -> MyOrder:
    words = formats.count(one.tickets, "ticket", "tickets")
    names = one.types[0] if len(one.types) == 1 else ""
    gone = f"{one.passed_on} passed on" if one.passed_on else ""
    now = needs.clock.now()
    is_all_gone = one.state == "paid" and one.passed_on >= one.tickets
    return MyOrder(
        event=summary_of(one),
        url=links.order(needs.links.make("order", one.id)),
        tickets_words=", ".join(part for part in (words, names, "" if is_all_gone else gone) if part),
        state=State("Passed on", "", "send") if is_all_gone else order_state(one.state, one.total_minor),
        relative=formats.relative_day(one.starts_at, now, one.zone) if one.ends_at > now else "",
    )


def _passed_on(needs: Assembly, one: my_tickets.PassedOnTicket) -> MyOrder:
    is_good = one.state == tickets.TicketState.VALID and one.event_state != "cancelled"
    now = needs.clock.now()
    return MyOrder(
        event=summary_of(one),
        url=links.ticket(needs.links.make("ticket", one.owner_id)),
        tickets_words=f"1 ticket, {one.type_name}",
        state=State("Valid", "ok", "check") if is_good else State("Cancelled", "bad", "circle-x"),
        relative=formats.relative_day(one.starts_at, now, one.zone) if one.ends_at > now else "",
    )


@router.post(links.FIND_TICKETS)
async def find(request: Request, needs: Needs, form: checked_form) -> Response:
    """Mail a link to whoever has the address. Says the same whether or not it bought anything."""
    typed = values_of(form)
    email = typed.get("email", "").strip()
    try:
        await needs.join.find_tickets(email=email, source=address_of(request), devices=devices_of(request))
    except Invalid as refusal:
        view = MyTicketsView(
            is_signed_in=False, find_url=links.FIND_TICKETS, values=typed, errors=errors_of(refusal)
        )
        return await page(request, view, status=status_of(refusal))
    view = MyTicketsView(
        is_signed_in=False, find_url=links.FIND_TICKETS, sent_to=email, sent_minutes=accounts.LINK_MINUTES
    )
    return await page(request, view)


@router.get(links.FIND_TICKETS)
async def find_form(request: Request) -> Response:
    """The form alone, for whoever reloads the page after sending it."""
    return await page(request, MyTicketsView(is_signed_in=False, find_url=links.FIND_TICKETS))
