"""One transfer as a line of a list, what its kind means to people, and what a writer is."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Protocol
from uuid import UUID

import msgspec

from admitone.values import currencies
from admitone.values.refusals import Invalid

_UNNAMED_LETTERS = 12


class BadExportSetting(Invalid):
    """A setting of an export that its form does not allow."""

    code = "ledger.bad_export_setting"
    text = "This export needs {wanted}."


class TransferType(StrEnum):
    """What a transfer is to whoever reads a list of them. Which kinds are of which type is said in
    `reads/ledger_transfers.py`.
    """

    SALE = "sale"
    REFUND = "refund"
    PAYOUT = "payout"
    FEE = "fee"
    TAX = "tax"
    DISPUTE = "dispute"
    CREDIT = "credit"
    OTHER = "other"


class LedgerRow(msgspec.Struct, frozen=True, gc=False):
    """`amount_minor` (always positive) of `currency` moved from account `debit` to account `credit` at `at` (UTC).

    `group_id` is shared by all transfers of one cause: an attempt, a refund, an order, a payout. `order_code` and
    `event_title` are there when the cause belongs to an order.
    """

    id: UUID
    at: datetime
    kind: str
    type: TransferType
    debit: str
    credit: str
    currency: str
    amount_minor: int
    group_id: UUID
    order_code: str | None
    event_title: str | None

    @property
    def document(self) -> str:
        """What a bookkeeper looks for: the order's code, else the last twelve letters of the group's id."""
        return self.order_code or self.group_id.hex[-_UNNAMED_LETTERS:].upper()


class Writer(Protocol):
    """Makes a file of rows, piece by piece. A piece may be empty: then more is needed before there is one."""

    def begin(self) -> bytes:
        """What comes before all rows."""
        ...

    def add(self, rows: Sequence[LedgerRow]) -> bytes:
        """The next rows."""
        ...

    def end(self) -> bytes:
        """What comes after all rows. Call once, last."""
        ...


def written(writer: Writer, batches: Iterable[Sequence[LedgerRow]]) -> Iterator[bytes]:
    """The whole file, piece by piece."""
    yield writer.begin()
    for rows in batches:
        yield writer.add(rows)
    yield writer.end()


@cache
def _exponent(currency: str) -> int:
    return currencies.exponent(currency)


def exponent(currency: str) -> int:
    """How many decimals an amount has in books: those of ISO 4217; 11 for BTC, which is kept in millisatoshi."""
    return _exponent(currency)


def amount_text(currency: str, minor: int, point: str = ".") -> str:
    """`1234.50`: all decimals of the currency, no grouping."""
    decimals = _exponent(currency)
    if decimals == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**decimals)
    return f"{'-' if minor < 0 else ''}{whole}{point}{part:0{decimals}d}"


def amount_number(currency: str, minor: int) -> Decimal:
    """The same as an exact number."""
    return Decimal(minor).scaleb(-_exponent(currency))


def one_line(text: str) -> str:
    """Without line ends, tabs and other characters that print nothing."""
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def described(row: LedgerRow) -> str:
    """`sale K7PQ2M4XA Furnace Night`: what happened, for which order, at which event."""
    return one_line(" ".join(part for part in (row.kind, row.order_code, row.event_title) if part))
