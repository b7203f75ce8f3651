"""What was used of other providers' signatures, and the UMA invoices we have made."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class UmaNonce(Base):
    """A signature of `domain` with this nonce was accepted: never again. Kept as long as its time would be accepted."""

    __tablename__ = "payments_uma_nonce"
    __table_args__ = (Index("ix_payments_uma_nonce_signed_at", "signed_at"),)

    domain: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(primary_key=True)
    signed_at: Mapped[datetime]


class UmaInvoice(Base):
    """A signed UMA invoice. Of an order (`order_id`, once for each attempt and receiver `address`; '' is for whoever
    reads its QR), or of an event (`ticket_type_id`, `price`: anybody may pay it for a ticket, again and again).

    `state`: made | sending -> sent | refused | unknown; only those with an address are sent.
    """

    __tablename__ = "payments_uma_invoice"
    __table_args__ = (
        CheckConstraint("state IN ('made', 'sending', 'sent', 'refused', 'unknown')", name="state"),
        CheckConstraint("amount_msat > 0", name="amount"),
        CheckConstraint("(order_id IS NULL) = (attempt_id IS NULL)", name="order"),
        CheckConstraint("(order_id IS NULL) = (ticket_type_id IS NOT NULL)", name="event"),
        CheckConstraint("(ticket_type_id IS NULL) = (price IS NULL)", name="price"),
        Index("uq_payments_uma_invoice_attempt", "attempt_id", "address", unique=True),
        Index("ix_payments_uma_invoice_order_id", "order_id"),
        Index("ix_payments_uma_invoice_event_id", "event_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    event_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    attempt_id: Mapped[UUID | None]
    ticket_type_id: Mapped[UUID | None]
    address: Mapped[str]
    amount_msat: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    price: Mapped[Decimal | None] = mapped_column(Numeric)
    invoice: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str | None]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
