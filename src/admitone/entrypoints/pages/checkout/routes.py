"""From a choice of tickets to an order: `/e/<slug>/hold` and `/checkout/<token>`."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, events, inventory
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, callers_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.holding import hold_once
from admitone.entrypoints.pages.checkout.making import (
    again_fields,
    attendee_fields,
    checkout_choices,
    checkout_view,
    fewer_of,
)
from admitone.entrypoints.pages.checkout.view import HoldGoneView
from admitone.entrypoints.pages.events.held import forget, remember
from admitone.entrypoints.pages.events.own import chosen_before, refused_choice
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, plain_form, values_of
from admitone.entrypoints.pages.showing import summary_of_event
from admitone.flows.order_wish import OrderWish, checked
from admitone.flows.purchase import OpenHold
from admitone.pricing import QUANTITY_MAX, BadQuantity
from admitone.values.actor import Actor
from admitone.values.contact import typo_hint
from admitone.values.ids import derived_id
from admitone.values.refusals import Invalid, Refusal

router = APIRouter(include_in_schema=False)
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_QUANTITY_FIELD: Final = "q_"


class ProbablyTypo(Invalid):
    """An address one slip away from that of a large mail provider. Sent again unchanged it is accepted."""

    code = "checkout.probably_typo"
    text = "Did you mean {meant}?"


class ChooseMethod(Invalid):
    """No way of paying was chosen, or one that is not offered for this order."""

    code = "checkout.choose_method"
    text = "Please choose how you want to pay."


@router.post("/e/{slug}/hold")
async def hold(request: Request, slug: str, needs: Needs, form: plain_form) -> Response:
    """Set the chosen tickets aside.

    The page this comes from is the same for everybody, so it carries no form token: a hold is worth nothing
    to whoever could make somebody else's browser take one.
    """
    typed = values_of(form)
    try:
        await _same_terms(needs, slug, typed.get("terms_version", ""))
        visitor = callers_of(request).visitor(request)
        terms = typed.get("terms_version", "")
        held = await hold_once(needs.purchase, visitor, slug, chosen(typed), terms)
    except (events.EventNotFound, inventory.HoldNotFound):
        raise
    except Refusal as refusal:
        return await refused_choice(request, needs, slug, refusal, typed)
    token = needs.links.make("hold", held.hold_id)
    response = go_to(request, links.checkout(token))
    # It can be made longer once, by half.
    remember(request, response, slug, token, needs.settings.hold_seconds * 3 // 2)
    return response


@router.get("/e/{slug}/hold")
async def choose(request: Request, slug: str, needs: Needs) -> Response:
    """The event's page with the numbers in the address chosen; without any, on to the page that all see."""
    typed = {name: text for name, text in request.query_params.items() if name.startswith(_QUANTITY_FIELD)}
    if not typed:
        return go_to(request, links.event(slug))
    return await chosen_before(request, needs, slug, typed)


async def _same_terms(needs: Assembly, slug: str, seen: str) -> None:
    """A price that changed while somebody looked at the page is shown anew before it is asked of them."""
    if not seen or (await needs.offers.current(slug)).offer.terms_version == _number(seen):
        return
    if (await needs.offers.current(slug, fresh=True)).offer.terms_version != _number(seen):
        raise inventory.TermsChanged


def _number(text: str) -> int:
    return int(text) if _COUNT.fullmatch(text) else -1


def chosen(typed: Mapping[str, str]) -> tuple[tuple[UUID, int], ...]:
    """The quantities above zero. Raises `BadQuantity` for what is no whole number, naming its field."""
    items = []
    for name, text in typed.items():
        if not name.startswith(_QUANTITY_FIELD):
            continue
        try:
            type_id = UUID(name.removeprefix(_QUANTITY_FIELD))
        except ValueError:
            raise BadQuantity(field="", quantity_max=QUANTITY_MAX) from None
        stripped = text.strip()
        if stripped and not _COUNT.fullmatch(stripped):
            raise BadQuantity(field=name, quantity_max=QUANTITY_MAX)
        if stripped and int(stripped) > 0:
            items.append((type_id, int(stripped)))
    return tuple(items)


@router.get("/checkout/{token}")
async def show(request: Request, token: str, needs: Needs, caller: Caller) -> Response:
    """The hold, its price, and the form that makes it an order."""
    opened, event = await _look(needs, token)
    if opened.hold.is_usable:
        values = await _known_of(needs, caller)
        return await page(request, await checkout_view(needs, token, opened, event, values=values))
    return await _no_longer(request, needs, opened, event)


async def _known_of(needs: Assembly, caller: Actor) -> dict[str, str]:
    """What somebody who is signed in need not type again."""
    if caller.person_id is None:
        return {}
    async with needs.database.reading() as reader:
        person = await accounts.person(reader, caller.person_id)
    return {"name": person.name, "email": person.email}


