"""From a choice of tickets to an order: `/e/<slug>/hold` and `/checkout/<token>`."""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, events, inventory, orders
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, address_of, callers_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkout.connected import (
    BITCOIN_METHOD,
    CONNECTED_METHOD,
    open_bitcoin,
    wanted_of,
)
from admitone.entrypoints.pages.checkout.holding import hold_once
from admitone.entrypoints.pages.checkout.making import (
    again_fields,
    attendee_fields,
    buyer_of,
    checkout_choices,
    checkout_view,
    fewer_of,
    pay_methods,
)
from admitone.entrypoints.pages.checkout.view import BUYER, HoldGoneView
from admitone.entrypoints.pages.credit.paying import check_code, pay_with_code
from admitone.entrypoints.pages.events.choosing import (
    BUNDLE,
    CODE,
    PRICE,
    QUANTITY,
    Chosen,
    read_choice,
    read_codes,
)
from admitone.entrypoints.pages.events.held import forget, remember
from admitone.entrypoints.pages.events.own import chosen_before, refused_choice
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, plain_form, values_of
from admitone.entrypoints.pages.showing import summary_of_event
from admitone.flows.baskets import kept_of
from admitone.flows.order_wish import OrderWish, checked
from admitone.flows.purchase import HoldWish, OpenHold
from admitone.plumbing.limiter import source_key
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.contact import typo_hint
from admitone.values.ids import derived_id
from admitone.values.refusals import Conflict, Invalid, Refusal

router = APIRouter(include_in_schema=False)
_COUNT: Final = re.compile(r"[0-9]{1,9}")
_BUYER_FIELDS: Final = {f"buyer.{name}": f"buyer_{name}" for name in BUYER}


class ProbablyTypo(Invalid):
    """An address one slip away from that of a large mail provider. Sent again unchanged it is accepted."""

    code = "checkout.probably_typo"
    text = "Did you mean {meant}?"


class ChooseMethod(Invalid):
    """No way of paying was chosen, or one that is not offered for this order."""

    code = "checkout.choose_method"
    text = "Please choose how you want to pay."


class PriceIsAnother(Conflict):
    """The price is not the one that was shown: a company pays another, or a promo code was used meanwhile."""

    code = "checkout.price_is_another"
    text = "The price is now {total}. Please look at it and press the button again."


