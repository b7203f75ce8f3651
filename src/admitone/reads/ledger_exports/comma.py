"""Comma-separated files: every column there is, and a journal that other programs import. RFC 4180.

Texts that a spreadsheet would take for a formula get an apostrophe before them (OWASP, "CSV Injection"): an event may
be called `=HYPERLINK(...)`. Amounts and times are ours and stay as they are.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from zoneinfo import ZoneInfo

from admitone.reads.ledger_exports.accounts import AccountTable
from admitone.reads.ledger_exports.rows import LedgerRow, amount_text, described, one_line

_STARTS_A_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

CSV_COLUMNS = (
    "at",
    "type",
    "kind",
    "debit_account",
    "credit_account",
    "currency",
    "amount",
    "amount_minor",
    "order",
    "event",
    "group",
    "transfer",
)
JOURNAL_COLUMNS = (
    "date",
    "document",
    "debit_account",
    "credit_account",
    "amount",
    "currency",
    "text",
    "group",
    "transfer",
)


@lru_cache(maxsize=1024)
def guarded(text: str) -> str:
    """The text in one line, and never a formula."""
    plain = one_line(text)
    return f"'{plain}" if plain and plain[0] in _STARTS_A_FORMULA else plain


@dataclass(slots=True)
class CommaWriter:
    """Lines of `columns`, made by `line`. `has_mark`: begins so that a spreadsheet knows that it is UTF-8."""

    columns: tuple[str, ...]
    line: Callable[[LedgerRow], Iterable[object] | None]
    has_mark: bool

    def begin(self) -> bytes:
        """The names of the columns."""
        return (BYTE_ORDER_MARK if self.has_mark else b"") + _lines([self.columns])

    def add(self, rows: Sequence[LedgerRow]) -> bytes:
        """A line for each row."""
        return _lines(made for row in rows if (made := self.line(row)) is not None)

    def end(self) -> bytes:
        """Nothing: the file ends with its last line."""
        return b""


def csv_writer(*, zone: str = "UTC", has_mark: bool = False) -> CommaWriter:
    """Everything that is known of each transfer; times are those of `zone`, with their offset (ISO 8601)."""
    here = ZoneInfo(zone)

    def line(row: LedgerRow) -> Iterable[object]:
        return (
            row.at.astimezone(here).isoformat(timespec="seconds"),
            row.type.value,
            guarded(row.kind),
            row.debit,
            row.credit,
            row.currency,
            amount_text(row.currency, row.amount_minor),
            row.amount_minor,
            row.order_code,
            row.event_title and guarded(row.event_title),
            row.group_id,
            row.id,
        )

    return CommaWriter(CSV_COLUMNS, line, has_mark)


def journal_writer(
    accounts: AccountTable | None = None, *, zone: str = "UTC", has_mark: bool = False
) -> CommaWriter:
    """A journal: one entry a line, day of `zone`, accounts by number, or by our names when there is no table.

    A transfer between two accounts that have one number there moves nothing in those books and is left out.
    """
    here = ZoneInfo(zone)

    def line(row: LedgerRow) -> Iterable[object] | None:
        debit, credit = row.debit, row.credit
        if accounts is not None:
            debit, credit = accounts.number(debit, row.type), accounts.number(credit, row.type)
            if debit == credit:
                return None
        return (
            row.at.astimezone(here).date().isoformat(),
            row.document,
            debit,
            credit,
            amount_text(row.currency, row.amount_minor),
            row.currency,
            guarded(described(row)),
            row.group_id,
            row.id,
        )

    return CommaWriter(JOURNAL_COLUMNS, line, has_mark)


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    written = StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()
