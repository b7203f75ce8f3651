"""Files as they are sent: who may have them, what is refused before the first byte, and that they show one moment."""

import csv
import io
import zipfile
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import text

from admitone.plumbing.database import LONG_POOL_MOST, Database
from admitone.reads import ledger_files
from admitone.reads.ledger_exports.datev import DatevBooks
from admitone.reads.ledger_exports.rows import BadExportSetting
from admitone.reads.ledger_files import Csv, Form, Journal, LedgerFile, PlainText, Spreadsheet, open_file
from admitone.reads.ledger_transfers import BATCH_ROWS, LedgerScope
from admitone.values.actor import SYSTEM, Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Unauthenticated
from tests.support.event_makers import make_team
from tests.support.ledger_rows import Moved, write

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
SITE = LedgerScope(MARCH, APRIL, is_test=True)
BOOKS = DatevBooks(
    consultant=1001,
    client=1,
    fiscal_year_from=date(2026, 1, 1),
    first_day=date(2026, 3, 1),
    last_day=date(2026, 3, 31),
    made_at=APRIL,
    zone="UTC",
)
FORMS: tuple[Form, ...] = (Csv(), Journal(), Spreadsheet(), PlainText(), PlainText("ledger"), BOOKS)


async def content(file: LedgerFile) -> bytes:
    """All of it. No piece is empty: to some servers that would be the end."""
    pieces = [piece async for piece in file.chunks]
    assert all(pieces)
    return b"".join(pieces)


async def write_many(db: Database, count: int) -> None:
    """So many transfers of one account, a second apart, in one statement."""
    await write(db, [Moved("sale", "clearing:sandbox", "fees", 1, MARCH)])
    async with db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO ledger_transfer (id, fact_key, group_id, debit_id, credit_id, currency, amount_minor, "
                "kind, at) SELECT gen_random_uuid(), 'many:' || n, group_id, debit_id, credit_id, currency, n, kind, "
                "at + n * interval '1 second' FROM ledger_transfer, generate_series(2, :count) AS n"
            ),
            {"count": count},
        )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
async def test_every_form_is_sent_under_a_name_of_its_own(db: Database, form: Form) -> None:
    await write(db, [Moved("sale", "clearing:sandbox", "fees", 2500, MARCH)])
    file = await open_file(db, SYSTEM, SITE, form)
    made = await content(file)
    expected = {
        "Csv": ("ledger_20260301-20260331.csv", "text/csv; charset=utf-8", b"at,type"),
        "Journal": ("ledger_20260301-20260331_journal.csv", "text/csv; charset=utf-8", b"date,doc"),
        "Spreadsheet": ("ledger_20260301-20260331.xlsx", Spreadsheet.media_type, b"PK"),
        "DatevBooks": (
            "EXTF_Buchungsstapel_20260301-20260331.csv",
            "text/csv; charset=windows-1252",
            b'"EXTF";700',
        ),
    }
    plain = {"beancount": "ledger_20260301-20260331.beancount", "ledger": "ledger_20260301-20260331.ledger"}
    if isinstance(form, PlainText):
        assert (file.name, file.media_type) == (plain[form.dialect], "text/plain; charset=utf-8")
        assert b"25.00 EUR" in made
    else:
        name, kind, begins = expected[type(form).__name__]
        assert (file.name, file.media_type, made.startswith(begins)) == (name, kind, True)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
async def test_an_empty_period_is_a_whole_file_too(db: Database, form: Form) -> None:
    assert await content(await open_file(db, SYSTEM, SITE, form))


async def test_a_long_file_is_one_moment_however_slowly_it_is_read(db: Database) -> None:
    many = 2 * BATCH_ROWS + 5
    await write_many(db, many)
    file = await open_file(db, SYSTEM, SITE, Csv())
    first = await anext(file.chunks)
    assert first.count(b"\r\n") == BATCH_ROWS + 1
    await write(db, [Moved("sale", "clearing:sandbox", "fees", 7, APRIL - timedelta(seconds=1))])
    rows = list(csv.DictReader(io.StringIO((first + await content(file)).decode(), newline="")))
    assert [int(one["amount_minor"]) for one in rows] == list(range(1, many + 1))
    assert (await content(await open_file(db, SYSTEM, SITE, Csv()))).count(b"\r\n") == many + 2


