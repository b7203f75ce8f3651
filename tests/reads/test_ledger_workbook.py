"""The workbook, read back by somebody else's reader: numbers, dates, texts that are no formulas, full sheets."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

import openpyxl
import pytest

from admitone.reads.ledger_exports import workbook as workbook_parts
from admitone.reads.ledger_exports.rows import LedgerRow, TransferType, written
from admitone.reads.ledger_exports.spreadsheet import SpreadsheetWriter
from tests.support.ledger_rows import row


def workbook(writer: SpreadsheetWriter, *batches: Sequence[LedgerRow]) -> openpyxl.Workbook:
    """What a table program sees of it."""
    return openpyxl.load_workbook(io.BytesIO(b"".join(written(writer, batches))))


def test_a_workbook_has_real_numbers_and_dates_and_totals() -> None:
    huge = 10**22 + 1
    book = workbook(
        SpreadsheetWriter("Europe/Berlin"),
        [row(event_title="=HYPERLINK(1)"), row(amount_minor=199, kind="fee", type=TransferType.FEE)],
        [row(currency="KWD", amount_minor=1234), row(currency="BTC", amount_minor=huge)],
        [row(currency="JPY", amount_minor=4300), row(currency="BTC", amount_minor=1)],
    )
    assert book.sheetnames == ["Transfers", "Totals"]
    sheet, totals = book["Transfers"], book["Totals"]
    assert sheet.freeze_panes == "A2"
    assert [(cell.value, cell.font.b) for cell in sheet[1]][:2] == [("Time", True), ("Type", True)]
    first = sheet[2]
    assert first[0].value == datetime(2026, 4, 1, 0, 30)  # noqa: DTZ001 - a cell has no zone
    assert first[0].number_format == "yyyy-mm-dd hh:mm:ss"
    assert [cell.value for cell in first[1:]] == [
        "sale",
        "sale",
        "clearing:sandbox",
        "organiser:01a1ff60-d17b-7031-8f3c-2f42e4178223:pending",
        "EUR",
        25,
        "K7PQ2M4XA",
        "=HYPERLINK(1)",
        "01a1ff60-d17b-7031-8f3c-2f42e4178200",
    ]
    assert (sheet["I2"].data_type, sheet["G2"].data_type, sheet["G2"].number_format) == ("s", "n", "#,##0.00")
    assert (sheet["G4"].value, sheet["G4"].number_format) == (1.234, "#,##0.000")
    # More digits than Excel counts with.
    assert (sheet["G5"].value, sheet["G5"].data_type) == ("100000000000.00000000001", "s")
    assert (sheet["G6"].value, sheet["G6"].number_format) == (4300, "#,##0")
    assert (sheet["G7"].value, sheet["G7"].number_format) == (1e-11, "#,##0.00000000000")
    assert [[cell.value for cell in line] for line in totals.iter_rows(min_row=2)] == [
        ["BTC", "sale", 2, "100000000000.00000000002"],
        ["BTC", "all", 2, "100000000000.00000000002"],
        ["EUR", "fee", 1, 1.99],
        ["EUR", "sale", 1, 25],
        ["EUR", "all", 2, 26.99],
        ["JPY", "sale", 1, 4300],
        ["JPY", "all", 1, 4300],
        ["KWD", "sale", 1, 1.234],
        ["KWD", "all", 1, 1.234],
    ]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "＝1+1"])
def test_no_text_of_a_workbook_is_a_formula(title: str) -> None:
    sheet = workbook(SpreadsheetWriter(), [row(event_title=title, kind=title)])["Transfers"]
    assert {sheet["C2"].data_type, sheet["I2"].data_type} == {"s"}
    assert sheet["C2"].value == sheet["I2"].value == title.strip()


def test_texts_of_a_workbook_are_any_letters_and_may_be_missing() -> None:
    sheet = workbook(
        SpreadsheetWriter(),
        [
            row(event_title="Rock & <Roll> ]]> \x00\x1b\ud800 \uffff Ünï 🎸"),
            row(event_title=None, order_code=None),
            row(event_title="a" * 40_000),
        ],
    )["Transfers"]
    assert sheet["I2"].value == "Rock & <Roll> ]]> Ünï 🎸"
    assert [cell.value for cell in sheet[3]][6:] == [25, None, None, "01a1ff60-d17b-7031-8f3c-2f42e4178200"]
    assert len(sheet["I4"].value) == 32_767


def test_a_text_that_looks_like_an_escape_of_excels_stays_as_it_is() -> None:
    pieces = b"".join(written(SpreadsheetWriter(), [[row(event_title="_x0041_ _x41_")]]))
    with zipfile.ZipFile(io.BytesIO(pieces)) as archive:
        # Excel reads `_x005F_` as `_`.
        assert b"<t>_x005F_x0041_ _x41_</t>" in archive.read("xl/worksheets/sheet1.xml")


def test_a_workbook_goes_on_in_the_next_sheet_when_one_is_full() -> None:
    book = workbook(
        SpreadsheetWriter(sheet_rows=3), [row(amount_minor=minor) for minor in (100, 200, 300, 400, 500)]
    )
    assert book.sheetnames == ["Transfers", "Transfers 2", "Transfers 3", "Totals"]
    found = [
        [line[6] for line in book[name].iter_rows(min_row=2, values_only=True)]
        for name in book.sheetnames[:3]
    ]
    assert found == [[1, 2], [3, 4], [5]]
    assert all(book[name]["G1"].value == "Amount" for name in book.sheetnames[:3])


def test_a_full_sheet_with_nothing_after_it_gets_no_empty_one() -> None:
    assert workbook(SpreadsheetWriter(sheet_rows=3), [row(), row()]).sheetnames == ["Transfers", "Totals"]


def test_a_sheet_of_very_long_texts_ends_before_the_archive_needs_larger_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook_parts, "_SHEET_BYTES_MOST", 5_000)
    book = workbook(SpreadsheetWriter(), *[[row(event_title="a" * 3_000)]] * 4)
    assert book.sheetnames == ["Transfers", "Transfers 2", "Totals"]
    assert [book[name].max_row for name in book.sheetnames[:2]] == [3, 3]


def test_a_workbook_is_an_archive_that_was_written_forward_and_once() -> None:
    writer = SpreadsheetWriter()
    begun = writer.begin()
    made = begun + writer.add([row()]) + writer.end()
    assert begun.startswith(b"PK\x03\x04")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == "[Content_Types].xml"
        assert len(names) == len(set(names)) == 7
        # Sizes and checksums come after each part; ZIP64 before its time is what Excel stumbles over.
        assert all(
            one.flag_bits & 8 and not one.extra and one.extract_version == 20 for one in archive.infolist()
        )
