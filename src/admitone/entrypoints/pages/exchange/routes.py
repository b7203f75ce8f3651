"""A buyer changes tickets of an order, or adds some. Whoever has the order's token may."""

import re
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from admitone import orders
from admitone.assembly import Assembly
from admitone.entrypoints.callers import address_of, callers_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.holding import hold_once
from admitone.entrypoints.pages.events.held import remember
from admitone.entrypoints.pages.exchange.making import (
    add_view,
    addable,
    buyers_ways,
    can_be_changed,
    confirm_view,
    done_words,
    targets_view,
    tickets_view,
)
from admitone.entrypoints.pages.give_back.making import ids_of
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.flows.exchange_plan import ChangeWish
from admitone.flows.purchase import HoldWish, NothingChosen
from admitone.plumbing.limiter import source_key
from admitone.reads.order_page import OrderPage, order_page
from admitone.values import formats
from admitone.values.ids import uuid7
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False)
Chosen = Annotated[list[str], Query(max_length=1000)]
To = Annotated[str, Query(max_length=80)]
_SHOWN: Final = re.compile(r"-?[0-9]{1,18}")


async def _look(needs: Assembly, token: str) -> OrderPage:
    async with needs.database.reading() as reader:
        return await order_page(reader, needs.links.read("order", token))


def wish_of(ids: list[UUID], to: str, *, with_fee: bool = True) -> ChangeWish | None:
    """What a form asks for; None when it names no ticket to have instead."""
    found = ids_of(to.split(":"))
    return ChangeWish(tuple(ids), found[0], found[1], with_fee) if len(found) == 2 else None


def sent(form: FormData) -> tuple[UUID, int | None]:
    """The id the page gave this request, and the difference it showed. One that is none fits no plan."""
    shown = text_of(form, "shown")
    try:
        request_id = UUID(text_of(form, "request"))
    except ValueError:
        request_id = uuid7()
    return request_id, int(shown) if _SHOWN.fullmatch(shown) else 10**18


@router.get("/orders/{token}/change")
async def choose(request: Request, token: str, needs: Needs) -> Response:
    """Which tickets. With a single one there is nothing to choose."""
    found = await _look(needs, token)
    left = can_be_changed(found)
    try:
        rule = await needs.exchanging.rule(found.order.id)
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, links.order(token), Notice(refusal.sentence, "warn"))
    if not left:
        return go_to(request, links.order(token), Notice("No ticket of this order can be changed.", "warn"))
    if len(left) == 1:
        ids = [left[0].ticket.id.hex]
        return go_to(request, links.with_tickets(links.order_change(token, "to"), ids))
    until = "" if rule.until is None else formats.zoned_day_time(rule.until, found.about.zone)
    return await page(request, tickets_view(buyers_ways(token), found, until))


@router.get("/orders/{token}/change/to")
async def targets(
    request: Request,
    token: str,
    needs: Needs,
    ticket: Chosen = [],  # noqa: B006 - read only
) -> Response:
    """For which others, each with the difference."""
    return await _targets(request, needs, token, ids_of(ticket))


async def _targets(
    request: Request, needs: Assembly, token: str, ids: list[UUID], error: Refusal | None = None
) -> Response:
    found, ways = await _look(needs, token), buyers_ways(token)
    try:
        plans = await needs.exchanging.choices(found.order.id, ids)
    except NotFound:
        raise
    except Refusal as refusal:
        if not can_be_changed(found) or found.order.state != orders.OrderState.PAID:
            return go_to(request, links.order(token), Notice(refusal.sentence, "warn"))
        view = tickets_view(ways, found, "", chosen=ids, error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    sentence = "" if error is None else error.sentence
    view_of = targets_view(ways, found, plans, ids, error=sentence)
    return await page(request, view_of, status=200 if error is None else status_of(error))


@router.get("/orders/{token}/change/confirm")
async def ask(
    request: Request,
    token: str,
    needs: Needs,
    ticket: Chosen = [],  # noqa: B006 - read only
    to: To = "",
) -> Response:
    """The sum, before anything happens."""
    ids = ids_of(ticket)
    wish = wish_of(ids, to)
    if wish is None:
        return await _targets(request, needs, token, ids, NothingChosen())
    found = await _look(needs, token)
    try:
        plan = await needs.exchanging.preview(found.order.id, wish)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _targets(request, needs, token, ids, refusal)
    return await page(request, confirm_view(buyers_ways(token), found, plan, ids, waive=False))


@router.post("/orders/{token}/change/confirm")
async def change(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Do it. What was shown is what is paid or comes back, or nothing is done."""
    order_id = needs.links.read("order", token)
    ids = ids_of([one for one in form.getlist("ticket") if isinstance(one, str)])
    wish = wish_of(ids, text_of(form, "to"))
    request_id, shown_minor = sent(form)
    try:
        if wish is None:
            raise NothingChosen
        changed = await needs.exchanging.change(order_id, wish, request_id, shown_minor=shown_minor)
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, links.order_change(token), Notice(refusal.sentence, "warn"))
    new_token = needs.links.make("order", changed.order.id)
    if changed.order.state == orders.OrderState.PENDING:
        return go_to(request, links.pay(new_token))
    return go_to(request, links.order(new_token), Notice(done_words(changed, changed.back_minor)))


@router.get("/orders/{token}/add")
async def add(request: Request, token: str, needs: Needs) -> Response:
    """More tickets of the same event."""
    found = await _look(needs, token)
    on_offer = await needs.offers.current(found.order.event_id)
    if found.order.state != orders.OrderState.PAID or not addable(needs, on_offer):
        return go_to(request, links.event(found.about.slug))
    return await page(request, add_view(needs, token, found, on_offer))


@router.post("/orders/{token}/add")
async def hold_more(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Set them aside, then on to the checkout with the name and address of the order."""
    found = await _look(needs, token)
    on_offer = await needs.offers.current(found.order.event_id)
    typed, items = values_of(form), tuple[tuple[UUID, int], ...]()
    try:
        items = tuple(
            (one.id, int(number))
            for one in addable(needs, on_offer)
            if re.fullmatch(r"[0-9]{1,4}", number := typed.get(f"q_{one.id}", "").strip()) and int(number)
        )
        if not items:
            raise NothingChosen
        wish = HoldWish(found.about.slug, items, visitor=source_key(address_of(request)))
        visitor = callers_of(request).visitor(request)
        held = await hold_once(needs.purchase, visitor, wish, str(on_offer.offer.terms_version))
    except NotFound:
        raise
    except Refusal as refusal:
        names = {f"items.{at}.quantity": f"q_{type_id}" for at, (type_id, _) in enumerate(items)}
        view = add_view(needs, token, found, on_offer, values=typed, errors=errors_of(refusal, names))
        return await page(request, view, status=status_of(refusal))
    hold_token = needs.links.make("hold", held.hold_id)
    response = go_to(request, links.with_query(links.checkout(hold_token), adds_to=token))
    remember(request, response, found.about.slug, hold_token, needs.settings.hold_seconds * 3 // 2)
    return response
