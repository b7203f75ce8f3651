"""`/sandbox/<ref>`: the sandbox bank's own page, where a buyer in a demo pays, fails, or makes it difficult.

It stands for another company's site: it talks to the bank only, and knows nothing of orders.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.respond import checked_form, page, values_of
from admitone.entrypoints.pages.sandbox.view import BankView
from admitone.entrypoints.pages.views import Options, State
from admitone.payments.providers.sandbox import Bank, Decision, Payment, PaymentNotFound, PaymentState
from admitone.values import formats
from admitone.values.refusals import Invalid

router = APIRouter(include_in_schema=False)

DELAYS: Options = (("0", "At once"), ("30", "After 30 seconds"), ("300", "After 5 minutes"))
COPIES: Options = (("1", "Once"), ("2", "Twice"), ("5", "Five times"), ("0", "Never"))
_STATES = {
    PaymentState.OPEN: State("Waiting for you"),
    PaymentState.SEEN: State("On its way", "info", "clock"),
    PaymentState.PAID: State("Paid", "ok", "circle-check"),
    PaymentState.FAILED: State("Declined", "bad", "circle-x"),
}
_METHODS = {"card": "Card", "push": "Instant bank push", "slow": "Slow transfer", "failing": "Declined card"}


class NoSuchDecision(Invalid):
    """A choice the page does not offer."""

    code = "sandbox.no_such_decision"
    text = "Please choose one of the buttons on the bank's page."


@router.get("/sandbox/{ref}")
async def show(request: Request, ref: str, needs: Needs) -> Response:
    """The payment, and what may be done with it."""
    bank = _bank(needs.sandbox)
    return await page(request, _view(await bank.payment(ref), needs.settings.site_name))


@router.post("/sandbox/{ref}")
async def decide(ref: str, needs: Needs, form: checked_form) -> Response:
    """Decide it, then go back to the shop; or stay here, when the way back is lost on purpose."""
    bank = _bank(needs.sandbox)
    values = values_of(form)
    payment = await bank.decide(ref, read_decision(values))
    is_lost = values.get("lose") == "1"
    return RedirectResponse(links.bank(ref) if is_lost else payment.return_url, 303)


def read_decision(values: Mapping[str, str]) -> Decision:
    """What was chosen. Raises `NoSuchDecision` for anything the page does not offer."""
    choice, delay, copies = values.get("decision"), values.get("delay", "0"), values.get("copies", "1")
    if choice not in ("pay", "fail"):
        raise NoSuchDecision(field="decision")
    if delay not in dict(DELAYS):
        raise NoSuchDecision(field="delay")
    if copies not in dict(COPIES):
        raise NoSuchDecision(field="copies")
    return Decision(choice == "pay", int(delay), int(copies), values.get("shuffle") == "1")


def _bank(bank: Bank | None) -> Bank:
    if bank is None:
        raise PaymentNotFound
    return bank


def _view(payment: Payment, merchant: str) -> BankView:
    return BankView(
        ref=payment.ref,
        merchant=merchant,
        description=payment.description,
        amount=formats.money(payment.amount_minor, payment.currency),
        method_name=_METHODS.get(payment.method, payment.method),
        state=_STATES[payment.state],
        is_open=payment.state is PaymentState.OPEN,
        post_url=links.bank(payment.ref),
        return_url=payment.return_url,
        delays=DELAYS,
        copies=COPIES,
    )
