"""Accounts with providers, attempts to be paid, refunds owed, and what providers told us."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from admitone.plumbing.metadata import Base

# The sandbox bank's account is the same in every database; so are its rows from before there were accounts.
SANDBOX_ACCOUNT_TEXT = "00000000-0000-7000-8000-000000000001"


class Account(Base):
    """An account with a provider: an organiser's, or the site's own (`organiser_id` NULL).

    `sealed` are its keys (AES-256-GCM under the master key); `ref` names the account at the provider. `missing` is
    what the provider still wants to know of its owner.
    """

    __tablename__ = "payments_account"
    __table_args__ = (
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        CheckConstraint("state IN ('onboarding', 'active', 'paused', 'closed')", name="state"),
        Index(
            "uq_payments_account_open",
            "organiser_id",
            "provider",
            "mode",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where="state <> 'closed'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts_organiser.id"), index=True)
    provider: Mapped[str]
    mode: Mapped[str]
    label: Mapped[str]
    state: Mapped[str]
    ref: Mapped[str | None]
    country: Mapped[str | None]
    currencies: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    sealed: Mapped[bytes | None]
    options: Mapped[dict[str, object]]
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text))
    can_pay_out: Mapped[bool]
    position: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Attempt(Base):
    """One try at being paid for an order. opened -> prompted -> paid | failed; unknown is asked again.

    The attempt's id is the idempotency key at the provider, so asking twice starts one payment.
    """

    __tablename__ = "payments_attempt"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index("uq_payments_attempt_account_id_provider_ref", "account_id", "provider_ref", unique=True),
        CheckConstraint("state IN ('opened', 'prompted', 'seen', 'paid', 'failed', 'unknown')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(state = 'paid') = (settled_as IS NOT NULL)", name="paid_is_settled"),
        CheckConstraint("settled_as IN ('tickets', 'part', 'refund')", name="settled_as"),
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
    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("payments_account.id"), server_default=SANDBOX_ACCOUNT_TEXT
    )
    method: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    fee_split_minor: Mapped[int | None]
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
        Index("uq_payments_refund_attempt_id_cause", "attempt_id", "cause", unique=True),
        CheckConstraint("state IN ('wanted', 'unknown', 'done', 'failed')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_payments_refund_ask", "ask_at", postgresql_where="state IN ('wanted', 'unknown')"),
        Index(
            "ix_payments_refund_needs",
            "organiser_id",
            "wanted_at",
            postgresql_where="state IN ('failed', 'wanted', 'unknown')",
        ),
        Index("ix_payments_refund_provider_ref", "provider_ref", postgresql_where="provider_ref IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempt.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("orders_order.id"), index=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    reason: Mapped[str]
    cause: Mapped[str] = mapped_column(server_default="")
    currency: Mapped[str]
    amount_minor: Mapped[int]
    split_back_minor: Mapped[int | None]
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
    __table_args__ = (
        Index("uq_payments_notice_account_id_notice_id", "account_id", "notice_id", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    account_id: Mapped[UUID] = mapped_column(server_default=SANDBOX_ACCOUNT_TEXT)
    about: Mapped[str] = mapped_column(server_default="payment")
    notice_id: Mapped[str]
    provider_ref: Mapped[str]
    body: Mapped[bytes]
    received_at: Mapped[datetime]


class Expected(Base):
    """Money people are to see come in: what the buyer was told. Kept like another company's books, without keys into
    ours; the attempt's id is the idempotency key.
    """

    __tablename__ = "payments_expected"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    method: Mapped[str]
    order_code: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    instructions: Mapped[dict[str, object]]
    wait_until: Mapped[datetime]
    expected_at: Mapped[datetime]
    given_up_at: Mapped[datetime | None]


class Received(Base):
    """Money somebody saw come in, once for each `source` (a line of a statement, a press of a button at the door).
    Rows are only ever added.
    """

    __tablename__ = "payments_received"
    __table_args__ = (
        UniqueConstraint("attempt_id"),
        UniqueConstraint("source"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("means IN ('transfer', 'cash', 'card')", name="means"),
        Index("ix_payments_received_account_id_received_at", "account_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_expected.attempt_id"))
    account_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    means: Mapped[str]
    source: Mapped[str]
    payer_name: Mapped[str | None]
    payer_iban: Mapped[str | None]
    received_by: Mapped[str]
    received_at: Mapped[datetime]


class Sending(Base):
    """Money people have to send back themselves, and when somebody said that it was sent. `iban`: where to, as the bank
    or the organiser said; `sealed`: as the buyer typed it, until it was sent, of which `iban_end` is shown.
    """

    __tablename__ = "payments_sending"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(sent_at IS NULL) = (sent_by IS NULL)", name="sent_by"),
        Index("ix_payments_sending_open", "account_id", "asked_at", postgresql_where="sent_at IS NULL"),
    )

    refund_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_expected.attempt_id"), index=True)
    account_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    holder: Mapped[str | None]
    iban: Mapped[str | None]
    bic: Mapped[str | None]
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str | None]
    sealed: Mapped[bytes | None]
    iban_end: Mapped[str | None]


class Held(Base):
    """A payment that arrived held: whether it is ours, decided once; `outcome` is what became of it."""

    __tablename__ = "payments_held"
    __table_args__ = (
        CheckConstraint("outcome IN ('taken', 'gone')", name="outcome"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
        Index("ix_payments_held_open", "decided_at", postgresql_where="closed_at IS NULL"),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payments_attempt.id"), primary_key=True)
    is_taken: Mapped[bool]
    decided_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
