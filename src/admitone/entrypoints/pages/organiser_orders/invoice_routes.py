"""An organiser gives an order's invoice another name or address, for a buyer who asked."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from admitone import invoices
from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.making import Corrector, documents_view
from admitone.entrypoints.pages.organiser_orders.finding import Found, OrderToChange
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.flows.correct_invoice import correct_as_organiser
from admitone.values.refusals import Problems, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")


async def _show(
    request: Request,
    needs: Assembly,
    found: Found,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with needs.database.reading() as reader:
        seller = await invoices.seller_of(reader, found.where.organiser.id)
    files = links.invoices(found.where.organiser.slug)
    by = Corrector(f"{found.url}/invoice", files, found.url, is_organiser=True)
    errors = None if refusal is None else errors_of(refusal)
    view = documents_view(by, found.page, needs.clock, seller=seller, typed=typed, errors=errors)
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


@router.get("/{code}/invoice")
async def show(request: Request, needs: Needs, found: OrderToChange) -> Response:
    """The documents of the order, and the form."""
    return await _show(request, needs, found)


@router.post("/{code}/invoice")
async def correct(request: Request, needs: Needs, form: checked_form, found: OrderToChange) -> Response:
    """The invoice anew, for another address."""
    typed, order, url = values_of(form), found.page.order, f"{found.url}/invoice"
    try:
        made = await correct_as_organiser(
            needs.database, needs.clock, found.where.actor, order.organiser_id, order.id, typed
        )
    except Problems as problems:
        return await _show(request, needs, found, typed, problems)
    except Refusal as refusal:
        if not refusal.code.startswith(("invoicing.", "invoices.")):
            raise
        return go_to(request, url, Notice(refusal.sentence, "warn"))
    return go_to(request, url, Notice(f"Invoice {made.number_text} is made out to this address."))
