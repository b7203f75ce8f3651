"""A file of SEPA transfers for the organiser's bank: payouts, and refunds by transfer (ISO 20022 pain.001).

`sepaxml` builds the tree. Message id and time are put in afterwards, so that the same transfers make the same bytes
again: a bank knows a file it was given twice by its message id. The result is checked against the schema `sepaxml`
ships, and its sums against ours. pain.001.001.09 is the version of the rulebooks since 2024, .03 the one before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from lxml import etree
from sepaxml import SepaTransfer

from admitone.statements.epc import AMOUNT_MOST_MINOR
from admitone.statements.iban import read_bic, read_iban
from admitone.statements.refusals import (
    BadReference,
    BadTransferAmount,
    NoTransfers,
    ReferenceTwice,
    TransferTextMissing,
    TransferTextTooLong,
)
from admitone.statements.sepa_letters import is_sepa_reference, sepa_text
from admitone.values.clock import as_utc
from admitone.values.refusals import Problems, Refusal

Element = Any  # the library has no types of its own

TRANSFERS_MOST: Final = 5_000
_NAME_MOST: Final = 70
_TEXT_MOST: Final = 140
_REFERENCE_FORM: Final = "1 to 35 letters A-Z, digits and / - ? : ( ) . , ' +"


class Schema(StrEnum):
    """Versions of the file; ask the bank which it takes."""

    NEW = "pain.001.001.09"
    OLD = "pain.001.001.03"


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose account pays."""

    name: str
    iban: str
    bic: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money to send. `amount_minor`: euro cents. `end_to_end_id` comes back in statements and is unique in its file."""

    end_to_end_id: str
    holder: str
    iban: str
    amount_minor: int
    text: str
    bic: str | None = None


def transfer_file(
    debtor: Debtor,
    transfers: Sequence[Transfer],
    *,
    message_id: str,
    created_at: datetime,
    execute_on: date,
    schema: Schema = Schema.NEW,
) -> bytes:
    """The file, UTF-8. Letters outside SEPA's are written with those inside (`sepa_letters`), names cut at 70.

    `message_id`: unique for ever at this bank, at most 35 letters. Raises NoTransfers, and Problems with a refusal for
    each wrong field, such as `transfers.0.iban` or `debtor.name`.
    """
    if not 1 <= len(transfers) <= TRANSFERS_MOST:
        raise NoTransfers(field="transfers", most=TRANSFERS_MOST)
    problems: list[Refusal] = []
    if not is_sepa_reference(message_id):
        problems.append(BadReference(field="message_id", form=_REFERENCE_FORM))
    config = _party("debtor", debtor.name, "name", debtor.iban, debtor.bic, problems)
    payments = [_payment(place, one, execute_on, problems) for place, one in enumerate(transfers)]
    seen: set[str] = set()
    for place, one in enumerate(transfers):
        if one.end_to_end_id in seen:
            field = f"transfers.{place}.end_to_end_id"
            problems.append(ReferenceTwice(field=field, reference=one.end_to_end_id[:35]))
        seen.add(one.end_to_end_id)
    if problems:
        raise Problems(*problems)
    built = SepaTransfer({**config, "currency": "EUR", "batch": True}, schema=schema.value, clean=False)
    for payment in payments:
        built.add_payment(payment)
    root = etree.fromstring(built.export(validate=False))
    _complete(root, message_id, as_utc(created_at))
    _check(root, schema, transfers)
    file: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return file


def _party(
    path: str, holder: str, holder_field: str, typed_iban: str, typed_bic: str | None, problems: list[Refusal]
) -> dict[str, Any]:
    party: dict[str, Any] = {"name": sepa_text(holder)[:_NAME_MOST].strip()}
    if not party["name"]:
        problems.append(TransferTextMissing(field=f"{path}.{holder_field}"))
    try:
        party["IBAN"] = read_iban(typed_iban, f"{path}.iban")
        bic = read_bic(typed_bic, party["IBAN"], f"{path}.bic")
    except Refusal as refusal:
        problems.append(refusal)
    else:
        if bic is not None:
            party["BIC"] = bic
    return party


def _payment(place: int, one: Transfer, execute_on: date, problems: list[Refusal]) -> dict[str, Any]:
    path = f"transfers.{place}"
    payment = _party(path, one.holder, "holder", one.iban, one.bic, problems)
    if not 1 <= one.amount_minor <= AMOUNT_MOST_MINOR:
        problems.append(BadTransferAmount(field=f"{path}.amount_minor"))
    if not is_sepa_reference(one.end_to_end_id):
        problems.append(BadReference(field=f"{path}.end_to_end_id", form=_REFERENCE_FORM))
    text = sepa_text(one.text)
    if not text:
        problems.append(TransferTextMissing(field=f"{path}.text"))
    elif len(text) > _TEXT_MOST:
        # Not cut: the end may be the reference by which the payee knows it.
        problems.append(TransferTextTooLong(field=f"{path}.text", most=_TEXT_MOST))
    return {
        **payment,
        "amount": one.amount_minor,
        "endtoend_id": one.end_to_end_id,
        "description": text,
        "execution_date": execute_on,
    }


def _complete(root: Element, message_id: str, created_at: datetime) -> None:
    """What the library takes from its own clock and chance, and what it leaves empty without a BIC."""
    for node in root.iter("{*}MsgId", "{*}PmtInfId"):
        node.text = message_id
    for node in root.iter("{*}CreDtTm"):
        node.text = created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    for node in root.iter("{*}FinInstnId"):
        if len(node) == 0:
            # The implementation guidelines' words for "the IBAN says it" (EPC132-08).
            space = etree.QName(node).namespace
            other = etree.SubElement(node, f"{{{space}}}Othr")
            etree.SubElement(other, f"{{{space}}}Id").text = "NOTPROVIDED"


def _check(root: Element, schema: Schema, transfers: Sequence[Transfer]) -> None:
    """A file a bank would refuse, or with another sum than ours, is an error of this program."""
    schema_of = _schema(schema)
    assert schema_of.validate(root), schema_of.error_log
    total = sum(one.amount_minor for one in transfers)
    said = {
        (node.findtext("{*}NbOfTxs"), node.findtext("{*}CtrlSum"))
        for node in root.iter("{*}GrpHdr", "{*}PmtInf")
    }
    assert said == {(str(len(transfers)), f"{total // 100}.{total % 100:02}")}, "the sums are ours"


@cache
def _schema(schema: Schema) -> Element:
    source = files("sepaxml").joinpath("schemas", f"{schema.value}.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(source))
