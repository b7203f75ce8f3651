"""The journal and its cursors, and the answers kept for idempotency keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Identity, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from admitone.plumbing.metadata import Base

NOW = text("clock_timestamp()")


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id: never wraps, so it can be a cursor."""

    cache_ok = True

    def get_col_spec(self, **_kw: object) -> str:
        return "xid8"


class JournalFact(Base):
    """One thing that happened. Written in the transaction that made it happen; never changed, never deleted."""

    __tablename__ = "journal_fact"
    __table_args__ = (
        Index("ix_journal_fact_xid_id", "xid", "id"),
        Index("ix_journal_fact_subject_id_id", "subject_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"))
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    organiser_id: Mapped[UUID | None]
    actor: Mapped[str]
    body: Mapped[dict[str, object]]
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class RelayCursor(Base):
    """How far the relay has read, in commit order: everything before (xid, fact_id) has its jobs."""

    __tablename__ = "relay_cursor"

    name: Mapped[str] = mapped_column(primary_key=True)
    xid: Mapped[int] = mapped_column(Xid8)
    fact_id: Mapped[int]


class RelayParked(Base):
    """A fact whose reaction cannot be run: set aside and shown, so that the rest go on."""

    __tablename__ = "relay_parked"

    fact_id: Mapped[int] = mapped_column(primary_key=True)
    reaction: Mapped[str] = mapped_column(primary_key=True)
    error: Mapped[str]
    parked_at: Mapped[datetime] = mapped_column(server_default=NOW)
    resolved_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer given to a mutating request, kept so that the same request again gets the same answer."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        CheckConstraint("(status IS NULL) = (answered_at IS NULL)", name="answered_has_status"),
        Index("ix_idempotency_key_claimed_at", "claimed_at"),
    )

    scope: Mapped[bytes] = mapped_column(primary_key=True)
    request_digest: Mapped[bytes]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    media_type: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[bytes | None]
    headers: Mapped[dict[str, object] | None]
    claimed_at: Mapped[datetime] = mapped_column(server_default=NOW)
    answered_at: Mapped[datetime | None]
