"""An Excel workbook with real numbers and dates, sent while it is made.

A sheet has 1,048,576 rows; what does not fit goes on in the next one. The last sheet has the totals, by currency and
type. Texts are cells of text and never formulas. Excel counts with 15 digits: an amount with more (bitcoin, in large
sums) is written as text, whole, rather than as a number that lost some.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from admitone.reads.ledger_exports.rows import LedgerRow, amount_text, exponent, one_line
from admitone.reads.ledger_exports.workbook import (
    AMOUNT,
    SHEET_ROWS,
    TIME,
    Workbook,
    escaped,
    number_cell,
    text_cell,
)

_DIGITS_MOST = 15
_DAY_SECONDS = 86_400
# Excel's day 0.
_DAY_0 = date(1899, 12, 30).toordinal()
# (name, width in letters)
_COLUMNS = (
    ("Time", 20),
    ("Type", 9),
    ("Kind", 16),
    ("Debit account", 30),
    ("Credit account", 30),
    ("Currency", 9),
    ("Amount", 14),
    ("Order", 12),
    ("Event", 36),
    ("Group", 38),
)


@dataclass(slots=True)
class _Total:
    count: int = 0
    minor: int = 0


class SpreadsheetWriter:
    """Times are those of `zone`."""

    def __init__(self, zone: str = "UTC", *, sheet_rows: int = SHEET_ROWS) -> None:
        assert sheet_rows > 1, "room for the header and one row"
        self._here = ZoneInfo(zone)
        self._sheet_rows = sheet_rows
        self._book = Workbook()
        self._sheets = 0
        self._last = 0
        self._totals: dict[tuple[str, str], _Total] = {}

    def begin(self) -> bytes:
        """The parts that need no rows, and the first sheet's beginning."""
        self._next_sheet()
        return self._book.taken()

    def add(self, rows: Sequence[LedgerRow]) -> bytes:
        """The next rows, on the next sheet when this one is full."""
        while rows:
            if self._last == self._sheet_rows or self._book.is_heavy:
                self._next_sheet()
            room = self._sheet_rows - self._last
            self._write(rows[:room])
            rows = rows[room:]
        return self._book.taken()

    def end(self) -> bytes:
        """The totals, and the list of all sheets."""
        self._write_totals()
        self._book.end()
        return self._book.taken()

    def _next_sheet(self) -> None:
        self._sheets += 1
        self._book.sheet(f"Transfers {self._sheets}" if self._sheets > 1 else "Transfers", _COLUMNS)
        self._last = 1

    def _write(self, rows: Sequence[LedgerRow]) -> None:
        # One text for each row: by functions for each cell, a million rows took twice as long.
        made: list[str] = []
        here, totals, at = self._here, self._totals, self._last
        for row in rows:
            at += 1
            code, currency, minor = row.order_code, row.currency, row.amount_minor
            made.append(
                f'<row r="{at}"><c r="A{at}" s="{TIME}"><v>{_day_number(row.at.astimezone(here))}</v></c>'
                f'<c r="B{at}" t="inlineStr"><is><t>{row.type.value}</t></is></c>'
                f'<c r="C{at}" t="inlineStr"><is><t>{_text(row.kind)}</t></is></c>'
                f'<c r="D{at}" t="inlineStr"><is><t>{_text(row.debit)}</t></is></c>'
                f'<c r="E{at}" t="inlineStr"><is><t>{_text(row.credit)}</t></is></c>'
                f'<c r="F{at}" t="inlineStr"><is><t>{currency}</t></is></c>'
                f"{_amount_cell(6, at, currency, minor)}"
                f"{text_cell(7, at, code) if code else ''}"
                f"{text_cell(8, at, one_line(row.event_title)) if row.event_title else ''}"
                f'<c r="J{at}" t="inlineStr"><is><t>{row.group_id}</t></is></c></row>'
            )
            total = totals.get((currency, row.type.value))
            if total is None:
                total = totals[currency, row.type.value] = _Total()
            total.count += 1
            total.minor += minor
        self._last = at
        self._book.rows("".join(made))

    def _write_totals(self) -> None:
        self._book.sheet("Totals", (("Currency", 9), ("Type", 9), ("Transfers", 11), ("Amount", 18)))
        at = 1
        for currency in sorted({currency for currency, _ in self._totals}):
            whole = _Total()
            for (of, name), total in sorted(self._totals.items()):
                if of == currency:
                    at += 1
                    self._write_total(at, currency, name, total)
                    whole.count += total.count
                    whole.minor += total.minor
            at += 1
            self._write_total(at, currency, "all", whole)

    def _write_total(self, at: int, currency: str, name: str, total: _Total) -> None:
        self._book.rows(
            f'<row r="{at}">{text_cell(0, at, currency)}{text_cell(1, at, name)}'
            f"{number_cell(2, at, str(total.count))}{_amount_cell(3, at, currency, total.minor)}</row>"
        )


def _day_number(local: datetime) -> str:
    """Days since Excel's day 0, to a hundredth of a millisecond."""
    seconds = 3600 * local.hour + 60 * local.minute + local.second
    return f"{local.toordinal() - _DAY_0 + seconds / _DAY_SECONDS:.10f}"


def _amount_cell(column: int, at: int, currency: str, minor: int) -> str:
    written = amount_text(currency, minor)
    if len(str(abs(minor))) > _DIGITS_MOST:
        return text_cell(column, at, written)
    return number_cell(column, at, written, AMOUNT + exponent(currency))


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    return escaped(one_line(text))
