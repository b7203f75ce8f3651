"""What PayPal says has happened: read from a notice or from its list of the last thirty days.

PayPal cannot be asked for an order or a payout by our key, so one whose reference was lost is looked for here, as is
everything that reconciliation has to hear of.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from admitone.payments.provider import About
from admitone.payments.providers.paypal.shapes import Happening, Happenings
from admitone.payments.providers.paypal.wire import NoAnswer, Wire
from admitone.values.clock import as_utc

PAGE = 100
PAGES_MOST = 200
KEPT = timedelta(days=30)
# How far PayPal's clock and ours may be apart.
SKEW = timedelta(minutes=5)
# The kinds of notice an account's webhook needs; the organiser's page lists them.
NEEDED = (
    "CHECKOUT.ORDER.APPROVED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.REFUNDED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "CUSTOMER.DISPUTE.RESOLVED",
    "PAYMENT.PAYOUTSBATCH.SUCCESS",
    "PAYMENT.PAYOUTSBATCH.DENIED",
)


def about(happening: Happening) -> tuple[About, str] | None:
    """What it is about, and how that is named there; None when it does not concern us."""
    kind, resource = happening.event_type, happening.resource
    found: tuple[About, object] | None = None
    if kind.startswith("CHECKOUT.ORDER."):
        found = About.PAYMENT, resource.get("id")
    elif kind in ("PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.PENDING", "PAYMENT.REFUND.FAILED"):
        found = About.REFUND, resource.get("id")
    elif kind.startswith("PAYMENT.CAPTURE."):
        found = About.PAYMENT, _inner(resource, "supplementary_data", "related_ids", "order_id")
    elif kind.startswith("CUSTOMER.DISPUTE."):
        found = About.DISPUTE, resource.get("dispute_id")
    elif kind.startswith("PAYMENT.PAYOUTSBATCH."):
        found = About.PAYOUT, _inner(resource, "batch_header", "payout_batch_id")
    elif kind.startswith("PAYMENT.PAYOUTS-ITEM."):
        found = About.PAYOUT, resource.get("payout_batch_id")
    if found is None or not isinstance(found[1], str) or not 0 < len(found[1]) <= 255:
        return None
    return found[0], found[1]


def order_named(happening: Happening, custom_id: str) -> str | None:
    """The order whose purchase unit carries this mark, when the happening is about it."""
    units = happening.resource.get("purchase_units")
    marks = (
        [one.get("custom_id") for one in units if isinstance(one, dict)] if isinstance(units, list) else []
    )
    marks.append(happening.resource.get("custom_id"))
    known = about(happening)
    return known[1] if custom_id in marks and known is not None and known[0] is About.PAYMENT else None


def payout_named(happening: Happening, sender_batch_id: str) -> str | None:
    """The payout with this id of ours, when the happening is about it."""
    header = _inner(happening.resource, "batch_header", "sender_batch_header", "sender_batch_id")
    known = about(happening)
    is_it = sender_batch_id in (header, happening.resource.get("sender_batch_id"))
    return known[1] if is_it and known is not None and known[0] is About.PAYOUT else None


async def since(wire: Wire, first: datetime, last: datetime) -> AsyncIterator[Happening]:
    """Everything from `first` to `last`, newest first, each once. Raises `NoAnswer`.

    Goes back in time page by page: how PayPal's own links to further pages look is not in its documents.
    """
    seen: set[str] = set()
    until = last
    first = max(first, last - KEPT)
    for _ in range(PAGES_MOST):
        if until < first:
            return
        query = {"page_size": str(PAGE), "start_time": _text(first), "end_time": _text(until)}
        answer = await wire.get("/v1/notifications/webhooks-events", query)
        if not answer.is_done:
            raise NoAnswer(answer.fault().word())
        page = answer.read(Happenings).events
        fresh = [one for one in page if one.id not in seen]
        for one in fresh:
            seen.add(one.id)
            yield one
        times = [one.create_time for one in page if one.create_time is not None]
        if len(page) < PAGE or not times:
            return
        if not fresh:
            raise NoAnswer("too_many_at_once")
        until = min(times) + timedelta(seconds=1)
    raise NoAnswer("too_many")


def begun_at(key: UUID) -> datetime | None:
    """When an id of ours was made (UUIDv7, RFC 9562): nothing about it happened before; None for another kind of id."""
    if key.version != 7:
        return None
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)


def _text(moment: datetime) -> str:
    return as_utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def _inner(value: object, *steps: str) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
