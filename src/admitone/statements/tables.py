"""Imported bank statements, their lines, and every change of a line."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from admitone.plumbing.metadata import Base


class Statement(Base):
    """A file somebody imported. The file itself is not kept; `file_digest` says whether it is the same again."""

    __tablename__ = "statements_statement"
    __table_args__ = (
        UniqueConstraint("id", "organiser_id", "account"),
        CheckConstraint("kind IN ('csv', 'camt.052', 'camt.053', 'camt.054', 'mt940')", name="kind"),
        CheckConstraint("lines_new >= 0 AND lines_known >= 0 AND rows_skipped >= 0", name="counts"),
        Index("ix_statements_statement_organiser_id_id", "organiser_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    account: Mapped[str]
    currency: Mapped[str]
    kind: Mapped[str]
    file_name: Mapped[str]
    file_digest: Mapped[bytes]
    lines_new: Mapped[int] = mapped_column(Integer)
    lines_known: Mapped[int] = mapped_column(Integer)
    rows_skipped: Mapped[int] = mapped_column(Integer)
    imported_by: Mapped[str]
    imported_at: Mapped[datetime]


class Draft(Base):
    """A file that was uploaded and not booked yet: as it came, for a day at most. `reading`: what was said about it."""

    __tablename__ = "statements_draft"
    __table_args__ = (
        CheckConstraint("octet_length(data) <= 5242880", name="size"),
        Index("ix_statements_draft_organiser_id_id", "organiser_id", "id"),
        Index("ix_statements_draft_drafted_at", "drafted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organiser_id: Mapped[UUID] = mapped_column(ForeignKey("accounts_organiser.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("payments_account.id"))
    file_name: Mapped[str]
    file_digest: Mapped[bytes]
    data: Mapped[bytes]
    reading: Mapped[dict[str, object]]
    drafted_by: Mapped[str]
    drafted_at: Mapped[datetime]


class Line(Base):
    """open -> matched | ignored | returned; matched -> open (until it is settled) | returned; ignored -> open.

    `fingerprint` is the same whenever the same line is read again. `settled_at`: its money became tickets or a refund.
    """

    __tablename__ = "statements_line"
    __table_args__ = (
        UniqueConstraint("organiser_id", "account", "fingerprint"),
        ForeignKeyConstraint(
            ["statement_id", "organiser_id", "account"],
            ["statements_statement.id", "statements_statement.organiser_id", "statements_statement.account"],
        ),
        CheckConstraint("state IN ('open', 'matched', 'ignored', 'returned')", name="state"),
        CheckConstraint("amount_minor <> 0", name="amount"),
        CheckConstraint("order_id IS NULL OR amount_minor > 0", name="only_what_came_in_pays"),
        CheckConstraint("(state = 'matched') <= (order_id IS NOT NULL)", name="matched_has_order"),
        CheckConstraint("state IN ('matched', 'returned') OR order_id IS NULL", name="order_is_matched"),
        CheckConstraint("(attempt_id IS NOT NULL) <= (order_id IS NOT NULL)", name="attempt_has_order"),
        CheckConstraint("(settled_at IS NOT NULL) <= (order_id IS NOT NULL)", name="settled_has_order"),
        Index("ix_statements_line_statement_id", "statement_id"),
        Index(
            "ix_statements_line_open",
            "organiser_id",
            "booked_on",
            "id",
            postgresql_where="state = 'open' AND amount_minor > 0",
        ),
        Index("ix_statements_line_order_id", "order_id", postgresql_where="order_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    statement_id: Mapped[UUID]
    organiser_id: Mapped[UUID]
    account: Mapped[str]
    fingerprint: Mapped[UUID]
    bank_ref: Mapped[str | None]
    booked_on: Mapped[date] = mapped_column(Date)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    payer_name: Mapped[str | None]
    payer_iban: Mapped[str | None]
    text: Mapped[str]
    raw: Mapped[dict[str, object]]
    state: Mapped[str]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("orders_order.id"))
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments_attempt.id"))
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)


class LineChange(Base):
    """Every change of a line's state, once: `version` grows by one each time. Append-only."""

    __tablename__ = "statements_change"

    line_id: Mapped[UUID] = mapped_column(ForeignKey("statements_line.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    order_id: Mapped[UUID | None]
    attempt_id: Mapped[UUID | None]
    actor: Mapped[str]
    at: Mapped[datetime]
