"""The SQL of UMA: nonces that were used, invoices that were made. Lock order: invoices by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class UmaInvoiceRow:
    """A UMA invoice as stored (`tables.UmaInvoice`). `address` '' is for whoever reads it.

    `price` is the rate at which an event's is paid, in major units of `currency` for one bitcoin.
    """

    id: UUID
    organiser_id: UUID
    event_id: UUID
    order_id: UUID | None
    attempt_id: UUID | None
    ticket_type_id: UUID | None
    address: str
    amount_msat: int
    amount_minor: int
    currency: str
    price: Decimal | None
    invoice: str
    state: str
    reason: str | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


_COLUMNS = ", ".join(UmaInvoiceRow.__slots__)

_USE = text(
    """
    INSERT INTO payments_uma_nonce (domain, nonce, signed_at) VALUES (:domain, :nonce, :signed_at)
    ON CONFLICT DO NOTHING
    """
)
_FORGET = text("DELETE FROM payments_uma_nonce WHERE signed_at < :before")


async def use_nonce(tx: Transaction, domain: str, nonce: str, signed_at: datetime) -> bool:
    """Remember that this was used; False when it had been before."""
    done = await tx.execute(_USE, {"domain": domain, "nonce": nonce, "signed_at": signed_at})
    return done.rowcount == 1


async def forget_nonces(tx: Transaction, before: datetime) -> int:
    """Delete those signed before then; how many."""
    return (await tx.execute(_FORGET, {"before": before})).rowcount


_INSERT = text(
    f"""
    INSERT INTO payments_uma_invoice ({_COLUMNS})
    VALUES ({", ".join(f":{name}" for name in UmaInvoiceRow.__slots__)})
    ON CONFLICT DO NOTHING
    """
)
_BY_ATTEMPT = text(
    f"SELECT {_COLUMNS} FROM payments_uma_invoice WHERE attempt_id = :attempt_id AND address = :address"
)
_BY_ID = text(f"SELECT {_COLUMNS} FROM payments_uma_invoice WHERE id = :id")
_OF_ORDER = text(f"SELECT {_COLUMNS} FROM payments_uma_invoice WHERE order_id = :order_id ORDER BY id")
_OF_EVENT = text(
    f"""
    SELECT {_COLUMNS} FROM payments_uma_invoice WHERE event_id = :event_id AND ticket_type_id IS NOT NULL
    ORDER BY created_at DESC, id LIMIT :most
    """
)


async def insert(tx: Transaction, new: UmaInvoiceRow) -> UmaInvoiceRow:
    """Store it; what is stored for its id, or for its attempt and address, which may be from before."""
    params = {name: getattr(new, name) for name in UmaInvoiceRow.__slots__}
    await tx.execute(_INSERT, params)
    known = await by_id(tx, new.id)
    if known is None:
        assert new.attempt_id is not None, "an event's invoice has only its id to clash with"
        known = await of_attempt(tx, new.attempt_id, new.address)
    assert known is not None, "it was just stored, or was there"
    return known


async def by_id(reader: Reader, invoice_id: UUID) -> UmaInvoiceRow | None:
    """The invoice with this id."""
    row = (await reader.execute(_BY_ID, {"id": invoice_id})).mappings().one_or_none()
    return None if row is None else UmaInvoiceRow(**row)


async def of_attempt(reader: Reader, attempt_id: UUID, address: str) -> UmaInvoiceRow | None:
    """The invoice made of this attempt for this address."""
    found = await reader.execute(_BY_ATTEMPT, {"attempt_id": attempt_id, "address": address})
    row = found.mappings().one_or_none()
    return None if row is None else UmaInvoiceRow(**row)


async def of_order(reader: Reader, order_id: UUID) -> Sequence[UmaInvoiceRow]:
    """All that were made for an order, oldest first."""
    found = await reader.execute(_OF_ORDER, {"order_id": order_id})
    return [UmaInvoiceRow(**row) for row in found.mappings()]


async def of_event(reader: Reader, event_id: UUID, most: int = 100) -> Sequence[UmaInvoiceRow]:
    """Those by which anybody may buy a ticket of this event, newest first."""
    found = await reader.execute(_OF_EVENT, {"event_id": event_id, "most": most})
    return [UmaInvoiceRow(**row) for row in found.mappings()]


_MOVE = text(
    f"""
    UPDATE payments_uma_invoice SET state = :state, reason = :reason, updated_at = :now
    WHERE id = :id AND state = ANY(:from_states)
    RETURNING {_COLUMNS}
    """
)


async def move(
    tx: Transaction,
    invoice_id: UUID,
    *,
    from_states: Sequence[str],
    to: str,
    reason: str | None,
    now: datetime,
) -> UmaInvoiceRow | None:
    """Move it on; None when it was in none of these states."""
    params = {"id": invoice_id, "state": to, "reason": reason, "from_states": list(from_states), "now": now}
    row = (await tx.execute(_MOVE, params)).mappings().one_or_none()
    return None if row is None else UmaInvoiceRow(**row)
