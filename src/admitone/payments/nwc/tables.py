"""Connected wallets, and what they were asked to pay."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from admitone.plumbing.metadata import Base


class WalletConnection(Base):
    """A wallet that a person has connected. `sealed` opens for this row only, and is gone when the connection ends.

    `person_id` is NULL when the account of whoever had it is deleted.
    """

    __tablename__ = "payments_wallet_connection"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (sealed IS NOT NULL)", name="erased"),
        CheckConstraint("(budget_msat IS NULL) = (budget_used_msat IS NULL)", name="budget"),
        Index(
            "uq_payments_wallet_connection_person_id",
            "person_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index(
            "ix_payments_wallet_connection_person_id",
            "person_id",
            postgresql_where="person_id IS NOT NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts_person.id"))
    sealed: Mapped[bytes | None]
    alias: Mapped[str]
    relay_host: Mapped[str]
    network: Mapped[str | None]
    methods: Mapped[list[str]] = mapped_column(ARRAY(Text))
    budget_msat: Mapped[int | None]
    budget_used_msat: Mapped[int | None]
    budget_period: Mapped[str | None]
    budget_renews_at: Mapped[datetime | None]
    looked_at: Mapped[datetime]
    connected_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class WalletPayment(Base):
    """An invoice that a connected wallet was asked to pay: one for each attempt, and never another invoice for it.

    `begun_at`: since then the wallet may have been asked. `fallback_address`: the buyer's UMA address, to which the
    same invoice is offered when the wallet refuses.
    """

    __tablename__ = "payments_wallet_payment"
    __table_args__ = (
        CheckConstraint("state IN ('asking', 'unknown', 'refused', 'paid')", name="state"),
        Index("ix_payments_wallet_payment_open", "ask_at", postgresql_where="state IN ('asking', 'unknown')"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempt.id"), primary_key=True)
    order_id: Mapped[UUID]
    connection_id: Mapped[UUID] = mapped_column(ForeignKey("payments_wallet_connection.id"))
    bolt11: Mapped[str]
    payment_hash: Mapped[str]
    amount_msat: Mapped[int]
    state: Mapped[str]
    reason: Mapped[str | None]
    fees_msat: Mapped[int | None]
    fallback_address: Mapped[str | None]
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    ask_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PayAtOnce(Base):
    """What is to happen by itself as soon as an order stands, until `done_at`: the connected wallet of `person_id` pays
    it; where there is none, or it refuses, the invoice is brought to the provider of `uma_address`.
    """

    __tablename__ = "payments_at_once"
    __table_args__ = (
        CheckConstraint("person_id IS NOT NULL OR uma_address IS NOT NULL", name="somebody"),
        Index("ix_payments_at_once_person_id", "person_id", postgresql_where="person_id IS NOT NULL"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts_person.id"))
    uma_address: Mapped[str | None]
    wished_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
