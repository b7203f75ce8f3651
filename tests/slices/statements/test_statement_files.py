"""Files as banks write them, read whole: every line, to the cent and the letter. And files that are none."""

from datetime import date
from pathlib import Path

import pytest

from admitone.statements import (
    BYTES_MOST,
    Column,
    ColumnsNotFound,
    CsvReading,
    Kind,
    OtherAccount,
    ReadStatement,
    RowUnreadable,
    TooLarge,
    Unreadable,
    WrongCurrency,
    read_statement,
)

SAMPLES = Path(__file__).parent / "samples"
ACCOUNTS = {
    "ing_nl": "NL91ABNA0417164300",
    "rabobank": "NL91ABNA0417164300",
    "abn_amro": "NL91ABNA0417164300",
    "bbva": "ES9121000418450200051332",
    "mbank": "PL61109010140000071219812874",
    "camt053_v04": "CH9300762011623852957",
}
OURS = "DE89370400440532013000"


def read(name: str, currency: str = "EUR") -> ReadStatement:
    """A sample, for the account it is of."""
    path = SAMPLES / name
    return read_statement(path.read_bytes(), account=ACCOUNTS.get(path.stem, OURS), currency=currency)


def day(number: int) -> date:
    return date(2026, 11, number)


# file, currency, encoding, rows skipped, [(day, minor units, other side, its account, text)]
CSV: list[tuple[str, str, str, int, list[tuple[date, int, str | None, str | None, str]]]] = [
    (
        "sparkasse.csv",
        "EUR",
        "windows-1252",
        1,
        [
            (day(20), 2500, "Jürgen Müßig", "DE02120300000000202051", "Bestellung 7K3M9 QX2V Jazz"),
            (day(20), -490, "Sparkasse", None, "Entgelt November – siehe Anlage"),
            (day(19), 125_000, "Große Bühne e.V.", "DE02500105170137075030", "Spende"),
        ],
    ),
    (
        "dkb.csv",
        "EUR",
        "utf-8",
        0,
        [
            (day(20), 2500, "Zoë Brontë", "DE02120300000000202051", "7k3m-9qx2-v"),
            (day(18), -103_450, "Druckerei Łódź", "DE02500105170137075030", "Plakate zweite Zeile"),
        ],
    ),
    (
        "ing_nl.csv",
        "EUR",
        "utf-8",
        0,
        [
            (
                day(20),
                2500,
                "Hr J de Vries",
                "NL20INGB0001234567",
                "Naam: Hr J de Vries Omschrijving: 7K3M9QX2V IBAN: NL20INGB0001234567 "
                "Datum/Tijd: 20-11-2026 10:15:00 Valutadatum: 20-11-2026",
            ),
            (day(19), -1235, "Kosten Zakelijk Betalingsverkeer", None, "Periode 01-10-2026 / 31-10-2026"),
        ],
    ),
    (
        "rabobank.csv",
        "EUR",
        "windows-1252",
        0,
        [(day(20), 202_500, "A. Lovelace", "NL20INGB0001234567", "Tickets 7K3M\n9QX2V")],
    ),
    (
        "credit_agricole.csv",
        "EUR",
        "iso-8859-15",
        0,
        [
            (day(3), 123_456, None, None, "VIREMENT EN VOTRE FAVEUR CŒUR DE VILLE 7K3M9QX2V"),
            (day(2), -450, None, None, "COMMISSION €URO TARIF"),
        ],
    ),
    (
        "bbva.csv",
        "EUR",
        "utf-8",
        0,
        [
            (day(20), 2500, None, None, "Transferencia recibida\nentrada 7K3M9QX2V"),
            (day(5), -106_010, None, None, "Recibo luz"),
        ],
    ),
    (
        "mbank.csv",
        "PLN",
        "windows-1250",
        1,
        [
            (
                day(20),
                110_000,
                "ŻANETA ŹDŹBŁO",
                "27114020040000300201355387",
                "PRZELEW ZEWNĘTRZNY PRZYCHODZĄCY\npłatność 7K3M9QX2V, dziękuję",
            ),
            (day(19), -1000, None, None, "OPŁATA\nza prowadzenie"),
        ],
    ),
    (
        "wise.csv",
        "EUR",
        "utf-8",
        0,
        [
            (
                day(20),
                2500,
                "Grace Hopper",
                None,
                "Received money from Grace Hopper with reference 7K3M9QX2V\n7K3M9QX2V",
            ),
            (day(12), -350, "Printer Ltd", None, "Sent money to Printer"),
        ],
    ),
    (
        "purpose.csv",
        "EUR",
        "utf-8",
        0,
        [(day(20), 5430, "Ada Obi", "DE02120300000000202051", "7K3M9QX2V Tickets")],
    ),
    (
        "revolut.csv",
        "EUR",
        "utf-8",
        2,
        [(day(20), 2500, "ADA LOVELACE", None, "Money added from ADA LOVELACE\n7K3M9QX2V")],
    ),
    (
        "unicode_text.csv",
        "EUR",
        "utf-16-le",
        0,
        [(day(20), 2500, "Żaneta Źdźbło", None, "7K3M9QX2V"), (day(19), -999, "Büro", None, "Papier")],
    ),
]


