"""What each writer writes, read back by somebody else's reader where there is one."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.reads.ledger_exports.accounts import AccountRule, AccountTable, Books, standard
from admitone.reads.ledger_exports.comma import CSV_COLUMNS, JOURNAL_COLUMNS, csv_writer, journal_writer
from admitone.reads.ledger_exports.datev import DatevBooks, DatevWriter, DatevZipWriter
from admitone.reads.ledger_exports.datev_columns import NAMES, TEXTS
from admitone.reads.ledger_exports.plain_text import PlainTextWriter
from admitone.reads.ledger_exports.rows import (
    BadExportSetting,
    LedgerRow,
    TransferType,
    Writer,
    amount_text,
    written,
)
from tests.support.ledger_rows import row

MADE = datetime(2026, 11, 21, 12, 0, 1, 234_567, tzinfo=UTC)
PENDING = "organiser:01a1ff60-d17b-7031-8f3c-2f42e4178223:pending"
printable = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def made_by(writer: Writer, *rows: LedgerRow) -> bytes:
    """The whole file, of rows that came in two batches."""
    return b"".join(written(writer, [rows[:1], rows[1:]]))


def read_csv(content: bytes) -> list[dict[str, str]]:
    """By Python's reader, in the strict mode."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def books(**changes: Any) -> DatevBooks:
    """Books of 2026."""
    given: dict[str, Any] = {
        "consultant": 1001,
        "client": 12,
        "fiscal_year_from": date(2026, 1, 1),
        "first_day": date(2026, 4, 1),
        "last_day": date(2026, 4, 30),
        "made_at": MADE,
    }
    return DatevBooks(**{**given, **changes})


def datev_lines(content: bytes) -> list[list[str]]:
    """The columns of each line, with their quotes; no text of these tests has a semicolon."""
    text = content.decode("cp1252")
    assert text.endswith("\r\n")
    return [line.split(";") for line in text.removesuffix("\r\n").split("\r\n")]


def test_comma_separated_values_have_every_column() -> None:
    content = made_by(
        csv_writer(zone="Europe/Berlin"), row(), row(order_code=None, event_title=None, currency="JPY")
    )
    assert content.startswith((",".join(CSV_COLUMNS) + "\r\n").encode())
    first, second = read_csv(content)
    assert first == {
        "at": "2026-04-01T00:30:00+02:00",
        "type": "sale",
        "kind": "sale",
        "debit_account": "clearing:sandbox",
        "credit_account": PENDING,
        "currency": "EUR",
        "amount": "25.00",
        "amount_minor": "2500",
        "order": "K7PQ2M4XA",
        "event": "Furnace Night",
        "group": "01a1ff60-d17b-7031-8f3c-2f42e4178200",
        "transfer": "00000000-0000-0000-0000-000000000001",
    }
    assert (second["order"], second["event"], second["amount"]) == ("", "", "2500")


def test_a_spreadsheet_is_told_the_encoding_when_asked_to() -> None:
    assert made_by(csv_writer(has_mark=True), row()).startswith(b"\xef\xbb\xbfat,")


@given(printable)
def test_no_title_becomes_a_formula_or_a_second_line(title: str) -> None:
    content = made_by(csv_writer(), row(event_title=title))
    (found,) = read_csv(content)
    assert not found["event"].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert content.count(b"\r\n") == 2
    (entry,) = read_csv(made_by(journal_writer(), row(event_title=title)))
    assert entry["text"].startswith("sale K7PQ2M4XA")


def test_formulas_get_an_apostrophe_and_quotes_are_doubled() -> None:
    content = made_by(csv_writer(), row(event_title='=1+1,"x"'))
    assert b',"\'=1+1,""x""",' in content


def test_a_journal_has_numbers_from_the_table_and_leaves_out_what_moves_nothing() -> None:
    release = row(
        kind="release", type=TransferType.OTHER, debit=PENDING, credit=PENDING.replace("pending", "available")
    )
    content = made_by(journal_writer(standard("skr03"), zone="Europe/Berlin"), row(), release)
    (entry,) = read_csv(content)
    assert tuple(entry) == JOURNAL_COLUMNS
    assert (entry["date"], entry["document"]) == ("2026-04-01", "K7PQ2M4XA")
    assert (entry["debit_account"], entry["credit_account"], entry["amount"]) == ("1210", "1590", "25.00")
    by_name = read_csv(made_by(journal_writer(), row(), release))
    assert [one["credit_account"].rpartition(":")[2] for one in by_name] == ["pending", "available"]


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        ("EUR", 5, "0.05"),
        ("EUR", -1234, "-12.34"),
        ("JPY", 500, "500"),
        ("KWD", 1234, "1.234"),
        ("BTC", 150_000, "0.00000150000"),
        ("EUR", 10**30, "1" + "0" * 28 + ".00"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, minor: int, text: str) -> None:
    assert amount_text(currency, minor) == text


