"""Makers: sellers, buyers and documents of every kind, without a database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from admitone import invoices
from admitone.invoices import Content, Document, Occasion, Party, Payment, Seller, Sold
from admitone.invoices.content import as_record, from_record

ORGANISER = UUID(int=7)
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OCCASION = Occasion("Lagos Jazz Week: Opening Night", date(2027, 3, 12))
SELLER = Seller(
    organiser_id=ORGANISER,
    legal_name="Foundry Nights GmbH",
    address_lines=("14 Foundry Road", "10115 Berlin"),
    country="DE",
    vat_id="DE136695976",
    tax_number="12/345/67890",
    iban="DE89370400440532013000",
    email="billing@foundry.example",
    footer="Amtsgericht Charlottenburg HRB 12345",
    prefix="FOUNDRY",
)
BUYER = Party("Ada Obi", "ada@example.org", address_lines=("Kastanienallee 1", "10435 Berlin"), country="DE")
COMPANY = Party(
    "Łucja Żółć",
    "lucja@example.pl",
    company="Zażółć Gęślą sp. z o.o.",
    address_lines=("ul. Świętokrzyska 12", "00-044 Warszawa"),
    country="PL",
    vat_id="PL8567346215",
)
TICKETS = (Sold("General admission", 2, 1190, 190, 1900),)


def made(
    sold: Sequence[Sold] = TICKETS, *, paid: bool = True, currency: str = "EUR", **given: Any
) -> Content:
    """An invoice, paid by card unless said otherwise."""
    total_minor = sum(one.unit_total_minor * one.quantity for one in sold)
    by_card = Payment("Paid by card on 21 November 2026.", total_minor, paid_on=TODAY)
    to_pay = Payment("Please pay by bank transfer.", due_on=date(2026, 12, 5))
    return invoices.invoice(
        given.pop("seller", SELLER),
        given.pop("buyer", BUYER),
        sold,
        currency=currency,
        issued_on=TODAY,
        order_code="K7QX2M9RT",
        occasion=OCCASION,
        payment=by_card if paid else to_pay,
        **given,
    )


def document(content: Content, number: int = 1, *, is_test: bool = False) -> Document:
    """The content under a number, as if read from the database."""
    letters = {"invoice": "INV", "credit_note": "CN", "receipt": "RCP"}[content.kind]
    series = f"{'TEST-' if is_test else ''}FOUNDRY-{letters}"
    return Document(
        id=UUID(int=number),
        cause=f"test:{number}",
        organiser_id=ORGANISER,
        kind=content.kind,
        series=series,
        year=content.issued_on.year,
        number=number,
        number_text=f"{series}-{content.issued_on.year}-{number:06}",
        order_id=UUID(int=1),
        refund_id=None,
        cancels_id=UUID(int=9) if content.kind == "credit_note" else None,
        issued_at=NOW,
        is_test=is_test,
        content=from_record(as_record(content)),
    )


def credit_note(of: Content, sold: Sequence[Sold] | None = None) -> Content:
    """The credit note for invoice number 17."""
    payment = Payment("Refunded to your card on 1 December 2026.", paid_on=date(2026, 12, 1))
    return invoices.credit_note(document(of, 17), sold, issued_on=date(2026, 12, 1), payment=payment)


def receipt(sold: Sequence[Sold] = TICKETS) -> Content:
    """A receipt of an organiser of whom only the name is known."""
    return invoices.receipt(
        Party("Foundry Nights"),
        Party("Ada Obi", "ada@example.org"),
        sold,
        currency="EUR",
        issued_on=TODAY,
        order_code="K7QX2M9RT",
        payment=Payment("Paid by card.", 2380, paid_on=TODAY),
    )
