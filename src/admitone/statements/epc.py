"""The QR code that fills in a SEPA transfer in a banking app: its text. Pure.

Source: EPC069-12, "Quick Response Code: Guidelines to enable data capture for the initiation of a SEPA credit
transfer": version 002, character set 1 (UTF-8), error correction M, at most 331 bytes (QR version 13). Lines::

    BCD | 002 | 1 | SCT | BIC | name | IBAN | EURn.nn | purpose | structured reference | text | hint

A reader takes bytes without a mark for ISO 8859-1, and a library that draws may write them so: `epc_symbol` marks the
text as the UTF-8 its third line promises (ECI 26) as soon as it has other letters than ASCII.
"""

import re
from dataclasses import dataclass
from typing import Final

import zxingcpp
from stdnum import iso11649

from admitone.statements.iban import read_bic, read_iban
from admitone.statements.refusals import (
    BadReference,
    BadTransferAmount,
    TransferTextMissing,
    TransferTextTooLong,
    TwoReferences,
)
from admitone.values.refusals import Problems, Refusal

AMOUNT_MOST_MINOR: Final = 99_999_999_999
PAYLOAD_BYTES_MOST: Final = 331
# The mark itself takes room.
_MARKED_BYTES_MOST: Final = 329
_NAME_MOST: Final = 70
_TEXT_MOST: Final = 140
_HINT_MOST: Final = 70
_PURPOSE: Final = re.compile(r"[A-Z0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class EpcTransfer:
    """What to pay to whom. `amount_minor`: euro cents. Either `reference` (ISO 11649, RF...) or `text`, or neither.

    `purpose`: a code of ISO 20022 such as GDDS. `hint`: for the payer's eyes only; it does not travel with the money.
    """

    name: str
    iban: str
    amount_minor: int
    text: str = ""
    reference: str = ""
    bic: str | None = None
    purpose: str = ""
    hint: str = ""


def epc_payload(transfer: EpcTransfer) -> str:
    """The text of the QR code.

    Raises Problems with a refusal for each field that is wrong: BadIban, NotSepaAccount, BadBic, BicMissing,
    BadTransferAmount, TransferTextMissing, TransferTextTooLong, BadReference, TwoReferences.
    """
    problems: list[Refusal] = []
    iban = bic = ""
    try:
        iban = read_iban(transfer.iban)
        bic = read_bic(transfer.bic, iban) or ""
    except Refusal as refusal:
        problems.append(refusal)
    name, text, hint = (_one_line(words) for words in (transfer.name, transfer.text, transfer.hint))
    purpose, reference = transfer.purpose.strip().upper(), _one_line(transfer.reference)
    problems += _lengths(name, text, hint)
    if not 1 <= transfer.amount_minor <= AMOUNT_MOST_MINOR:
        problems.append(BadTransferAmount(field="amount_minor"))
    if purpose and not _PURPOSE.fullmatch(purpose):
        problems.append(BadReference(field="purpose", form="up to four letters, such as GDDS"))
    if reference and text:
        problems.append(TwoReferences(field="reference"))
    elif reference and not iso11649.is_valid(reference):
        problems.append(BadReference(field="reference", form="ISO 11649, beginning with RF"))
    if problems:
        raise Problems(*problems)
    amount = f"EUR{transfer.amount_minor // 100}.{transfer.amount_minor % 100:02}"
    lines = ["BCD", "002", "1", "SCT", bic, name, iban, amount, purpose]
    lines += [iso11649.compact(reference) if reference else "", text, hint]
    # "No line feed after the last element that is used."
    payload = "\n".join(lines).rstrip("\n")
    over = len(payload.encode()) - (PAYLOAD_BYTES_MOST if payload.isascii() else _MARKED_BYTES_MOST)
    if over > 0:
        field, words = max((("name", name), ("text", text), ("hint", hint)), key=lambda one: len(one[1]))
        raise Problems(TransferTextTooLong(field=field, most=max(0, len(words) - over)))
    return payload


def epc_symbol(payload: str) -> tuple[bytes, ...]:
    """The QR symbol of an `epc_payload`: rows of modules, 0 dark and 255 light, without the quiet zone."""
    marked = {} if payload.isascii() else {"eci": "UTF-8"}
    barcode = zxingcpp.create_barcode(payload, zxingcpp.BarcodeFormat.QRCode, ec_level="M", **marked)
    image = barcode.to_image(scale=1, add_quiet_zones=False, add_hrt=False)
    # The image is a buffer at run time; its stub only cannot say so before Python 3.12.
    rows = memoryview(image).tolist()  # type: ignore[arg-type]
    return tuple(bytes(row) for row in rows)


def _lengths(name: str, text: str, hint: str) -> list[Refusal]:
    problems: list[Refusal] = [] if name else [TransferTextMissing(field="name")]
    for field, words, most in (
        ("name", name, _NAME_MOST),
        ("text", text, _TEXT_MOST),
        ("hint", hint, _HINT_MOST),
    ):
        if len(words) > most:
            problems.append(TransferTextTooLong(field=field, most=most))
    return problems


def _one_line(words: str) -> str:
    """A line break would move every field behind it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(printable.split())