def test_datev_has_its_header_its_columns_and_one_entry_for_each_transfer() -> None:
    # https://developer.datev.de: the header has 31 columns, the Buchungsstapel of version 13 has 125.
    header, names, entry = datev_lines(made_by(DatevWriter(books()), row(event_title="Żółć ȃ 東 „Grüße“")))
    assert header[:6] == ['"EXTF"', "700", "21", '"Buchungsstapel"', "13", "20261121130001234"]
    assert header[10:16] == ["1001", "12", "20260101", "4", "20260401", "20260430"]
    assert (header[21], header[26], len(header)) == ('"EUR"', '"03"', 31)
    assert tuple(names) == NAMES
    assert (len(names), len(entry)) == (125, 125)
    # Letters that Windows-1252 does not have lose their accents, or are a question mark.
    assert entry[:14] == [
        "25,00",
        '"S"',
        '"EUR"',
        "",
        "",
        '""',
        "1210",
        "1590",
        '""',
        "0104",
        '"K7PQ2M4XA"',
        '""',
        "",
        '"sale K7PQ2M4XA Zó?c a ? „Grüße“"',
    ]
    assert entry[113] == "0"
    assert all(
        (value == '""') == (number in TEXTS)
        for number, value in enumerate(entry[14:], start=15)
        if number != 114
    )


def test_a_text_for_datev_ends_before_its_limit_and_its_quotes_are_doubled() -> None:
    *_, entry = datev_lines(made_by(DatevWriter(books()), row(event_title='"' * 80)))
    assert entry[13] == '"sale K7PQ2M4XA ' + '""' * 45 + '"'
    *_, entry = datev_lines(made_by(DatevWriter(books()), row(order_code="A.b_c,1/2-" + "9" * 60)))
    assert entry[10] == '"Abc1/2-' + "9" * 29 + '"'


def test_foreign_money_for_datev_carries_its_rate_and_its_worth() -> None:
    dollars = books(currency="USD", rate=Decimal("1.25"))
    *_, entry = datev_lines(made_by(DatevWriter(dollars), row(currency="USD")))
    assert entry[:6] == ["25,00", '"S"', '"USD"', "1,250000", "20,00", '"EUR"']
    *_, entry = datev_lines(
        made_by(DatevWriter(books(currency="JPY", rate=Decimal(160))), row(currency="JPY"))
    )
    assert entry[:6] == ["2500,00", '"S"', '"JPY"', "160,000000", "15,62", '"EUR"']


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("consultant", {"consultant": 1000}),
        ("client", {"client": 0}),
        ("account_digits", {"account_digits": 3}),
        ("accounts", {"accounts": standard().overridden({"fees": "820000"})}),
        ("period", {"last_day": date(2027, 1, 1)}),
        ("period", {"first_day": date(2025, 12, 31)}),
        ("period", {"first_day": date(2026, 5, 1)}),
        ("currency", {"currency": "KWD"}),
        ("rate", {"currency": "USD"}),
        ("rate", {"currency": "USD", "rate": Decimal(0)}),
    ],
)
def test_books_that_datev_would_refuse_are_refused_first(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BadExportSetting) as refused:
        books(**changes)
    assert refused.value.field == field


def test_a_fiscal_year_may_begin_in_any_month() -> None:
    assert (
        books(
            fiscal_year_from=date(2025, 7, 1), first_day=date(2026, 6, 1), last_day=date(2026, 6, 30)
        ).client
        == 12
    )
    with pytest.raises(BadExportSetting):
        books(fiscal_year_from=date(2025, 7, 1), first_day=date(2026, 6, 1), last_day=date(2026, 7, 1))


