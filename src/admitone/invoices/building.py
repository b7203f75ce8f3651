"""From what was sold to what a document says. Pure.

Net is what is left of the price after its tax, per ticket, as the order was priced: nothing is rounded here, so the
sums are exact and equal what the buyer paid and what the ledger has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from admitone.invoices.content import (
    Content,
    Document,
    Line,
    Occasion,
    Party,
    Payment,
    Reference,
    TaxCategory,
    TaxSum,
)
from admitone.invoices.refusals import BuyerIncomplete, SellerIncomplete
from admitone.invoices.sellers import Seller, is_in_vat_area

REVERSE_CHARGE: Final = "Reverse charge: VAT to be paid by the recipient, Art. 196 Directive 2006/112/EC"
SMALL_BUSINESS: Final = "VAT exempt: small enterprise, Art. 284 Directive 2006/112/EC"
EXEMPT: Final = "Exempt from VAT"
NOT_SUBJECT: Final = "Not subject to VAT"
_REASONS: Final[dict[TaxCategory, str]] = {"AE": REVERSE_CHARGE, "E": EXEMPT, "O": NOT_SUBJECT}


@dataclass(frozen=True, slots=True)
class Sold:
    """A line of an order, or the part of it that is given back: the all-in price of one and the tax inside it.

    `tax_bps` is the rate in hundredths of a percent. `category` is found from it unless given: a rate above nothing is
    S, and what has none is exempt for a small business, otherwise outside the scope of VAT (or exempt, beside lines
    that have a rate: EN 16931, BR-O-11, lets O stand alone only).
    """

    name: str
    quantity: int
    unit_total_minor: int
    unit_tax_minor: int = 0
    tax_bps: int = 0
    category: TaxCategory | None = None


def invoice(
    seller: Seller,
    buyer: Party,
    sold: Sequence[Sold],
    *,
    currency: str,
    issued_on: date,
    order_code: str,
    occasion: Occasion | None = None,
    payment: Payment | None = None,
    is_reverse_charge: bool = False,
    exempt_note: str | None = None,
) -> Content:
    """The invoice of an order. `exempt_note` says by which rule there is no VAT, if there is one.

    For a reverse charge the tickets must have been sold without tax. Raises SellerIncomplete, BuyerIncomplete.
    """
    _refuse_incomplete(seller, sold, is_reverse_charge)
    if is_reverse_charge:
        _refuse_incomplete_buyer(buyer)
    untaxed = _untaxed(sold, seller, is_reverse_charge, exempt_note)
    lines = tuple(_line(one, untaxed[0]) for one in sold)
    taxes = _taxes(lines, untaxed)
    return Content(
        kind="invoice",
        issued_on=issued_on,
        seller=seller.party(),
        buyer=buyer,
        currency=currency,
        lines=lines,
        taxes=taxes,
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        gross_minor=sum(line.gross_minor for line in lines),
        order_code=order_code,
        payment=payment or Payment(),
        occasion=occasion,
        iban=seller.iban,
        notes=_notes(taxes),
        footer=seller.footer,
    )


def credit_note(
    cancelled: Document,
    sold: Sequence[Sold] | None = None,
    *,
    issued_on: date,
    payment: Payment | None = None,
) -> Content:
    """The credit note for an invoice, or for the part of it in `sold`. Its amounts are positive (type 381).

    Seller, buyer and the reason for no VAT are those of the invoice, whatever has changed since.
    """
    of = cancelled.content
    assert of.kind == "invoice", "only an invoice can be taken back"
    found = [(tax.category, tax.reason) for tax in of.taxes if not tax.tax_bps]
    untaxed = found[0] if found else ("E", EXEMPT)
    lines = of.lines if sold is None else tuple(_line(one, untaxed[0]) for one in sold)
    taxes = _taxes(lines, untaxed)
    return Content(
        kind="credit_note",
        issued_on=issued_on,
        seller=of.seller,
        buyer=of.buyer,
        currency=of.currency,
        lines=lines,
        taxes=taxes,
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        gross_minor=sum(line.gross_minor for line in lines),
        order_code=of.order_code,
        payment=payment or Payment(),
        occasion=of.occasion,
        cancels=Reference(cancelled.number_text, of.issued_on),
        notes=_notes(taxes),
        footer=of.footer,
    )


def receipt(
    seller: Party,
    buyer: Party,
    sold: Sequence[Sold],
    *,
    currency: str,
    issued_on: date,
    order_code: str,
    occasion: Occasion | None = None,
    payment: Payment | None = None,
    footer: str = "",
) -> Content:
    """Proof of payment without any word of VAT, for organisers who have not said who they are: a name is enough."""
    lines = tuple(_line_without_tax(one) for one in sold)
    total_minor = sum(line.gross_minor for line in lines)
    return Content(
        kind="receipt",
        issued_on=issued_on,
        seller=seller,
        buyer=buyer,
        currency=currency,
        lines=lines,
        taxes=(),
        net_minor=total_minor,
        tax_minor=0,
        gross_minor=total_minor,
        order_code=order_code,
        payment=payment or Payment(),
        occasion=occasion,
        footer=footer,
    )


def refund_receipt(
    cancelled: Document, sold: Sequence[Sold], *, issued_on: date, payment: Payment | None = None
) -> Content:
    """The receipt for what went back of a receipt. Its amounts are positive; seller and buyer are those of the receipt,
    whatever has changed since.
    """
    of = cancelled.content
    assert of.kind == "receipt", "an invoice is taken back by a credit note"
    lines = tuple(_line_without_tax(one) for one in sold)
    total_minor = sum(line.gross_minor for line in lines)
    return Content(
        kind="refund_receipt",
        issued_on=issued_on,
        seller=of.seller,
        buyer=of.buyer,
        currency=of.currency,
        lines=lines,
        taxes=(),
        net_minor=total_minor,
        tax_minor=0,
        gross_minor=total_minor,
        order_code=of.order_code,
        payment=payment or Payment(),
        occasion=of.occasion,
        cancels=Reference(cancelled.number_text, of.issued_on),
        footer=of.footer,
    )


def _line_without_tax(one: Sold) -> Line:
    return Line(
        name=one.name,
        quantity=one.quantity,
        unit_net_minor=one.unit_total_minor,
        net_minor=one.unit_total_minor * one.quantity,
        tax_minor=0,
        gross_minor=one.unit_total_minor * one.quantity,
    )


def _refuse_incomplete(seller: Seller, sold: Sequence[Sold], is_reverse_charge: bool) -> None:
    """Art. 226 of the Directive, (3) and (5). Who is outside its area and charges no VAT may have no number at all."""
    missing = [name for name in ("legal_name", "address_lines", "country") if not getattr(seller, name)]
    is_taxed = any(one.tax_bps for one in sold)
    is_numbered = seller.vat_id or (seller.tax_number and not is_reverse_charge)
    if not is_numbered and (is_taxed or is_reverse_charge or is_in_vat_area(seller.country)):
        missing.append("vat_id")
    if missing:
        raise SellerIncomplete(tuple(missing))


def _refuse_incomplete_buyer(buyer: Party) -> None:
    wanted = ("company", "address_lines", "country", "vat_id")
    missing = tuple(name for name in wanted if not getattr(buyer, name))
    if missing:
        raise BuyerIncomplete(missing)


_Untaxed = tuple[TaxCategory, str | None]


def _untaxed(
    sold: Sequence[Sold], seller: Seller, is_reverse_charge: bool, exempt_note: str | None
) -> _Untaxed:
    """The category of lines without a rate, and what is to be said of it."""
    if is_reverse_charge:
        assert not any(one.tax_bps or one.unit_tax_minor for one in sold), "reverse charge is without tax"
        return "AE", REVERSE_CHARGE
    if exempt_note:
        return "E", exempt_note
    if seller.is_small_business:
        return "E", SMALL_BUSINESS
    return ("E", EXEMPT) if any(one.tax_bps for one in sold) else ("O", NOT_SUBJECT)


def _line(sold: Sold, untaxed: TaxCategory) -> Line:
    unit_net_minor = sold.unit_total_minor - sold.unit_tax_minor
    return Line(
        name=sold.name,
        quantity=sold.quantity,
        unit_net_minor=unit_net_minor,
        net_minor=unit_net_minor * sold.quantity,
        tax_minor=sold.unit_tax_minor * sold.quantity,
        gross_minor=sold.unit_total_minor * sold.quantity,
        tax_bps=sold.tax_bps,
        category=sold.category or ("S" if sold.tax_bps else untaxed),
    )


def _taxes(lines: Sequence[Line], untaxed: _Untaxed) -> tuple[TaxSum, ...]:
    """One sum per category and rate, the highest rate first."""
    found: dict[tuple[TaxCategory, int], list[Line]] = {}
    for line in lines:
        assert line.category is not None, "a receipt has no tax"
        found.setdefault((line.category, line.tax_bps), []).append(line)
    assert len(found) == 1 or not any(category == "O" for category, _ in found), "O stands alone (BR-O-11)"
    return tuple(
        TaxSum(
            category=category,
            tax_bps=tax_bps,
            net_minor=sum(line.net_minor for line in group),
            tax_minor=sum(line.tax_minor for line in group),
            reason=untaxed[1] if category == untaxed[0] else _REASONS.get(category),
        )
        for (category, tax_bps), group in sorted(found.items(), key=lambda item: (-item[0][1], item[0][0]))
    )


def _notes(taxes: Sequence[TaxSum]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{tax.reason}." for tax in taxes if tax.reason))
