"""The page: read by another program, with the XML found inside by yet another, whatever people typed."""

import io
import threading
from dataclasses import replace
from typing import Any

import facturx
import pypdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from admitone import invoices
from admitone.invoices import Content, PaidPart, Party, Sold
from tests.slices.invoices.making import BUYER, COMPANY, SELLER, credit_note, document, made, receipt

FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
MANY = [Sold(f"Row {n} of the stalls", n, 1070, 70, 700) for n in range(1, 31)]


def words(pdf: bytes) -> list[str]:
    """The text of each page, with plain spaces."""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in opened]
    finally:
        opened.close()


def root_of(pdf: bytes) -> Any:
    """The file's catalogue, as a strict reader finds it."""
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True).trailer["/Root"]


def said(pdf: bytes, name: str) -> list[str]:
    """What the metadata says under this name."""
    metadata = root_of(pdf)["/Metadata"].get_object().get_data()
    return [node.text for node in etree.fromstring(metadata).iter(name)]


def rendered(content: Content, **more: bool) -> bytes:
    """The content as PDF."""
    return invoices.render_pdf(document(content, **more))


@pytest.mark.parametrize("content", [made(), made(MANY), credit_note(made())], ids=["one", "many", "credit"])
def test_the_xml_is_found_inside_and_is_the_one_for_download(content: Content) -> None:
    pdf = rendered(content)
    name, xml = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert (name, xml) == ("factur-x.xml", invoices.render_xml(document(content)))
    assert said(pdf, f"{FX}ConformanceLevel") == ["EN 16931"]
    assert said(pdf, f"{FX}DocumentFileName") == ["factur-x.xml"]
    assert (said(pdf, f"{PDFA}part"), said(pdf, f"{PDFA}conformance")) == (["3"], ["A"])
    root = root_of(pdf)
    assert root["/AF"][0].get_object()["/AFRelationship"] == "/Alternative"
    assert root["/MarkInfo"]["/Marked"].value is True
    assert "/OutputIntents" in root


def test_an_invoice_says_all_the_law_wants() -> None:
    [page] = words(rendered(made()))
    for wanted in (
        "Invoice FOUNDRY-INV-2026-000001",
        "Foundry Nights GmbH",
        "14 Foundry Road",
        "DE136695976",
        "12/345/67890",
        "Ada Obi",
        "Kastanienallee 1",
        "21 November 2026",
        "12 March 2027",
        "K7QX2M9RT",
        "General admission 2 10.00 19 % 20.00 3.80 23.80",
        "Net EUR 20.00",
        "VAT EUR 3.80",
        "Total EUR 23.80",
        "To be paid EUR 0.00",
        "Paid by card on 21 November 2026.",
        "Page 1 of 1",
    ):
        assert wanted in page


def test_what_was_paid_in_parts_is_said_part_by_part_under_the_same_total() -> None:
    parts = (PaidPart("Paid with store credit", 2000), PaidPart("Paid by card", 380))
    content = made()
    split = replace(content, payment=replace(content.payment, text="Paid on 21 November 2026.", parts=parts))
    [page] = words(rendered(split))
    total = "Total EUR 23.80 Paid with store credit EUR 20.00 Paid by card EUR 3.80 To be paid EUR 0.00"
    assert total in page
    assert "VAT EUR 3.80" in page
    assert "Paid EUR" not in page


def test_thirty_lines_break_over_pages_under_the_same_columns() -> None:
    pages = words(rendered(made(MANY)))
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        assert "Description Quantity Price, net" in page
        assert f"FOUNDRY-INV-2026-000001 Page {number} of 2" in page
    assert all(f"Row {n} of the stalls" in " ".join(pages) for n in range(1, 31))
    assert "Total EUR 4,975.50" in pages[1]


def test_a_reverse_charge_and_a_bank_transfer_are_spelled_out() -> None:
    [page] = words(
        rendered(made([Sold("Stand", 4, 25000)], buyer=COMPANY, is_reverse_charge=True, paid=False))
    )
    assert "Reverse charge: VAT to be paid by the recipient, Art. 196 Directive 2006/112/EC." in page
    assert "Zażółć Gęślą sp. z o.o. Łucja Żółć" in page
    assert "VAT id PL8567346215" in page
    assert "IBAN DE89 3704 0044 0532 0130 00" in page
    assert "Due 5 December 2026" in page
    assert "To be paid EUR 1,000.00" in page


