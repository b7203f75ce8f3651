"""An organiser changes tickets for a buyer: the same steps, whatever the rule says, and the fee may be waived."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.exchange.making import (
    Ways,
    can_be_changed,
    confirm_view,
    done_words,
    targets_view,
    tickets_view,
)
from admitone.entrypoints.pages.exchange.routes import Chosen, To, sent, wish_of
from admitone.entrypoints.pages.give_back.making import ids_of
from admitone.entrypoints.pages.organiser_orders.finding import Found, OrderToRefund
from admitone.entrypoints.pages.organiser_orders.making import nav_of
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.flows.purchase import NothingChosen
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")


def _ways(found: Found) -> Ways:
    url = found.url
    return Ways(f"{url}/change", f"{url}/change/to", f"{url}/change/confirm", url, nav_of(found.where))


@router.get("/{code}/change")
async def choose(request: Request, needs: Needs, found: OrderToRefund) -> Response:
    """Which tickets."""
    left = can_be_changed(found.page)
    if found.page.order.state != orders.OrderState.PAID or not left:
        notice = Notice("No ticket of this order can be changed.", "warn")
        return go_to(request, found.url, notice)
    return await page(request, tickets_view(_ways(found), found.page, ""))


@router.get("/{code}/change/to")
async def targets(
    request: Request,
    needs: Needs,
    found: OrderToRefund,
    ticket: Chosen = [],  # noqa: B006 - read only
) -> Response:
    """For which others."""
    return await _targets(request, needs, found, ids_of(ticket))


async def _targets(
    request: Request,
    needs: Assembly,
    found: Found,
    ids: list[UUID],
    error: Refusal | None = None,
) -> Response:
    ways, order = _ways(found), found.page.order
    try:
        plans = await needs.exchanging.choices_for(
            found.where.actor, found.where.organiser.id, order.code, ids
        )
    except NotFound:
        raise
    except Refusal as refusal:
        if order.state != orders.OrderState.PAID or not can_be_changed(found.page):
            return go_to(request, ways.order_url, Notice(refusal.sentence, "warn"))
        view = tickets_view(ways, found.page, "", chosen=ids, error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    sentence = "" if error is None else error.sentence
    shown = targets_view(ways, found.page, plans, ids, error=sentence)
    return await page(request, shown, status=200 if error is None else status_of(error))


@router.get("/{code}/change/confirm")
async def ask(
    request: Request,
    needs: Needs,
    found: OrderToRefund,
    ticket: Chosen = [],  # noqa: B006 - read only
    to: To = "",
    waive: str = "",
) -> Response:
    """The sum, before anything happens."""
    ids, where = ids_of(ticket), found.where
    wish = wish_of(ids, to, with_fee=waive != "1")
    if wish is None:
        return await _targets(request, needs, found, ids, NothingChosen())
    try:
        plan = await needs.exchanging.preview_for(
            where.actor, where.organiser.id, found.page.order.code, wish
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return await _targets(request, needs, found, ids, refusal)
    return await page(request, confirm_view(_ways(found), found.page, plan, ids, waive=waive == "1"))


@router.post("/{code}/change/confirm")
async def change(request: Request, needs: Needs, form: checked_form, found: OrderToRefund) -> Response:
    """Do it: what was shown, or nothing."""
    order, where = found.page.order, found.where
    ids = ids_of([one for one in form.getlist("ticket") if isinstance(one, str)])
    wish = wish_of(ids, text_of(form, "to"), with_fee=text_of(form, "waive") != "1")
    request_id, shown_minor = sent(form)
    try:
        if wish is None:
            raise NothingChosen
        changed = await needs.exchanging.change_for(
            where.actor, where.organiser.id, order.code, wish, request_id, shown_minor=shown_minor
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, found.url, Notice(refusal.sentence, "warn"))
    new = changed.order
    new_url = where.event_url(new.event_id, f"orders/{new.code}")
    return go_to(request, new_url, Notice(done_words(changed, changed.back_minor)))
