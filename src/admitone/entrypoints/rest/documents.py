"""Invoices, credit notes and receipts: of an order, by its link; of an organiser, by period."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from admitone import accounts, invoices, orders
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.files import Ending, document_response, streamed
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.rest.shapes import Body, Cursor, Limit, MoneyShown, Shown, Token
from admitone.flows.correct_invoice import correct_as_organiser, correct_buyer
from admitone.flows.document_files import csv_of, zip_of
from admitone.reads.documents_list import DocumentsWanted, documents_list, owned_document
from admitone.reads.order_page import order_page
from admitone.values.actor import Action
from admitone.values.ids import normalise_code

router = APIRouter(tags=["invoices"])
KindName = Literal["invoice", "credit_note", "receipt", "refund_receipt"]
_Text = Annotated[str, Field(max_length=1000)]


class DocumentShown(Shown):
    """A document. `cancels` is the number of the invoice that a credit note takes back, in whole or in part, or of the
    receipt that a receipt of a refund does. Their amounts are above zero. `xml_url` is None where EN 16931 has no room
    for it.
    """

    id: UUID
    kind: KindName
    number: str
    issued_on: date
    order: str
    buyer: str
    cancels: str | None
    is_test: bool
    net: MoneyShown
    tax: MoneyShown
    gross: MoneyShown
    pdf_url: str
    xml_url: str | None


class DocumentsShown(Shown):
    """Oldest first."""

    documents: list[DocumentShown]


class BuyerCorrection(Body):
    """The address an invoice should have had. Under reverse charge country and VAT id stay as they were."""

    name: _Text
    company: _Text = ""
    address: _Text
    postcode: _Text = ""
    city: _Text
    country: _Text
    vat_id: _Text = ""


@router.get("/orders/{token}/documents")
async def list_of_order(token: Token, needs: Needs) -> DocumentsShown:
    """The documents of an order. They are written a moment after payment."""
    return await _of_order(needs, token)


@router.post("/orders/{token}/documents")
async def correct(token: Token, body: BuyerCorrection, needs: Needs) -> DocumentsShown:
    """Write the invoice anew for another address, withdrawing the old one. The same again changes nothing."""
    await correct_buyer(needs.database, needs.clock, needs.links.read("order", token), body.model_dump())
    return await _of_order(needs, token)


async def _of_order(needs: Assembly, token: str) -> DocumentsShown:
    async with needs.database.reading() as reader:
        found = await order_page(reader, needs.links.read("order", token))
    base = links.order_documents(token)
    return DocumentsShown(documents=[_shown(one, base) for one in found.documents])


@router.post("/organisers/{organiser_id}/orders/{code}/documents")
async def correct_for_buyer(
    organiser_id: UUID,
    code: Annotated[str, Path(max_length=32)],
    body: BuyerCorrection,
    needs: Needs,
    caller: SignedIn,
) -> DocumentsShown:
    """The same by the organiser, for a buyer who asked: later and oftener than they may. The files are the team's."""
    accounts.permit(caller, Action.CHANGE_ORDERS, organiser_id)
    async with needs.database.reading() as reader:
        order = await orders.by_code(reader, organiser_id, normalise_code(code))
        slug = (await accounts.organiser(reader, organiser_id)).slug
    await correct_as_organiser(needs.database, needs.clock, caller, organiser_id, order.id, body.model_dump())
    async with needs.database.reading() as reader:
        found = await order_page(reader, order.id)
    return DocumentsShown(documents=[_shown(one, links.invoices(slug)) for one in found.documents])


class ListedDocumentShown(Shown):
    """A document in the list."""

    id: UUID
    kind: KindName
    number: str
    issued_on: date
    order: str
    event_id: UUID
    buyer: str
    is_test: bool
    net: MoneyShown
    tax: MoneyShown
    gross: MoneyShown


class DocumentListShown(Shown):
    """Newest first. `next_cursor` continues the list."""

    documents: list[ListedDocumentShown]
    next_cursor: str | None


async def _wanted(
    from_day: Annotated[date | None, Query(alias="from")] = None,
    until: date | None = None,
    kind: Annotated[str | None, Query(max_length=20)] = None,
    test: bool | None = None,
) -> DocumentsWanted:
    return DocumentsWanted(kind, "", from_day, until, test)


Wanted = Annotated[DocumentsWanted, Depends(_wanted)]
_Query = Annotated[str, Query(max_length=200)]


