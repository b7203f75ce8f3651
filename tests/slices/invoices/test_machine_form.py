"""The XML: valid by the official schema as an independent package keeps it, and its sums are those of the document."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import facturx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from admitone import invoices
from admitone.invoices import Content, PaidPart, Party, Payment, Sold
from admitone.pricing.taxes import included_tax_minor
from admitone.values import currencies
from tests.slices.invoices.making import (
    BUYER,
    COMPANY,
    SELLER,
    TICKETS,
    TODAY,
    credit_note,
    document,
    made,
    receipt,
)

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"
UNTAXED = (Sold("Trade stand ticket", 4, 25000),)
MADE: dict[str, Content] = {
    "one line": made(),
    "thirty lines": made(
        [Sold(f"Row {n}", n, 1000 + n, (2 * (1000 + n) * 7 + 107) // 214, 700) for n in range(1, 31)]
    ),
    "three rates": made([*TICKETS, Sold("Booklet", 1, 535, 35, 700), Sold("Donation", 1, 500)], paid=False),
    "zero rate": made([Sold("Book", 1, 500, category="Z")]),
    "yen": made([Sold("General", 2, 5500, 500, 1000)], currency="JPY"),
    "polish": made([Sold("Wejście – strefa „Żółta”", 2, 12300, 2300, 2300)], buyer=COMPANY, currency="PLN"),
    "reverse charge": made(UNTAXED, buyer=COMPANY, is_reverse_charge=True, paid=False),
    "small business": made(UNTAXED, seller=replace(SELLER, is_small_business=True, vat_id=None)),
    "outside of VAT": made(UNTAXED),
    "credit note": credit_note(made()),
    "part credited": credit_note(made(), [Sold("General admission", 1, 1190, 190, 1900)]),
    "nothing to pay": made([Sold("Guest", 2, 0, 0, 1900)]),
    "credit and a card": replace(
        made(),
        payment=Payment(
            "Paid on 21 November 2026.",
            2380,
            paid_on=TODAY,
            parts=(PaidPart("Paid with store credit", 2000), PaidPart("Paid by card", 380)),
        ),
    ),
    "odd text": made([Sold("<b>&amp;\x00\ud800\x0b ]]>", 1, 1190, 190, 1900)]),
}


def tree(content: Content) -> Any:
    """The document's XML after the official schema has passed it."""
    xml = invoices.render_xml(document(content))
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    return etree.fromstring(xml)


def texts(node: Any, *path: str) -> list[str]:
    """What stands at the end of each such path."""
    return [found.text for found in node.iterfind(".//" + "/".join(RAM + name for name in path))]


def amount(content: Content, minor: int) -> Decimal:
    """In the currency's unit."""
    return Decimal(currencies.major_text(content.currency, minor))


def check_sums(content: Content) -> None:
    """Every amount of the XML, added up anew (BR-CO-10 to BR-CO-16, BR-S-08)."""
    root = tree(content)
    sums = "SpecifiedTradeSettlementHeaderMonetarySummation"

    def one(name: str) -> Decimal:
        [found] = texts(root, sums, name)
        return Decimal(found)

    lines = texts(root, "SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount")
    prices = texts(root, "NetPriceProductTradePrice", "ChargeAmount")
    quantities = texts(root, "SpecifiedLineTradeDelivery", "BilledQuantity")
    exact = [Decimal(p) * Decimal(q) for p, q in zip(prices, quantities, strict=True)]
    assert exact == [Decimal(line) for line in lines]
    assert (
        sum(exact)
        == one("LineTotalAmount")
        == one("TaxBasisTotalAmount")
        == amount(content, content.net_minor)
    )
    header = "ApplicableHeaderTradeSettlement", "ApplicableTradeTax"
    assert sum(map(Decimal, texts(root, *header, "BasisAmount"))) == one("TaxBasisTotalAmount")
    assert sum(map(Decimal, texts(root, *header, "CalculatedAmount"))) == one("TaxTotalAmount")
    assert one("TaxTotalAmount") == amount(content, content.tax_minor)
    assert one("GrandTotalAmount") == one("TaxBasisTotalAmount") + one("TaxTotalAmount")
    assert one("GrandTotalAmount") == amount(content, content.gross_minor)
    assert one("DuePayableAmount") == one("GrandTotalAmount") - one("TotalPrepaidAmount")
    assert one("DuePayableAmount") == amount(content, content.due_minor)


