"""The documents of an order, for whoever has its token: the list, the files, another address."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import invoices
from admitone.assembly import Assembly
from admitone.entrypoints.files import Ending, document_response
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.making import documents_view, of_token
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.flows.correct_invoice import correct_buyer
from admitone.reads.order_page import OrderPage, order_page
from admitone.values.refusals import Problems, Refusal

router = APIRouter(include_in_schema=False)


async def _look(needs: Assembly, token: str) -> tuple[OrderPage, invoices.Seller]:
    async with needs.database.reading() as reader:
        found = await order_page(reader, needs.links.read("order", token))
        return found, await invoices.seller_of(reader, found.order.organiser_id)


@router.get("/orders/{token}/documents")
async def show(request: Request, token: str, needs: Needs) -> Response:
    """The list."""
    found, seller = await _look(needs, token)
    return await page(request, documents_view(of_token(token), found, needs.clock, seller=seller))


@router.post("/orders/{token}/documents")
async def correct(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """The invoice anew, for another address."""
    typed = values_of(form)
    try:
        made = await correct_buyer(needs.database, needs.clock, needs.links.read("order", token), typed)
    except Problems as problems:
        found, seller = await _look(needs, token)
        view = documents_view(
            of_token(token), found, needs.clock, seller=seller, typed=typed, errors=errors_of(problems)
        )
        return await page(request, view, status=status_of(problems))
    except (invoices.SellerIncomplete, invoices.BuyerIncomplete) as refusal:
        return go_to(request, links.order_documents(token), Notice(refusal.sentence, "warn"))
    except Refusal as refusal:
        if not refusal.code.startswith("invoicing."):
            raise
        return go_to(request, links.order_documents(token), Notice(refusal.sentence, "warn"))
    notice = Notice(f"Invoice {made.number_text} is made out to this address.")
    return go_to(request, links.order_documents(token), notice)


@router.get("/orders/{token}/documents/{document_id}.{ending}")
async def file(token: str, document_id: UUID, ending: Ending, needs: Needs) -> Response:
    """One of them as a file."""
    order_id = needs.links.read("order", token)
    async with needs.database.reading() as reader:
        document = await invoices.read(reader, document_id)
    if document.order_id != order_id:
        raise invoices.DocumentNotFound
    return await document_response(document, ending)
