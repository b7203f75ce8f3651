"""DATEV's Buchungsstapel: EXTF header version 700, category 21, format version 13, for German bookkeepers.

Source: developer.datev.de, "DATEV-Format" (header; Buchungsstapel). Lines end with CR LF, columns with `;`, texts are
in quotes, the decimal mark is a comma, letters are of Windows-1252. A date is day and month only, its year follows from
the fiscal year in the header: so a period lies in one fiscal year. A file has 99,999 entries at most: more become
several files, in one ZIP.

One transfer is one entry: `Konto` is what is debited (`S`), `Gegenkonto` what is credited. A transfer between accounts
that have one number in these books moves nothing there and is left out.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from zoneinfo import ZoneInfo

from admitone.reads.ledger_exports.accounts import AccountTable, Standard, standard
from admitone.reads.ledger_exports.datev_columns import NAMES, empty
from admitone.reads.ledger_exports.pieces import Pieces
from admitone.reads.ledger_exports.rows import BadExportSetting, LedgerRow, amount_number, described, exponent

ENTRIES_MOST = 99_999
# Ten digits before the comma.
AMOUNT_BELOW = Decimal(10**10)
_CENT = Decimal("0.01")
_TEXT_MOST = 60
_DOCUMENT_MOST = 36
_NAME_MOST = 30
_NOT_IN_DOCUMENT = re.compile(r"[^A-Za-z0-9$&%*+/-]")
_NOT_IN_NAME = re.compile(r"[^\w./ -]", re.ASCII)
_NEW_LINE = "\r\n"
_AFTER_TEXT = ";" + empty(15, 113)
_AFTER_LOCK = ";" + empty(115, 125)


@dataclass(frozen=True, slots=True)
class DatevBooks:
    """Whose books the entries are for. `consultant` (Beraternummer) and `client` (Mandantennummer) are given by the tax
    consultant. `first_day` and `last_day` are days of `zone`.

    Only transfers of `currency` fit in a file; when it is not `base_currency` the `rate` says how many of it are one of
    the base currency. `is_final`: entries are locked on import. Raises BadExportSetting.
    """

    consultant: int
    client: int
    fiscal_year_from: date
    first_day: date
    last_day: date
    made_at: datetime
    chart: Standard | None = "skr03"
    accounts: AccountTable | None = None
    account_digits: int = 4
    zone: str = "Europe/Berlin"
    currency: str = "EUR"
    base_currency: str = "EUR"
    rate: Decimal | None = None
    name: str = "Admit One"
    is_final: bool = False

    def __post_init__(self) -> None:
        _require(
            1001 <= self.consultant <= 9_999_999, "consultant", "a consultant number from 1001 to 9999999"
        )
        _require(1 <= self.client <= 99_999, "client", "a client number from 1 to 99999")
        _require(4 <= self.account_digits <= 8, "account_digits", "account numbers of 4 to 8 digits")
        fits = self.table.digits <= self.account_digits + 1
        _require(
            fits,
            "accounts",
            f"account numbers of {self.account_digits} digits, personal accounts of one more",
        )
        last_of_year = _year_later(self.fiscal_year_from)
        within = self.fiscal_year_from <= self.first_day <= self.last_day < last_of_year
        _require(within, "period", "a period within one fiscal year")
        _require(exponent(self.currency) <= 2, "currency", "a currency with two decimals at most")
        is_base = self.currency == self.base_currency
        _require(
            is_base or self.rate is not None, "rate", f"the rate of {self.currency} to {self.base_currency}"
        )
        _require(
            self.rate is None or 1 <= self.rate < 10_000 or is_base, "rate", "a rate from 1 to 9999.999999"
        )

    @property
    def table(self) -> AccountTable:
        """The numbers of our accounts in these books."""
        return self.accounts or standard(self.chart or "skr03")


def _require(is_so: bool, field: str, wanted: str) -> None:
    if not is_so:
        raise BadExportSetting(field=field, wanted=wanted)


def _year_later(day: date) -> date:
    # A year that begins on 29 February ends with the last day of the February after.
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


class DatevWriter:
    """One file. More than `ENTRIES_MOST` entries are for `DatevZipWriter`."""

    def __init__(self, books: DatevBooks) -> None:
        self._books = books
        self._here = ZoneInfo(books.zone)
        self._accounts = books.table

    def begin(self) -> bytes:
        """The header and the names of the columns."""
        return _encoded(_header(self._books) + _NEW_LINE + ";".join(NAMES) + _NEW_LINE)

    def add(self, rows: Sequence[LedgerRow]) -> bytes:
        """An entry for each row that moves something in these books."""
        return b"".join(self.entries(rows))

    def end(self) -> bytes:
        """Nothing more."""
        return b""

    def entries(self, rows: Sequence[LedgerRow]) -> list[bytes]:
        """The same, each by itself."""
        return [entry for row in rows if (entry := self._entry(row)) is not None]

    def _entry(self, row: LedgerRow) -> bytes | None:
        books = self._books
        assert row.currency == books.currency, "rows of one currency were asked for"
        debit, credit = (
            self._accounts.number(row.debit, row.type),
            self._accounts.number(row.credit, row.type),
        )
        if debit == credit:
            return None
        amount = amount_number(row.currency, row.amount_minor)
        assert amount < AMOUNT_BELOW, "asked before: see ledger_files.py"
        day = row.at.astimezone(self._here)
        document = _NOT_IN_DOCUMENT.sub("", row.document)[:_DOCUMENT_MOST]
        return _encoded(
            f'{_decimal(amount)};"S";"{row.currency}";{self._in_base(amount)};{debit};{credit};"";'
            f'{day:%d%m};"{document}";"";;{_quoted(described(row), _TEXT_MOST)}'
            f"{_AFTER_TEXT};{int(books.is_final)}{_AFTER_LOCK}{_NEW_LINE}"
        )

    def _in_base(self, amount: Decimal) -> str:
        """Rate, amount and code of the base currency: all three, or none."""
        books = self._books
        if books.currency == books.base_currency or books.rate is None:
            return ';;""'
        base = (amount / books.rate).quantize(_CENT)
        rate = books.rate.quantize(Decimal("0.000001"))
        return f'{_decimal(rate, 6)};{_decimal(max(base, _CENT))};"{books.base_currency}"'


class DatevZipWriter:
    """As many files as are needed, in one ZIP. `stem` is the beginning of their names."""

    def __init__(self, books: DatevBooks, stem: str, *, entries_most: int = ENTRIES_MOST) -> None:
        self._books = books
        self._writer = DatevWriter(books)
        self._stem = stem
        self._most = entries_most
        self._pieces = Pieces()
        self._zip = zipfile.ZipFile(self._pieces, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._open: IO[bytes] = io.BytesIO()
        self._files = 0
        self._left = 0

    def begin(self) -> bytes:
        """The first file is begun."""
        self._next_file()
        return self._pieces.taken()

    def add(self, rows: Sequence[LedgerRow]) -> bytes:
        """Entries go into the file that is open; when it is full, into the next."""
        entries = self._writer.entries(rows)
        while entries:
            if self._left == 0:
                self._next_file()
            fitting, entries = entries[: self._left], entries[self._left :]
            self._open.write(b"".join(fitting))
            self._left -= len(fitting)
        return self._pieces.taken()

    def end(self) -> bytes:
        """The list of files."""
        self._open.close()
        self._zip.close()
        return self._pieces.taken()

    def _next_file(self) -> None:
        self._open.close()
        self._files += 1
        self._left = self._most
        made = self._books.made_at.astimezone(ZoneInfo(self._books.zone))
        at = (made.year, made.month, made.day, made.hour, made.minute, made.second)
        info = zipfile.ZipInfo(f"{self._stem}_{self._files:03d}.csv", at)
        info.compress_type = zipfile.ZIP_DEFLATED
        self._open = self._zip.open(info, "w")
        self._open.write(self._writer.begin())


def _header(books: DatevBooks) -> str:
    made = books.made_at.astimezone(ZoneInfo(books.zone))
    name = _NOT_IN_NAME.sub("", books.name)[:_NAME_MOST]
    chart = {"skr03": '"03"', "skr04": '"04"', None: '""'}[books.chart]
    columns = (
        '"EXTF"',
        "700",
        "21",
        '"Buchungsstapel"',
        "13",
        f"{made:%Y%m%d%H%M%S}{made.microsecond // 1000:03d}",
        "",  # set by the program that imports
        '""',  # two letters for where it comes from; none are ours
        '"Admit One"',
        '""',
        str(books.consultant),
        str(books.client),
        f"{books.fiscal_year_from:%Y%m%d}",
        str(books.account_digits),
        f"{books.first_day:%Y%m%d}",
        f"{books.last_day:%Y%m%d}",
        f'"{name}"',
        '""',  # initials
        "1",  # Finanzbuchführung
        "0",  # for every accounting standard
        str(int(books.is_final)),
        f'"{books.base_currency}"',
        "",
        '""',
        "",
        "",
        chart,
        "",
        "",
        '""',
        '""',
    )
    return ";".join(columns)


def _decimal(number: Decimal, decimals: int = 2) -> str:
    return str(round(number, decimals)).replace(".", ",")


def _quoted(text: str, most: int) -> str:
    return '"' + text[:most].replace('"', '""') + '"'


def _encoded(text: str) -> bytes:
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return "".join(map(_nearest, text)).encode("cp1252")


def _nearest(letter: str) -> str:
    """The letter, or what is left of it without its accents, or a question mark."""
    tried: tuple[str, str] = (letter, unicodedata.normalize("NFKD", letter)[0])
    for written in tried:
        try:
            written.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return written
    return "?"
