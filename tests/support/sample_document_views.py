"""Invoices and reports with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.view import DocumentRow, OrderDocumentsView
from admitone.entrypoints.pages.invoices.view import InvoiceRow, InvoicesView, SellerView
from admitone.entrypoints.pages.organiser.view import Need
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.reports.view import (
    CurrencySection,
    LedgerLink,
    PartRow,
    ReportLine,
    ReportsView,
)
from tests.support.sample_order_views import order_views
from tests.support.sample_organiser_views import nav

INVOICE = DocumentRow(
    "Invoice FOUNDRY-INV-2027-000123", "3 March 2027, €38.85", "/d/1.pdf", "/d/1.xml", note="Replaced"
)
DOCUMENTS = (
    DocumentRow("Invoice FOUNDRY-INV-2027-000124", "4 March 2027, €38.85", "/d/3.pdf", "/d/3.xml"),
    DocumentRow("Credit note FOUNDRY-CN-2027-000007", "4 March 2027, €38.85", "/d/2.pdf"),
    INVOICE,
)
COUNTRIES = (("", "Choose"), ("DE", "Germany"), ("NG", "Nigeria"), ("PL", "Poland"))
ADDRESS = {
    "name": "Ada Obi",
    "company": "Zażółć Gęślą Spółka z ograniczoną odpowiedzialnością",
    "address": "ul. Świętokrzyska 12",
    "postcode": "00-044",
    "city": "Warszawa",
    "country": "PL",
    "vat_id": "PL8567346215",
}


def document_views() -> dict[str, View]:
    """Name of the sample and its view."""
    return {**_buyers(), **_organisers(), **_reports()}


def _buyers() -> dict[str, View]:
    order = order_views()["order"]
    documents = OrderDocumentsView(
        code="K7PQ2M",
        event=order.event,  # type: ignore[attr-defined]
        documents=DOCUMENTS,
        back_url="/orders/1",
        post_url="/orders/1/documents",
        countries=COUNTRIES,
        values=ADDRESS,
    )
    return {
        "order-documents": documents,
        "order-documents-wrong": replace(
            documents,
            values=ADDRESS | {"city": "", "vat_id": "PL1"},
            errors={
                "city": "An invoice needs this. Please fill it in.",
                "vat_id": "That is not a VAT id of this country. It begins with the country's letters, such as "
                "PL136695976.",
            },
        ),
        "order-documents-fixed": replace(documents, is_fixed=True),
        "order-documents-none": replace(
            documents, documents=(), post_url="", why_not="There is no invoice for this order."
        ),
        "order-documents-late": replace(
            documents,
            post_url="",
            why_not="The address can be changed for 30 days after payment. Please ask the organiser.",
        ),
        "order-with-documents": replace(order, documents=DOCUMENTS, documents_url="/orders/1/documents"),  # type: ignore[type-var]
    }


def _row(number: str, kind: str, gross: str, buyer: str = "Ada Obi") -> InvoiceRow:
    return InvoiceRow(number, kind, "3 March 2027", buyer, "K7PQ2M9RT", "/organiser/order", gross, "/d/1.pdf")


def _organisers() -> dict[str, View]:
    listed = InvoicesView(
        nav=nav(with_event=False),
        count_words="3 documents",
        documents=(
            _row("FOUNDRY-INV-2027-000124", "Invoice", "€38.85"),
            _row("FOUNDRY-CN-2027-000007", "Credit note", "-€38.85"),
            _row("FOUNDRY-RCP-2027-000001", "Receipt", "₦1,120,000.00", ADDRESS["company"]),
        ),
        kinds=(("", "Any"), ("invoice", "Invoice"), ("credit_note", "Credit note"), ("receipt", "Receipt")),
        months=(("", "All months"), ("2027-03", "March 2027")),
        details_url=links.invoices("foundry", "details"),
        csv_url=links.invoices("foundry", "list.csv"),
        zip_url=links.invoices("foundry", "files.zip"),
        next_url="/more",
    )
    need = Need(
        "file-text",
        "Buyers get receipts, not invoices",
        "An invoice needs your legal name, your address and your country.",
        links.invoices("foundry", "details"),
        "Fill in",
    )
    seller = SellerView(
        nav=nav(with_event=False),
        countries=COUNTRIES,
        post_url=links.invoices("foundry", "details"),
        back_url=links.invoices("foundry"),
        preview_url=links.invoices("foundry", "preview.pdf"),
        missing_words="your legal name, your address and your country",
    )
    filled = {
        "legal_name": "Foundry Nights GmbH",
        "address": "14 Foundry Road\n10115 Berlin",
        "country": "DE",
        "vat_id": "DE1",
        "prefix": "x y",
        "is_small_business": "1",
    }
    return {
        "invoices": listed,
        "invoices-none": replace(listed, documents=(), count_words="0 documents", needs=(need,), next_url=""),
        "invoices-seller": seller,
        "invoices-seller-wrong": replace(
            seller,
            missing_words="",
            values=filled,
            errors={
                "vat_id": "That is not a VAT id of this country. It begins with the country's letters, such as "
                "DE136695976.",
                "prefix": "Please use 1 to 8 capital letters and digits, and not TEST.",
            },
        ),
    }


def _reports() -> dict[str, View]:
    euros = CurrencySection(
        currency="EUR",
        account=(
            ReportLine("Balance at the start", "€1,204.00"),
            ReportLine("Sales", "€4,170.00"),
            ReportLine("Tax", "€830.00"),
            ReportLine("Refunds", "-€50.00"),
            ReportLine("Payouts", "-€1,000.00"),
            ReportLine("Balance at the end", "€5,154.00", "total"),
        ),
        parts=(
            PartRow("Waiting for its event", "€1,204.00", "€4,324.00"),
            PartRow("Tax you owe", "€0.00", "€830.00"),
        ),
        tax=(
            ReportLine("7 %", "€30.00"),
            ReportLine("19 %", "€800.00"),
            ReportLine("Several rates", "-€8.00"),
        ),
        fees_words="The site kept €200.00 in fees.",
        credit_words="Buyers hold €25.00 of store credit with you.",
    )
    naira = CurrencySection(
        currency="NGN",
        account=(
            ReportLine("Balance at the start", "₦0.00"),
            ReportLine("Sales", "₦21,437,600.00"),
            ReportLine("Balance at the end", "₦21,437,600.00", "total"),
        ),
        parts=(PartRow("In your own payment accounts", "₦0.00", "₦21,437,600.00"),),
        tax=(),
    )
    report = ReportsView(
        nav=nav(with_event=False),
        period_words="1 March 2027 to 12 March 2027",
        from_day="2027-03-01",
        until_day="2027-03-12",
        money="real",
        moneys=(("real", "Real money"), ("test", "Play money (tests)")),
        periods=(
            ("This month", "/r?1"),
            ("Last month", "/r?2"),
            ("This year", "/r?3"),
            ("Last year", "/r?4"),
        ),
        currencies=(euros, naira),
        files=(
            LedgerLink("CSV", "Every transfer with all columns", "/r/ledger/csv"),
            LedgerLink("Excel", "The same as a workbook", "/r/ledger/xlsx"),
        ),
        datev_url="/r/ledger/datev",
    )
    return {
        "reports": report,
        "reports-none": replace(report, currencies=(), money="test"),
        "reports-wrong": replace(
            report,
            currencies=(),
            error="The last day comes before the first. Choose them the other way round.",
            datev_error="This export needs a consultant number from 1001 to 9999999.",
        ),
    }
