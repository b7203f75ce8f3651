"""Attempts to be paid, refunds owed, and what providers told us."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Attempt(Base):
    """One try at being paid for an order. opened -> prompted -> paid | failed; unknown is asked again.

    The attempt's id is the idempotency key at the provider, so asking twice starts one payment.
    """

    __tablename__ = "payments_attempt"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        UniqueConstraint("provider", "provider_ref"),
        CheckConstraint("state IN ('opened', 'prompted', 'seen', 'paid', 'failed', 'unknown')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(state = 'paid') = (settled_as IS NOT NULL)", name="paid_is_settled"),
        CheckConstraint("settled_as IN ('tickets', 'refund')", name="settled_as"),
        Index(
            "ix_payments_attempt_ask",
            "ask_at",
            postgresql_where="state IN ('opened', 'prompted', 'seen', 'unknown')",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"))
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    provider: Mapped[str]
    method: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    state: Mapped[str]
    settled_as: Mapped[str | None]
    paid_minor: Mapped[int | None]
    paid_currency: Mapped[str | None]
    provider_ref: Mapped[str | None]
    prompt: Mapped[dict[str, object] | None]
    reason: Mapped[str | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    ask_at: Mapped[datetime]
    asked: Mapped[int] = mapped_column(Integer)


class Refund(Base):
    """Money that goes back. wanted -> done | failed; unknown is asked again. The id is the key at the provider."""

    __tablename__ = "payments_refund"
    __table_args__ = (
        UniqueConstraint("attempt_id", "reason"),
        CheckConstraint("state IN ('wanted', 'unknown', 'done', 'failed')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_payments_refund_ask", "ask_at", postgresql_where="state IN ('wanted', 'unknown')"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempt.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), index=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    reason: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    state: Mapped[str]
    provider_ref: Mapped[str | None]
    error: Mapped[str | None]
    wanted_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    ask_at: Mapped[datetime]
    asked: Mapped[int] = mapped_column(Integer)


class Notice(Base):
    """An incoming webhook whose signature was right. It is a hint: the provider is asked before anything happens."""

    __tablename__ = "payments_notice"
    __table_args__ = (UniqueConstraint("provider", "notice_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    notice_id: Mapped[str]
    provider_ref: Mapped[str]
    body: Mapped[bytes]
    received_at: Mapped[datetime]