@router.post("/checkout/{token}")
async def order(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """Place the order, then on to paying it."""
    opened, event = await _look(needs, token)
    typed = values_of(form)
    fixed = typed.pop("use_email", "")
    if not opened.hold.is_usable and (fixed or opened.hold.state == "active"):
        return await _no_longer(request, needs, opened, event)
    if fixed:
        # Nothing is paid with an address unseen: it goes into its field, and the buyer presses pay again.
        typed["email"] = fixed
        return await page(
            request, await checkout_view(needs, token, opened, event, values=typed, email_fixed=True)
        )
    try:
        placed = await _place(needs, opened, caller.person_id, typed)
    except inventory.HoldGone:
        return await _no_longer(request, needs, (await _look(needs, token))[0], event)
    except Refusal as refusal:
        fix = str(refusal.data["meant"]) if isinstance(refusal, ProbablyTypo) else ""
        names = {
            f"attendee_names.{type_id}": field for type_id, field in first_attendee_fields(opened).items()
        }
        view = await checkout_view(
            needs,
            token,
            opened,
            event,
            values=typed,
            errors=errors_of(refusal, {**names, "quantity": ""}),
            email_fix=fix,
            fewer=fewer_of(opened, refusal),
        )
        return await page(request, view, status=status_of(refusal))
    order_token = needs.links.make("order", placed)
    if opened.quote.total_minor == 0:
        response = go_to(request, links.order(order_token))
    else:
        response = await _start_paying(request, needs, placed, order_token, typed)
    forget(request, response, event.slug)
    return response


async def _place(needs: Assembly, opened: OpenHold, person_id: UUID | None, typed: Mapping[str, str]) -> UUID:
    email = typed.get("email", "").strip()
    wish = OrderWish(
        hold_id=opened.hold.id,
        email=email,
        name=typed.get("name", ""),
        attendee_names=attendee_names(opened, typed),
        person_id=person_id,
    )
    checked(wish)
    meant = typo_hint(email)
    if meant is not None and typed.get("email_checked", "") != email:
        raise ProbablyTypo(field="email", meant=meant)
    total = opened.quote.total_minor
    if total:
        offered = {one.key for one in await checkout_choices(needs, opened)}
        if typed.get("method") not in offered:
            raise ChooseMethod(field="method")
    return (await needs.purchase.place(wish)).id


async def _start_paying(
    request: Request, needs: Assembly, order_id: UUID, token: str, typed: Mapping[str, str]
) -> Response:
    """The order stands, whatever happens now: a refusal here is shown on its payment page."""
    # The page's key makes a second press of the button the same attempt.
    attempt_id = derived_id("checkout", order_id.bytes, typed.get("form_key", ""), typed["method"])
    try:
        paying = await needs.payment.pay(order_id, typed["method"], attempt_id)
    except Refusal as refusal:
        return go_to(request, links.pay(token), Notice(refusal.sentence, "warn"))
    return go_to(request, paying.redirect_url or links.pay(token))


def attendee_names(opened: OpenHold, typed: Mapping[str, str]) -> dict[UUID, tuple[str, ...]]:
    """The names typed in, by ticket type."""
    found: dict[UUID, tuple[str, ...]] = {}
    for type_id, fields in attendee_fields(opened):
        names = tuple(typed.get(field, "") for field, _ in fields)
        if any(name.strip() for name in names):
            found[type_id] = names
    return found


def first_attendee_fields(opened: OpenHold) -> dict[UUID, str]:
    """Where a problem with a ticket type's names is shown."""
    return {type_id: fields[0][0] for type_id, fields in attendee_fields(opened) if fields}


@router.post("/checkout/{token}/extend")
async def extend(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Keep the places longer, once. The same page, with everything that was typed."""
    try:
        await needs.purchase.extend(needs.links.read("hold", token))
        notice = Notice("Your tickets are held a little longer.")
    except (inventory.AlreadyExtended, inventory.HoldGone) as refusal:
        notice = Notice(refusal.sentence, "warn")
    opened, event = await _look(needs, token)
    if not opened.hold.is_usable:
        return await _no_longer(request, needs, opened, event)
    view = await checkout_view(needs, token, opened, event, values=values_of(form))
    return await page(request, view, notice=notice)


@router.post("/checkout/{token}/release")
async def release(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Give the places back and choose again, from the numbers chosen before or those the form names."""
    hold_id = needs.links.read("hold", token)
    opened = await needs.purchase.read(hold_id)
    await needs.purchase.release(hold_id)
    typed = values_of(form)
    quantities = {
        str(line.ticket_type_id): _number(
            typed.get(f"{_QUANTITY_FIELD}{line.ticket_type_id}", str(line.quantity))
        )
        for line in opened.quote.lines
    }
    response = go_to(request, links.choose(opened.offer.slug, quantities))
    forget(request, response, opened.offer.slug)
    return response


@router.get("/checkout/{token}/extend")
@router.get("/checkout/{token}/release")
async def back_to_checkout(request: Request, token: str) -> Response:
    """An address that only a button leads to, opened again later."""
    return go_to(request, links.checkout(token))


async def _look(needs: Assembly, token: str) -> tuple[OpenHold, events.StoredEvent]:
    opened = await needs.purchase.read(needs.links.read("hold", token))
    async with needs.database.reading() as reader:
        return opened, await events.event(reader, event_id=opened.hold.event_id)


async def _no_longer(
    request: Request, needs: Assembly, opened: OpenHold, event: events.StoredEvent
) -> Response:
    """On to the order the hold became (this buyer's page made it), or: it ran out, take it again."""
    if opened.hold.order_id is not None:
        return go_to(request, links.order(needs.links.make("order", opened.hold.order_id)))
    view = HoldGoneView(
        event=summary_of_event(event),
        again_url=links.hold(event.slug),
        again=again_fields(opened),
        chosen_words=", ".join(f"{line.quantity} × {line.name}" for line in opened.quote.lines),
    )
    response = await page(request, view, status=410)
    forget(request, response, event.slug)
    return response
