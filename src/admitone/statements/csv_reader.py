"""CSV statements: whatever a bank calls its columns, between comma, semicolon and tab.

RFC 4180 is what few banks follow: there are lines about the account above the header row, sums below the last row, and
`sep=` for a spreadsheet. The header row is the one whose words are known best. Pure.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from stdnum import iban

from admitone.statements import csv_words
from admitone.statements.csv_values import NotThat, amount_reader, day_reader
from admitone.statements.csv_words import Column
from admitone.statements.lines import Section, StatementLine, minor_units, not_too_many, statement_line
from admitone.statements.refusals import ColumnsNotFound, RowUnreadable, Unreadable

_DELIMITERS: Final = (";", ",", "\t")
_HEADER_WITHIN: Final = 40
_COLUMNS_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class CsvReading:
    """What somebody said about a CSV file by hand; what is left out is found in the file.

    `columns`: the words above each column (`csv_words.choose`). `is_day_first`: 03/04 is the third of April.
    `decimal_mark`: `.` or `,`.
    """

    columns: Mapping[Column, str] = field(default_factory=dict)
    is_day_first: bool | None = None
    decimal_mark: str | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """`rows` are numbered as a person counts them, from 1, with all that stands above."""

    above: list[list[str]]
    headers: list[str]
    places: dict[Column, list[int]]
    rows: list[tuple[int, list[str]]]

    def cell(self, row: Sequence[str], column: Column) -> str:
        places = self.places.get(column, [])
        return row[places[0]].strip() if places and places[0] < len(row) else ""


def read_csv(text: str, currency: str, reading: CsvReading) -> Section:
    """The lines of a CSV statement in `currency`.

    Raises Unreadable, ColumnsNotFound, RowUnreadable, DaysTwoWays, AmountsTwoWays, WrongCurrency, TooLarge.
    """
    table = _table(text, reading)
    day_column = Column.BOOKED if Column.BOOKED in table.places else Column.VALUED
    days = [table.cell(row, day_column) for _, row in table.rows]
    columns = (Column.AMOUNT,) if Column.AMOUNT in table.places else (Column.IN, Column.OUT)
    amounts = [cell for _, row in table.rows for column in columns if (cell := table.cell(row, column))]
    read_day = day_reader(days, currency, is_day_first=reading.is_day_first)
    read_amount = amount_reader(amounts, currency, decimal_mark=reading.decimal_mark)
    lines: list[StatementLine] = []
    skipped = 0
    for number, row in table.rows:
        day, money = table.cell(row, day_column), [table.cell(row, column) for column in columns]
        if not _is_booked(table, row) or not day or not any(money):
            skipped += any(money)
            continue
        try:
            booked_on = read_day(day)
        except NotThat:
            if not any(letter.isdigit() for letter in day):
                # A sum or a balance, with a word where others have their day.
                skipped += 1
                continue
            raise RowUnreadable(row=number, value=day[:40], what="a day") from None
        try:
            amount = _amount(table, row, [read_amount(cell) if cell else None for cell in money])
        except NotThat:
            raise RowUnreadable(row=number, value=" ".join(money)[:40], what="an amount") from None
        line = _line(table, row, booked_on, amount, currency)
        if line.amount_minor == 0:
            skipped += 1
        else:
            lines.append(line)
    return Section(_account(table), tuple(lines), skipped)


def _table(text: str, reading: CsvReading) -> _Table:
    """Try each delimiter; the header row with most known words wins."""
    best: tuple[int, _Table] | None = None
    first, _, rest = text.partition("\n")
    marked = first.strip().lower()
    is_marked = marked.startswith("sep=") and len(marked) == 5
    for delimiter in (marked[4],) if is_marked else _DELIMITERS:
        rows = _rows(rest if is_marked else text, delimiter) or []
        for place, row in enumerate(rows[:_HEADER_WITHIN]):
            places = csv_words.choose(row, reading.columns)
            known = len({at for found in places.values() for at in found})
            if known > 1 and (best is None or known > best[0]):
                numbered = [
                    (number + is_marked, cells)
                    for number, cells in enumerate(rows[place + 1 :], place + 2)
                    if any(cell.strip() for cell in cells)
                ]
                best = (known, _Table(rows[:place], row, places, numbered))
    if best is None:
        if _rows(text, max(_DELIMITERS, key=text.count)) is None:
            raise _broken()
        raise _no_columns(_widest(text))
    table = best[1]
    if not csv_words.is_enough(table.places):
        raise _no_columns(table.headers)
    not_too_many(len(table.rows))
    return table


def _rows(text: str, delimiter: str) -> list[list[str]] | None:
    """All rows; None when the quotation marks make none, as with the wrong delimiter.

    Strictly: a mark that is never closed would otherwise take the rest of the file for one cell.
    """
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows.append(row[:_COLUMNS_MOST])
            not_too_many(len(rows) - _HEADER_WITHIN)
    except csv.Error:
        return None
    return rows


def _widest(text: str) -> list[str]:
    """What may be the header row, for somebody to choose from."""
    rows = [row for delimiter in _DELIMITERS for row in (_rows(text, delimiter) or [])[:_HEADER_WITHIN]]
    return max(rows, key=len, default=[])


def _broken() -> Unreadable:
    return Unreadable(
        reason="its rows do not end where they should",
        remedy="Download it from your bank again and import it without opening it in another program.",
        looks_like="csv",
    )


def _no_columns(headers: Sequence[str]) -> ColumnsNotFound:
    found = csv_words.guess(headers)
    missing = [] if Column.BOOKED in found or Column.VALUED in found else [Column.BOOKED.value]
    missing += [] if Column.AMOUNT in found or Column.IN in found else [Column.AMOUNT.value]
    what = " and ".join({"booked": "the day", "amount": "the amount"}[one] for one in missing)
    return ColumnsNotFound(
        field="columns",
        what=what or "the day and the amount",
        missing=missing,
        headers=[header.strip()[:80] for header in headers if header.strip()][:60],
    )


def _is_booked(table: _Table, row: Sequence[str]) -> bool:
    return not csv_words.folded(table.cell(row, Column.STATUS)).startswith(csv_words.NOT_BOOKED_WORDS)


def _amount(table: _Table, row: Sequence[str], read: Sequence[Decimal | None]) -> Decimal:
    """Positive in, negative out. Raises NotThat."""
    if Column.AMOUNT not in table.places:
        came, went = read[0] or Decimal(0), read[1] or Decimal(0)
        if came and went:
            raise NotThat
        # Some write what went out with a minus, some without.
        return came - abs(went)
    amount = read[0]
    assert amount is not None, "rows without an amount were left out"
    side = csv_words.folded(table.cell(row, Column.SIDE))
    if not side:
        return amount
    if side in csv_words.OUTGOING_WORDS:
        return -abs(amount)
    if side in csv_words.INCOMING_WORDS:
        return abs(amount)
    raise NotThat


def _line(
    table: _Table, row: Sequence[str], booked_on: date, amount: Decimal, currency: str
) -> StatementLine:
    stated = table.cell(row, Column.CURRENCY).upper() or currency
    texts = [row[place] for place in table.places.get(Column.TEXT, []) if place < len(row)]
    sides = (Column.PAYEE, Column.NAME) if amount < 0 else (Column.NAME, Column.PAYEE)
    names = [table.cell(row, side) for side in sides]
    raw = {
        header.strip() or str(place): cell.strip()
        for place, (header, cell) in enumerate(zip(table.headers, row, strict=False), 1)
        if cell.strip()
    }
    return statement_line(
        bank_ref=table.cell(row, Column.REF) or None,
        booked_on=booked_on,
        currency=currency,
        amount_minor=minor_units(amount, {"€": "EUR"}.get(stated, stated), currency),
        payer_name=names[0] or names[1],
        payer_iban=table.cell(row, Column.IBAN),
        text=texts,
        raw=raw,
    )


def _account(table: _Table) -> str | None:
    """The one account the rows are of, or the one IBAN above the header row."""
    own = {cell for _, row in table.rows if (cell := table.cell(row, Column.ACCOUNT))}
    numbers = own or {cell for row in table.above for cell in row if iban.is_valid(cell)}
    compact = {iban.compact(cell) for cell in numbers}
    return compact.pop() if len(compact) == 1 else None
