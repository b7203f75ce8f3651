"""CAMT.053 statements, .052 reports and .054 notices (ISO 20022, versions .02 to .08 and their neighbours).

`pycamt` finds the entries and reads what belongs to a whole entry. What it mixes up between an entry and its details
is read from the same tree here, because money depends on it: the sign and amount of a detail (it takes a charge's for
the transfer's), batch bookings, every part of the remittance text, the other side's name and account, references.

The XML is made harmless first: no document type (so no entities of its own), no network, no huge trees, one encoding.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lxml import etree
from pycamt.parser import Camt053Parser

from admitone.statements.lines import (
    Kind,
    Section,
    StatementLine,
    is_given,
    minor_units,
    not_too_many,
    statement_line,
)
from admitone.statements.refusals import Unreadable

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[234])\.001\.[0-9]{2}")
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCUMENT_TYPE: Final = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,5})?")
_AT_ONCE: Final = 50
_STATEMENTS: Final = ("Stmt", "Rpt", "Ntfctn")

Element = Any  # the library has no types of its own


@dataclass(frozen=True, slots=True)
class _Entry:
    """`known`: what pycamt reads of the entry. `amount` is signed, and exact."""

    node: Element
    known: dict[str, str]
    currency: str
    amount: Decimal
    is_reversal: bool
    own_account: str | None

    def details(self) -> list[Element]:
        return list(self.node.findall("NtryDtls/TxDtls"))


def read_camt(text: str, currency: str) -> tuple[Kind, list[Section]]:
    """The statements of the file, each about one account. Only booked entries are lines.

    Raises Unreadable, WrongCurrency, TooLarge.
    """
    root = _parse(text)
    kind = _kind(root)
    _plain(root)
    statements = list(root.iter("Stmt"))
    if not statements:
        raise _unreadable("there is no statement in it", "camt")
    entries = [entry for statement in statements for entry in statement.iter("Ntry")]
    not_too_many(len(entries))
    rows = _known(entries)
    sections = [_section(statement, rows, currency) for statement in statements]
    assert next(rows, None) is None, "pycamt finds the entries we find"
    not_too_many(sum(len(section.lines) for section in sections))
    return kind, sections


def _parse(text: str) -> Element:
    if _DOCUMENT_TYPE.search(text):
        raise _unreadable("it defines parts of its own, which no bank does", "xml_with_document_type")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), parser)
    except etree.XMLSyntaxError:
        raise _unreadable("it is XML with mistakes, perhaps only a part of the file", "xml") from None


def _kind(root: Element) -> Kind:
    match = _NAMESPACE.fullmatch(etree.QName(root).namespace or "")
    if match is None:
        raise _unreadable("it is XML, but no bank statement", "other_xml")
    return Kind(match[1])


def _plain(root: Element) -> None:
    """Names without namespaces, one name for reports, notices and statements, and nothing of the bank's own making."""
    for node in list(root.iter("{*}SplmtryData")):
        node.getparent().remove(node)
    for node in root.iter("*"):
        name = etree.QName(node).localname
        node.tag = "Stmt" if name in _STATEMENTS else name
    etree.cleanup_namespaces(root)


def _known(entries: Sequence[Element]) -> Iterator[dict[str, str]]:
    """What pycamt reads of each entry, a row for every detail. It gets few at once: for every entry it searches all of
    the statement again.
    """
    for start in range(0, len(entries), _AT_ONCE):
        parts = (etree.tostring(entry, with_tail=False) for entry in entries[start : start + _AT_ONCE])
        yield from Camt053Parser(
            b"<Document><Stmt>" + b"".join(parts) + b"</Stmt></Document>"
        ).get_transactions()


def _section(statement: Element, rows: Iterator[dict[str, str]], currency: str) -> Section:
    account = _first(statement, ("Acct/Id/IBAN", "Acct/Id/Othr/Id"))
    lines: list[StatementLine] = []
    skipped = 0
    for node in statement.iter("Ntry"):
        # pycamt gives a row for each detail, and one for an entry without any.
        known, *_ = [next(rows) for _ in node.findall("NtryDtls/TxDtls") or [node]]
        entry = _entry(node, known, account)
        if known.get("Status") not in (None, "BOOK") or entry.amount == 0:
            skipped += 1
        else:
            lines += _lines(entry, currency)
    return Section(account, tuple(lines), skipped)


def _entry(node: Element, known: dict[str, str], account: str | None) -> _Entry:
    amount = _amount(node.find("Amt"))
    side = node.findtext("CdtDbtInd")
    if amount is None or side not in ("CRDT", "DBIT"):
        raise _unreadable("an entry has no amount, or does not say whether it came or went", "camt")
    # CdtDbtInd says how this entry moved the account, also when it undoes another: RvslInd adds no sign.
    return _Entry(
        node=node,
        known=known,
        currency=node.find("Amt").get("Ccy") or "",
        amount=amount if side == "CRDT" else -amount,
        is_reversal=(known.get("ReversalIndicator") or "").strip() in ("true", "1"),
        own_account=account,
    )