@pytest.mark.parametrize("name", MADE)
def test_the_official_schema_takes_every_kind_and_the_sums_are_the_documents(name: str) -> None:
    check_sums(MADE[name])


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 10**8)), min_size=1, max_size=6),
    st.sampled_from([700, 1900, 2300, 2550]),
)
def test_the_sums_hold_whatever_was_sold(lines: list[tuple[int, int]], rate_bps: int) -> None:
    sold = [Sold("Ticket", n, price, included_tax_minor(price, rate_bps), rate_bps) for n, price in lines]
    check_sums(made(sold))


def test_a_credit_note_names_its_invoice_and_a_reverse_charge_its_law() -> None:
    credit = tree(MADE["credit note"])
    assert texts(credit, "InvoiceReferencedDocument", "IssuerAssignedID") == ["FOUNDRY-INV-2026-000017"]
    assert credit.find(f".//{RAM}TypeCode").text == "381"
    charge = tree(MADE["reverse charge"])
    [reason] = texts(charge, "ApplicableHeaderTradeSettlement", "ApplicableTradeTax", "ExemptionReason")
    assert reason == "Reverse charge: VAT to be paid by the recipient, Art. 196 Directive 2006/112/EC"
    assert texts(charge, "ApplicableTradeTax", "ExemptionReasonCode") == ["VATEX-EU-AE"]
    assert texts(charge, "BuyerTradeParty", "SpecifiedTaxRegistration", "ID") == ["PL8567346215"]
    assert texts(charge, "PayeePartyCreditorFinancialAccount", "IBANID") == ["DE89370400440532013000"]


def test_what_was_paid_in_parts_is_one_prepaid_amount_and_the_terms_say_by_what() -> None:
    whole, parts = (tree(MADE[name]) for name in ("one line", "credit and a card"))
    for name in (
        "TaxBasisTotalAmount",
        "TaxTotalAmount",
        "GrandTotalAmount",
        "TotalPrepaidAmount",
        "DuePayableAmount",
    ):
        assert texts(parts, name) == texts(whole, name)
    assert (texts(parts, "TotalPrepaidAmount"), texts(parts, "DuePayableAmount")) == (["23.80"], ["0.00"])
    assert texts(parts, "SpecifiedTradePaymentTerms", "Description") == [
        "Paid on 21 November 2026. Paid with store credit: EUR 20.00. Paid by card: EUR 3.80."
    ]


def test_parts_that_are_not_what_was_paid_are_a_broken_assumption() -> None:
    for parts in ((PaidPart("Paid by card", 2379),), (PaidPart("Paid by card", 2380), PaidPart("Paid", 0))):
        with pytest.raises(AssertionError):
            Payment("Paid.", 2380, parts=parts)


def test_where_vat_does_not_apply_nobody_has_a_number_for_it() -> None:
    root = tree(MADE["outside of VAT"])
    assert texts(root, "SpecifiedTaxRegistration", "ID") == []
    assert texts(root, "SellerTradeParty", "ID") == ["12/345/67890"]
    assert texts(root, "RateApplicablePercent") == []


def test_the_same_document_gives_the_same_bytes() -> None:
    assert invoices.render_xml(document(made())) == invoices.render_xml(document(made()))


# 840 x 19 % is 159.6: each ticket's tax of 160 is 0.4 too much, which 250 of them make a whole unit.
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (receipt(), "receipt"),
        (made(UNTAXED, currency="KWD"), "currency"),
        (made(UNTAXED, currency="BTC"), "currency"),
        (made(buyer=Party("Ada Obi")), "buyer_country"),
        (made([Sold("Ticket", 250, 1000, 160, 1900)]), "rounding"),
    ],
)
def test_what_the_standard_has_no_room_for_is_refused(content: Content, reason: str) -> None:
    assert invoices.misfit(content) == reason
    with pytest.raises(invoices.NoMachineForm) as refusal:
        invoices.render_xml(document(content))
    assert refusal.value.data == {"reason": reason}


def test_a_little_rounding_fits() -> None:
    check_sums(made([Sold("Ticket", 240, 1000, 160, 1900)], buyer=BUYER))
