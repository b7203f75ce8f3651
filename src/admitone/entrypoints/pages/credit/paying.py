"""A gift code or store credit on the payment page: what it says, and the two forms behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import events, orders
from admitone.assembly import Assembly
from admitone.entrypoints.callers import address_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, text_of
from admitone.entrypoints.pages.views import PriceLine
from admitone.payments import CreditUse
from admitone.plumbing.limiter import source_key
from admitone.values import formats
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Refusal

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class CreditTaken:
    """A code that counts for the order: posting `use` to the remove address takes it off."""

    use: str
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class CreditPart:
    """The part of the payment page where a code is typed. `code` keeps what was typed, `error` says what was wrong."""

    post_url: str
    remove_url: str
    form_key: str
    taken: tuple[CreditTaken, ...]
    code: str = ""
    error: str = ""


def label_of(use: CreditUse) -> str:
    """What kind of credit it is, for people."""
    return "Gift code" if use.funding == "gifts" else "Store credit"


def credit_part(
    token: str, order: orders.OrderRow, uses: Sequence[CreditUse], *, code: str = "", error: str = ""
) -> CreditPart:
    """What an order has taken of credits, and where more is typed."""
    return CreditPart(
        post_url=links.pay_credit(token),
        remove_url=links.pay_credit_remove(token),
        form_key=str(uuid7()),
        taken=tuple(
            CreditTaken(str(one.id), label_of(one), formats.money(one.amount_minor, order.currency))
            for one in uses
        ),
        code=code,
        error=error,
    )


def lines_with_credit(
    lines: Sequence[PriceLine], order: orders.OrderRow, uses: Sequence[CreditUse]
) -> tuple[PriceLine, ...]:
    """The order's price, what credit gives of it, and what is left to pay with money."""
    if not uses:
        return tuple(lines)
    given = sum(one.amount_minor for one in uses)
    at = next(place for place, line in enumerate(lines) if line.kind == "total")
    left = formats.price(max(order.total_minor - order.exchanged_minor - given, 0), order.currency)
    return (
        *lines[:at],
        PriceLine(lines[at].label, lines[at].amount),
        *(
            PriceLine(label_of(one), f"−{formats.money(one.amount_minor, order.currency)}", "discount")
            for one in uses
        ),
        PriceLine("With money", left, "total"),
        *lines[at + 1 :],
    )


@router.post("/orders/{token}/credit")
async def use_credit(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Use a code: what is due sinks, and with enough of it the order is paid."""
    order_id = needs.links.read("order", token)
    code, key = text_of(form, "credit").strip(), text_of(form, "form_key")
    if not code:
        return go_to(request, _choose(token))
    return await apply_code(request, needs, token, order_id, code, key)


async def apply_code(
    request: Request, needs: Assembly, token: str, order_id: UUID, code: str, key: str
) -> Response:
    """Use this code for the order, then on to what is left to pay, or to the tickets."""
    use_id = derived_id("credit form", order_id.bytes, key, code) if key else uuid7()
    apply, visitor = needs.money.store_credit.apply, source_key(address_of(request))
    try:
        used = await apply(order_id, code, visitor=visitor, use_id=use_id)
        if used.use.state == "returned":
            # The sheet from before the code was taken off, sent once more: it is meant anew.
            used = await apply(order_id, code, visitor=visitor)
    except orders.OrderNotFound:
        raise
    except Refusal as refusal:
        return go_to(request, _choose(token), Notice(refusal.sentence, "warn"))
    if used.order.state == orders.OrderState.PAID:
        return go_to(request, links.order(token), Notice("Paid with your code. Here are your tickets."))
    amount = formats.money(used.use.amount_minor, used.order.currency)
    left = formats.money(used.order.due_minor, used.order.currency)
    return go_to(request, _choose(token), Notice(f"{amount} of your code counts. {left} is left to pay."))


async def check_code(
    request: Request, needs: Assembly, offer: events.Offer, typed: Mapping[str, str]
) -> None:
    """Before an order is placed with a code that was typed: is it of any use? Raises why not."""
    code = typed.get("credit", "").strip()
    if code:
        await needs.money.store_credit.check(code, offer, visitor=source_key(address_of(request)))


async def pay_with_code(
    request: Request, needs: Assembly, token: str, order_id: UUID, typed: Mapping[str, str]
) -> Response | None:
    """Use the code that was typed before the order was placed. None: something is left to pay, in the chosen way."""
    code = typed.get("credit", "").strip()
    if not code:
        return None
    response = await apply_code(request, needs, token, order_id, code, typed.get("form_key", ""))
    order, uses = await needs.money.store_credit.look(order_id)
    goes_on = uses and order.state == orders.OrderState.PENDING
    return None if goes_on else response


@router.post("/orders/{token}/credit/remove")
async def take_off(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Take a code off again: its money is back on it."""
    order_id = needs.links.read("order", token)
    try:
        await needs.money.store_credit.remove(order_id, UUID(text_of(form, "use")))
    except ValueError:
        return go_to(request, _choose(token))
    except orders.OrderNotFound:
        raise
    except Refusal as refusal:
        return go_to(request, _choose(token), Notice(refusal.sentence, "warn"))
    return go_to(request, _choose(token), Notice("The code is taken off. Its money is back on it."))


def _choose(token: str) -> str:
    return links.with_query(links.pay(token), choose="1")
