"""What an organiser sees of its invoices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.organiser.view import Need
from admitone.entrypoints.pages.views import Options


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """A document in the list. `gross` of a credit note begins with a minus. Numbers of tests say so."""

    number: str
    kind: str
    date: str
    buyer: str
    order_code: str
    order_url: str
    gross: str
    pdf_url: str


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """The list with its filters: `kind`, `q`, `month` (2026-11, empty for all). `details_url` is empty for who may not
    say who the seller is. `csv_url` and `zip_url` are of what is listed.
    """

    template: ClassVar[str] = "invoices/list.html"
    section: ClassVar[str] = "invoices"

    nav: OrganiserNav
    count_words: str
    documents: tuple[InvoiceRow, ...]
    kinds: Options
    months: Options
    kind: str = ""
    month: str = ""
    query: str = ""
    needs: tuple[Need, ...] = ()
    details_url: str = ""
    csv_url: str = ""
    zip_url: str = ""
    next_url: str = ""
    first_url: str = ""


@dataclass(frozen=True, slots=True)
class SellerView:
    """Who the seller is on invoices. Fields: legal_name, address (lines), country, vat_id, tax_number, iban, email,
    footer, prefix, is_small_business. `missing_words` is empty once invoices can be written.
    """

    template: ClassVar[str] = "invoices/seller.html"
    section: ClassVar[str] = "invoices"

    nav: OrganiserNav
    countries: Options
    post_url: str
    back_url: str
    preview_url: str
    missing_words: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
