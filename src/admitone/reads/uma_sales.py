"""What is sold by events' UMA invoices: which events can have some, and which orders may have been paid by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone.plumbing.database import Reader

MOST: Final = 50
# Whoever pays has an order made at the invoice's rate, while it lasts; the last may take a moment to be placed.
_MAYBE = text(
    """
    SELECT invoice.id AS invoice_id, o.hold_id, o.email_key
    FROM payments_uma_invoice invoice
    JOIN orders_order o ON o.event_id = invoice.event_id AND o.paid_at IS NOT NULL
        AND o.total_minor = invoice.amount_minor
        AND o.placed_at BETWEEN invoice.created_at AND invoice.expires_at + interval '5 minutes'
    WHERE invoice.id = ANY(:ids) AND EXISTS (
        SELECT FROM payments_bitcoin_quote quote
        WHERE quote.order_id = o.id AND quote.currency = invoice.currency AND quote.price = invoice.price
    )
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_ON_SALE = text(
    """
    SELECT id, title, starts_at, zone FROM events_event
    WHERE organiser_id = :organiser_id AND state = 'on_sale' AND ends_at > :now ORDER BY starts_at, id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class MaybePaid:
    """A paid order that may be of this invoice: its hold tells."""

    invoice_id: UUID
    hold_id: UUID
    email_key: str


@dataclass(frozen=True, slots=True)
class EventOnSale:
    """An event of which tickets are sold now."""

    id: UUID
    title: str
    starts_at: datetime
    zone: str


async def maybe_paid(reader: Reader, invoice_ids: Sequence[UUID]) -> Sequence[MaybePaid]:
    """Paid orders, also those given back since, whose amount, rate and time fit these invoices."""
    found = await reader.execute(_MAYBE, {"ids": list(invoice_ids)})
    return [MaybePaid(**row._mapping) for row in found]


async def events_on_sale(
    reader: Reader, organiser_id: UUID, now: datetime, *, most: int = MOST
) -> Sequence[EventOnSale]:
    """The organiser's, the next first."""
    params = {"organiser_id": organiser_id, "now": now, "most": most}
    return [EventOnSale(**row._mapping) for row in await reader.execute(_ON_SALE, params)]
