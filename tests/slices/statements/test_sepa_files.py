"""The file of transfers: valid by the schema, its sums right, its letters those banks pass on, the same every time."""

from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from admitone.statements import Debtor, NoTransfers, Schema, Transfer, sepa_text, transfer_file
from admitone.statements.sepa_letters import is_sepa_reference
from admitone.values.refusals import Problems

DEBTOR = Debtor("Mühle & Söhne gGmbH", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX")
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ ")
IBANS = (
    "NL91ABNA0417164300",
    "FR1420041010050500013M02606",
    "DE02120300000000202051",
    "GR1601101250000000012300695",
)


def transfer(number: int = 1, amount: int = 2500, /, **more: str) -> Transfer:
    return Transfer(
        end_to_end_id=more.get("end_to_end_id", f"PAYOUT-{number}"),
        holder=more.get("holder", "Ada Lovelace"),
        iban=more.get("iban", IBANS[number % len(IBANS)]),
        amount_minor=amount,
        text=more.get("text", "Refund 7K3M9QX2V"),
        bic=more.get("bic"),
    )


def written(
    *transfers: Transfer, debtor: Debtor = DEBTOR, schema: Schema = Schema.NEW, message: str = "M-1"
) -> bytes:
    return transfer_file(
        debtor, transfers, message_id=message, created_at=AT, execute_on=date(2026, 11, 23), schema=schema
    )


def texts(file: bytes, path: str) -> list[str]:
    """The texts at a path of plain names."""
    root = etree.fromstring(file)
    return [node.text for node in root.iterfind(".//" + "/".join(f"{{*}}{name}" for name in path.split("/")))]


def problems(
    *transfers: Transfer, debtor: Debtor = DEBTOR, message: str = "M-1"
) -> list[tuple[str | None, str]]:
    with pytest.raises(Problems) as refused:
        written(*transfers, debtor=debtor, message=message)
    return [(one.field, one.code) for one in refused.value.problems]


@pytest.mark.parametrize("schema", Schema)
@pytest.mark.filterwarnings("ignore")
def test_another_validator_finds_the_file_valid(schema: Schema) -> None:
    file = written(transfer(1), transfer(2, 1), transfer(3, 99_999_999_999, bic="INGDDEFFXXX"), schema=schema)
    source = files("sepaxml").joinpath("schemas", f"{schema.value}.xsd").read_text("utf-8")
    xmlschema.XMLSchema(source).validate(file.decode())
    assert schema.value.encode() in file


def test_every_detail_is_where_the_bank_looks_for_it() -> None:
    file = written(
        transfer(1, 5, holder="Łukasz Żak", text="Auszahlung „Jazz“ 100%"),
        transfer(2, 123_456, holder="Иван Ωμέγα", iban="CH9300762011623852957", bic="POFICHBEXXX"),
    )
    assert texts(file, "GrpHdr/MsgId") == ["M-1"]
    assert texts(file, "GrpHdr/CreDtTm") == ["2026-11-21T12:00:00Z"]
    assert texts(file, "GrpHdr/NbOfTxs") == ["2"]
    assert texts(file, "GrpHdr/CtrlSum") == ["1234.61"]
    assert texts(file, "PmtInf/NbOfTxs") == ["2"]
    assert texts(file, "PmtInf/CtrlSum") == ["1234.61"]
    assert texts(file, "ReqdExctnDt/Dt") == ["2026-11-23"]
    assert texts(file, "Dbtr/Nm") == ["Muehle + Soehne gGmbH"]
    assert texts(file, "DbtrAcct/Id/IBAN") == ["DE89370400440532013000"]
    assert texts(file, "DbtrAgt/FinInstnId/BICFI") == ["COBADEFFXXX"]
    assert texts(file, "PmtId/EndToEndId") == ["PAYOUT-1", "PAYOUT-2"]
    assert texts(file, "Amt/InstdAmt") == ["0.05", "1234.56"]
    assert texts(file, "Cdtr/Nm") == ["Lukasz Zak", "Ivan Omega"]
    assert texts(file, "CdtrAgt/FinInstnId/BICFI") == ["POFICHBEXXX"]
    assert texts(file, "RmtInf/Ustrd") == ["Auszahlung 'Jazz' 100.", "Refund 7K3M9QX2V"]


def test_without_a_bic_the_bank_is_said_to_be_in_the_iban() -> None:
    file = written(transfer(), debtor=Debtor("Mill Lane", "DE89370400440532013000"), schema=Schema.OLD)
    assert texts(file, "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert texts(file, "FinInstnId/BIC") == []


def test_the_same_transfers_make_the_same_bytes() -> None:
    assert written(transfer(1), transfer(2)) == written(transfer(1), transfer(2))


@given(st.lists(st.integers(1, 99_999_999_999), min_size=1, max_size=30))
def test_the_sums_are_exact(amounts: list[int]) -> None:
    file = written(*(transfer(number, amount) for number, amount in enumerate(amounts)))
    [total] = texts(file, "GrpHdr/CtrlSum")
    whole, cents = total.split(".")
    assert int(whole) * 100 + int(cents) == sum(amounts)
    assert texts(file, "GrpHdr/NbOfTxs") == [str(len(amounts))]


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_only_letters_banks_pass_on_are_written(words: str) -> None:
    said = sepa_text(words)
    assert set(said) <= ALLOWED
    assert said == sepa_text(said)
    assert said == " ".join(said.split())


@given(st.text(st.sampled_from(sorted(ALLOWED)), max_size=80))
def test_what_banks_pass_on_is_left_as_it_is(words: str) -> None:
    tidy = " ".join(words.split())
    assert sepa_text(words) == (tidy if any(letter.isalnum() for letter in tidy) else "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Jürgen Müßig", "Juergen Muessig"),
        ("ÄRGER", "AeRGER"),
        ("Zoë Brontë-Núñez", "Zoe Bronte-Nunez"),
        ("Æsop Østergård", "Aesop Oestergaard"),
        ("Δημήτρης Παπαδόπουλος", "Dimitris Papadopoulos"),
        ("Щ. Йорданов", "Sht. Yordanov"),
        ("a\nb\tc", "a b c"),
        ("ﬁne № 5", "fine No 5"),
        ("李小龍", ""),
        ("...", ""),
        ("李 Lee", ". Lee"),
    ],
)
def test_names_are_written_as_their_owners_would_know_them(words: str, said: str) -> None:
    assert sepa_text(words) == said


