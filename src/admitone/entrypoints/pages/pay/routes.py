"""Paying for an order: what state it is in, honestly, trying again, another way."""

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from admitone import orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.asking import ask_about
from admitone.entrypoints.pages.bitcoin.ways import CONNECTED
from admitone.entrypoints.pages.checkout.connected import BITCOIN_METHOD, CONNECTED_METHOD
from admitone.entrypoints.pages.orders.making import is_passed_on
from admitone.entrypoints.pages.orders.routes import look
from admitone.entrypoints.pages.pay.making import choose_view, pay_view, shown_attempt, state_of
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of, values_of
from admitone.reads.order_page import OrderPage
from admitone.values.actor import Actor
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Invalid, Refusal

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/orders/{token}/pay")
async def show(request: Request, token: str, needs: Needs, caller: Caller, choose: str = "") -> Response:
    """Where the payment stands; without one, or when asked for, the ways of paying."""
    found = await _newest(needs, token)
    is_over = found.order.state == orders.OrderState.CANCELLED or is_passed_on(found)
    if is_over or not found.order.total_minor:
        return go_to(request, links.order(token))
    can_pay = found.order.state == orders.OrderState.PENDING and not found.order.is_due
    if is_by_bitcoin(found) and not (can_pay and choose):
        return go_to(request, links.pay_bitcoin(token))
    if can_pay and (choose or not found.attempts):
        return await page(request, await choose_view(needs, caller, token, found))
    return await page(request, pay_view(needs, token, found))


@router.get("/orders/{token}/status")
async def status(token: str, needs: Needs) -> Response:
    """One word, for the page that waits: waiting, seen, paid, expired or failed."""
    return JSONResponse({"state": state_of(await _newest(needs, token))})


async def _newest(needs: Assembly, token: str) -> OrderPage:
    """The order, after asking the provider about payments under way: a payer who comes back has often just
    paid.
    """
    found = await look(needs, token)
    return await look(needs, token) if await ask_about(needs, found) else found


def is_by_bitcoin(found: OrderPage) -> bool:
    """Its buyer pays with Bitcoin: that has a page of its own, until the tickets are there."""
    attempt = shown_attempt(found)
    is_paid = found.order.state == orders.OrderState.PAID
    return not is_paid and attempt is not None and attempt.method in payments.bitcoin.RAILS


@router.post("/orders/{token}/pay")
async def pay(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """Pay by the chosen method."""
    typed = values_of(form)
    return await _pay(request, needs, caller, token, typed.get("method", ""), typed.get("form_key", ""))


@router.post("/orders/{token}/pay/retry")
async def retry(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """The same method once more."""
    after = text_of(form, "after")
    tried = next((one for one in (await look(needs, token)).attempts if str(one.id) == after), None)
    if tried is None:
        return go_to(request, links.pay(token))
    # Pressed twice, the button starts one attempt: the next after the one the page was about.
    return await _pay(request, needs, caller, token, f"{tried.provider}:{tried.method}", f"after {tried.id}")


async def _pay(
    request: Request, needs: Assembly, caller: Actor, token: str, method: str, key: str
) -> Response:
    order_id = needs.links.read("order", token)
    attempt_id = derived_id("pay", order_id.bytes, method, key) if key else uuid7()
    try:
        # What was to happen by itself gives way to what is chosen now.
        await needs.connected_wallets.at_once.drop(order_id)
        if method in (BITCOIN_METHOD, CONNECTED_METHOD):
            await needs.pay_with_bitcoin.open(order_id)
        if method == CONNECTED_METHOD:
            await needs.connected_wallets.paying.ask(caller, order_id)
            return go_to(request, links.with_query(links.pay_bitcoin(token), way=CONNECTED))
        if method == BITCOIN_METHOD:
            return go_to(request, links.pay_bitcoin(token))
        paying = await needs.payment.pay(order_id, method, attempt_id)
    except orders.OrderNotFound:
        raise
    except Invalid as refusal:
        view = await choose_view(needs, caller, token, await look(needs, token), error=refusal.sentence)
        return await page(request, view, status=status_of(refusal))
    except Refusal as refusal:
        return go_to(request, links.pay(token), Notice(refusal.sentence, "warn"))
    return go_to(request, paying.redirect_url or links.pay(token))
