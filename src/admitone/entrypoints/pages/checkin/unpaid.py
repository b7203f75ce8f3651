"""The till at the door: who reserved and has not paid; their money is taken, and they can be let in at once."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone import events, orders, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkin.unpaid_view import LetInRow, UnpaidRow, UnpaidView
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.flows.admit import checked_door
from admitone.reads.order_page import organiser_order
from admitone.reads.received_money import unpaid_at_door
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.ids import normalise_code, uuid7
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)


@router.get("/checkin/{event_id}/unpaid")
async def unpaid(
    event_id: UUID,
    request: Request,
    actor: SignedIn,
    needs: Needs,
    door: str = "",
    q: str = "",
    paid: str = "",
) -> Response:
    """Who is to pay here. `paid`: the order whose money was just taken."""
    event = await needs.admit.event(actor, event_id)
    if not door.strip():
        return go_to(request, links.checkin(str(event_id)))
    view = await _view(needs, actor, event, checked_door(door), question=q.strip()[:120], paid=paid)
    return await page(request, view)


@router.post("/checkin/{event_id}/unpaid")
async def take(
    event_id: UUID, request: Request, actor: SignedIn, needs: Needs, form: checked_form, door: str = ""
) -> Response:
    """Somebody has received what an order costs."""
    event = await needs.admit.event(actor, event_id)
    name, code = checked_door(door), text_of(form, "code")
    try:
        await needs.money.received_money.take_at_door(
            actor, event.organiser_id, event_id, code, text_of(form, "means")
        )
    except Refusal as refusal:
        view = await _view(needs, actor, event, name, error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    return go_to(
        request,
        links.with_query(links.checkin_unpaid(str(event_id)), door=name, paid=normalise_code(code[:64])),
    )


async def _view(
    needs: Assembly,
    actor: Actor,
    event: events.StoredEvent,
    door: str,
    *,
    question: str = "",
    paid: str = "",
    error: str = "",
) -> UnpaidView:
    async with needs.database.reading() as reader:
        found = await unpaid_at_door(
            reader,
            actor,
            event.organiser_id,
            event.id,
            question=question,
            code=normalise_code(question) if question else "",
        )
    words, let_in = await _just_paid(needs, event, paid) if paid else ("", ())
    here = links.checkin_unpaid(str(event.id))
    return UnpaidView(
        event_title=event.details.title,
        door=door,
        back_url=links.with_query(links.checkin(str(event.id)), door=door),
        search_url=here,
        post_url=links.with_query(here, door=door),
        scan_url=links.with_query(links.checkin(str(event.id)), door=door),
        question=question,
        rows=tuple(
            UnpaidRow(
                name=one.name,
                detail=f"{formats.count(one.tickets, 'ticket', 'tickets')}, order {one.code}",
                code=one.code,
                due=formats.money(one.due_minor, one.currency, in_full=True),
            )
            for one in found
        ),
        paid_words=words,
        let_in=let_in,
        error=error,
    )


async def _just_paid(
    needs: Assembly, event: events.StoredEvent, code: str
) -> tuple[str, tuple[LetInRow, ...]]:
    """What was taken, and the tickets of it that nobody has come in with."""
    async with needs.database.reading() as reader:
        try:
            found = await organiser_order(reader, event.organiser_id, normalise_code(code[:64]))
        except orders.OrderNotFound:
            return "", ()
    if found.order.event_id != event.id or found.order.state != orders.OrderState.PAID:
        return "", ()
    amount = formats.money(found.order.total_minor, found.order.currency, in_full=True)
    left = [one for one in found.tickets if one.admitted_at is None]
    rows = tuple(
        LetInRow(
            name=one.holder,
            detail=f"{one.type_name}, {one.ticket.unit} of {one.units}",
            code=tickets.short_of(one.ticket.serial, one.ticket.code_digest),
            scan_id=str(uuid7()),
        )
        for one in left
    )
    return f"{amount} received from {found.order.name}.", rows
