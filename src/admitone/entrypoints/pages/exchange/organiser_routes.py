"""An organiser changes tickets for a buyer: the same steps, whatever the rule says, and the fee may be waived."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
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
from admitone.entrypoints.pages.organiser_orders.making import nav_of
from admitone.entrypoints.pages.organiser_orders.routes import Found, find_order
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.flows.purchase import NothingChosen
from admitone.values.actor import Action, Actor
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")


def _ways(found: Found) -> Ways:
    url = found.where.order_url(found.page.order.code)
    return Ways(f"{url}/change", f"{url}/change/to", f"{url}/change/confirm", url, nav_of(found.where))


async def _found(needs: Assembly, actor: Actor, slug: str, event_id: UUID, code: str) -> Found:
    return await find_order(needs, actor, slug, event_id, code, Action.REFUND_ORDERS)


@router.get("/{code}/change")
async def choose(
    request: Request, slug: str, event_id: UUID, code: str, needs: Needs, actor: SignedIn
) -> Response:
    """Which tickets."""
    found = await _found(needs, actor, slug, event_id, code)
    left = can_be_changed(found.page)
    if found.page.order.state != orders.OrderState.PAID or not left:
        notice = Notice("No ticket of this order can be changed.", "warn")
        return go_to(request, found.where.order_url(found.page.order.code), notice)
    return await page(request, tickets_view(_ways(found), found.page, ""))


@router.get("/{code}/change/to")
async def targets(
    request: Request,
    slug: str,
    event_id: UUID,
    code: str,
    needs: Needs,
    actor: SignedIn,
    ticket: Chosen = [],  # noqa: B006 - read only
) -> Response:
    """For which others."""
    found = await _found(needs, actor, slug, event_id, code)
    return await _targets(request, needs, actor, found, ids_of(ticket))


async def _targets(
    request: Request,
    needs: Assembly,
    actor: Actor,
    found: Found,
    ids: list[UUID],
    error: Refusal | None = None,
) -> Response:
    ways, order = _ways(found), found.page.order
    try:
        plans = await needs.exchanging.choices_for(actor, found.where.organiser.id, order.code, ids)
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
    slug: str,
    event_id: UUID,
    code: str,
    needs: Needs,
    actor: SignedIn,
    ticket: Chosen = [],  # noqa: B006 - read only
    to: To = "",
    waive: str = "",
) -> Response:
    """The sum, before anything happens."""
    found, ids = await _found(needs, actor, slug, event_id, code), ids_of(ticket)
    wish = wish_of(ids, to, with_fee=waive != "1")
    if wish is None:
        return await _targets(request, needs, actor, found, ids, NothingChosen())
    organiser_id, order = found.where.organiser.id, found.page.order
    try:
        plan = await needs.exchanging.preview_for(actor, organiser_id, order.code, wish)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _targets(request, needs, actor, found, ids, refusal)
    return await page(request, confirm_view(_ways(found), found.page, plan, ids, waive=waive == "1"))


@router.post("/{code}/change/confirm")
async def change(
    request: Request,
    slug: str,
    event_id: UUID,
    code: str,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """Do it: what was shown, or nothing."""
    found = await _found(needs, actor, slug, event_id, code)
    order, url = found.page.order, found.where.order_url(found.page.order.code)
    ids = ids_of([one for one in form.getlist("ticket") if isinstance(one, str)])
    wish = wish_of(ids, text_of(form, "to"), with_fee=text_of(form, "waive") != "1")
    request_id, shown_minor = sent(form)
    try:
        if wish is None:
            raise NothingChosen
        changed = await needs.exchanging.change_for(
            actor, found.where.organiser.id, order.code, wish, request_id, shown_minor=shown_minor
        )
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, url, Notice(refusal.sentence, "warn"))
    new = changed.order
    new_url = links.managed_event(slug, str(new.event_id), f"orders/{new.code}")
    return go_to(request, new_url, Notice(done_words(changed, changed.back_minor)))
