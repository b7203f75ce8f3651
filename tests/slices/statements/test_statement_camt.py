"""CAMT: what the library mixes up between an entry and its details is read right."""

from datetime import date
from pathlib import Path

import pytest
from pycamt.parser import Camt053Parser

from admitone.statements import Kind, ReadStatement, StatementLine, Unreadable, read_statement

SAMPLES = Path(__file__).parent / "samples"
OURS = "DE89370400440532013000"
BANK_DAY = date(2026, 11, 20)


def read(name: str, account: str = OURS, currency: str = "EUR") -> ReadStatement:
    return read_statement((SAMPLES / name).read_bytes(), account=account, currency=currency)


def shown(line: StatementLine) -> tuple[str | None, int, str | None, str | None, str]:
    return line.bank_ref, line.amount_minor, line.payer_name, line.payer_iban, line.text


def entry(inner: str, *, version: str = "053.001.02", before: str = "", currency: str = "EUR") -> bytes:
    """A statement of one entry of 25.00 that came in."""
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{version}"><BkToCstmrStmt><Stmt>'
        f"<Acct><Id><IBAN>{OURS}</IBAN></Id></Acct><Ntry>{before}"
        f'<Amt Ccy="{currency}">25.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><Dt>2026-11-20</Dt></BookgDt>{inner}</Ntry></Stmt></BkToCstmrStmt></Document>"
    ).encode()


def one_line(data: bytes) -> StatementLine:
    [line] = read_statement(data, account=OURS, currency="EUR").lines
    return line


def test_a_statement_of_version_02_is_read_with_its_batches() -> None:
    statement = read("camt053_v02.xml")
    assert (statement.kind, statement.encoding, statement.skipped) == (Kind.CAMT_053, "iso-8859-1", 0)
    assert [shown(line) for line in statement.lines] == [
        ("2026112012345678901", 2500, "Jürgen Müßig", "DE02120300000000202051", "Bestellung 7K3M9 QX2V Jazz"),
        ("2026112099999999999/1", 2500, "Ada", None, "AAAA11111\nE2E-1"),
        ("2026112099999999999/2", 2550, "Grace", None, "BBBB22222\nE2E-2"),
        ("2026112099999999999/3", 2500, "Mary", None, "CCCC33333\nE2E-3"),
        # The bank does not say how the batch is divided: it stays one, with both texts.
        ("2026112088888888888", 6000, None, None, "DDDD44444\nEEEE55555"),
        (None, -490, None, None, "Entgeltabschluss"),
    ]
    assert {line.booked_on for line in statement.lines} == {BANK_DAY}
    assert "<Ustrd>QX2V Jazz</Ustrd>" in statement.lines[0].raw["xml"]


def test_a_charge_changes_neither_sign_nor_amount() -> None:
    [line] = read("camt053_v04.xml", "CH9300762011623852957", "CHF").lines
    assert shown(line) == (
        "900000001-1",
        4910,
        "Rutschmann Pia",
        None,
        "210000000003139471430009017\n7K3M9QX2V",
    )


def test_version_08_names_parties_and_states_one_step_deeper() -> None:
    statement = read("camt053_v08.xml")
    assert statement.skipped == 1
    assert [shown(line) for line in statement.lines] == [
        ("BANK-1", 2500, "Zoë Brontë", "FR1420041010050500013M02606", "merci\n7K3M9QX2V"),
        # What undoes it goes out, and is still about the same person.
        ("BANK-2", -2500, "Zoë Brontë", "FR1420041010050500013M02606", "recalled\n7K3M9QX2V"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "skipped"),
    [("camt052_v06.xml", Kind.CAMT_052, 1), ("camt054_v04.xml", Kind.CAMT_054, 0)],
)
def test_reports_and_notices_are_read_like_statements(name: str, kind: Kind, skipped: int) -> None:
    statement = read(name)
    assert (statement.kind, statement.skipped) == (kind, skipped)
    assert [(line.amount_minor, line.text) for line in statement.lines] == [(2500, "7K3M9QX2V")]


