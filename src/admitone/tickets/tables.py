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


class Owner(Base):
    """Whose a ticket is since it was passed on; before the first row it is its order's buyer's. The last row counts.

    Its id is in the new owner's link, so the links of those before lead to no code. `way`: how it was proved.
    """

    __tablename__ = "tickets_owner"
    __table_args__ = (
        UniqueConstraint("ticket_id", "number"),
        CheckConstraint("number > 0 AND reissue >= number", name="number"),
        CheckConstraint("way IN ('account', 'preimage', 'signature')", name="way"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets_ticket.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    reissue: Mapped[int] = mapped_column(SmallInteger)
    way: Mapped[str]
    given_at: Mapped[datetime]


class Challenge(Base):
    """A question that only a ticket's owner can answer. asked -> proved -> used, each once; void when the ticket has
    another code. `word_digest`: of the word that a door asks for. `proved_by`: who or what, for whoever looks later.
    """

    __tablename__ = "tickets_challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('show', 'pass_on')", name="purpose"),
        CheckConstraint("way IN ('account', 'preimage', 'signature')", name="way"),
        CheckConstraint(
            "(proved_at IS NULL) = (way IS NULL) AND (proved_at IS NULL) = (proved_by IS NULL) "
            "AND (proved_at IS NOT NULL OR word_digest IS NULL) AND (proved_at IS NOT NULL OR used_at IS NULL)",
            name="proved",
        ),
        Index("ix_tickets_challenge_word_digest", "word_digest", postgresql_where="word_digest IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets_ticket.id"), index=True)
    reissue: Mapped[int] = mapped_column(SmallInteger)
    purpose: Mapped[str]
    nonce: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    way: Mapped[str | None]
    proved_by: Mapped[str | None]
    word_digest: Mapped[bytes | None]
    used_at: Mapped[datetime | None]
