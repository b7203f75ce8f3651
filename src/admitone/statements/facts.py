"""What bank statements tell the journal. Names, accounts and texts of payers stay in their line."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementImported(Fact):
    """A file was read; the subject is the statement. `lines_known`: lines that were there before."""

    kind: ClassVar[str] = "statements.imported"
    lines_new: int
    lines_known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMatched(Fact):
    """Money on the account is for this order; the subject is the line. Whole minor units."""

    kind: ClassVar[str] = "statements.line_matched"
    order_id: UUID
    attempt_id: UUID | None
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReopened(Fact):
    """A line is open again: it was matched or put aside (`was`) by mistake. The subject is the line."""

    kind: ClassVar[str] = "statements.line_reopened"
    was: str
    order_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineIgnored(Fact):
    """Money that is not for an order; the subject is the line."""

    kind: ClassVar[str] = "statements.line_ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineReturned(Fact):
    """The money went back to its payer; the subject is the line."""

    kind: ClassVar[str] = "statements.line_returned"
    order_id: UUID | None
