"""Double entry: accounts, transfers between two of them, and their running balances."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Numeric,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base
from admitone.plumbing.tables import NOW

AMOUNT = Numeric(78, 0)


class LedgerAccount(Base):
    """`name` is a line of the chart (`clearing:sandbox`, `organiser:<id>:pending`); one account per currency,
    and of play money one of its own.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        Index("uq_ledger_account_name_currency_is_test", "name", "currency", "is_test", unique=True),
        UniqueConstraint("id", "currency"),
        CheckConstraint("guard IN ('none', 'debits<=credits', 'credits<=debits')", name="guard"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts_organiser.id"), index=True)
    currency: Mapped[str]
    is_test: Mapped[bool] = mapped_column(server_default=true())
    guard: Mapped[str]


class Transfer(Base):
    """`amount` minor units from `debit` to `credit`. Never changed: a correction is a transfer that names this one.

    Exactly one debit and one credit account of the same currency, so money cannot be made. `fact_key` names the cause
    and is unique, so the same cause cannot move money twice.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        ForeignKeyConstraint(["debit_id", "currency"], ["ledger_account.id", "ledger_account.currency"]),
        ForeignKeyConstraint(["credit_id", "currency"], ["ledger_account.id", "ledger_account.currency"]),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_ledger_transfer_debit_id_at", "debit_id", "at"),
        Index("ix_ledger_transfer_credit_id_at", "credit_id", "at"),
        Index("ix_ledger_transfer_group_id", "group_id"),
        Index("ix_ledger_transfer_at", "at", postgresql_using="brin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_key: Mapped[str] = mapped_column(unique=True)
    group_id: Mapped[UUID]
    debit_id: Mapped[int]
    credit_id: Mapped[int]
    currency: Mapped[str]
    amount_minor: Mapped[Decimal] = mapped_column(AMOUNT)
    kind: Mapped[str]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("ledger_transfer.id"))
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class Balance(Base):
    """Running sums of an account, moved in the transaction that posts; `admitone check` recounts them."""

    __tablename__ = "ledger_balance"

    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    debits_minor: Mapped[Decimal] = mapped_column(AMOUNT)
    credits_minor: Mapped[Decimal] = mapped_column(AMOUNT)
