"""An Excel workbook (ISO/IEC 29500) with real numbers and dates, written row by row into a temporary file.

A sheet has 1,048,576 rows; what does not fit goes on in the next one. The last sheet has the totals, by currency and
type. Texts are cells of text and never formulas. Excel counts with 15 digits: an amount with more (bitcoin, in large
sums) is written as text, whole, rather than as a number that lost some.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from admitone.reads.ledger_exports.rows import LedgerRow, amount_number, amount_text, exponent, one_line

SHEET_ROWS = 1_048_576
_DIGITS_MOST = 15
_CELL_MOST = 32_767
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


@dataclass(slots=True)
class SpreadsheetWriter:
    """Writes to `path`; what it holds on the way lies in files beside it. Times are those of `zone`."""

    path: Path
    zone: str = "UTC"
    sheet_rows: int = SHEET_ROWS
    _book: xlsxwriter.Workbook = field(init=False)
    _sheet: Worksheet = field(init=False)
    _next: int = field(init=False, default=0)
    _totals: dict[tuple[str, str], _Total] = field(init=False, default_factory=dict)
    _amounts: dict[str, Format] = field(init=False, default_factory=dict)
    _bold: Format = field(init=False)
    _time: Format = field(init=False)
    _here: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        assert self.sheet_rows > 1, "room for the header and one row"
        self._here = ZoneInfo(self.zone)
        self._book = xlsxwriter.Workbook(
            str(self.path),
            {
                "constant_memory": True,
                "tmpdir": str(self.path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "use_zip64": True,
            },
        )
        self._bold = self._book.add_format({"bold": True})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._new_sheet()

    def add(self, rows: Sequence[LedgerRow]) -> None:
        """The next rows, on the next sheet when this one is full."""
        for row in rows:
            if self._next == self.sheet_rows:
                self._new_sheet()
            self._write(row)
            total = self._totals.setdefault((row.currency, row.type.value), _Total())
            total.count += 1
            total.minor += row.amount_minor

    def close(self) -> Path:
        """Write the totals and put the workbook together; where it is."""
        self._write_totals()
        self._book.close()
        return self.path

    def _new_sheet(self) -> None:
        number = len(self._book.worksheets()) + 1
        self._sheet = self._book.add_worksheet(f"Transfers {number}" if number > 1 else "Transfers")
        _head(self._sheet, _COLUMNS, self._bold)
        self._next = 1

    def _write(self, row: LedgerRow) -> None:
        sheet, at = self._sheet, self._next
        local = row.at.astimezone(self._here).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(at, 0, local, self._time)
        sheet.write_string(at, 1, row.type.value)
        sheet.write_string(at, 2, row.kind)
        sheet.write_string(at, 3, row.debit)
        sheet.write_string(at, 4, row.credit)
        sheet.write_string(at, 5, row.currency)
        self._write_amount(sheet, at, 6, row.currency, row.amount_minor)
        if row.order_code:
            sheet.write_string(at, 7, row.order_code)
        if row.event_title:
            sheet.write_string(at, 8, one_line(row.event_title)[:_CELL_MOST])
        sheet.write_string(at, 9, str(row.group_id))
        self._next += 1

    def _write_amount(self, sheet: Worksheet, at: int, column: int, currency: str, minor: int) -> None:
        if len(str(abs(minor))) > _DIGITS_MOST:
            sheet.write_string(at, column, amount_text(currency, minor))
        else:
            sheet.write_number(at, column, amount_number(currency, minor), self._amount_format(currency))

    def _amount_format(self, currency: str) -> Format:
        found = self._amounts.get(currency)
        if found is None:
            decimals = exponent(currency)
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
            found = self._amounts[currency] = self._book.add_format({"num_format": pattern})
        return found

    def _write_totals(self) -> None:
        sheet = self._book.add_worksheet("Totals")
        _head(sheet, (("Currency", 9), ("Type", 9), ("Transfers", 11), ("Amount", 18)), self._bold)
        at = 1
        for currency in sorted({currency for currency, _ in self._totals}):
            whole = _Total()
            for (of, name), total in sorted(self._totals.items()):
                if of == currency:
                    self._write_total(sheet, at, currency, name, total)
                    whole.count += total.count
                    whole.minor += total.minor
                    at += 1
            self._write_total(sheet, at, currency, "all", whole)
            at += 1

    def _write_total(self, sheet: Worksheet, at: int, currency: str, name: str, total: _Total) -> None:
        sheet.write_string(at, 0, currency)
        sheet.write_string(at, 1, name)
        sheet.write_number(at, 2, total.count)
        self._write_amount(sheet, at, 3, currency, total.minor)


def _head(sheet: Worksheet, columns: Sequence[tuple[str, int]], bold: Format) -> None:
    for number, (name, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(0, number, name, bold)
    sheet.freeze_panes(1, 0)
