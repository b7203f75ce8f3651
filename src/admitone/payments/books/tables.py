"""Runs of reconciliation, lines of providers' books, cases for people, disputes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Reconciliation(Base):
    """A run over one account: from when to when, how much of each was looked at, what was found."""

    __tablename__ = "payments_reconciliation"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
        CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
        Index("ix_payments_reconciliation_account_id", "account_id", "until"),
        Index(
            "uq_payments_reconciliation_running",
            "account_id",
            unique=True,
            postgresql_where="state = 'running'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    since: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str]
    counts: Mapped[dict[str, object]]
    differences: Mapped[dict[str, object]]
    balances: Mapped[dict[str, object]]
    error: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class BookLine(Base):
    """A line of a provider's books as it was read. `explained_as` is why it is there; NULL while nobody knows."""

    __tablename__ = "payments_movement"
    __table_args__ = (
        CheckConstraint(
            "explained_as IN ('attempt', 'refund', 'dispute', 'payout', 'bank', 'fee', 'opening', 'connected')",
            name="explained_as",
        ),
        Index("ix_payments_movement_unexplained", "account_id", postgresql_where="explained_as IS NULL"),
        Index(
            "ix_payments_movement_explained_id",
            "explained_id",
            postgresql_where="explained_id IS NOT NULL",
        ),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    about_ref: Mapped[str | None]
    at: Mapped[datetime]
    seen_at: Mapped[datetime]
    explained_as: Mapped[str | None]
    explained_id: Mapped[UUID | None]


class Case(Base):
    """Something about money that a person has to look at, once for each thing it is about."""

    __tablename__ = "payments_case"
    __table_args__ = (
        CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
        Index("uq_payments_case_account_id_kind_ref", "account_id", "kind", "ref", unique=True),
        Index("ix_payments_case_open", "organiser_id", "opened_at", postgresql_where="closed_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts_organiser.id"))
    kind: Mapped[str]
    ref: Mapped[str]
    currency: Mapped[str | None]
    amount_minor: Mapped[int | None]
    detail: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]


class Dispute(Base):
    """A buyer's bank takes money back, or wants to. `held_minor`: what the organiser cannot count on meanwhile.

    `answering_at`: since when an answer with evidence is on its way, given by `answered_by`.
    """

    __tablename__ = "payments_dispute"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'answered', 'won', 'lost')", name="state"),
        CheckConstraint("amount_minor >= 0 AND held_minor >= 0", name="amounts"),
        Index("uq_payments_dispute_account_id_ref", "account_id", "ref", unique=True),
        Index("ix_payments_dispute_organiser_id", "organiser_id", "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    ref: Mapped[str]
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempt.id"), index=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), index=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    state: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    reason: Mapped[str]
    answer_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    held_minor: Mapped[int]
    answering_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