@router.post("/e/{slug}/hold")
async def hold(request: Request, slug: str, needs: Needs, form: plain_form) -> Response:
    """Set the chosen tickets aside.

    The page this comes from is the same for everybody, so it carries no form token: a hold is worth nothing
    to whoever could make somebody else's browser take one.
    """
    typed = values_of(form)
    visitor = callers_of(request).visitor(request)
    if typed.pop("apply_code", ""):
        return await chosen_before(request, needs, slug, typed, source_key(address_of(request)))
    choice = Chosen()
    try:
        terms = typed.get("terms_version", "")
        await _same_terms(needs, slug, terms)
        choice = read_choice(typed, (await needs.offers.current(slug)).offer)
        wish = HoldWish(
            slug,
            choice.items,
            chosen=choice.chosen,
            bundles=choice.bundles,
            codes=choice.codes,
            visitor=source_key(address_of(request)),
        )
        held = await hold_once(needs.purchase, visitor, wish, terms)
    except (events.EventNotFound, inventory.HoldNotFound):
        raise
    except Refusal as refusal:
        return await refused_choice(request, needs, slug, refusal, typed, choice.fields)
    token = needs.links.make("hold", held.hold_id)
    response = go_to(request, links.checkout(token))
    # It can be made longer once, by half.
    remember(request, response, slug, token, needs.settings.hold_seconds * 3 // 2)
    return response


@router.get("/e/{slug}/hold")
async def choose(request: Request, slug: str, needs: Needs) -> Response:
    """The event's page with the numbers in the address chosen; without any, on to the page that all see."""
    typed = {
        name: text
        for name, text in request.query_params.items()
        if name.startswith((QUANTITY, PRICE, BUNDLE)) or name == CODE
    }
    if not typed:
        return go_to(request, links.event(slug))
    return await chosen_before(request, needs, slug, typed, source_key(address_of(request)))


async def _same_terms(needs: Assembly, slug: str, seen: str) -> None:
    """A price that changed while somebody looked at the page is shown anew before it is asked of them."""
    if not seen or (await needs.offers.current(slug)).offer.terms_version == _number(seen):
        return
    if (await needs.offers.current(slug, fresh=True)).offer.terms_version != _number(seen):
        raise inventory.TermsChanged


def _number(text: str) -> int:
    return int(text) if _COUNT.fullmatch(text) else -1


@router.get("/checkout/{token}")
async def show(request: Request, token: str, needs: Needs, caller: Caller) -> Response:
    """The hold, its price, and the form that makes it an order."""
    opened, event = await _look(needs, token)
    if opened.hold.is_usable:
        values = await _known_of(needs, caller) | await _known_of_order(needs, request)
        return await page(request, await checkout_view(needs, caller, token, opened, event, values=values))
    return await _no_longer(request, needs, opened, event)


async def _known_of(needs: Assembly, caller: Actor) -> dict[str, str]:
    """What somebody who is signed in need not type again."""
    if caller.person_id is None:
        return {}
    async with needs.database.reading() as reader:
        person = await accounts.person(reader, caller.person_id)
    return {"name": person.name, "email": person.email}


async def _known_of_order(needs: Assembly, request: Request) -> dict[str, str]:
    """What stands on the order that these tickets are added to, for whoever has its link."""
    token = request.query_params.get("adds_to", "")
    if not token:
        return {}
    async with needs.database.reading() as reader:
        known = await orders.by_id(reader, needs.links.read("order", token))
    return {"name": known.name, "email": known.email, "adds_to": token}


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
            request,
            await checkout_view(needs, caller, token, opened, event, values=typed, email_fixed=True),
        )
    if typed.get(CODE, "").strip():
        # Typed and not applied: nobody means to pay without it.
        return await _use_codes(request, needs, caller, token, opened, event, typed)
    try:
        await check_code(request, needs, opened.offer, typed)
        placed = await _place(needs, caller, opened, typed)
    except inventory.HoldGone:
        return await _no_longer(request, needs, (await _look(needs, token))[0], event)
    except Refusal as refusal:
        fix = str(refusal.data["meant"]) if isinstance(refusal, ProbablyTypo) else ""
        names = {
            f"attendee_names.{type_id}": field for type_id, field in first_attendee_fields(opened).items()
        }
        view = await checkout_view(
            needs,
            caller,
            token,
            opened,
            event,
            values=typed,
            errors=errors_of(refusal, {**names, **_BUYER_FIELDS, "quantity": "", "codes": "code"}),
            email_fix=fix,
            fewer=fewer_of(opened, refusal),
        )
        return await page(request, view, status=status_of(refusal))
    order_token = needs.links.make("order", placed.id)
    if placed.total_minor == 0:
        response = go_to(request, links.order(order_token))
    else:
        paid = await pay_with_code(request, needs, order_token, placed.id, typed)
        response = paid or await _start_paying(request, needs, caller, placed, order_token, typed)
    forget(request, response, event.slug)
    return response


async def _place(
    needs: Assembly, caller: Actor, opened: OpenHold, typed: Mapping[str, str]
) -> orders.OrderRow:
    email = typed.get("email", "").strip()
    wish = OrderWish(
        hold_id=opened.hold.id,
        email=email,
        name=typed.get("name", ""),
        attendee_names=attendee_names(opened, typed),
        person_id=caller.person_id,
        buyer=buyer_of(typed),
        adds_to=needs.links.read("order", typed["adds_to"]) if typed.get("adds_to") else None,
    )
    wish = checked(wish)
    meant = typo_hint(email)
    if meant is not None and typed.get("email_checked", "") != email:
        raise ProbablyTypo(field="email", meant=meant)
    quote = needs.purchase.priced_for(opened, wish.buyer)
    if typed.get("shown_total", str(quote.total_minor)) != str(quote.total_minor):
        raise PriceIsAnother(field="", total=formats.money(quote.total_minor, quote.currency))
    if quote.total_minor:
        choices = await checkout_choices(needs, opened, quote)
        if typed.get("method") not in {one.id for one in await pay_methods(needs, caller, choices)}:
            raise ChooseMethod(field="method")
        if (wanted := wanted_of(typed)).uma is not None:
            needs.connected_wallets.at_once.check_address(wanted.uma)
    return await needs.purchase.place(wish)


