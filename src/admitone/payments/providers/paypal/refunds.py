"""Money back through PayPal: by capture, under a key of ours, found again among the refunds of the order.

PayPal keeps a key for 45 days and answers it with what it did then, a failure too. So a refund that failed there is
tried anew under a key that counts the failed ones; all of them carry our id, and one that went is found before anything
is sent.
"""

from urllib.parse import quote
from uuid import UUID

from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import NOT_FOUND, RefundAsk, RefundOutcome, RefundStatus
from admitone.payments.providers.paypal import amounts, orders
from admitone.payments.providers.paypal.shapes import Order, Refund, Unit
from admitone.payments.providers.paypal.wire import NoAnswer, Wire

_OUTCOMES = {
    "COMPLETED": RefundOutcome.DONE,
    "PENDING": RefundOutcome.PENDING,
    "FAILED": RefundOutcome.FAILED,
    "CANCELLED": RefundOutcome.FAILED,
}
# Nothing was sent, and another day it may go.
_LATER = frozenset({"REFUND_FAILED_INSUFFICIENT_FUNDS", "PENDING_CAPTURE", "RATE_LIMIT_REACHED"})


async def read_order(wire: Wire, ref: str) -> Order | None:
    """The order; None when PayPal knows none of that name. Raises `NoAnswer`."""
    if not orders.ORDER_ID.fullmatch(ref):
        return None
    answer = await wire.get(f"/v2/checkout/orders/{ref}")
    if answer.status == 404:
        return None
    if not answer.is_done:
        raise NoAnswer(answer.fault().word())
    order = answer.read(Order)
    if order.id != ref:
        raise NoAnswer("other_order")
    return order


async def refund(wire: Wire, sheet: AccountSheet, ask: RefundAsk) -> RefundStatus:
    """As `Provider.refund`."""
    value = amounts.written(ask.currency, ask.amount_minor)
    if value is None:
        return RefundStatus(RefundOutcome.FAILED, reason="DECIMALS_NOT_SUPPORTED")
    try:
        order = await read_order(wire, ask.provider_ref)
        if order is None:
            return RefundStatus(RefundOutcome.FAILED, reason="RESOURCE_NOT_FOUND")
        unit = orders.unit_of(order, sheet)
        ours = _ours(unit, ask.refund_id)
        went = [one for one in ours if _OUTCOMES.get(one.status) is not RefundOutcome.FAILED]
        if went:
            return _status(went[-1])
        captures = orders.arrived(unit)
        if not captures:
            return RefundStatus(RefundOutcome.FAILED, reason="NOT_CAPTURED")
        body = {
            "amount": {"currency_code": ask.currency, "value": value},
            "custom_id": _mark(ask.refund_id),
        }
        path = f"/v2/payments/captures/{quote(captures[0].id, safe='')}/refund"
        key = f"refund-{ask.refund_id}" + (f"-{len(ours)}" if ours else "")
        answer = await wire.post(path, body, key=key)
        if answer.is_done:
            return _status(answer.read(Refund))
        word = answer.fault().word()
    except NoAnswer as silence:
        return RefundStatus(RefundOutcome.UNKNOWN, reason=silence.reason)
    if answer.status == 429 or word in _LATER:
        return RefundStatus(RefundOutcome.LATER, reason=word)
    is_final = answer.status in (400, 403, 404, 422) and word != "DUPLICATE_REQUEST_ID"
    return RefundStatus(RefundOutcome.FAILED if is_final else RefundOutcome.UNKNOWN, reason=word)


async def refund_status(
    wire: Wire, sheet: AccountSheet, refund_id: UUID, payment_ref: str, refund_ref: str | None
) -> RefundStatus:
    """As `Provider.refund_status`."""
    try:
        if refund_ref is not None:
            answer = await wire.get(f"/v2/payments/refunds/{quote(refund_ref, safe='')}")
            if answer.status == 404:
                return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
            if not answer.is_done:
                raise NoAnswer(answer.fault().word())
            found = answer.read(Refund)
            if found.custom_id != _mark(refund_id):
                raise NoAnswer("other_refund")
            return _status(found)
        order = await read_order(wire, payment_ref)
        ours = _ours(orders.unit_of(order, sheet), refund_id) if order is not None else []
    except NoAnswer as silence:
        return RefundStatus(RefundOutcome.UNKNOWN, reason=silence.reason)
    if not ours:
        return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
    return _status(max(ours, key=lambda one: _OUTCOMES.get(one.status) is not RefundOutcome.FAILED))


def _mark(refund_id: UUID) -> str:
    return f"refund-{refund_id}"


def _ours(unit: Unit, refund_id: UUID) -> list[Refund]:
    return [one for one in unit.payments.refunds if one.custom_id == _mark(refund_id)]


def _status(found: Refund) -> RefundStatus:
    outcome = _OUTCOMES.get(found.status, RefundOutcome.UNKNOWN)
    return RefundStatus(outcome, found.id, found.status_details.reason or None)
