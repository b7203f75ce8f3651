"""What every reader makes of a file: lines with whole minor units, and the fingerprint that tells equal lines apart.

Pure. Amounts of a statement are exact decimals; they become whole minor units by the currency's exponent (ISO 4217)
and are never rounded.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from admitone.statements.refusals import TooLarge, Unreadable, WrongCurrency
from admitone.values import currencies
from admitone.values.ids import derived_id

LINES_MOST: Final = 20_000
TEXT_MOST: Final = 4_000
_WORD_MOST: Final = 200
# Words of the formats for a reference nobody gave.
_NOT_GIVEN: Final = ("", "NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF")
_RAW_MOST: Final = 8_000
_MINOR_MOST: Final = 10**16


class Kind(StrEnum):
    """How a statement was written. 052 is a report of the day, 053 the statement, 054 a notice of single bookings."""

    CSV = "csv"
    CAMT_052 = "camt.052"
    CAMT_053 = "camt.053"
    CAMT_054 = "camt.054"
    MT940 = "mt940"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """Money that moved. `amount_minor`: whole minor units of `currency`, positive in, negative out.

    `payer_name` and `payer_iban` are the other side, also of money that went out. `bank_ref`: what the bank calls it.
    `text`: all a payer can have written, with line breaks where the bank has them. `raw`: the line as it came.
    """

    bank_ref: str | None
    booked_on: date
    currency: str
    amount_minor: int
    payer_name: str | None
    payer_iban: str | None
    text: str
    raw: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """The part of a file that is about one account. `account`: as the file calls it, None when it does not say.

    `skipped`: rows that are no money that moved (announced only, turned down, nothing).
    """

    account: str | None
    lines: tuple[StatementLine, ...]
    skipped: int


def statement_line(
    *,
    bank_ref: str | None,
    booked_on: date,
    currency: str,
    amount_minor: int,
    payer_name: str | None,
    payer_iban: str | None,
    text: Iterable[str | None],
    raw: Mapping[str, str],
) -> StatementLine:
    """A line with its words tidied: spaces squeezed, no piece of `text` twice, none for what was not given."""
    pieces: list[str] = []
    for piece in text:
        tidy = squeezed(piece)
        if is_given(tidy) and tidy not in pieces:
            pieces.append(tidy)
    compact = re.sub(r"[^0-9A-Z]", "", (payer_iban or "").upper())
    reference = squeezed(bank_ref)[:_WORD_MOST]
    return StatementLine(
        bank_ref=reference if is_given(reference) else None,
        booked_on=booked_on,
        currency=currency,
        amount_minor=amount_minor,
        payer_name=squeezed(payer_name)[:_WORD_MOST] or None,
        payer_iban=compact[:_WORD_MOST] or None,
        text="\n".join(pieces)[:TEXT_MOST],
        raw={name[:_WORD_MOST]: value[:_RAW_MOST] for name, value in raw.items()},
    )


def is_given(words: str) -> bool:
    """Whether there is anything, other than the formats' own words for nothing."""
    return words.strip().upper() not in _NOT_GIVEN


def squeezed(words: str | None) -> str:
    """The words with one space between them."""
    return " ".join((words or "").split())


def minor_units(amount: Decimal, currency: str, expected: str) -> int:
    """The exact amount in whole minor units.

    Raises WrongCurrency, and Unreadable for decimals the currency does not have and for sums no account holds.
    """
    if currency != expected:
        raise WrongCurrency(found=currency[:12], expected=expected)
    decimals = currencies.exponent(currency)
    _, digits, places = amount.as_tuple()
    if not isinstance(places, int) or len(digits) + abs(places) > 28:
        raise _odd_amount(amount)
    minor = amount.scaleb(decimals)
    if minor != minor.to_integral_value() or abs(minor) > _MINOR_MOST:
        raise _odd_amount(amount)
    return int(minor)


def _odd_amount(amount: Decimal) -> Unreadable:
    return Unreadable(
        reason=f"it has the amount {str(amount)[:40]}, which its currency cannot have",
        remedy="Choose the column of amounts, or download the file from your bank again.",
        looks_like="amount",
    )


def not_too_many(count: int) -> None:
    """Raises TooLarge when a file has more lines than are read at once."""
    if count > LINES_MOST:
        raise TooLarge(most=LINES_MOST, unit="lines")


def fingerprints(account: str, lines: Sequence[StatementLine]) -> list[UUID]:
    """What makes each line itself, in the order given: the same file, or one that overlaps it, has the same again.

    Made of the account, the day, the amount, references, both names of the other side and the text, without regard to
    case and spaces; and, because two people may pay the same in the same way, of which of its equals that day it is.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for line in lines:
        parts = (
            account,
            line.booked_on.isoformat(),
            line.currency,
            str(line.amount_minor),
            *(
                re.sub(r"\s+", "", words or "").casefold()
                for words in (line.bank_ref, line.payer_name, line.payer_iban, line.text)
            ),
        )
        seen[parts] += 1
        found.append(derived_id("statements.line", *parts, str(seen[parts])))
    return found
