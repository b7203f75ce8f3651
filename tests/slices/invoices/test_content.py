"""What a document says: sums that hold to the last cent, the right category, and the words the law wants."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone import invoices, pricing
from admitone.invoices import Party, Sold
from admitone.invoices.content import TaxSum, as_record, from_record
from tests.slices.invoices.making import BUYER, COMPANY, OCCASION, SELLER, TICKETS, credit_note, made, receipt

items = st.builds(
    pricing.Item,
    ticket_type_id=st.just(UUID(int=1)),
    name=st.text(max_size=20),
    quantity=st.integers(1, 1000),
    unit_price_minor=st.integers(0, 10**9),
)


@given(
    st.lists(items, min_size=1, max_size=8),
    st.integers(0, 5000),
    st.sampled_from(["included", "added"]),
    st.sampled_from(["buyer", "organiser"]),
)
def test_an_invoice_is_worth_what_the_order_cost(
    basket: list[pricing.Item], rate_bps: int, mode: str, paid_by: str
) -> None:
    fee = pricing.FeeRule(percent_bps=550, fixed_minor=49, paid_by=paid_by)  # type: ignore[arg-type]
    tax = pricing.TaxRule(rate_bps=rate_bps, mode=mode, name="VAT")  # type: ignore[arg-type]
    quote = pricing.quote("EUR", basket, fee, tax)
    content = made(
        [
            Sold(line.name, line.quantity, line.unit_total_minor, line.unit_tax_minor, rate_bps)
            for line in quote.lines
        ]
    )
    assert content.gross_minor == quote.total_minor
    assert content.tax_minor == quote.tax_minor == sum(one.tax_minor for one in content.taxes)
    assert content.net_minor == quote.organiser_minor + quote.fee_minor
    assert from_record(as_record(content)) == content
    whole = credit_note(content)
    assert (whole.lines, whole.gross_minor) == (content.lines, content.gross_minor)


def test_lines_of_one_rate_are_summed_the_highest_rate_first() -> None:
    content = made([Sold("Booklet", 1, 535, 35, 700), *TICKETS, Sold("Seat", 1, 2380, 380, 1900)])
    assert content.taxes == (TaxSum("S", 1900, 4000, 760), TaxSum("S", 700, 500, 35))
    assert content.notes == ()


SMALL = "VAT exempt: small enterprise, Art. 284 Directive 2006/112/EC."
CHARGE = "Reverse charge: VAT to be paid by the recipient, Art. 196 Directive 2006/112/EC."


@pytest.mark.parametrize(
    ("circumstances", "category", "note"),
    [
        ({}, "O", "Not subject to VAT."),
        ({"seller": replace(SELLER, is_small_business=True)}, "E", SMALL),
        ({"exempt_note": "Exempt, § 4 Nr. 20 UStG"}, "E", "Exempt, § 4 Nr. 20 UStG."),
        ({"buyer": COMPANY, "is_reverse_charge": True}, "AE", CHARGE),
    ],
)
def test_without_tax_it_is_said_why(circumstances: dict[str, Any], category: str, note: str) -> None:
    content = made([Sold("Ticket", 2, 1000)], **circumstances)
    credit = credit_note(content, [Sold("Ticket", 1, 1000)])
    for one in (content, credit):
        assert ([tax.category for tax in one.taxes], one.notes) == ([category], (note,))


def test_a_line_without_tax_beside_taxed_ones_is_exempt_because_out_of_scope_stands_alone() -> None:
    content = made([*TICKETS, Sold("Donation", 1, 500)])
    assert [(one.category, one.reason) for one in content.taxes] == [("S", None), ("E", "Exempt from VAT")]


def test_what_was_charged_is_shown_even_by_a_small_business() -> None:
    assert made(seller=replace(SELLER, is_small_business=True)).taxes == (TaxSum("S", 1900, 2000, 380),)


@pytest.mark.parametrize(
    ("seller", "fields"),
    [
        (invoices.Seller(SELLER.organiser_id), ("legal_name", "address_lines", "country", "vat_id")),
        (replace(SELLER, vat_id=None, tax_number=None), ("vat_id",)),
        (replace(SELLER, address_lines=()), ("address_lines",)),
    ],
)
def test_a_seller_with_gaps_writes_no_invoice(seller: invoices.Seller, fields: tuple[str, ...]) -> None:
    with pytest.raises(invoices.SellerIncomplete) as refusal:
        made(seller=seller)
    assert refusal.value.fields == fields
    assert refusal.value.data["fields"] == list(fields)


def test_a_seller_outside_of_the_union_without_tax_needs_no_number() -> None:
    lagos = replace(SELLER, country="NG", vat_id=None, tax_number=None)
    assert made([Sold("Ticket", 1, 1000)], seller=lagos).tax_minor == 0
    with pytest.raises(invoices.SellerIncomplete):
        made(seller=lagos)


def test_a_reverse_charge_needs_the_buyers_company_and_the_sellers_vat_id() -> None:
    with pytest.raises(invoices.BuyerIncomplete) as buyer:
        made([Sold("Ticket", 1, 1000)], buyer=BUYER, is_reverse_charge=True)
    assert buyer.value.fields == ("company", "vat_id")
    with pytest.raises(invoices.SellerIncomplete) as seller:
        made(
            [Sold("Ticket", 1, 1000)],
            seller=replace(SELLER, vat_id=None),
            buyer=COMPANY,
            is_reverse_charge=True,
        )
    assert seller.value.fields == ("vat_id",)


def test_a_credit_note_says_what_it_takes_back_and_from_whom() -> None:
    credit = credit_note(made(), [Sold("General admission", 1, 1190, 190, 1900)])
    assert credit.cancels == invoices.Reference("FOUNDRY-INV-2026-000017", date(2026, 11, 21))
    assert (credit.seller, credit.buyer, credit.occasion) == (SELLER.party(), BUYER, OCCASION)
    assert (credit.net_minor, credit.tax_minor, credit.gross_minor) == (1000, 190, 1190)


def test_a_receipt_speaks_of_no_tax() -> None:
    content = receipt()
    assert (content.taxes, content.tax_minor, content.gross_minor) == ((), 0, 2380)
    assert content.seller == Party("Foundry Nights")


@pytest.mark.parametrize(
    "broken", [{"gross_minor": 2381}, {"tax_minor": 379}, {"taxes": ()}, {"kind": "credit_note"}]
)
def test_a_stored_document_whose_sums_do_not_hold_is_not_read(broken: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        from_record({**as_record(made()), **broken})
