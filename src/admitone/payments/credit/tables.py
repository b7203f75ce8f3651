"""Store credit, what it was used for, which payments became credit, and whether an organiser offers it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Credit(Base):
    """Money somebody has with an organiser, in one currency and mode: a gift, or a refund left there.

    balance = given - ended - what its uses took and did not give back. `funding` is where its money lies: the
    organiser's gifts, or what they earned (pending, direct). The code that opens it is not here, only its digest.
    `taken_minor`: what banks took of the payments that became it; so much of it ends, as soon as it is there.
    `latest_at`: its last day does not go beyond that, however often it comes back.
    """

    __tablename__ = "payments_credit"
    __table_args__ = (
        UniqueConstraint("code_digest"),
        UniqueConstraint("cause_id"),
        CheckConstraint("source IN ('refund', 'gift')", name="source"),
        CheckConstraint("funding IN ('gifts', 'pending', 'direct')", name="funding"),
        CheckConstraint("(source = 'gift') = (funding = 'gifts')", name="gifts_are_gifts"),
        CheckConstraint("state IN ('open', 'void')", name="state"),
        CheckConstraint("given_minor > 0", name="given"),
        CheckConstraint("balance_minor >= 0 AND balance_minor + ended_minor <= given_minor", name="balance"),
        CheckConstraint("ended_minor >= 0", name="ended"),
        CheckConstraint(
            "source = 'gift' OR (state = 'open' AND ended_minor <= taken_minor)", name="refunds_stay"
        ),
        CheckConstraint(
            "taken_minor BETWEEN 0 AND given_minor AND (source = 'refund' OR taken_minor = 0)", name="taken"
        ),
        Index("ix_payments_credit_organiser_id_created_at", "organiser_id", "created_at", "id"),
        Index("ix_payments_credit_batch_id", "batch_id", postgresql_where="batch_id IS NOT NULL"),
        Index("ix_payments_credit_order_id", "order_id", postgresql_where="order_id IS NOT NULL"),
        Index(
            "ix_payments_credit_ending",
            "expires_at",
            postgresql_where="balance_minor > 0 AND (expires_at IS NOT NULL OR state = 'void')",
        ),
        Index("ix_payments_credit_void", "id", postgresql_where="balance_minor > 0 AND state = 'void'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    currency: Mapped[str]
    is_test: Mapped[bool]
    source: Mapped[str]
    funding: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    given_minor: Mapped[int]
    balance_minor: Mapped[int]
    ended_minor: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[datetime | None]
    email: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")
    batch_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders_order.id"))
    cause_id: Mapped[UUID | None]
    code_digest: Mapped[bytes]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    voided_by: Mapped[str | None]
    taken_minor: Mapped[int] = mapped_column(server_default="0")
    latest_at: Mapped[datetime | None]


class CreditUse(Base):
    """Credit that an order took. set_aside -> used (the order was paid) | returned (it ended unpaid, or the buyer took
    the credit off again). `returned_minor`: what came back of it, all of it once returned.
    """

    __tablename__ = "payments_credit_use"
    __table_args__ = (
        CheckConstraint("state IN ('set_aside', 'used', 'returned')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("returned_minor BETWEEN 0 AND amount_minor", name="returned"),
        CheckConstraint("(state = 'returned') <= (returned_minor = amount_minor)", name="returned_whole"),
        CheckConstraint("(state = 'set_aside') <= (returned_minor = 0)", name="set_aside_whole"),
        Index("ix_payments_credit_use_order_id", "order_id"),
        Index("ix_payments_credit_use_credit_id", "credit_id"),
        Index(
            "uq_payments_credit_use_set_aside",
            "order_id",
            "credit_id",
            unique=True,
            postgresql_where="state = 'set_aside'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    credit_id: Mapped[UUID] = mapped_column(ForeignKey("payments_credit.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"))
    amount_minor: Mapped[int]
    returned_minor: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str]
    set_aside_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CreditPart(Base):
    """So much of a payment became this credit instead of going back to where it came from; `taken_minor` of that is
    what the buyer's bank has taken since.
    """

    __tablename__ = "payments_credit_part"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("taken_minor BETWEEN 0 AND amount_minor", name="taken"),
        Index("ix_payments_credit_part_attempt_id", "attempt_id"),
    )

    credit_id: Mapped[UUID] = mapped_column(ForeignKey("payments_credit.id"), primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempt.id"), primary_key=True)
    amount_minor: Mapped[int]
    taken_minor: Mapped[int] = mapped_column(server_default="0")


class CreditTerms(Base):
    """Whether an organiser lets buyers take store credit instead of their money back."""

    __tablename__ = "payments_credit_terms"

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), primary_key=True)
    is_offered: Mapped[bool]
    updated_at: Mapped[datetime]
