"""Letters: what was said to whom, and whether it went out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class LetterRow(Base):
    """One letter to one address about one cause. `cause` + `template` + `to_key` is unique: nobody is told twice."""

    __tablename__ = "messaging_letter"
    __table_args__ = (
        UniqueConstraint("cause", "template", "to_key"),
        CheckConstraint("state IN ('queued', 'sent', 'kept', 'refused')", name="state"),
        Index("ix_messaging_letter_due", "send_at", postgresql_where="state = 'queued'"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cause: Mapped[str]
    template: Mapped[str]
    to_email: Mapped[str]
    to_key: Mapped[str]
    reply_to: Mapped[str | None]
    organiser_id: Mapped[UUID | None]
    subject: Mapped[str]
    html: Mapped[str]
    plain: Mapped[str]
    state: Mapped[str]
    error: Mapped[str | None]
    tries: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    send_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class LetterAttachment(Base):
    """A file that goes with a letter."""

    __tablename__ = "messaging_attachment"

    letter_id: Mapped[UUID] = mapped_column(
        ForeignKey("messaging_letter.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    filename: Mapped[str]
    media_type: Mapped[str]
    content: Mapped[bytes]


class CircularRow(Base):
    """What an organiser wrote to everybody with a ticket; the letters are made of it one by one."""

    __tablename__ = "messaging_circular"
    __table_args__ = (Index("ix_messaging_circular_event_id_written_at", "event_id", "written_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID]
    event_id: Mapped[UUID]
    reply_to: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    written_at: Mapped[datetime]
