"""Files of the ledger for bookkeepers, ready to be sent: permission and settings are checked, the database is asked and
the first piece is made before anybody says 200.

`open_file` gives a `LedgerFile` whose `chunks` go into a streamed answer as they are. They hold one read transaction
(one moment of the ledger) until the last is taken, or the iterator is closed or dropped. `Database.reading_long` says
how many may run at once and how long a reader may pause; after `SECONDS_MOST` the file breaks off, and the answer with
it: a client sees that it is not whole. Files are made in a thread, so that nobody else waits.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, assert_never
from zoneinfo import ZoneInfo

from admitone import accounts
from admitone.plumbing.database import Database, DatabaseBusy
from admitone.reads.ledger_exports.accounts import AccountTable
from admitone.reads.ledger_exports.comma import csv_writer, journal_writer
from admitone.reads.ledger_exports.datev import (
    AMOUNT_BELOW,
    ENTRIES_MOST,
    DatevBooks,
    DatevWriter,
    DatevZipWriter,
)
from admitone.reads.ledger_exports.plain_text import Dialect, PlainTextWriter
from admitone.reads.ledger_exports.rows import BadExportSetting, Writer, amount_number
from admitone.reads.ledger_exports.spreadsheet import SpreadsheetWriter
from admitone.reads.ledger_transfers import LedgerScope, ledger_counts, ledger_transfers
from admitone.values.actor import Action, Actor
from admitone.values.refusals import Forbidden

SECONDS_MOST = 1800.0
_GROWTH_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Csv:
    """Every column. `has_mark`: begins so that Excel reads it as UTF-8."""

    zone: str = "UTC"
    has_mark: bool = False


@dataclass(frozen=True, slots=True)
class Journal:
    """Debit, credit, amount, day: what most programs import. Without `accounts`, by our account names."""

    accounts: AccountTable | None = None
    zone: str = "UTC"
    has_mark: bool = False


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """An Excel workbook."""

    media_type: ClassVar[str] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class PlainText:
    """Beancount, or ledger-cli and hledger."""

    dialect: Dialect = "beancount"
    zone: str = "UTC"


Form = Csv | Journal | Spreadsheet | PlainText | DatevBooks


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """`name` is plain ASCII without quotes. `chunks` can be read once; whoever stops in the middle closes it."""

    name: str
    media_type: str
    chunks: AsyncGenerator[bytes, None]


async def open_file(database: Database, actor: Actor, scope: LedgerScope, form: Form) -> LedgerFile:
    """The ledger of `scope` in this form. For DATEV the period has to be the books' and the currency one.

    A site's whole ledger is for the program itself (`SYSTEM`): its caller has asked whoever it acts for. Raises
    `Forbidden`, `BadExportSetting`, `DatabaseBusy`.
    """
    if scope.organiser_id is not None:
        accounts.permit(actor, Action.SEE_REPORTS, scope.organiser_id)
    elif actor.kind != "system":
        raise Forbidden
    stem = f"ledger_{scope.from_at:%Y%m%d}-{scope.until_at - timedelta(microseconds=1):%Y%m%d}"
    match form:
        case Csv():
            writer: Writer = csv_writer(zone=form.zone, has_mark=form.has_mark)
            return await _opened(database, scope, writer, f"{stem}.csv", "text/csv; charset=utf-8")
        case Journal():
            writer = journal_writer(form.accounts, zone=form.zone, has_mark=form.has_mark)
            return await _opened(database, scope, writer, f"{stem}_journal.csv", "text/csv; charset=utf-8")
        case PlainText():
            name = f"{stem}.beancount" if form.dialect == "beancount" else f"{stem}.ledger"
            writer = PlainTextWriter(form.dialect, zone=form.zone)
            return await _opened(database, scope, writer, name, "text/plain; charset=utf-8")
        case DatevBooks():
            return await _datev(database, scope, form)
        case Spreadsheet():
            writer = SpreadsheetWriter(form.zone)
            return await _opened(database, scope, writer, f"{stem}.xlsx", form.media_type)
        case _:
            assert_never(form)


async def _datev(database: Database, scope: LedgerScope, books: DatevBooks) -> LedgerFile:
    here = ZoneInfo(books.zone)
    days = (scope.from_at.astimezone(here), (scope.until_at - timedelta(microseconds=1)).astimezone(here))
    if not books.first_day <= days[0].date() <= days[1].date() <= books.last_day:
        raise BadExportSetting(field="period", wanted="the days of its books")
    scope = replace(scope, currency=books.currency)
    async with database.reading_long() as reader:
        counts = await ledger_counts(reader, scope)
    transfers = sum(count.transfers for count in counts)
    if any(amount_number(books.currency, count.largest_minor) >= AMOUNT_BELOW for count in counts):
        raise BadExportSetting(field="currency", wanted="amounts of ten digits at most before the comma")
    stem = f"EXTF_Buchungsstapel_{books.first_day:%Y%m%d}-{books.last_day:%Y%m%d}"
    # A period that is not over may grow between the count and the file.
    if transfers > ENTRIES_MOST - _GROWTH_MOST:
        return await _opened(database, scope, DatevZipWriter(books, stem), f"{stem}.zip", "application/zip")
    return await _opened(database, scope, DatevWriter(books), f"{stem}.csv", "text/csv; charset=windows-1252")


async def _opened(
    database: Database, scope: LedgerScope, writer: Writer, name: str, media_type: str
) -> LedgerFile:
    """With the first piece made: what can be refused has been by now."""
    pieces = _pieces(database, scope, writer)
    first = await anext(pieces)
    return LedgerFile(name, media_type, _with_first(first, pieces))


async def _with_first(first: bytes, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces):
        if first:
            yield first
        async for piece in pieces:
            # To some servers an empty piece is the end.
            if piece:
                yield piece


async def _pieces(database: Database, scope: LedgerScope, writer: Writer) -> AsyncGenerator[bytes, None]:
    until = time.monotonic() + SECONDS_MOST
    piece = writer.begin()
    async with database.reading_long() as reader, aclosing(ledger_transfers(reader, scope)) as batches:
        async for rows in batches:
            yield piece + await asyncio.to_thread(writer.add, rows)
            piece = b""
            if time.monotonic() > until:
                raise DatabaseBusy
    yield piece + writer.end()
