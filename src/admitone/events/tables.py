"""Events and what is offered for them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Event(Base):
    """`number` is the short id inside ticket codes; `terms_version` grows whenever anything a buyer pays
    for changes.
    """

    __tablename__ = "events_event"
    __table_args__ = (
        UniqueConstraint("id", "organiser_id"),
        CheckConstraint("state IN ('draft', 'on_sale', 'ended', 'cancelled')", name="state"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("doors_at IS NULL OR doors_at <= starts_at", name="doors_before_start"),
        CheckConstraint("fee_paid_by IN ('buyer', 'organiser')", name="fee_paid_by"),
        CheckConstraint("tax_mode IN ('included', 'added')", name="tax_mode"),
        CheckConstraint("fee_bps BETWEEN 0 AND 5000 AND tax_bps BETWEEN 0 AND 5000", name="rates"),
        CheckConstraint("fee_fixed_minor >= 0", name="fee_fixed"),
        CheckConstraint(
            "(venue_name IS NOT NULL) OR (online_url IS NOT NULL) OR state = 'draft'", name="somewhere"
        ),
        Index("ix_events_event_listed", "starts_at", "id", postgresql_where="state = 'on_sale'"),
        Index("ix_events_event_organiser_id_starts_at", "organiser_id", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Integer, Identity(always=True), unique=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    description_md: Mapped[str]
    category: Mapped[str]
    accent: Mapped[str]
    poster_style: Mapped[str]
    state: Mapped[str]
    currency: Mapped[str]
    zone: Mapped[str]
    venue_name: Mapped[str | None]
    venue_address: Mapped[str | None]
    city: Mapped[str | None]
    country: Mapped[str | None]
    online_url: Mapped[str | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    doors_at: Mapped[datetime | None]
    fee_bps: Mapped[int] = mapped_column(Integer)
    fee_fixed_minor: Mapped[int]
    fee_paid_by: Mapped[str]
    tax_bps: Mapped[int] = mapped_column(Integer)
    tax_mode: Mapped[str]
    tax_name: Mapped[str]
    refund_text: Mapped[str]
    refund_policy: Mapped[dict[str, object] | None]
    change_policy: Mapped[dict[str, object] | None]
    is_test: Mapped[bool] = mapped_column(server_default=true())
    prices: Mapped[dict[str, object]] = mapped_column(server_default="{}")
    search_text: Mapped[str]
    terms_version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TicketType(Base):
    """Something a buyer may choose. How many are left is inventory's business, not written here."""

    __tablename__ = "events_ticket_type"
    __table_args__ = (
        UniqueConstraint("id", "event_id"),
        UniqueConstraint("event_id", "number"),
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("kind IN ('ticket', 'add_on', 'donation')", name="kind"),
        CheckConstraint("per_person_limit BETWEEN 1 AND 1000", name="per_person_limit"),
        CheckConstraint(
            "sales_until IS NULL OR sales_from IS NULL OR sales_until > sales_from", name="sale_window"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(index=True)
    organiser_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    description: Mapped[str]
    price_minor: Mapped[int]
    per_person_limit: Mapped[int] = mapped_column(Integer)
    sales_from: Mapped[datetime | None]
    sales_until: Mapped[datetime | None]
    position: Mapped[int] = mapped_column(Integer)
    is_offered: Mapped[bool]
    kind: Mapped[str] = mapped_column(server_default="ticket")
    prices: Mapped[dict[str, object]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime]


class FeeAgreementRow(Base):
    """What the site and an organiser agreed on as fees, for events made from `valid_from` on. Never changed."""

    __tablename__ = "events_fee_agreement"
    __table_args__ = (
        Index(
            "ix_events_fee_agreement_organiser_id_valid_from",
            "organiser_id",
            text("valid_from DESC"),
            text("id DESC"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    valid_from: Mapped[datetime]
    platform: Mapped[dict[str, object]]
    processing: Mapped[dict[str, object]]
    note: Mapped[str]
    set_by: Mapped[str]
    created_at: Mapped[datetime]


class Terms(Base):
    """One version of an event's offer, as it was when somebody first held tickets on it. Never changed.

    A hold names the version it was taken on, so a buyer pays the price that was shown, whatever changes
    meanwhile.
    """

    __tablename__ = "events_terms"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("events_event.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    offer: Mapped[dict[str, object]]


class MoveRow(Base):
    """When and where an event was before it was moved, kept until ticket holders have been told.

    `before` and `after` are a `moving.Whereabouts` each. At most one per event is open (`closed_at` is NULL).
    """

    __tablename__ = "events_move"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        CheckConstraint("(closed_at IS NULL) = (after IS NULL)", name="closed_has_after"),
        Index("uq_events_move_open", "event_id", unique=True, postgresql_where="closed_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    before: Mapped[dict[str, object]]
    after: Mapped[dict[str, object] | None]
    terms_version: Mapped[int] = mapped_column(Integer)
    tell_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class EventStream(Base):
    """How an event's address online is shown, as `streams.StreamRules` has it. No row: as its defaults say."""

    __tablename__ = "events_stream"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        CheckConstraint("shown IN ('auto', 'hls', 'link')", name="shown"),
        CheckConstraint(
            "opens_minutes BETWEEN 0 AND 1440 AND stays_minutes BETWEEN 0 AND 1440", name="minutes"
        ),
        CheckConstraint("replay_days BETWEEN 0 AND 365", name="replay_days"),
        CheckConstraint("replay_url IS NULL OR replay_days > 0", name="replay_has_days"),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    shown: Mapped[str]
    opens_minutes: Mapped[int] = mapped_column(Integer)
    stays_minutes: Mapped[int] = mapped_column(Integer)
    replay_days: Mapped[int] = mapped_column(Integer)
    replay_url: Mapped[str | None]
    after_door: Mapped[bool]
