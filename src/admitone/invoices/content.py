"""What a document says: values that add up, stored whole and never computed again.

All amounts are whole minor units of `currency`. The categories are those of EN 16931 (UNTDID 5305).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

Kind = Literal["invoice", "credit_note", "receipt", "refund_receipt"]
# S standard (any rate above nothing), Z zero rate, E exempt, O outside the scope of VAT, AE reverse charge.
TaxCategory = Literal["S", "Z", "E", "O", "AE"]
FORM: Final = 1
# What a document that takes another back takes back.
TAKES_BACK: Final[Mapping[Kind, Kind]] = {"credit_note": "invoice", "refund_receipt": "receipt"}


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a buyer. `country` is two letters (ISO 3166-1); a company's invoice is made out to the company."""

    name: str
    email: str | None = None
    company: str | None = None
    address_lines: tuple[str, ...] = ()
    country: str | None = None
    vat_id: str | None = None
    tax_number: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one thing. `tax_bps` is hundredths of a percent; a receipt's line has no `category`."""

    name: str
    quantity: int
    unit_net_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    tax_bps: int = 0
    category: TaxCategory | None = None

    def __post_init__(self) -> None:
        assert self.quantity > 0
        assert self.net_minor == self.unit_net_minor * self.quantity
        assert self.gross_minor == self.net_minor + self.tax_minor
        assert min(self.net_minor, self.tax_minor) >= 0
        assert self.category == "S" or self.tax_bps == self.tax_minor == 0, "only category S has a tax"
        assert self.category != "S" or self.tax_bps > 0, "category S has a rate"


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All lines of one category and rate. `reason` says why there is no tax, where that must be said."""

    category: TaxCategory
    tax_bps: int
    net_minor: int
    tax_minor: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What was sold the entry to, and its day there: the date of delivery."""

    title: str
    on: date


@dataclass(frozen=True, slots=True)
class Reference:
    """The invoice that a credit note takes back, or a part of it; the receipt that a receipt of refund does."""

    number_text: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class PaidPart:
    """So much of what was paid came in one way; `words` say which (`Paid with store credit`)."""

    words: str
    minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """How it was or will be paid: a sentence, and the day. `paid_minor` is what has been paid of it, `parts` by what,
    where that was not in one way.
    """

    text: str = ""
    paid_minor: int = 0
    paid_on: date | None = None
    due_on: date | None = None
    parts: tuple[PaidPart, ...] = ()

    def __post_init__(self) -> None:
        assert all(one.minor > 0 for one in self.parts)
        assert not self.parts or sum(one.minor for one in self.parts) == self.paid_minor


@dataclass(frozen=True, slots=True)
class Content:
    """All that a document says but its number. `issued_on` is a day in the organiser's time zone."""

    kind: Kind
    issued_on: date
    seller: Party
    buyer: Party
    currency: str
    lines: tuple[Line, ...]
    taxes: tuple[TaxSum, ...]
    net_minor: int
    tax_minor: int
    gross_minor: int
    order_code: str
    payment: Payment
    occasion: Occasion | None = None
    cancels: Reference | None = None
    iban: str | None = None
    notes: tuple[str, ...] = ()
    footer: str = ""
    form: int = FORM

    def __post_init__(self) -> None:
        lines, taxes = self.lines, self.taxes
        assert lines, "a document of no lines says nothing"
        assert self.net_minor == sum(line.net_minor for line in lines)
        assert self.tax_minor == sum(line.tax_minor for line in lines)
        assert self.gross_minor == self.net_minor + self.tax_minor
        assert self.takes_back == (self.cancels is not None)
        assert 0 <= self.payment.paid_minor <= self.gross_minor
        if self.is_without_tax:
            assert not taxes
            assert all(line.category is None for line in lines)
        else:
            assert self.net_minor == sum(tax.net_minor for tax in taxes)
            assert self.tax_minor == sum(tax.tax_minor for tax in taxes)

    @property
    def takes_back(self) -> bool:
        """It takes another document back, or a part of it; its amounts are above zero all the same."""
        return self.kind in TAKES_BACK

    @property
    def is_without_tax(self) -> bool:
        """It says no word of VAT: a receipt, or what takes one back."""
        return self.kind in ("receipt", "refund_receipt")

    @property
    def due_minor(self) -> int:
        """What is still to be paid."""
        return self.gross_minor - self.payment.paid_minor


@dataclass(frozen=True, slots=True)
class Document:
    """A document as issued. `number_text` is what people call it, such as `INV-2026-000123`."""

    id: UUID
    cause: str
    organiser_id: UUID
    kind: Kind
    series: str
    year: int
    number: int
    number_text: str
    order_id: UUID
    refund_id: UUID | None
    cancels_id: UUID | None
    issued_at: datetime
    is_test: bool
    content: Content


def as_record(content: Content) -> dict[str, object]:
    """The content as plain JSON."""
    record: dict[str, object] = msgspec.to_builtins(content)
    return record


def from_record(record: Mapping[str, object]) -> Content:
    """The content exactly as stored. A record whose sums do not hold is an AssertionError."""
    return msgspec.convert(record, Content)
