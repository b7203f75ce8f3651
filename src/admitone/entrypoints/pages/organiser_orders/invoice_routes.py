"""An organiser gives an order's invoice another name or address, for a buyer who asked."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import invoices
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.documents.making import Corrector, documents_view
from admitone.entrypoints.pages.organiser_orders.routes import Found, find_order
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.flows.correct_invoice import correct_as_organiser
from admitone.values.actor import Action, Actor
from admitone.values.refusals import Problems, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/orders")


async def _look(needs: Assembly, actor: Actor, slug: str, event_id: UUID, code: str) -> Found:
    return await find_order(needs, actor, slug, event_id, code, Action.CHANGE_ORDERS)


async def _show(
    request: Request,
    needs: Assembly,
    found: Found,
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with needs.database.reading() as reader:
        seller = await invoices.seller_of(reader, found.where.organiser.id)
    back = found.where.order_url(found.page.order.code)
    by = Corrector(f"{back}/invoice", links.invoices(found.where.organiser.slug), back, is_organiser=True)
    errors = None if refusal is None else errors_of(refusal)
    view = documents_view(by, found.page, needs.clock, seller=seller, typed=typed, errors=errors)
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


@router.get("/{code}/invoice")
async def show(
    request: Request, slug: str, event_id: UUID, code: str, needs: Needs, actor: SignedIn
) -> Response:
    """The documents of the order, and the form."""
    return await _show(request, needs, await _look(needs, actor, slug, event_id, code))


@router.post("/{code}/invoice")
async def correct(
    request: Request,
    slug: str,
    event_id: UUID,
    code: str,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """The invoice anew, for another address."""
    found, typed = await _look(needs, actor, slug, event_id, code), values_of(form)
    order, url = found.page.order, f"{found.where.order_url(found.page.order.code)}/invoice"
    try:
        made = await correct_as_organiser(
            needs.database, needs.clock, actor, order.organiser_id, order.id, typed
        )
    except Problems as problems:
        return await _show(request, needs, found, typed, problems)
    except Refusal as refusal:
        if not refusal.code.startswith(("invoicing.", "invoices.")):
            raise
        return go_to(request, url, Notice(refusal.sentence, "warn"))
    return go_to(request, url, Notice(f"Invoice {made.number_text} is made out to this address."))
