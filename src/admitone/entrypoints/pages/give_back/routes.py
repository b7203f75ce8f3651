"""Tickets of an order are given back: chosen, the sum seen, confirmed. Whoever has the order's token may."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.give_back.making import (
    choose_view,
    confirm_view,
    ids_of,
    names_view,
    sent_again,
)
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.flows.rename_holders import rename_holders
from admitone.reads.order_page import OrderPage, order_page
from admitone.values import formats
from admitone.values.refusals import NotFound, Problems, Refusal

router = APIRouter(include_in_schema=False)
_Chosen = Annotated[list[str], Query(max_length=1000)]


async def _look(needs: Assembly, token: str) -> OrderPage:
    async with needs.database.reading() as reader:
        return await order_page(reader, needs.links.read("order", token))


@router.get("/orders/{token}/give-back")
async def choose(request: Request, token: str, needs: Needs) -> Response:
    """Which tickets, and what each would give back now."""
    found = await _look(needs, token)
    worth = await needs.money.cancel_tickets.worth(found.order.id)
    if not worth:
        return go_to(
            request, links.order(token), Notice("No ticket of this order can be given back.", "warn")
        )
    return await page(request, choose_view(needs, token, found, worth))


@router.get("/orders/{token}/give-back/confirm")
async def ask(request: Request, token: str, needs: Needs, ticket: _Chosen = []) -> Response:  # noqa: B006 - read only
    """The sum of the chosen ones, before anything happens."""
    found = await _look(needs, token)
    ids = ids_of(ticket)
    try:
        plan = await needs.money.cancel_tickets.preview(found.order.id, ids)
    except NotFound:
        raise
    except Refusal as refusal:
        worth = await needs.money.cancel_tickets.worth(found.order.id)
        if not worth:
            return go_to(request, links.order(token), Notice(refusal.sentence, "warn"))
        view = choose_view(needs, token, found, worth, chosen=ids, error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    offers = await needs.money.credit_desk.is_offered(found.order.organiser_id)
    return await page(request, confirm_view(needs, token, found, plan, offers_credit=offers))


@router.post("/orders/{token}/give-back/confirm")
async def give_back(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Do it. What was shown is what comes back, or nothing is done."""
    order_id = needs.links.read("order", token)
    ids = ids_of([one for one in form.getlist("ticket") if isinstance(one, str)])
    request_id, shown_minor = sent_again(form)
    try:
        await needs.money.cancel_tickets.cancel(
            order_id,
            ids,
            request_id,
            shown_minor=shown_minor,
            to="credit" if form.get("to") == "credit" else "original",
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, links.order_give_back(token), Notice(refusal.sentence, "warn"))
    # What becomes of the money stands on the order's page for as long as anybody wants to know.
    given = formats.count(len(ids), "ticket is", "tickets are")
    return go_to(request, links.order(token), Notice(f"Done. {given} given back."))


@router.get("/orders/{token}/names")
async def names(request: Request, token: str, needs: Needs) -> Response:
    """Whose name each ticket carries."""
    view = names_view(token, await _look(needs, token))
    if not view.tickets:
        return go_to(request, links.order(token))
    return await page(request, view)


@router.post("/orders/{token}/names")
async def rename(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Put other names on the tickets."""
    typed = values_of(form)
    asked = {}
    for name, value in typed.items():
        if name.startswith("name_"):
            asked.update(dict.fromkeys(ids_of([name.removeprefix("name_")]), value))
    try:
        changed = await rename_holders(needs.database, needs.links.read("order", token), asked)
    except Problems as problems:
        named = {str(ticket_id): f"name_{ticket_id.hex}" for ticket_id in asked}
        view = names_view(token, await _look(needs, token), typed, errors_of(problems, named))
        return await page(request, view, status=status_of(problems))
    except orders.OrderNotPaid as refusal:
        return go_to(request, links.order(token), Notice(refusal.sentence, "warn"))
    notice = Notice("The names are on the tickets now.") if changed else None
    return go_to(request, links.order(token), notice)
