"""What a buyer sees of their invoices, credit notes and receipts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import EventSummary, Options


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """`title`: "Invoice INV-2026-000123"; `about`: its day and amount. `note` says that it was replaced, or is a test.
    `xml_url` is empty when there is no machine-readable form.
    """

    title: str
    about: str
    pdf_url: str
    xml_url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderDocumentsView:
    """`post_url` is empty when the address cannot be changed any more; `why_not` says why. `is_fixed`: country and VAT
    number stay, the price depended on them. Fields: name, company, address, postcode, city, country, vat_id.
    """

    template: ClassVar[str] = "documents/documents.html"

    code: str
    event: EventSummary
    documents: tuple[DocumentRow, ...]
    back_url: str
    post_url: str = ""
    why_not: str = ""
    is_fixed: bool = False
    countries: Options = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
