"""The door: every scan, and the one admission a ticket gets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Admission(Base):
    """The ticket went in. One row per ticket: the primary key is the promise.

    No foreign key: it would lock, and so write, the ticket's row for every admission. The door has read the ticket, and
    nobody deletes tickets; `admitone check` looks.
    """

    __tablename__ = "checkin_admission"
    __table_args__ = (Index("ix_checkin_admission_event_id_at", "event_id", "at"),)

    ticket_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    scan_id: Mapped[UUID] = mapped_column(unique=True)
    door: Mapped[str]
    at: Mapped[datetime]


class Scan(Base):
    """Every scan and what it was answered, whatever the answer.

    The scanner makes the id: the same id, the same answer. `presented` is the beginning of what is no ticket of ours.
    """

    __tablename__ = "checkin_scan"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        CheckConstraint(
            "verdict IN ('admitted', 'already_used', 'wrong_event', 'not_valid', 'cancelled')", name="verdict"
        ),
        Index("ix_checkin_scan_event_id_at", "event_id", "at"),
        Index("ix_checkin_scan_ticket_id", "ticket_id", postgresql_where="ticket_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    person_id: Mapped[UUID | None]
    code_digest: Mapped[bytes]
    ticket_id: Mapped[UUID | None]
    door: Mapped[str]
    verdict: Mapped[str]
    reason: Mapped[str | None]
    presented: Mapped[str | None]
    first_at: Mapped[datetime | None]
    first_door: Mapped[str | None]
    device_at: Mapped[datetime | None]
    at: Mapped[datetime]


class Tally(Base):
    """How many are in, per event: moved with each admission, recounted by `admitone check`."""

    __tablename__ = "checkin_tally"
    __table_args__ = (
        CheckConstraint("admitted >= 0", name="admitted"),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    admitted: Mapped[int] = mapped_column(Integer)
