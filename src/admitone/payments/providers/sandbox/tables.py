"""The sandbox bank's own books. Another company's database in spirit: no other slice reads or joins these."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class SandboxPayment(Base):
    """A payment at the sandbox bank. `merchant_key` is the idempotency key the merchant sent."""

    __tablename__ = "sandbox_payment"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'seen', 'paid', 'failed')", name="state"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        Index("ix_sandbox_payment_due", "due_at", postgresql_where="due_at IS NOT NULL"),
    )

    ref: Mapped[str] = mapped_column(primary_key=True)
    merchant_key: Mapped[str] = mapped_column(unique=True)
    method: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    refunded_minor: Mapped[int]
    state: Mapped[str]
    description: Mapped[str]
    return_url: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]


class SandboxRefund(Base):
    """A refund made by the sandbox bank."""

    __tablename__ = "sandbox_refund"

    ref: Mapped[str] = mapped_column(primary_key=True)
    merchant_key: Mapped[str] = mapped_column(unique=True)
    payment_ref: Mapped[str] = mapped_column(ForeignKey("sandbox_payment.ref"), index=True)
    amount_minor: Mapped[int]
    created_at: Mapped[datetime]


class SandboxPayout(Base):
    """Money the sandbox bank sent out for the merchant, at once."""

    __tablename__ = "sandbox_payout"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    ref: Mapped[str] = mapped_column(primary_key=True)
    merchant_key: Mapped[str] = mapped_column(unique=True)
    to_ref: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    created_at: Mapped[datetime]


class SandboxDelivery(Base):
    """A webhook the sandbox bank still has to send, or has sent."""

    __tablename__ = "sandbox_delivery"
    __table_args__ = (Index("ix_sandbox_delivery_due", "due_at", postgresql_where="sent_at IS NULL"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    payment_ref: Mapped[str] = mapped_column(ForeignKey("sandbox_payment.ref"), index=True)
    body: Mapped[bytes]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer)
