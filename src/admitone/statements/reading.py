"""Bytes of a file -> a bank statement. What it is, the bytes say; its name and its sender are not asked.

Pure. Whatever is no statement is refused with what it is and what to do about it.
"""

import re
from dataclasses import dataclass
from typing import Final

from stdnum import iban

from admitone.statements.camt_reader import read_camt
from admitone.statements.csv_reader import CsvReading, read_csv
from admitone.statements.decoding import decode, decode_xml
from admitone.statements.lines import Kind, Section, StatementLine
from admitone.statements.mt940_reader import looks_like_mt940, read_mt940
from admitone.statements.refusals import OtherAccount, TooLarge, Unreadable

BYTES_MOST: Final = 5 * 1024 * 1024
_AS_STATEMENT: Final = "Download the statement from your bank as CAMT.053 (XML), MT940 or CSV."
# (first bytes, what it is, why, what to do)
_OTHER_FILES: Final = (
    (b"%PDF", "pdf", "it is a PDF, made for reading and printing", _AS_STATEMENT),
    (
        b"\xd0\xcf\x11\xe0",
        "excel",
        "it is an Excel file",
        "Open it, save it as “CSV UTF-8”, and import that.",
    ),
    (b"\x1f\x8b", "packed", "it is packed", "Unpack it and import the files in it one by one."),
    (b"{\\rtf", "word", "it is a text document", _AS_STATEMENT),
)
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_HTML: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<(?:html|head|body|table)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A statement of one account. `skipped`: rows that are no money that moved. `encoding`: as it was written."""

    kind: Kind
    account: str
    currency: str
    lines: tuple[StatementLine, ...]
    skipped: int
    encoding: str


def read_statement(
    data: bytes, *, account: str, currency: str, reading: CsvReading | None = None
) -> ReadStatement:
    """The lines of the organiser's `account` (its IBAN, or their own name for it) in `currency`, in the file's order.

    `reading` says how to read a CSV file where it does not say so itself. Raises TooLarge, Unreadable, OtherAccount,
    WrongCurrency, RowUnreadable, ColumnsNotFound, DaysTwoWays, AmountsTwoWays. Takes up to seconds for the largest
    files: not for the event loop.
    """
    if len(data) > BYTES_MOST:
        raise TooLarge(most=BYTES_MOST // 1024 // 1024, unit="MB")
    _refuse_other_files(data)
    head = data[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    decoded = decode_xml(data) if head.startswith(b"<?xml") else decode(data)
    text = decoded.text
    if not text.strip():
        raise Unreadable(reason="it is empty", remedy=_AS_STATEMENT, looks_like="empty")
    if _HTML.match(_COMMENT.sub("", text[:5_000])):
        raise Unreadable(
            reason="it is a web page",
            remedy=f"Perhaps your bank had signed you out. {_AS_STATEMENT}",
            looks_like="html",
        )
    if "urn:schemas-microsoft-com:office:spreadsheet" in text[:2000]:
        raise Unreadable(reason=_OTHER_FILES[1][2], remedy=_OTHER_FILES[1][3], looks_like="excel")
    if text.lstrip().startswith("<"):
        kind, sections = read_camt(text, currency)
    elif looks_like_mt940(text):
        kind, sections = Kind.MT940, read_mt940(text, currency)
    else:
        kind, sections = Kind.CSV, [read_csv(text, currency, reading or CsvReading())]
    mine = _of_account(sections, account)
    return ReadStatement(
        kind=kind,
        account=iban.compact(account) if iban.is_valid(account) else account,
        currency=currency,
        lines=tuple(line for section in mine for line in section.lines),
        skipped=sum(section.skipped for section in mine),
        encoding=decoded.encoding,
    )


def _refuse_other_files(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        is_excel = b"xl/" in data or b"[Content_Types].xml" in data
        known = next(one for one in _OTHER_FILES if one[1] == ("excel" if is_excel else "packed"))
        raise Unreadable(reason=known[2], remedy=known[3], looks_like=known[1])
    for start, looks_like, reason, remedy in _OTHER_FILES:
        if data.lstrip().startswith(start):
            raise Unreadable(reason=reason, remedy=remedy, looks_like=looks_like)


def _of_account(sections: list[Section], account: str) -> list[Section]:
    """The parts of the file that are of this account, or do not say of which. Raises OtherAccount if none is."""
    mine = [
        section
        for section in sections
        if section.account is None or is_same_account(section.account, account)
    ]
    if sections and not mine:
        raise OtherAccount(found=(sections[0].account or "")[:40], expected=account[:40])
    return mine


def is_same_account(stated: str, account: str) -> bool:
    """Whether a file's name for an account can be the one we know.

    Banks write the IBAN, or only the older number in it (`37040044/0532013000`), or add the currency. What has no
    digits is a nickname and says nothing.
    """
    ours = re.sub(r"[^0-9A-Z]", "", account.upper())
    theirs = re.sub(r"[^0-9A-Z]", "", stated.upper())
    if not re.search(r"[0-9]{5}", theirs) or not iban.is_valid(ours):
        return theirs == ours or not re.search(r"[0-9]{5}", theirs) or not re.search(r"[0-9]{5}", ours)
    theirs = re.sub(r"(?<=[0-9])[A-Z]{3}$", "", theirs)
    if iban.is_valid(theirs):
        return theirs == ours
    numbers = [number.lstrip("0") for number in re.findall(r"[0-9]+", stated)]
    return all(number in ours for number in numbers if number)
