"""PayPal's orders in our words: what one says about a payment, and which request makes one. Pure.

What is ours carries two marks. `reference_id` is our payment account, so that an order of another shop (or of another
organiser) on the same PayPal account is never taken for one of ours; `custom_id` is the attempt, and says `cancelled-`
in front of it once the payment shall no longer be made, because PayPal has no way to close an order that waits.
"""

import re
from urllib.parse import urlsplit
from uuid import UUID

from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import Ask, Outcome, Status
from admitone.payments.providers.paypal import amounts
from admitone.payments.providers.paypal.shapes import Capture, Order, Unit
from admitone.payments.providers.paypal.wire import NoAnswer

ORDER_ID = re.compile(r"[A-Z0-9]{1,36}")
CANCELLED = "cancelled"
# What settlement asks with when it knows a payment by its reference only.
ANY_ATTEMPT = UUID(int=0)
_MARK = re.compile(r"(attempt|cancelled)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_INVOICE = re.compile(r"[^A-Za-z0-9-]")
_ARRIVED = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")


def custom_id(attempt_id: UUID, *, is_cancelled: bool = False) -> str:
    """What is written on the order to find our attempt again."""
    return f"{'cancelled' if is_cancelled else 'attempt'}-{attempt_id}"


def attempt_of(unit: Unit) -> UUID | None:
    """The attempt written on it, if it is one of ours."""
    marked = _MARK.fullmatch(unit.custom_id)
    return UUID(marked[2]) if marked else None


def is_cancelled(unit: Unit) -> bool:
    """Whether we wrote on it that it shall not be paid."""
    return unit.custom_id.startswith("cancelled-")


def request_of(ask: Ask, sheet: AccountSheet, value: str) -> dict[str, object]:
    """The request that makes the order. `value` is the amount as PayPal writes it."""
    # Accounts refuse a second payment with the same invoice id, which outlives PayPal's memory of our keys (six hours).
    invoice = "-".join(part for part in (_INVOICE.sub("", ask.order_code)[:40], str(ask.attempt_id)) if part)
    return {
        "intent": "CAPTURE",
        "purchase_units": [
            {
                "reference_id": str(sheet.id),
                "custom_id": custom_id(ask.attempt_id),
                "invoice_id": invoice,
                "description": ask.description.strip()[:127] or "Tickets",
                "amount": {"currency_code": ask.currency, "value": value},
            }
        ],
        "payment_source": {
            "paypal": {
                "experience_context": {
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                    "landing_page": "NO_PREFERENCE",
                    # Cheques on paper take days to clear, and places are not kept that long.
                    "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
                    "return_url": ask.return_url,
                    "cancel_url": ask.return_url,
                }
            }
        },
    }


def unit_of(order: Order, sheet: AccountSheet) -> Unit:
    """Its one purchase unit. Raises `NoAnswer` when the order is not one of this account's."""
    if len(order.purchase_units) != 1:
        raise NoAnswer("other_order")
    unit = order.purchase_units[0]
    other_payee = sheet.ref is not None and unit.payee.merchant_id not in (None, sheet.ref)
    if unit.reference_id != str(sheet.id) or attempt_of(unit) is None or other_payee:
        raise NoAnswer("other_account")
    return unit


def arrived(unit: Unit) -> list[Capture]:
    """Captures whose money came, also when it has gone back since."""
    return [one for one in unit.payments.captures if one.status in _ARRIVED]


def may_capture(order: Order, unit: Unit, attempt_id: UUID) -> bool:
    """Whether the buyer has agreed and we still want it: then taking the money is what is left to do."""
    is_asked = attempt_id in (ANY_ATTEMPT, attempt_of(unit))
    return order.status == "APPROVED" and is_asked and not is_cancelled(unit) and not unit.payments.captures


def status_of(order: Order, sheet: AccountSheet) -> Status:
    """What the order says. Raises `NoAnswer` when it makes no sense or is not ours."""
    unit = unit_of(order, sheet)
    attempt = attempt_of(unit)
    captures = unit.payments.captures
    if done := arrived(unit):
        currencies = {one.amount.currency_code for one in done}
        try:
            paid = sum(amounts.read(one.amount.currency_code, one.amount.value) for one in done)
        except amounts.UnreadableAmount as error:
            raise NoAnswer("unreadable") from error
        if len(currencies) != 1:
            raise NoAnswer("unreadable")
        return Status(order.id, Outcome.PAID, paid, currencies.pop(), attempt_id=attempt)
    waiting = [one for one in captures if one.status == "PENDING"]
    if waiting:
        return Status(
            order.id, Outcome.SEEN, reason=waiting[0].status_details.reason or None, attempt_id=attempt
        )
    if captures:
        reason = captures[-1].status_details.reason or captures[-1].status
        return Status(order.id, Outcome.FAILED, reason=reason, attempt_id=attempt)
    if order.status == "COMPLETED":
        raise NoAnswer("unreadable")
    if order.status == "VOIDED":
        return Status(order.id, Outcome.FAILED, reason="VOIDED", attempt_id=attempt)
    if is_cancelled(unit):
        return Status(order.id, Outcome.FAILED, reason=CANCELLED, attempt_id=attempt)
    return Status(order.id, Outcome.PENDING, attempt_id=attempt)


def page_of(order: Order, page_origin: str) -> str | None:
    """Where the buyer agrees to pay; None when PayPal names no such place at its own address."""
    for link in order.links:
        if link.rel in ("payer-action", "approve"):
            parts = urlsplit(link.href)
            if f"{parts.scheme}://{parts.netloc}" == page_origin:
                return link.href
    return None