def test_a_credit_note_names_its_invoice() -> None:
    [page] = words(rendered(credit_note(made())))
    assert "Credit note FOUNDRY-CN-2026-000001" in page
    assert "For invoice FOUNDRY-INV-2026-000017 of 21 November 2026" in page
    assert "Total credited EUR 23.80" in page


def test_a_receipt_has_no_word_of_vat_and_no_xml() -> None:
    pdf = rendered(receipt())
    [page] = words(pdf)
    assert "Receipt FOUNDRY-RCP-2026-000001" in page
    assert "General admission 2 11.90 23.80" in page
    assert "VAT" not in page
    assert pypdf.PdfReader(io.BytesIO(pdf)).attachments == {}
    assert said(pdf, f"{FX}ConformanceLevel") == []


@pytest.mark.parametrize(
    ("currency", "minor", "shown"),
    [
        ("JPY", 5500, "Total JPY 11,000"),
        ("KWD", 12345, "Total KWD 24.690"),
        ("BTC", 1_500_000, "Total sat 3,000.000"),
        ("IDR", 10**14, "Total IDR 2,000,000,000,000.00"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, minor: int, shown: str) -> None:
    [page] = words(rendered(made([Sold("General", 2, minor)], currency=currency)))
    assert shown in page


def test_a_test_document_says_so() -> None:
    [page] = words(rendered(made(), is_test=True))
    assert "Test document: no money was moved and nothing is owed." in page
    assert "TEST-FOUNDRY-INV-2026-000001" in page
    assert "Test document" not in words(rendered(made()))[0]


def test_letters_of_many_scripts_are_kept_in_the_archived_form() -> None:
    names = "Zażółć gęślą", "İstanbul ığüşöç", "Ελλάδα", "Київ", "Đặng Thị"
    pdf = rendered(made([Sold(name, 1, 1190, 190, 1900) for name in names]))
    [page] = words(pdf)
    assert all(name in page for name in names)
    assert said(pdf, f"{PDFA}part") == ["3"]


def test_a_script_our_fonts_lack_still_gives_an_invoice_with_its_xml() -> None:
    pdf = rendered(made([Sold("一般 General", 1, 1190, 190, 1900)]))
    assert "1,190" not in words(pdf)[0]
    assert "EUR 11.90" in words(pdf)[0]
    assert facturx.get_xml_from_pdf(pdf, check_xsd=True)[0] == "factur-x.xml"


anything = st.text(max_size=60)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(anything, anything, anything)
def test_nothing_typed_can_stop_an_invoice(ticket: str, buyer: str, line: str) -> None:
    typed = Party(buyer, address_lines=(line,), country="DE")
    content = made([Sold(ticket, 1, 1190, 190, 1900)], buyer=typed)
    pdf = rendered(content)
    assert "Total EUR 11.90" in " ".join(words(pdf))
    assert facturx.get_xml_from_pdf(pdf, check_xsd=True)[0] == "factur-x.xml"


@pytest.mark.parametrize(
    "name", ["<?xpacket begin=", "/Metadata 1 0 R", "trailer <<>> startxref 1 %%EOF", '<?xpacket end="r"?>']
)
def test_a_name_that_looks_like_a_part_of_the_file_is_only_a_name(name: str) -> None:
    pdf = rendered(made(seller=replace(SELLER, legal_name=name), buyer=Party(name, country="DE")))
    metadata = root_of(pdf)["/Metadata"].get_object().get_data()
    assert metadata.startswith('<?xpacket begin="\ufeff"'.encode())
    assert said(pdf, f"{FX}ConformanceLevel") == ["EN 16931"]
    assert facturx.get_xml_from_pdf(pdf, check_xsd=True)[0] == "factur-x.xml"


def test_a_long_name_moves_lines_down_and_is_not_cut() -> None:
    long = "Maximiliane Alexandra von und zu Hohenlohe-Waldenburg-Schillingsfürst"
    run = "X" * 140
    pages = words(rendered(made([Sold(run, 1, 1190, 190, 1900)], buyer=Party(long, country=BUYER.country))))
    together = "".join(pages).replace(" ", "").replace("\u200b", "").replace("\ufffe", "")
    assert long.replace(" ", "").replace("-", "") in together.replace("-", "")
    assert run in together


def test_the_same_document_gives_the_same_bytes_in_every_thread() -> None:
    made_here = rendered(made())
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(rendered(made()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [made_here] * 4