async def _start_paying(
    request: Request,
    needs: Assembly,
    caller: Actor,
    placed: orders.OrderRow,
    token: str,
    typed: Mapping[str, str],
) -> Response:
    """The order stands, whatever happens now: a refusal here is shown on its payment page."""
    if typed["method"] in (BITCOIN_METHOD, CONNECTED_METHOD):
        return await open_bitcoin(request, needs, caller, placed, token, typed)
    # The page's key makes a second press of the button the same attempt.
    attempt_id = derived_id("checkout", placed.id.bytes, typed.get("form_key", ""), typed["method"])
    try:
        paying = await needs.payment.pay(placed.id, typed["method"], attempt_id)
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
async def extend(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """Keep the places longer, once. The same page, with everything that was typed."""
    try:
        await needs.purchase.extend(needs.links.read("hold", token))
        notice = Notice("Your tickets are held a little longer.")
    except (inventory.AlreadyExtended, inventory.HoldGone) as refusal:
        notice = Notice(refusal.sentence, "warn")
    opened, event = await _look(needs, token)
    if not opened.hold.is_usable:
        return await _no_longer(request, needs, opened, event)
    view = await checkout_view(needs, caller, token, opened, event, values=values_of(form))
    return await page(request, view, notice=notice)


@router.post("/checkout/{token}/release")
async def release(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Give the places back and choose again, from the numbers chosen before or those the form names."""
    hold_id = needs.links.read("hold", token)
    opened = await needs.purchase.read(hold_id)
    await needs.purchase.release(hold_id)
    typed = values_of(form)
    again = dict(again_fields(opened))
    # A form may name another number of some of them.
    again |= {name: text for name, text in typed.items() if name in again and name.startswith(QUANTITY)}
    again = {name: text for name, text in again.items() if not name.startswith(QUANTITY) or _number(text) > 0}
    response = go_to(request, links.choose(opened.offer.slug, {}, again))
    forget(request, response, opened.offer.slug)
    return response


@router.post("/checkout/{token}/code")
async def code(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """Add a promo code, or take one away. The same page, at its new price, with everything that was typed."""
    opened, event = await _look(needs, token)
    if not opened.hold.is_usable:
        return await _no_longer(request, needs, opened, event)
    return await _use_codes(request, needs, caller, token, opened, event, values_of(form))


async def _use_codes(
    request: Request,
    needs: Assembly,
    caller: Actor,
    token: str,
    opened: OpenHold,
    event: events.StoredEvent,
    typed: dict[str, str],
) -> Response:
    entered, gone = read_codes(typed.get(CODE, "")), typed.pop("remove_code", "")
    had = kept_of(opened.hold).codes
    codes = tuple(one for one in had if one != gone) if gone else (*had, *entered)
    try:
        opened = await needs.purchase.use_codes(opened.hold.id, codes, source_key(address_of(request)))
    except inventory.HoldGone:
        return await _no_longer(request, needs, (await _look(needs, token))[0], event)
    except Refusal as refusal:
        errors = {CODE: refusal.sentence}
        view = await checkout_view(needs, caller, token, opened, event, values=typed, errors=errors)
        return await page(request, view, status=status_of(refusal))
    typed[CODE] = ""
    return await page(request, await checkout_view(needs, caller, token, opened, event, values=typed))


@router.post("/checkout/{token}/company")
async def company(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """The same page with the prices for the company that was typed."""
    opened, event = await _look(needs, token)
    if not opened.hold.is_usable:
        return await _no_longer(request, needs, opened, event)
    typed, errors = values_of(form), {}
    try:
        needs.purchase.priced_for(opened, buyer_of(typed))
    except Refusal as refusal:
        errors = {"buyer_vat_id": refusal.sentence}
    view = await checkout_view(needs, caller, token, opened, event, values=typed, errors=errors)
    return await page(request, view, status=422 if errors else 200)


@router.get("/checkout/{token}/code")
@router.get("/checkout/{token}/company")
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