async def test_a_workbook_has_all_batches(db: Database) -> None:
    many = BATCH_ROWS + 5
    await write_many(db, many)
    made = await content(await open_file(db, SYSTEM, SITE, Spreadsheet()))
    book = openpyxl.load_workbook(io.BytesIO(made), read_only=True)
    assert sum(1 for _ in book["Transfers"].iter_rows(values_only=True)) == many + 1
    (_, *totals) = book["Totals"].iter_rows(values_only=True)
    assert totals[-1] == ("EUR", "all", many, many * (many + 1) / 200)


async def test_a_workbook_is_sent_while_the_ledger_is_read(db: Database) -> None:
    await write_many(db, 2 * BATCH_ROWS)
    file = await open_file(db, SYSTEM, SITE, Spreadsheet())
    first, second = await anext(file.chunks), await anext(file.chunks)
    assert first.startswith(b"PK\x03\x04")
    assert b"xl/worksheets/sheet1.xml" in first
    assert b"xl/workbook.xml" not in first + second
    rest = await content(file)
    assert b"xl/workbook.xml" in rest
    # A batch of rows is some ten kilobytes, not all there is.
    assert min(len(first), len(second)) > 10_000


async def test_more_entries_than_datev_takes_in_one_file_are_sent_as_a_zip(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_many(db, 12)
    monkeypatch.setattr(ledger_files, "ENTRIES_MOST", ledger_files._GROWTH_MOST + 11)
    file = await open_file(db, SYSTEM, SITE, BOOKS)
    assert (file.name, file.media_type) == ("EXTF_Buchungsstapel_20260301-20260331.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(await content(file))) as archive:
        (name,) = archive.namelist()
        assert archive.read(name).count(b"\r\n") == 14
    monkeypatch.setattr(ledger_files, "ENTRIES_MOST", ledger_files._GROWTH_MOST + 12)
    file = await open_file(db, SYSTEM, SITE, BOOKS)
    assert file.name.endswith(".csv")
    assert (await content(file)).count(b"\r\n") == 14


async def test_datev_is_refused_before_the_first_byte(db: Database) -> None:
    await write(db, [Moved("sale", "clearing:sandbox", "fees", 10**12, MARCH)])
    refusals = (
        (SITE, BOOKS, "currency"),
        (replace(SITE, until_at=APRIL + timedelta(seconds=1)), BOOKS, "period"),
    )
    for scope, books, field in refusals:
        with pytest.raises(BadExportSetting) as refused:
            await open_file(db, SYSTEM, scope, books)
        assert refused.value.field == field


async def test_a_ledger_is_for_those_who_may_see_it(db: Database) -> None:
    team, stranger = await make_team(db), await make_team(db)
    mine = replace(SITE, organiser_id=team.id)
    for actor in (Actor.guest(), team.door, stranger.owner):
        with pytest.raises((Forbidden, Unauthenticated)):
            await open_file(db, actor, mine, Csv())
    for actor in (Actor.guest(), team.owner, Actor.person(uuid7())):
        with pytest.raises(Forbidden):
            await open_file(db, actor, SITE, Csv())
    assert await content(await open_file(db, team.owner, mine, Csv()))


async def test_whoever_stops_in_the_middle_gives_the_connection_back(db: Database) -> None:
    await write_many(db, BATCH_ROWS + 1)
    for form in (Csv(), Spreadsheet()):
        for _ in range(LONG_POOL_MOST + 1):
            file = await open_file(db, SYSTEM, SITE, form)
            async with aclosing(file.chunks):
                assert await anext(file.chunks)
    async with AsyncExitStack() as all_of_them:
        for _ in range(LONG_POOL_MOST):
            await all_of_them.enter_async_context(db.reading_long())
