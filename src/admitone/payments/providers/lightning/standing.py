"""What an invoice's state means for its attempt. Pure.

An invoice that was not paid in time is waited for an hour longer before it has failed: a failed payment gives its order
some minutes more, and an order nobody tried to pay shall end when it was said to.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from admitone.payments.bitcoin import Request, minor_of, worth_of
from admitone.payments.provider import Outcome, Status
from admitone.payments.providers.lightning.node import Invoice, InvoiceState
from admitone.values.currencies import BITCOIN

STALE_AFTER: Final = timedelta(hours=1)
LATE_AFTER: Final = timedelta(minutes=2)
"""A payment on its way when its invoice ends arrives a moment later, and clocks differ; after that it is late."""
MARGIN_BLOCKS: Final = 24
"""What is held is let go so many blocks before the network would take it, and close the channel over it (BOLT 2)."""
NOT_IN_TIME: Final = "not_paid_in_time"
CANCELLED: Final = "cancelled"


def is_late(request: Request, invoice: Invoice | None) -> bool:
    """It was paid after it had ended, at a node that lets that happen: the rate it was asked at does not hold for it.

    What arrives held was paid in time, and is taken whenever that is decided; bitcoin itself has no rate.
    """
    if invoice is None or invoice.state is not InvoiceState.PAID or invoice.paid_at is None:
        return False
    is_rated = not request.is_hold and request.currency != BITCOIN
    return is_rated and invoice.paid_at >= request.expires_at + LATE_AFTER


def standing(
    request: Request, invoice: Invoice | None, now: datetime, late_price: Decimal | None = None
) -> Status:
    """Where the attempt stands. `invoice` None: the node has forgotten it, as it may what was never paid. `late_price`
    is what a bitcoin cost when it was paid late.
    """
    ref = request.payment_hash
    if invoice is not None and invoice.state in (InvoiceState.PAID, InvoiceState.HELD):
        return _arrived(request, invoice, late_price)
    if invoice is not None and invoice.state is InvoiceState.OPEN:
        return Status(ref, Outcome.PENDING, attempt_id=request.attempt_id)
    if now < request.expires_at and invoice is None and request.given_up_at is None:
        return Status(ref, Outcome.UNKNOWN, reason="forgotten", attempt_id=request.attempt_id)
    if request.given_up_at is not None or now < request.expires_at:
        return Status(ref, Outcome.FAILED, reason=CANCELLED, attempt_id=request.attempt_id)
    if now >= request.expires_at + STALE_AFTER:
        return Status(ref, Outcome.FAILED, reason=NOT_IN_TIME, attempt_id=request.attempt_id)
    return Status(ref, Outcome.PENDING, reason=NOT_IN_TIME, attempt_id=request.attempt_id)


def settled(request: Request, paid_minor: int) -> Status:
    """Where an attempt stands that was settled with so much."""
    return Status(
        request.payment_hash, Outcome.PAID, paid_minor, request.currency, attempt_id=request.attempt_id
    )


def _arrived(request: Request, invoice: Invoice, late_price: Decimal | None) -> Status:
    is_held = invoice.state is InvoiceState.HELD
    asked = (request.amount_msat, request.amount_minor, request.currency, request.price)
    return Status(
        request.payment_hash,
        Outcome.SEEN if is_held else Outcome.PAID,
        minor_of(invoice.received_msat, *asked)
        if late_price is None
        else worth_of(invoice.received_msat, request.currency, late_price),
        request.currency,
        attempt_id=request.attempt_id,
        is_held=is_held,
    )


def is_overdue(invoice: Invoice, now: datetime) -> bool:
    """It can still be paid, long after it should have ended: an old node goes on accepting (lnd#3448)."""
    ends = invoice.expires_at
    return invoice.state is InvoiceState.OPEN and ends is not None and now >= ends + STALE_AFTER


def must_go(invoice: Invoice, height: int | None) -> bool:
    """What is held has to be let go now, whatever was decided: the network is about to take it."""
    until = invoice.held_until_height
    return until is not None and height is not None and height > until - MARGIN_BLOCKS
