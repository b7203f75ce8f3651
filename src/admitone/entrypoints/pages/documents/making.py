"""Makes the views of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from admitone import invoices
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.view import DocumentRow, OrderDocumentsView
from admitone.entrypoints.pages.showing import summary_of
from admitone.flows.correct_invoice import current_of
from admitone.flows.document_lines import is_reverse_charged
from admitone.flows.invoicing import day_words
from admitone.invoices import Document, Party
from admitone.reads.order_page import OrderPage
from admitone.values import formats
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal

KIND_WORDS: Final = {
    "invoice": "Invoice",
    "credit_note": "Credit note",
    "receipt": "Receipt",
    "refund_receipt": "Receipt of refund",
}


def document_rows(documents: Sequence[Document], base_url: str) -> tuple[DocumentRow, ...]:
    """Newest first; `base_url` and an id are the address of a file."""
    withdrawn = {one.cancels_id for one in documents if one.cause.startswith("withdrawn:")}
    return tuple(_row(one, base_url, one.id in withdrawn) for one in reversed(documents))


def _row(one: Document, base_url: str, is_withdrawn: bool) -> DocumentRow:
    said = one.content
    amount = formats.money(said.gross_minor, said.currency, in_full=True)
    notes = ["Replaced"] if is_withdrawn else []
    has_xml = invoices.misfit(said) is None
    return DocumentRow(
        title=f"{KIND_WORDS[said.kind]} {one.number_text}",
        about=f"{day_words(said.issued_on)}, {amount}",
        pdf_url=f"{base_url}/{one.id}.pdf",
        xml_url=f"{base_url}/{one.id}.xml" if has_xml else "",
        note=". ".join(notes),
    )


@dataclass(frozen=True, slots=True)
class Corrector:
    """Who looks: where the form goes, where files are (`<files_url>/<id>.pdf`), and back to the order."""

    post_url: str
    files_url: str
    back_url: str
    is_organiser: bool = False


def of_token(token: str) -> Corrector:
    """The buyer, by their order's token."""
    url = links.order_documents(token)
    return Corrector(url, url, links.order(token))


def documents_view(
    by: Corrector,
    found: OrderPage,
    clock: Clock,
    *,
    seller: invoices.Seller,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> OrderDocumentsView:
    """All documents of the order, and the form for another address."""
    why_not, values = "", {}
    try:
        current = current_of(found.order, found.documents, clock.now(), by_organiser=by.is_organiser)
    except Refusal as refusal:
        why_not = refusal.sentence
    else:
        values = _values(current.content.buyer, found.order.buyer)
        if current.content.kind == "receipt" and seller.missing:
            why_not = invoices.SellerIncomplete(seller.missing).sentence
    return OrderDocumentsView(
        code=found.order.code,
        event=summary_of(found.about),
        documents=document_rows(found.documents, by.files_url),
        back_url=by.back_url,
        post_url="" if why_not else by.post_url,
        why_not=why_not,
        is_fixed=is_reverse_charged(found.order.quote),
        countries=(("", "Choose"), *formats.countries()),
        values=typed or values,
        errors=errors or {},
    )


def _values(buyer: Party, given: Mapping[str, object] | None) -> dict[str, str]:
    """The address as it was last written, in the fields it was typed into."""
    lines = list(buyer.address_lines)
    town = lines.pop() if lines else ""
    before = {name: str(value or "") for name, value in (given or {}).items()}
    postcode, _, city = town.partition(" ")
    if not any(letter.isdigit() for letter in postcode):
        postcode, city = "", town
    if before.get("postcode") and town == f"{before['postcode']} {before.get('city', '')}":
        postcode, city = before["postcode"], before.get("city", "")
    return {
        "name": buyer.name,
        "company": buyer.company or "",
        "address": ", ".join(lines),
        "postcode": postcode,
        "city": city,
        "country": buyer.country or "",
        "vat_id": buyer.vat_id or "",
    }
