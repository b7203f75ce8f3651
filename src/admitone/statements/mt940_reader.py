"""MT940 statements (SWIFT; customer statement message), as German, Dutch, Polish and other banks write them.

`mt940` takes the file apart and reads days, signs and amounts. What was written with the money (`:86:`) is read in
`mt940_details`, because the library loses text after a question mark and knows one dialect of three.
"""

import logging
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from mt940 import Options
from mt940.models import Transactions

from admitone.statements.lines import (
    Section,
    StatementLine,
    minor_units,
    not_too_many,
    squeezed,
    statement_line,
)
from admitone.statements.mt940_details import read_details
from admitone.statements.refusals import Unreadable

# What it cannot read it would write to the log: names and accounts of people.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)

_START: Final = re.compile(r"^:20:", re.MULTILINE)
_LINE: Final = re.compile(r"^:61:", re.MULTILINE)
_CLOSING: Final = re.compile(r"^:62[FM]?:[^\n]*\n?", re.MULTILINE)
_ENVELOPE: Final = re.compile(r"^(?:\{[^\n]*|-\}[^\n]*|-)$\n?", re.MULTILINE)


def looks_like_mt940(text: str) -> bool:
    """Whether the text has the tags every MT940 begins with."""
    return bool(_START.search(text)) and bool(re.search(r"^:25[A-Z]?:", text, re.MULTILINE))


def read_mt940(text: str, currency: str) -> list[Section]:
    """The statements of the file, each about one account. Raises Unreadable, WrongCurrency, TooLarge."""
    plain = _ENVELOPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    starts = [match.start() for match in _START.finditer(plain)]
    not_too_many(len(_LINE.findall(plain)))
    return [
        _section(plain[start:end], currency)
        for start, end in zip(starts, [*starts[1:], len(plain)], strict=True)
    ]


def _section(block: str, currency: str) -> Section:
    closing = _CLOSING.search(block)
    # What follows the closing balance is about the account; the library would add it to the last line.
    body = block[: closing.end()] if closing else block
    statement = Transactions(processors={"post_transaction_details": []}, options=Options.all())
    try:
        # Not `mt940.parse`: it would open a file when the text is the name of one.
        statement.parse(body)
    except (RuntimeError, ValueError, ArithmeticError, TypeError, KeyError):
        raise _unreadable() from None
    rows = [row.data for row in statement.transactions]
    if len(rows) != len(_LINE.findall(body)) or any(not isinstance(row.get("date"), date) for row in rows):
        raise _unreadable()
    lines = [_line(row, currency) for row in rows]
    money = tuple(line for line in lines if line.amount_minor)
    return Section(_account(statement.data), money, len(lines) - len(money))


def _line(row: dict[str, Any], currency: str) -> StatementLine:
    amount = row["amount"]
    assert isinstance(amount.amount, Decimal), "amounts are exact"
    details = read_details(str(row.get("transaction_details") or ""))
    booked_on = row.get("entry_date") or row["date"]
    theirs = squeezed(row.get("customer_reference"))
    reference = squeezed(row.get("bank_reference"))
    extra = squeezed(row.get("extra_details"))
    return statement_line(
        bank_ref=reference or theirs,
        booked_on=date(booked_on.year, booked_on.month, booked_on.day),
        currency=currency,
        amount_minor=minor_units(amount.amount, amount.currency or currency, currency),
        payer_name=details.name,
        payer_iban=details.account,
        text=[*details.texts, theirs, extra],
        raw=_raw(row),
    )


def _raw(row: dict[str, Any]) -> dict[str, str]:
    names: Sequence[str] = (
        "id",
        "status",
        "customer_reference",
        "bank_reference",
        "extra_details",
        "transaction_details",
    )
    return {name: str(row[name]) for name in names if row.get(name)}


def _account(data: dict[str, Any]) -> str | None:
    return squeezed(data.get("account_identification")) or None


def _unreadable() -> Unreadable:
    return Unreadable(
        reason="it is an MT940 file with a line we do not understand",
        remedy="Download the statement from your bank as CAMT.053 (XML) or CSV.",
        looks_like="mt940",
    )
