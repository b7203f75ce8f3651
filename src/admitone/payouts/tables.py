"""Terms of being paid out, what became available when, where money goes, and payouts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class TermsRow(Base):
    """When an organiser's money can be paid out. Its row is locked by whatever moves what is available.

    `reserve_bps` of what is earned is kept back for `reserve_days` after it became available. `minimums`: what is paid
    out at least, in minor units by currency (`minimum_minor` is what versions before this one read).
    """

    __tablename__ = "payouts_terms"
    __table_args__ = (
        CheckConstraint("delay_days BETWEEN 0 AND 365 AND reserve_days BETWEEN 0 AND 730", name="days"),
        CheckConstraint("reserve_bps BETWEEN 0 AND 10000", name="reserve_bps"),
        CheckConstraint("minimum_minor > 0", name="minimum"),
    )

    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"), primary_key=True)
    delay_days: Mapped[int] = mapped_column(Integer, server_default=text("3"))
    reserve_bps: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    reserve_days: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    minimum_minor: Mapped[int] = mapped_column(server_default=text("100"))
    paused_until: Mapped[datetime | None]
    minimums: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    is_drafting: Mapped[bool] = mapped_column(server_default=text("true"))


class ReleaseRow(Base):
    """What of an event became available in one step; a negative step sets off refunds that came later."""

    __tablename__ = "payouts_release"
    __table_args__ = (
        UniqueConstraint("event_id", "currency", "is_test", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("earned_minor <> 0 OR tax_minor <> 0", name="moves"),
        CheckConstraint(
            "reserved_minor BETWEEN 0 AND greatest(earned_minor, 0) "
            "AND (reserved_minor > 0) = (reserve_until IS NOT NULL)",
            name="reserved",
        ),
        Index("ix_payouts_release_organiser_id", "organiser_id", "at"),
        Index(
            "ix_payouts_release_reserve",
            "reserve_until",
            postgresql_where="reserve_until IS NOT NULL AND reserve_ended_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    event_id: Mapped[UUID]
    currency: Mapped[str]
    is_test: Mapped[bool]
    number: Mapped[int] = mapped_column(Integer)
    earned_minor: Mapped[int]
    tax_minor: Mapped[int]
    reserved_minor: Mapped[int]
    reserve_until: Mapped[datetime | None]
    reserve_ended_at: Mapped[datetime | None]
    at: Mapped[datetime]


class ReceiverRow(Base):
    """Where an organiser's money of a currency goes: with a provider (`account_id`, `to_ref`), or to a bank account
    (`sealed`). `hint` is what is shown of it. Replaced, never changed.
    """

    __tablename__ = "payouts_receiver"
    __table_args__ = (
        CheckConstraint(
            "(account_id IS NULL) = (to_ref IS NULL) AND (account_id IS NULL) = (sealed IS NOT NULL)",
            name="way",
        ),
        CheckConstraint("(verified_by IS NULL) = (verified_at IS NULL)", name="verified"),
        Index(
            "uq_payouts_receiver_current",
            "organiser_id",
            "currency",
            "is_test",
            unique=True,
            postgresql_where="replaced_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    currency: Mapped[str]
    is_test: Mapped[bool]
    account_id: Mapped[UUID | None]
    holder: Mapped[str]
    hint: Mapped[str]
    to_ref: Mapped[str | None]
    sealed: Mapped[bytes | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    verified_by: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]


class PayoutRow(Base):
    """Money to an organiser; its id is the key at the provider. One is open (asked, sending) at a time."""

    __tablename__ = "payouts_payout"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("state IN ('asked', 'declined', 'sending', 'done', 'failed')", name="state"),
        CheckConstraint(
            "(approved_at IS NOT NULL) = (state IN ('sending', 'done', 'failed'))", name="approved"
        ),
        CheckConstraint("(ended_at IS NOT NULL) = (state IN ('declined', 'done', 'failed'))", name="ended"),
        Index(
            "uq_payouts_payout_open",
            "organiser_id",
            "currency",
            "is_test",
            unique=True,
            postgresql_where="state IN ('asked', 'sending')",
        ),
        Index("ix_payouts_payout_organiser_id", "organiser_id", "asked_at"),
        Index(
            "ix_payouts_payout_due",
            "next_at",
            postgresql_where="state = 'sending' AND account_id IS NOT NULL",
        ),
        Index(
            "ix_payouts_payout_provider_ref",
            "account_id",
            "provider_ref",
            postgresql_where="provider_ref IS NOT NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    receiver_id: Mapped[UUID] = mapped_column(ForeignKey("payouts_receiver.id"))
    account_id: Mapped[UUID | None]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    is_test: Mapped[bool]
    state: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    provider_ref: Mapped[str | None]
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
