"""Refunding a part of an order: the choice, who bears what, then it is done."""

from fastapi import APIRouter, Request, Response

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.give_back.making import sent_again
from admitone.entrypoints.pages.organiser_orders.finding import Found, OrderToRefund
from admitone.entrypoints.pages.organiser_orders.part_making import (
    confirm_view,
    part_view,
    tickets_of,
    typed_of,
    wish_of,
)
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page
from admitone.values import formats
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")
_FIELD = {"tickets": "ticket"}


@router.get("/{code}/refund/part")
async def choose(request: Request, needs: Needs, found: OrderToRefund) -> Response:
    """The choice."""
    if found.page.order.state != orders.OrderState.PAID:
        return go_to(request, found.url)
    return await _choice(request, needs, found)


async def _choice(
    request: Request, needs: Assembly, found: Found, refusal: Refusal | None = None
) -> Response:
    left = await needs.money.cancel_tickets.left(found.page.order.id)
    query = request.query_params
    view = part_view(
        needs,
        found.where,
        found.page,
        left.by_ticket,
        left_minor=left.total_minor,
        typed=typed_of(query) if refusal is not None else None,
        chosen=tickets_of(query),
        errors={} if refusal is None else errors_of(refusal, _FIELD),
    )
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


@router.get("/{code}/refund/part/confirm")
async def ask(request: Request, needs: Needs, found: OrderToRefund) -> Response:
    """Who bears what, before anything happens."""
    order, query = found.page.order, request.query_params
    typed = typed_of(query)
    try:
        wish = wish_of(typed, tickets_of(query), order.currency)
        plan = await needs.money.cancel_tickets.preview_refund(
            found.where.actor, found.where.organiser.id, order.code, wish
        )
    except orders.OrderNotPaid as refusal:
        return go_to(request, found.url, Notice(refusal.sentence, "warn"))
    except NotFound:
        raise
    except Refusal as refusal:
        return await _choice(request, needs, found, refusal)
    return await page(request, confirm_view(found.where, plan, typed, wish))


@router.post("/{code}/refund/part")
async def refund(request: Request, needs: Needs, form: checked_form, found: OrderToRefund) -> Response:
    """Do it: what was shown, or nothing."""
    order, by = found.page.order, found.where
    reversal_id, shown_minor = sent_again(form)
    try:
        done = await needs.money.cancel_tickets.refund(
            by.actor,
            by.organiser.id,
            order.code,
            wish_of(typed_of(form), tickets_of(form), order.currency),
            reversal_id,
            shown_minor=shown_minor,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, found.url, Notice(refusal.sentence, "warn"))
    minor = done.reversal.total_minor
    words = (
        f"{formats.money(minor, order.currency)} is on its way back."
        if minor
        else "The tickets are cancelled."
    )
    return go_to(request, found.url, Notice(words))
