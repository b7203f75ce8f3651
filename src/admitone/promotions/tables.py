"""Promo codes, the batches some were made in, and what was redeemed with them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Batch(Base):
    """So many codes for one use each, made at once; `quantity` is how many were made."""

    __tablename__ = "promotions_batch"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_promotions_batch_organiser_id", "organiser_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    prefix: Mapped[str]
    quantity: Mapped[int]
    created_at: Mapped[datetime]


class CodeRow(Base):
    """A promo code, what it does, and how often it was used. An organiser has each `code_key` once.

    `event_ids` NULL is every event, `type_ids` NULL every ticket and add-on. `currency` is that of `amount_minor`.
    `uses` counts orders and `tickets` tickets of redemptions that count (`is_counted`); `limit_unit` says which of
    them the limits are about.
    """

    __tablename__ = "promotions_code"
    __table_args__ = (
        UniqueConstraint("organiser_id", "code_key"),
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        CheckConstraint(
            "effect IN ('free', 'fixed_price', 'percent', 'off_ticket', 'off_order', 'unlock')", name="effect"
        ),
        CheckConstraint("percent_bps >= 0 AND percent_bps <= 10000", name="percent"),
        CheckConstraint("amount_minor >= 0 AND (amount_minor = 0 OR currency IS NOT NULL)", name="amount"),
        CheckConstraint("quantity_min > 0 AND quantity_min <= quantity_max", name="quantity"),
        CheckConstraint("valid_from < valid_until", name="window"),
        CheckConstraint("limit_unit IN ('orders', 'tickets')", name="limit_unit"),
        CheckConstraint("total_limit > 0 AND per_person_limit > 0", name="limits"),
        CheckConstraint("uses >= 0 AND tickets >= 0", name="counters"),
        CheckConstraint(
            "CASE limit_unit WHEN 'orders' THEN uses ELSE tickets END <= total_limit", name="within_limit"
        ),
        Index("ix_promotions_code_batch_id", "batch_id", postgresql_where="batch_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("promotions_batch.id"))
    code: Mapped[str]
    code_key: Mapped[str]
    state: Mapped[str]
    note: Mapped[str]
    event_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    type_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    unlocked_type_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    includes_bundles: Mapped[bool] = mapped_column(Boolean)
    effect: Mapped[str]
    percent_bps: Mapped[int]
    amount_minor: Mapped[int]
    currency: Mapped[str | None]
    quantity_min: Mapped[int]
    quantity_max: Mapped[int | None]
    is_combinable: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    total_limit: Mapped[int | None]
    per_person_limit: Mapped[int | None]
    limit_unit: Mapped[str]
    uses: Mapped[int]
    tickets: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Redemption(Base):
    """What a code did to an order: `off_minor` less, on so many `tickets`. `email_key` is the buyer's.

    reserved (the order waits for its money) -> used (paid), or given_back; a late payment takes what was given back
    again, and when the limit is reached by then it does not count: its buyer has the price that was shown.
    """

    __tablename__ = "promotions_redemption"
    __table_args__ = (
        CheckConstraint("state IN ('reserved', 'used', 'given_back')", name="state"),
        CheckConstraint("state <> 'given_back' OR NOT is_counted", name="given_back_counts_not"),
        CheckConstraint("tickets >= 0 AND off_minor >= 0", name="amounts"),
        Index("ix_promotions_redemption_code_id_email_key", "code_id", "email_key"),
    )

    order_id: Mapped[UUID] = mapped_column(
        # The order is written after its codes are counted, in the same transaction.
        ForeignKey("orders_order.id", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    )
    code_id: Mapped[UUID] = mapped_column(ForeignKey("promotions_code.id"), primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events_event.id"))
    email_key: Mapped[str]
    currency: Mapped[str]
    tickets: Mapped[int]
    off_minor: Mapped[int]
    state: Mapped[str]
    is_counted: Mapped[bool] = mapped_column(Boolean)
    redeemed_at: Mapped[datetime]