def _lines(entry: _Entry, currency: str) -> list[StatementLine]:
    """One line for each transfer of a batch when its amounts add up to the entry's, else one for the whole entry."""
    details = entry.details()
    amounts = [_detail_amount(entry, detail) for detail in details]
    exact = [amount for amount in amounts if amount is not None]
    if len(details) > 1 and len(exact) == len(details) and sum(exact) == entry.amount:
        return [
            _line(entry, [detail], amount, currency, number)
            for number, (detail, amount) in enumerate(zip(details, exact, strict=True), 1)
            if amount
        ]
    return [_line(entry, details, entry.amount, currency, 0)]


def _detail_amount(entry: _Entry, detail: Element) -> Decimal | None:
    """Signed, in the entry's currency; None when the detail does not say. Charges have amounts and signs of their own,
    deeper in the tree.
    """
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        node = detail.find(path)
        amount = _amount(node)
        if amount is not None:
            if node.get("Ccy", entry.currency) != entry.currency:
                return None
            side = detail.findtext("CdtDbtInd") or entry.node.findtext("CdtDbtInd")
            return amount if side == "CRDT" else -amount
    return None


def _line(
    entry: _Entry, details: Sequence[Element], amount: Decimal, currency: str, number: int
) -> StatementLine:
    name, account = _other_side(entry, details[0], amount) if len(details) == 1 else (None, None)
    texts = [text for detail in details for text in _texts(detail)]
    # What the bank adds by itself says little, but where there is nothing else it is all there is.
    texts = texts or [_text(entry.known.get("AdditionalEntryInformation"))]
    reference = _first(details[0], ("Refs/AcctSvcrRef",)) if len(details) == 1 else None
    if reference is None:
        whole = _first(entry.node, ("AcctSvcrRef", "NtryRef"))
        reference = f"{whole}/{number}" if whole and number else whole
    source = details[0] if number else entry.node
    return statement_line(
        bank_ref=reference,
        booked_on=_day(entry),
        currency=currency,
        amount_minor=minor_units(amount, entry.currency, currency),
        payer_name=name,
        payer_iban=account,
        text=texts,
        raw={"xml": etree.tostring(source, encoding="unicode", with_tail=False)},
    )


def _day(entry: _Entry) -> date:
    stated = entry.known.get("BookingDate") or entry.known.get("ValueDate") or ""
    try:
        return date.fromisoformat(stated.strip()[:10])
    except ValueError:
        raise _unreadable("an entry has no day", "camt") from None


def _other_side(entry: _Entry, detail: Element, amount: Decimal) -> tuple[str | None, str | None]:
    """Name and account of who paid, or was paid.

    Of an entry that undoes another the names are those of the first; and some banks swap them: our own account is
    never the other side.
    """
    role, other = ("Dbtr", "Cdtr") if (amount > 0) != entry.is_reversal else ("Cdtr", "Dbtr")
    account = _party_account(detail, role)
    if account is not None and entry.own_account is not None and account == entry.own_account:
        role, account = other, _party_account(detail, other)
    name = _first(
        detail,
        tuple(
            f"RltdPties/{party}/{path}"
            for party in (role, f"Ultmt{role}")
            for path in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")
        ),
    )
    return name, account


def _party_account(detail: Element, role: str) -> str | None:
    return _first(detail, (f"RltdPties/{role}Acct/Id/IBAN", f"RltdPties/{role}Acct/Id/Othr/Id"))


def _texts(detail: Element) -> list[str]:
    """What the payer wrote: all of it, in the order of how likely the order's code is in it."""
    written = [_text(node.text) for node in detail.findall("RmtInf/Ustrd")]
    # Several parts are one text that was cut: between them the bank left nothing out.
    texts = [" ".join(written)] if written else []
    for path in ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/AddtlRmtInf"):
        texts += [_text(node.text) for node in detail.findall(path)]
    if not texts:
        texts += [_text(detail.findtext("AddtlTxInf"))]
    own = _text(detail.findtext("Refs/EndToEndId"))
    return [text for text in (*texts, own) if is_given(text)]


def _amount(node: Element | None) -> Decimal | None:
    written = "" if node is None else _text(node.text)
    if not _AMOUNT.fullmatch(written):
        return None
    try:
        return Decimal(written)
    except InvalidOperation:
        return None


def _first(node: Element, paths: Sequence[str]) -> str | None:
    for path in paths:
        found = _text(node.findtext(path))
        if is_given(found):
            return found
    return None


def _text(words: str | None) -> str:
    return (words or "").strip()


def _unreadable(reason: str, looks_like: str) -> Unreadable:
    return Unreadable(
        reason=reason,
        remedy="Download the statement from your bank again as CAMT.053 (XML), MT940 or CSV.",
        looks_like=looks_like,
    )