@router.get("/organisers/{organiser_id}/documents")
async def list_of_organiser(
    organiser_id: UUID,
    needs: Needs,
    caller: SignedIn,
    wanted: Wanted,
    q: _Query = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DocumentListShown:
    """An organiser's documents, by the day on them (both ends within), kind, number, buyer or order code."""
    wanted = replace(wanted, query=q)
    async with needs.database.reading() as reader:
        found = await documents_list(reader, caller, organiser_id, wanted, cursor=cursor, limit=limit)
    return DocumentListShown(
        documents=[
            ListedDocumentShown(
                id=one.id,
                kind=one.kind,
                number=one.number_text,
                issued_on=one.issued_on,
                order=one.order_code,
                event_id=one.event_id,
                buyer=one.buyer,
                is_test=one.is_test,
                net=MoneyShown(currency=one.currency, minor=one.net_minor),
                tax=MoneyShown(currency=one.currency, minor=one.tax_minor),
                gross=MoneyShown(currency=one.currency, minor=one.gross_minor),
            )
            for one in found.items
        ],
        next_cursor=found.next_cursor,
    )


@router.get(
    "/organisers/{organiser_id}/documents/files.zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
async def zip_of_period(organiser_id: UUID, needs: Needs, caller: SignedIn, wanted: Wanted) -> Response:
    """All documents of the period as PDF, with the list as CSV."""
    return streamed(await zip_of(needs.database, caller, organiser_id, wanted))


@router.get(
    "/organisers/{organiser_id}/documents/list.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def csv_of_period(organiser_id: UUID, needs: Needs, caller: SignedIn, wanted: Wanted) -> Response:
    """A row for each document and rate of tax; credit notes are below zero."""
    return streamed(await csv_of(needs.database, caller, organiser_id, wanted))


@router.get(
    "/organisers/{organiser_id}/documents/{document_id}.{ending}",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}, "application/xml": {}}}},
)
async def file_of_organiser(
    organiser_id: UUID, document_id: UUID, ending: Ending, needs: Needs, caller: SignedIn
) -> Response:
    """One document as PDF or XML."""
    async with needs.database.reading() as reader:
        document = await owned_document(reader, caller, organiser_id, document_id)
    return await document_response(document, ending)


class SellerBody(Body):
    """Who an organiser is on its documents. `country` as in ISO 3166-1; `prefix` stands before numbers."""

    legal_name: _Text = ""
    address_lines: Annotated[list[_Text], Field(max_length=20)] = Field(default_factory=list)
    country: _Text | None = None
    vat_id: _Text | None = None
    tax_number: _Text | None = None
    iban: _Text | None = None
    email: _Text | None = None
    footer: _Text = ""
    prefix: _Text = ""
    is_small_business: bool = False


class SellerShown(Shown):
    """The same as it is kept. `missing` names the fields without which buyers get receipts instead of invoices."""

    legal_name: str
    address_lines: list[str]
    country: str | None
    vat_id: str | None
    tax_number: str | None
    iban: str | None
    email: str | None
    footer: str
    prefix: str
    is_small_business: bool
    missing: list[str]


@router.get("/organisers/{organiser_id}/seller")
async def read_seller(organiser_id: UUID, needs: Needs, caller: SignedIn) -> SellerShown:
    """Who the organiser is on its documents."""
    accounts.permit(caller, Action.SEE_REPORTS, organiser_id)
    async with needs.database.reading() as reader:
        return _seller(await invoices.seller_of(reader, organiser_id))


@router.put("/organisers/{organiser_id}/seller")
async def save_seller(organiser_id: UUID, body: SellerBody, needs: Needs, caller: SignedIn) -> SellerShown:
    """Say who the organiser is; for its owners. Documents that exist stay as they are."""
    said = body.model_dump()
    seller = invoices.Seller(organiser_id, **{**said, "address_lines": tuple(said["address_lines"])})
    return _seller(await needs.money.invoicing.save_seller(caller, seller))


def _seller(one: invoices.Seller) -> SellerShown:
    kept = {
        name: getattr(one, name)
        for name in SellerShown.model_fields
        if name not in ("address_lines", "missing")
    }
    return SellerShown(**kept, address_lines=list(one.address_lines), missing=list(one.missing))


def _shown(one: invoices.Document, base: str) -> DocumentShown:
    said = one.content

    def money(minor: int) -> MoneyShown:
        return MoneyShown(currency=said.currency, minor=minor)

    has_xml = invoices.misfit(said) is None
    return DocumentShown(
        id=one.id,
        kind=said.kind,
        number=one.number_text,
        issued_on=said.issued_on,
        order=said.order_code,
        buyer=said.buyer.company or said.buyer.name,
        cancels=said.cancels.number_text if said.cancels else None,
        is_test=one.is_test,
        net=money(said.net_minor),
        tax=money(said.tax_minor),
        gross=money(said.gross_minor),
        pdf_url=f"{base}/{one.id}.pdf",
        xml_url=f"{base}/{one.id}.xml" if has_xml else None,
    )
