"""Tickets and the keys that sign their codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Ticket(Base):
    """One admission for one person. Only the SHA-256 of its code is kept: a copy of this table opens no door."""

    __tablename__ = "tickets_ticket"
    __table_args__ = (
        UniqueConstraint("order_line_id", "unit"),
        ForeignKeyConstraint(["order_id", "event_id"], ["orders_order.id", "orders_order.event_id"]),
        ForeignKeyConstraint(
            ["ticket_type_id", "event_id"], ["events_ticket_type.id", "events_ticket_type.event_id"]
        ),
        CheckConstraint("state IN ('valid', 'cancelled')", name="state"),
        CheckConstraint("reissue BETWEEN 0 AND 255", name="reissue"),
        Index("ix_tickets_ticket_order_id", "order_id"),
        Index("ix_tickets_ticket_event_id_id", "event_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(unique=True)
    event_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    order_id: Mapped[UUID]
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("orders_line.id"))
    unit: Mapped[int] = mapped_column(Integer)
    ticket_type_id: Mapped[UUID]
    holder_name: Mapped[str | None]
    state: Mapped[str]
    key_id: Mapped[int] = mapped_column(SmallInteger)
    event_number: Mapped[int]
    type_number: Mapped[int] = mapped_column(SmallInteger)
    reissue: Mapped[int] = mapped_column(SmallInteger)
    valid_from_minute: Mapped[int]
    valid_minutes: Mapped[int] = mapped_column(Integer)
    code_digest: Mapped[bytes]
    issued_at: Mapped[datetime]


class SigningKey(Base):
    """An Ed25519 key. The private half is sealed with the master key, which the database does not hold."""

    __tablename__ = "tickets_signing_key"
    __table_args__ = (CheckConstraint("id BETWEEN 1 AND 255", name="fits_a_byte"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    public: Mapped[bytes]
    sealed_private: Mapped[bytes]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