@pytest.mark.parametrize(
    ("name", "currency", "encoding", "skipped", "lines"), CSV, ids=[one[0] for one in CSV]
)
def test_a_banks_own_csv_is_read_without_help(
    name: str,
    currency: str,
    encoding: str,
    skipped: int,
    lines: list[tuple[date, int, str | None, str | None, str]],
) -> None:
    statement = read(name, currency)
    assert statement.kind is Kind.CSV
    assert (statement.encoding, statement.skipped) == (encoding, skipped)
    found = [
        (one.booked_on, one.amount_minor, one.payer_name, one.payer_iban, one.text) for one in statement.lines
    ]
    assert found == lines
    assert {one.currency for one in statement.lines} == {currency}


@pytest.mark.parametrize(
    ("name", "looks_like", "remedy"),
    [
        ("excel.csv", "excel", "save it as “CSV UTF-8”"),
        ("web_page.csv", "html", "signed you out"),
        ("damaged_utf8.csv", "encoding", "without opening it in another program"),
        ("xml_bomb.xml", "xml_with_document_type", "Download"),
        ("xml_reaches_out.xml", "xml_with_document_type", "Download"),
        ("broken.sta", "mt940", "CAMT.053"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_with_a_way_on(
    name: str, looks_like: str, remedy: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(name)
    assert refused.value.code == "statements.unreadable"
    assert refused.value.data["looks_like"] == looks_like
    assert remedy in refused.value.sentence


@pytest.mark.parametrize(
    ("data", "looks_like"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "excel"),
        (b"PK\x03\x04" + bytes(26) + b"statement.xml", "packed"),
        (b"\x1f\x8b\x08\x00", "packed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"Date;Amount\n20.11.2026;25,00\x00\n", "binary"),
        (b"Datum;Betrag;Name\n20.11.2026;25,00;M\x81ller\n", "binary"),
        (b'<?xml version="1.0" encoding="UTF-7"?><Document/>', "encoding"),
        (b'<?xml version="1.0" encoding="UTF-8"?><Document>M\xfcller</Document>', "encoding"),
        (b"<Document><BkToCstmrStmt>", "xml"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>', "other_xml"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "camt"),
        (b'Date,Amount,Name\n2026-11-20,25.00,"Ada\n', "csv"),
        (b"<!-- a -->" * 400 + b"<html>", "html"),
    ],
)
def test_other_files_are_known_for_what_they_are(data: bytes, looks_like: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_statement(data, account=OURS, currency="EUR")
    assert refused.value.data["looks_like"] == looks_like


def test_a_document_type_is_found_in_utf_16_too() -> None:
    bomb = (SAMPLES / "xml_bomb.xml").read_text("utf-8").encode("utf-16")
    with pytest.raises(Unreadable) as refused:
        read_statement(bomb, account=OURS, currency="EUR")
    assert refused.value.data["looks_like"] == "xml_with_document_type"


def test_more_than_is_read_at_once_is_refused() -> None:
    with pytest.raises(TooLarge) as refused:
        read_statement(bytes(BYTES_MOST + 1), account=OURS, currency="EUR")
    assert refused.value.sentence.startswith("This file is too large: at most 5 MB")
    rows = b"Date,Amount\n" + b"2026-11-20,1.00\n" * 20_001
    with pytest.raises(TooLarge) as refused:
        read_statement(rows, account=OURS, currency="EUR")
    assert refused.value.data == {"most": 20_000, "unit": "lines"}


@pytest.mark.parametrize(
    ("name", "currency"), [("sparkasse.csv", "CHF"), ("camt053_v02.xml", "USD"), ("abn_amro.sta", "GBP")]
)
def test_money_in_another_currency_is_refused_whole(name: str, currency: str) -> None:
    with pytest.raises(WrongCurrency) as refused:
        read(name, currency)
    assert refused.value.data == {"found": "EUR", "expected": currency}


@pytest.mark.parametrize(
    "name", ["sparkasse.csv", "dkb.csv", "camt053_v02.xml", "sparkasse.sta", "abn_amro.sta"]
)
def test_the_statement_of_another_account_is_refused(name: str) -> None:
    with pytest.raises(OtherAccount):
        read_statement((SAMPLES / name).read_bytes(), account="FR1420041010050500013M02606", currency="EUR")


def test_only_the_chosen_account_of_a_file_with_two_is_read() -> None:
    first = read("camt053_v04.xml", "CHF")
    assert [line.amount_minor for line in first.lines] == [4910]
    data = (SAMPLES / "camt053_v04.xml").read_bytes()
    second = read_statement(data, account="CH56 0483 5012 3456 7800 9", currency="CHF")
    assert [line.amount_minor for line in second.lines] == [100]
    assert second.account == "CH5604835012345678009"


def test_columns_nobody_knows_are_asked_for_and_chosen_by_hand() -> None:
    data = b"Wann;Wieviel;Wer;Wozu;Noch\n20.11.2026;25,00;Ada;7K3M9;QX2V\n"
    with pytest.raises(ColumnsNotFound) as refused:
        read_statement(data, account=OURS, currency="EUR")
    assert refused.value.data["headers"] == ["Wann", "Wieviel", "Wer", "Wozu", "Noch"]
    assert refused.value.data["missing"] == ["booked", "amount"]
    columns = {Column.BOOKED: "wann", Column.AMOUNT: "Wieviel", Column.NAME: "Wer", Column.TEXT: "Wozu\nNoch"}
    [line] = read_statement(data, account=OURS, currency="EUR", reading=CsvReading(columns)).lines
    assert (line.booked_on, line.amount_minor, line.payer_name) == (day(20), 2500, "Ada")
    assert line.text == "7K3M9\nQX2V"


def test_a_column_chosen_by_hand_is_taken_from_what_was_guessed() -> None:
    data = b"Date,Amount,Description,Amount EUR\n2026-11-20,1.00,x,25.00\n"
    columns = {Column.AMOUNT: "Amount EUR", Column.TEXT: ""}
    [line] = read_statement(data, account=OURS, currency="EUR", reading=CsvReading(columns)).lines
    assert (line.amount_minor, line.text) == (2500, "")


@pytest.mark.parametrize(
    ("row", "number", "value", "what"),
    [
        ("31.11.2026;25,00", 3, "31.11.2026", "a day"),
        ("20.11.2026;25,00,00", 3, "25,00,00", "an amount"),
        ("20.11.2026;1e3", 3, "1e3", "an amount"),
        ("20.11.2026;²5,00", 3, "²5,00", "an amount"),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_nothing_is_skipped(
    row: str, number: int, value: str, what: str
) -> None:
    data = f"Datum;Betrag\n20.11.2026;1,00\n{row}\n".encode()
    with pytest.raises(RowUnreadable) as refused:
        read_statement(data, account=OURS, currency="EUR")
    assert refused.value.data == {"row": number, "value": value, "what": what}


def test_an_amount_the_currency_cannot_have_is_not_rounded() -> None:
    data = b"Date,Amount\n2026-11-20,1.005\n2026-11-20,1.00\n"
    with pytest.raises(Unreadable) as refused:
        read_statement(data, account=OURS, currency="EUR")
    assert refused.value.data["looks_like"] == "amount"


def test_what_a_spreadsheet_is_told_about_separators_is_understood() -> None:
    data = b"sep=;\r\nDate;Amount;Description\r\n2026-11-20;25.00;a,b,c\r\n"
    [line] = read_statement(data, account="my account", currency="EUR").lines
    assert (line.amount_minor, line.text) == (2500, "a,b,c")
