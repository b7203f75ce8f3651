"""Paying an order with Bitcoin: one page with what can be paid, that says what is true until tickets are there."""

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, SignedIn, address_of
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.asking import ask_about
from admitone.entrypoints.pages.bitcoin.beside import look_beside, ways_beside
from admitone.entrypoints.pages.bitcoin.making import bitcoin_view, state_key
from admitone.entrypoints.pages.bitcoin.ways import CONNECTED, UMA, Typed
from admitone.entrypoints.pages.orders.making import is_passed_on
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of, tried
from admitone.flows.uma_request import UmaOutcome
from admitone.plumbing.limiter import Rule, source_key
from admitone.reads.bitcoin_page import BitcoinPage, bitcoin_page
from admitone.values.actor import Actor
from admitone.values.refusals import Busy, Conflict, Invalid, Refusal, TooMany

router = APIRouter(include_in_schema=False)
# Somebody who presses a button again and again must not ask nodes for invoices each time.
OPENING: Final = Rule("bitcoin.open", 1, 4)


@router.get("/orders/{token}/bitcoin")
async def show(request: Request, token: str, needs: Needs, caller: Caller, way: str = "") -> Response:
    """Where the payment stands, and the code to pay by. Looking opens nothing: a tab left open, or somebody with its
    address, would use up the tries an order has.
    """
    shown = await _newest(needs, token)
    order = shown.found.order
    if order.state == orders.OrderState.CANCELLED or not order.total_minor or is_passed_on(shown.found):
        return go_to(request, links.order(token))
    if not shown.is_begun and order.state == orders.OrderState.PENDING and not order.is_due:
        return go_to(request, links.with_query(links.pay(token), choose="1"))
    beside = await look_beside(needs, order.id)
    if not way and beside.asked is not None and caller.person_id is not None:
        way = CONNECTED
    more = await ways_beside(needs, caller, token, shown, beside, way)
    view = bitcoin_view(needs, token, shown, beside, way=way, more=more)
    return await page(request, view)


@router.post("/orders/{token}/bitcoin")
async def open_(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Something to pay by: the invoice and the address there are, else new ones, at a rate of now."""
    order_id, back = needs.links.read("order", token), links.pay_bitcoin(token)
    try:
        await needs.limiter.take(OPENING, str(order_id))
        await needs.pay_with_bitcoin.open(order_id)
    except TooMany:
        return go_to(request, back)
    except payments.MethodNotOffered as refusal:
        # Paused or closed since. What was given before stays good, and nobody is sent away from above its code.
        is_good = (await _look(needs, token)).may_be_paid
        return go_to(request, back, None if is_good else Notice(refusal.sentence, "warn"))
    except (Conflict, Busy, Invalid) as refusal:
        return go_to(request, back, Notice(refusal.sentence, "warn"))
    return go_to(request, back)


@router.get("/orders/{token}/bitcoin/uma")
async def back_to_the_form(request: Request, token: str) -> Response:
    """An address that only a button leads to, opened again later."""
    return go_to(request, links.with_query(links.pay_bitcoin(token), way=UMA))


@router.get("/orders/{token}/bitcoin/wallet")
async def back_to_the_wallet(request: Request, token: str) -> Response:
    """The same, of the connected wallet's button."""
    return go_to(request, links.with_query(links.pay_bitcoin(token), way=CONNECTED))


@router.post("/orders/{token}/bitcoin/uma")
async def ask_provider(
    request: Request, token: str, needs: Needs, caller: Caller, form: checked_form
) -> Response:
    """The provider of the buyer's UMA name is asked to ask them. The name is typed beside the connected wallet in the
    field `uma`, and else in `address`.
    """
    after_refusal = "uma" in form
    way, typed = (CONNECTED, "uma") if after_refusal else (UMA, "address")
    name, back = text_of(form, typed).strip(), links.with_query(links.pay_bitcoin(token), way=way)
    try:
        asked = await needs.by_address.requesting.push_order(
            needs.links.read("order", token), name, source=source_key(address_of(request))
        )
    except Invalid as refusal:
        return await _wrong(request, needs, caller, token, way, Typed(name, refusal.sentence), refusal)
    except (TooMany, Busy) as refusal:
        return await _wrong(request, needs, caller, token, way, Typed(name, refusal.sentence), refusal)
    except Conflict as refusal:  # about the order, not about the name
        return go_to(request, back, Notice(refusal.sentence, "warn"))
    # What else became of it stands above the field, with the name that was asked in it.
    notice = Notice(asked.sentence) if asked.outcome is UmaOutcome.SENT else None
    return go_to(request, back, notice)


@router.post("/orders/{token}/bitcoin/wallet")
async def pay_from_wallet(
    request: Request, token: str, actor: SignedIn, needs: Needs, form: checked_form
) -> Response:
    """The connected wallet is to pay what the page shows; what it refuses is brought to the UMA name in `uma`."""
    order_id, name = needs.links.read("order", token), text_of(form, "uma").strip()
    try:
        if name:
            needs.connected_wallets.at_once.check_address(name)
    except Invalid as refusal:
        return await _wrong(request, needs, actor, token, CONNECTED, Typed(name, refusal.sentence), refusal)
    asking = needs.connected_wallets.paying.ask(actor, order_id, name or None)
    said = Notice("Your wallet is asked to pay. This takes a few seconds.", "info")
    return go_to(
        request, links.with_query(links.pay_bitcoin(token), way=CONNECTED), await tried(asking, said)
    )


async def _wrong(
    request: Request, needs: Assembly, caller: Actor, token: str, way: str, typed: Typed, refusal: Refusal
) -> Response:
    """The same page, with what is wrong beside the field."""
    shown = await _look(needs, token)
    beside = await look_beside(needs, shown.found.order.id)
    more = await ways_beside(needs, caller, token, shown, beside, way, typed)
    view = bitcoin_view(needs, token, shown, beside, way=way, more=more)
    return await page(request, view, status=status_of(refusal))


@router.get("/orders/{token}/bitcoin/status")
async def status(token: str, needs: Needs) -> Response:
    """A word that differs once the page would say something else."""
    shown = await _newest(needs, token)
    return JSONResponse({"state": state_key(shown, await look_beside(needs, shown.found.order.id))})


async def _newest(needs: Assembly, token: str) -> BitcoinPage:
    """The order, after its nodes were asked: a payer who comes back has often just paid."""
    shown = await _look(needs, token)
    if await ask_about(needs, shown.found):
        return await _look(needs, token)
    return shown


async def _look(needs: Assembly, token: str) -> BitcoinPage:
    order_id = needs.links.read("order", token)
    async with needs.database.reading() as reader:
        return await bitcoin_page(reader, order_id, needs.clock.now())