def test_more_entries_than_a_file_holds_become_several_files_in_a_zip() -> None:
    rows = [row(amount_minor=minor) for minor in range(1, 8)]
    content = made_by(DatevZipWriter(books(), "EXTF_x", entries_most=3), *rows)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["EXTF_x_001.csv", "EXTF_x_002.csv", "EXTF_x_003.csv"]
        files = [datev_lines(archive.read(name)) for name in archive.namelist()]
    assert [[entry[0] for entry in lines[2:]] for lines in files] == [
        ["0,01", "0,02", "0,03"],
        ["0,04", "0,05", "0,06"],
        ["0,07"],
    ]
    assert all(lines[0][0] == '"EXTF"' for lines in files)


@pytest.mark.parametrize("chart", ["skr03", "skr04"])
@pytest.mark.parametrize("side", ["agent", "own"])
def test_every_account_of_ours_has_a_number_of_four_digits(chart: Any, side: Books) -> None:
    table = standard(chart, side)
    names = (
        *("clearing:sandbox", "clearing:stripe:01a1", PENDING, "credit:x", "deposits", "refunds_due", "fees"),
        *(
            "payouts_in_transit",
            "costs:processing",
            "organiser:01a1:gifts",
            "losses:dispute",
            "rounding",
            "of tomorrow",
        ),
    )
    for name in names:
        for kind in TransferType:
            number = table.number(name, kind)
            assert len(number) == 4, (name, kind)
            assert number.isdecimal()


def test_in_an_organisers_own_books_sales_are_revenue_and_a_payout_moves_money_to_the_bank() -> None:
    table = standard("skr04", "own")
    available = PENDING.replace("pending", "available")
    of = {kind: (table.number(PENDING, kind), table.number(available, kind)) for kind in TransferType}
    assert of[TransferType.SALE][0] == "4200"
    # What is released from pending to available moves nothing.
    assert len(set(of[TransferType.OTHER])) == 1
    # Organiser -> in transit -> provider: what remains is in transit against the provider's money.
    transit = table.number("payouts_in_transit", TransferType.PAYOUT)
    assert (of[TransferType.PAYOUT][1], transit) == ("1460", "3630")


def test_numbers_given_by_a_bookkeeper_come_first() -> None:
    table = standard("skr03").overridden({"clearing:stripe:*": "1361"})
    assert table.number("clearing:stripe:abc", TransferType.SALE) == "1361"
    assert table.number("clearing:sandbox", TransferType.SALE) == "1210"
    assert table.number("xclearing:stripe:abc", TransferType.SALE) == "1792"
    for wrong in ("", "12a", "0000", "1234567890"):
        with pytest.raises(BadExportSetting):
            standard().overridden({"fees": wrong})
    with pytest.raises(AssertionError):
        AccountTable((AccountRule("fees", "8200"),))


def test_beancount_opens_an_account_before_its_first_use_and_balances() -> None:
    content = made_by(
        PlainTextWriter(zone="Europe/Berlin"), row(event_title='A "B" \\ C'), row(id=UUID(int=2))
    )
    account = "Liabilities:Organiser:X-01a1ff60-d17b-7031-8f3c-2f42e4178223:Pending"
    assert content.decode() == (
        'option "title" "Ledger of Admit One; a debit is positive."\n'
        "2026-04-01 open Assets:Clearing:Sandbox\n"
        f"2026-04-01 open {account}\n"
        "\n"
        '2026-04-01 * "sale" "A \\"B\\" \\\\ C" ^K7PQ2M4XA\n'
        '  transfer: "00000000-0000-0000-0000-000000000001"\n'
        "    Assets:Clearing:Sandbox  25.00 EUR\n"
        f"    {account}  -25.00 EUR\n"
        "\n"
        '2026-04-01 * "sale" "Furnace Night" ^K7PQ2M4XA\n'
        '  transfer: "00000000-0000-0000-0000-000000000002"\n'
        "    Assets:Clearing:Sandbox  25.00 EUR\n"
        f"    {account}  -25.00 EUR\n"
    )


def test_ledger_and_hledger_get_the_same_without_openings() -> None:
    content = made_by(
        PlainTextWriter("ledger"), row(event_title="Jazz; brass | beer", debit="refunds_due", credit="fees")
    )
    assert content.decode() == (
        "; Ledger of Admit One; a debit is positive.\n"
        "\n"
        "2026-03-31 * (K7PQ2M4XA) sale Jazz, brass / beer\n"
        "    ; transfer: 00000000-0000-0000-0000-000000000001\n"
        "    Liabilities:RefundsDue  25.00 EUR\n"
        "    Income:Fees  -25.00 EUR\n"
    )