@pytest.mark.parametrize("version", ["02", "03", "04", "05", "06", "07", "08", "13"])
def test_the_number_of_the_version_does_not_matter(version: str) -> None:
    data = entry(
        "<NtryDtls><TxDtls><RmtInf><Ustrd>X</Ustrd></RmtInf></TxDtls></NtryDtls>",
        version=f"053.001.{version}",
    )
    assert one_line(data).text == "X"


def test_a_single_transfer_counts_as_booked_and_not_as_instructed() -> None:
    details = "<NtryDtls><TxDtls><AmtDtls><InstdAmt><Amt Ccy='USD'>29.00</Amt></InstdAmt></AmtDtls></TxDtls></NtryDtls>"
    assert one_line(entry(details)).amount_minor == 2500


def test_a_batch_in_another_currency_is_not_divided() -> None:
    part = "<TxDtls><Amt Ccy='USD'>12.50</Amt><RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls>"
    data = entry(f"<NtryDtls>{part.format('A')}{part.format('B')}</NtryDtls>")
    line = one_line(data)
    assert (line.amount_minor, line.text) == (2500, "A\nB")


def test_a_batch_that_does_not_add_up_is_not_divided() -> None:
    part = "<TxDtls><Amt Ccy='EUR'>12.00</Amt></TxDtls>"
    assert one_line(entry(f"<NtryDtls>{part * 2}</NtryDtls>")).amount_minor == 2500


def test_a_batch_with_one_going_the_other_way_adds_up() -> None:
    came = "<TxDtls><Amt Ccy='EUR'>30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
    went = "<TxDtls><Amt Ccy='EUR'>5.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"
    lines = read_statement(entry(f"<NtryDtls>{came}{went}</NtryDtls>"), account=OURS, currency="EUR").lines
    assert [line.amount_minor for line in lines] == [3000, -500]


def test_our_own_account_is_never_the_other_side() -> None:
    swapped = (
        f"<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Mill Lane</Nm></Dbtr><DbtrAcct><Id><IBAN>{OURS}</IBAN></Id></DbtrAcct>"
        "<Cdtr><Nm>Ada</Nm></Cdtr><CdtrAcct><Id><IBAN>DE02120300000000202051</IBAN></Id></CdtrAcct></RltdPties>"
        "</TxDtls></NtryDtls>"
    )
    line = one_line(entry(swapped))
    assert (line.payer_name, line.payer_iban) == ("Ada", "DE02120300000000202051")


def test_what_a_bank_adds_of_its_own_is_no_entry() -> None:
    data = entry("").replace(
        b"</Stmt>",
        b'<SplmtryData><Envlp><x:Ntry xmlns:x="urn:x"><x:Amt Ccy="EUR">9</x:Amt></x:Ntry></Envlp></SplmtryData></Stmt>',
    )
    assert one_line(data).amount_minor == 2500


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"25.00</Amt>", b"twenty</Amt>"),
        (b"25.00</Amt>", b"-25.00</Amt>"),
        (b"CRDT", b"BOTH"),
        (b"<Dt>2026-11-20</Dt>", b"<Dt>soon</Dt>"),
    ],
)
def test_an_entry_without_amount_side_or_day_refuses_the_file(old: bytes, new: bytes) -> None:
    with pytest.raises(Unreadable):
        one_line(entry("").replace(old, new))


def test_the_library_still_mixes_up_what_we_read_beside_it() -> None:
    """When one of these fails, pycamt has learnt it, and `camt_reader` may do less."""
    rows = Camt053Parser((SAMPLES / "camt053_v02.xml").read_bytes()).get_transactions()
    assert rows[0]["Amount"] == "21.60", "the amount instructed in pounds, for one of euros"
    charged = Camt053Parser((SAMPLES / "camt053_v04.xml").read_bytes()).get_transactions()
    assert charged[0]["Amount"] == "50.00", "before the charge"
    assert charged[0]["RemittanceInformation"] == "210000000003139471430009017"
