"""Viewers of events online."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Viewer(Base):
    """Who watches with a ticket: the primary key is the promise that it is one.

    `session_id` is the browser that does; `seen_at` when it last said so. `device` is a word for people: it tells a
    holder which of their screens it is.
    """

    __tablename__ = "streams_viewer"
    __table_args__ = (
        ForeignKeyConstraint(["event_id", "organiser_id"], ["events_event.id", "events_event.organiser_id"]),
        Index("ix_streams_viewer_event_id", "event_id"),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets_ticket.id"), primary_key=True)
    event_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    session_id: Mapped[UUID]
    device: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
