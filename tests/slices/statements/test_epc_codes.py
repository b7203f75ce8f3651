"""The QR code of a transfer: drawn by one library, read by its reader, and taken apart by EPC069-12 here."""

from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from admitone.statements import EpcTransfer, epc_payload, epc_symbol
from admitone.values.refusals import Problems

IBAN = "DE89370400440532013000"
GOOD = EpcTransfer("Mill Lane", IBAN, 2500, "7K3M9QX2V")
printable = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=60)
FIELDS = (
    "tag",
    "version",
    "charset",
    "kind",
    "bic",
    "name",
    "iban",
    "amount",
    "purpose",
    "reference",
    "text",
    "hint",
)


def scanned(payload: str) -> dict[str, str]:
    """What a banking app sees: the symbol is drawn at level M and read back from its picture."""
    rows = epc_symbol(payload)
    assert len(rows) <= 69, "version 13 at most"
    picture = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    side = len(rows) * 4
    page = Image.new("L", (side + 32, side + 32), 255)
    page.paste(picture.resize((side, side), Image.Resampling.NEAREST), (16, 16))
    [found] = zxingcpp.read_barcodes(page)
    assert found.bytes.decode("utf-8") == payload, "character set 1 is UTF-8"
    assert found.ec_level == "M"
    lines = found.text.split("\n")
    return dict(zip(FIELDS, lines + [""] * (len(FIELDS) - len(lines)), strict=True))


def fields(**change: str | int | None) -> list[tuple[str | None, str]]:
    """(field, code) of every refusal of a transfer changed so."""
    values = {name: getattr(GOOD, name) for name in EpcTransfer.__slots__} | change
    with pytest.raises(Problems) as refused:
        epc_payload(EpcTransfer(**values))
    return [(one.field, one.code) for one in refused.value.problems]


def test_the_example_is_the_standards_word_for_word() -> None:
    assert epc_payload(GOOD) == f"BCD\n002\n1\nSCT\n\nMill Lane\n{IBAN}\nEUR25.00\n\n\n7K3M9QX2V"


def test_every_field_is_where_a_banking_app_looks_for_it() -> None:
    full = EpcTransfer(
        name="Müller & Söhne – Łódź",
        iban="ch93 0076 2011 6238 5295 7",
        amount_minor=1,
        reference="RF18 5390 0754 7034",
        bic="pofichbexxx",
        purpose="gdds",
        hint="Tickets\nfor Friday",
    )
    assert scanned(epc_payload(full)) == {
        "tag": "BCD",
        "version": "002",
        "charset": "1",
        "kind": "SCT",
        "bic": "POFICHBEXXX",
        "name": "Müller & Söhne – Łódź",
        "iban": "CH9300762011623852957",
        "amount": "EUR0.01",
        "purpose": "GDDS",
        "reference": "RF18539007547034",
        "text": "",
        "hint": "Tickets for Friday",
    }


@given(printable.filter(str.strip), st.integers(1, 99_999_999_999), printable)
def test_what_is_written_is_what_is_scanned(name: str, amount: int, text: str) -> None:
    if len(name.encode() + text.encode()) > 240:
        return
    seen = scanned(epc_payload(EpcTransfer(name, IBAN, amount, text)))
    assert (seen["name"], seen["text"]) == (" ".join(name.split()), " ".join(text.split()))
    euros, cents = seen["amount"].removeprefix("EUR").split(".")
    assert int(euros) * 100 + int(cents) == amount and len(cents) == 2


@pytest.mark.parametrize(("letter", "size"), [("T", 331), ("ü", 329)])
def test_the_longest_payload_fits_the_largest_symbol_allowed(letter: str, size: int) -> None:
    """Letters of two bytes need a mark, and one more byte is one too many in either case."""

    def payload(hint: str) -> str:
        most = EpcTransfer(
            "N" * 70, IBAN, 99_999_999_999, letter + "T" * 139, hint=hint, bic="COBADEFFXXX", purpose="GDDS"
        )
        return epc_payload(most)

    longest = next(said for room in range(70, 0, -1) if (said := fitting(payload, "H" * room)))
    assert len(longest.encode()) == size
    assert scanned(longest)["text"] == letter + "T" * 139


def fitting(payload: Callable[[str], str], hint: str) -> str | None:
    """The payload with this hint, if it fits."""
    try:
        return payload(hint)
    except Problems:
        return None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"iban": "DE89370400440532013001"}, ("iban", "statements.bad_iban")),
        ({"iban": ""}, ("iban", "statements.bad_iban")),
        ({"iban": "TR330006100519786457841326"}, ("iban", "statements.not_sepa_account")),
        ({"iban": "CH9300762011623852957"}, ("bic", "statements.bic_missing")),
        ({"bic": "COBADE"}, ("bic", "statements.bad_bic")),
        ({"amount_minor": 0}, ("amount_minor", "statements.bad_transfer_amount")),
        ({"amount_minor": 100_000_000_000}, ("amount_minor", "statements.bad_transfer_amount")),
        ({"name": " \n"}, ("name", "statements.transfer_text_missing")),
        ({"name": "N" * 71}, ("name", "statements.transfer_text_too_long")),
        ({"text": "T" * 141}, ("text", "statements.transfer_text_too_long")),
        ({"text": "ü" * 140, "hint": "ü" * 35}, ("text", "statements.transfer_text_too_long")),
        ({"hint": "H" * 71}, ("hint", "statements.transfer_text_too_long")),
        ({"purpose": "TOOLONG"}, ("purpose", "statements.bad_reference")),
        ({"text": "", "reference": "RF00539007547034"}, ("reference", "statements.bad_reference")),
        ({"reference": "RF18539007547034"}, ("reference", "statements.two_references")),
    ],
)
def test_a_field_that_is_wrong_is_named(
    change: dict[str, str | int | None], problem: tuple[str, str]
) -> None:
    assert fields(**change) == [problem]


def test_all_fields_that_are_wrong_are_named_at_once() -> None:
    assert [field for field, _ in fields(iban="X", name="", amount_minor=-1)] == [
        "iban",
        "name",
        "amount_minor",
    ]
