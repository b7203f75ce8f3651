"""Makes the organiser's views of invoices."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from admitone import invoices
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.making import KIND_WORDS
from admitone.entrypoints.pages.invoices.view import InvoiceRow, InvoicesView, SellerView
from admitone.entrypoints.pages.organiser.seller_showing import missing_words, seller_need
from admitone.entrypoints.pages.organiser.whose import Whose, organiser_nav
from admitone.flows.invoicing import day_words
from admitone.invoices import Seller
from admitone.reads.documents_list import DocumentsWanted, ListedDocument
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.paging import Page

KINDS: Final = (("", "Any"), *KIND_WORDS.items())
_MONTHS_SHOWN: Final = 24
_FIRST_OF_NEXT: Final = timedelta(days=32)


def month_of(text: str) -> tuple[date, date] | None:
    """First and last day of `2026-11`; None for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None
    if first is None or first.year > 9000:
        return None
    return first, (first + _FIRST_OF_NEXT).replace(day=1) - timedelta(days=1)


def month_options(now: datetime) -> tuple[tuple[str, str], ...]:
    """This month and those before it."""
    first = now.date().replace(day=1)
    found = [("", "All months")]
    for _ in range(_MONTHS_SHOWN):
        found.append((f"{first:%Y-%m}", f"{first:%B %Y}"))
        first = (first - timedelta(days=1)).replace(day=1)
    return tuple(found)


def list_view(
    whose: Whose,
    found: Page[ListedDocument],
    count: int,
    wanted: DocumentsWanted,
    *,
    month: str,
    seller: Seller,
    now: datetime,
    is_continued: bool,
) -> InvoicesView:
    """The list."""
    url, query = links.invoices(whose.slug), {"kind": wanted.kind or "", "q": wanted.query, "month": month}
    return InvoicesView(
        nav=organiser_nav(whose),
        count_words=formats.count(count, "document", "documents"),
        documents=tuple(_row(whose, one) for one in found.items),
        kinds=KINDS,
        months=month_options(now),
        kind=wanted.kind or "",
        month=month,
        query=wanted.query,
        needs=seller_need(whose, seller),
        details_url=links.invoices(whose.slug, "details") if whose.may(Action.MANAGE_ORGANISER) else "",
        csv_url=links.with_query(f"{url}/list.csv", **query) if count else "",
        zip_url=links.with_query(f"{url}/files.zip", **query) if count else "",
        next_url=links.with_query(url, **query, cursor=found.next_cursor) if found.next_cursor else "",
        first_url=links.with_query(url, **query) if is_continued else "",
    )


def _row(whose: Whose, one: ListedDocument) -> InvoiceRow:
    sign = -1 if one.kind in ("credit_note", "refund_receipt") else 1
    may_see = whose.may(Action.SEE_ORDERS)
    return InvoiceRow(
        number=one.number_text,
        kind=KIND_WORDS[one.kind],
        date=day_words(one.issued_on),
        buyer=one.buyer,
        order_code=one.order_code,
        order_url=whose.event_url(one.event_id, f"orders/{one.order_code}") if may_see else "",
        gross=formats.money(sign * one.gross_minor, one.currency, in_full=True),
        pdf_url=links.invoices(whose.slug, f"{one.id}.pdf"),
    )


def seller_values(seller: Seller) -> dict[str, str]:
    """The fields as they are kept."""
    return {
        "legal_name": seller.legal_name,
        "address": "\n".join(seller.address_lines),
        "country": seller.country or "",
        "vat_id": seller.vat_id or "",
        "tax_number": seller.tax_number or "",
        "iban": seller.iban or "",
        "email": seller.email or "",
        "footer": seller.footer,
        "prefix": seller.prefix,
        "is_small_business": "1" if seller.is_small_business else "",
    }


def seller_of_form(whose: Whose, typed: Mapping[str, str]) -> Seller:
    """What was typed, unchecked."""
    return Seller(
        organiser_id=whose.id,
        legal_name=typed.get("legal_name", ""),
        address_lines=tuple(typed.get("address", "").splitlines()),
        country=typed.get("country", "") or None,
        vat_id=typed.get("vat_id", "").strip() or None,
        tax_number=typed.get("tax_number", "").strip() or None,
        iban=typed.get("iban", "").strip() or None,
        email=typed.get("email", "").strip() or None,
        footer=typed.get("footer", ""),
        prefix=typed.get("prefix", ""),
        is_small_business=typed.get("is_small_business") == "1",
    )


def seller_view(
    whose: Whose,
    seller: invoices.Seller,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SellerView:
    """The form."""
    return SellerView(
        nav=organiser_nav(whose),
        countries=(("", "Choose"), *formats.countries()),
        post_url=links.invoices(whose.slug, "details"),
        back_url=links.invoices(whose.slug),
        preview_url=links.invoices(whose.slug, "preview.pdf"),
        missing_words=missing_words(seller),
        values=seller_values(seller) if typed is None else typed,
        errors=errors or {},
    )
