"""An organiser's invoices: the list, one or many as files, who the seller is, and how an invoice looks."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admitone import accounts, invoices
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.files import Ending, document_response, streamed
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.invoices.making import (
    list_view,
    month_of,
    seller_of_form,
    seller_view,
)
from admitone.entrypoints.pages.organiser.whose import find_organiser
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.flows.document_files import csv_of, sample_pdf, zip_of
from admitone.reads.documents_list import (
    KINDS,
    DocumentsWanted,
    documents_count,
    documents_list,
    owned_document,
)
from admitone.values.actor import Action
from admitone.values.paging import BadCursor
from admitone.values.refusals import Problems

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/invoices")
PER_PAGE: Final = 50
_Text = Annotated[str, Query(max_length=200)]
_FIELDS: Final = {"address_lines": "address"}


def _wanted(kind: str, q: str, month: str) -> DocumentsWanted:
    """A kind or a month nobody knows is as if it were not there."""
    days = month_of(month)
    return DocumentsWanted(
        kind if kind in KINDS else None,
        q,
        from_day=days[0] if days else None,
        until_day=days[1] if days else None,
    )


@router.get("")
async def show(
    request: Request,
    slug: str,
    needs: Needs,
    actor: SignedIn,
    kind: str = "",
    q: _Text = "",
    month: str = "",
    cursor: str = "",
) -> Response:
    """Newest first."""
    wanted = _wanted(kind, q, month)
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
        count = await documents_count(reader, actor, whose.id, wanted)
        seller = await invoices.seller_of(reader, whose.id)
        try:
            found = await documents_list(
                reader, actor, whose.id, wanted, cursor=cursor or None, limit=PER_PAGE
            )
        except BadCursor:
            cursor = ""
            found = await documents_list(reader, actor, whose.id, wanted, limit=PER_PAGE)
    view = list_view(
        whose,
        found,
        count,
        wanted,
        month=month if month_of(month) else "",
        seller=seller,
        now=needs.clock.now(),
        is_continued=bool(cursor),
    )
    return await page(request, view)


@router.get("/details")
async def details(request: Request, slug: str, needs: Needs, actor: SignedIn) -> Response:
    """Who the seller is."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
        accounts.permit(actor, Action.MANAGE_ORGANISER, whose.id)
        seller = await invoices.seller_of(reader, whose.id)
    return await page(request, seller_view(whose, seller))


@router.post("/details")
async def save_details(
    request: Request, slug: str, needs: Needs, actor: SignedIn, form: checked_form
) -> Response:
    """Keep it for documents from now on."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
        before = await invoices.seller_of(reader, whose.id)
    typed = values_of(form)
    try:
        seller = await needs.money.invoicing.save_seller(actor, seller_of_form(whose, typed))
    except Problems as problems:
        view = seller_view(whose, before, typed, errors_of(problems, _FIELDS))
        return await page(request, view, status=status_of(problems))
    words = "Saved. Buyers get invoices from now on."
    notice = Notice(words) if not seller.missing else Notice("Saved. Something is still missing.", "warn")
    return go_to(request, links.invoices(slug, "details"), notice)


@router.get("/preview.pdf")
async def preview(slug: str, needs: Needs, actor: SignedIn) -> Response:
    """An invented invoice with these details."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    made = await sample_pdf(needs.database, needs.clock, actor, whose.id)
    headers = {"content-disposition": 'inline; filename="example.pdf"', "cache-control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


@router.get("/list.csv")
async def as_csv(
    slug: str, needs: Needs, actor: SignedIn, kind: str = "", q: _Text = "", month: str = ""
) -> Response:
    """What is listed, for the tax adviser."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    return streamed(await csv_of(needs.database, actor, whose.id, _wanted(kind, q, month)))


@router.get("/files.zip")
async def as_zip(
    slug: str, needs: Needs, actor: SignedIn, kind: str = "", q: _Text = "", month: str = ""
) -> Response:
    """What is listed, as PDFs."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    return streamed(await zip_of(needs.database, actor, whose.id, _wanted(kind, q, month)))


@router.get("/{document_id}.{ending}")
async def file(slug: str, document_id: UUID, ending: Ending, needs: Needs, actor: SignedIn) -> Response:
    """One document."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
        document = await owned_document(reader, actor, whose.id, document_id)
    return await document_response(document, ending)