@pytest.mark.parametrize("reference", ["PAYOUT-1", "a/b", "x" * 35])
def test_references_that_come_back_unchanged_are_good(reference: str) -> None:
    assert is_sepa_reference(reference)


@pytest.mark.parametrize("reference", ["/a", "a/", "a//b", "ä", "", "x" * 36, " a", "a\n"])
def test_references_that_banks_would_change_are_not(reference: str) -> None:
    assert not is_sepa_reference(reference)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"iban": "DE00370400440532013000"}, ("transfers.1.iban", "statements.bad_iban")),
        ({"iban": "BR1500000000000010932840814P2"}, ("transfers.1.iban", "statements.not_sepa_account")),
        ({"iban": "CH9300762011623852957"}, ("transfers.1.bic", "statements.bic_missing")),
        ({"bic": "NO"}, ("transfers.1.bic", "statements.bad_bic")),
        ({"holder": "李小龍"}, ("transfers.1.holder", "statements.transfer_text_missing")),
        ({"text": ""}, ("transfers.1.text", "statements.transfer_text_missing")),
        ({"text": "x" * 141}, ("transfers.1.text", "statements.transfer_text_too_long")),
        ({"end_to_end_id": "//"}, ("transfers.1.end_to_end_id", "statements.bad_reference")),
        ({"end_to_end_id": "PAYOUT-0"}, ("transfers.1.end_to_end_id", "statements.reference_twice")),
    ],
)
def test_a_field_of_a_transfer_that_is_wrong_is_named(
    change: dict[str, str], problem: tuple[str, str]
) -> None:
    assert problems(transfer(0), transfer(1, **change)) == [problem]


@pytest.mark.parametrize("amount", [0, -1, 100_000_000_000])
def test_an_amount_no_transfer_can_have_is_named(amount: int) -> None:
    assert problems(transfer(0, amount)) == [("transfers.0.amount_minor", "statements.bad_transfer_amount")]


def test_who_pays_and_the_file_itself_are_checked_too() -> None:
    assert problems(transfer(), debtor=Debtor("!", "X"), message="//") == [
        ("message_id", "statements.bad_reference"),
        ("debtor.name", "statements.transfer_text_missing"),
        ("debtor.iban", "statements.bad_iban"),
    ]


def test_a_file_without_transfers_is_refused() -> None:
    with pytest.raises(NoTransfers):
        written()
