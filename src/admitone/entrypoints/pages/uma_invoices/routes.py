"""An organiser makes UMA invoices for tickets of an event, and shows them."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, events, payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.editor_forms import Reading
from admitone.entrypoints.pages.organiser.whose import find_organiser
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.uma_invoices.making import Desk, invoices_view, shown_url
from admitone.flows.payable import NotByAddress
from admitone.values.actor import Action, Actor
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Invalid

router = APIRouter(
    prefix=links.ORGANISER + "/{organiser}/events/{event_id}/uma-invoices", include_in_schema=False
)
_NOT_NOW: Final = "This ticket type cannot be sold by a UMA invoice now. Please choose another."
_NO_RATE: Final = "We cannot say at the moment what this costs in bitcoin. Please try again in a minute."
_MADE: Final = Notice("Made. Show it to anybody: each who pays it gets a ticket by mail.")
_NO_TYPE: Final = UUID(int=0)
"""What was sent is no ticket type, so it is one that nobody has."""


async def _find(needs: Assembly, actor: Actor, organiser: str, event_id: UUID) -> Desk:
    """For who may manage this organiser's events. Raises `OrganiserNotFound`, `Forbidden`, `EventNotFound`."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
        event = await events.own_event(reader, whose.id, event_id)
        types = await events.types(reader, event_id)
    made = needs.by_address.event_invoices
    return Desk(
        whose,
        event,
        {one.id: one.name for one in types},
        await made.terms(actor, whose.id, event_id),
        await made.listed(actor, whose.id, event_id),
        needs.clock.now(),
    )


@router.get("")
async def show(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, invoice: str = ""
) -> Response:
    """The form, one invoice, and all of them."""
    desk = await _find(needs, actor, organiser, event_id)
    return await page(request, invoices_view(desk, chosen=_id_in(invoice)))


@router.post("")
async def make(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Make one. The same sheet twice makes one."""
    desk = await _find(needs, actor, organiser, event_id)
    typed = values_of(form)
    key = typed.get("form_key") or str(uuid7())
    try:
        made = await needs.by_address.event_invoices.make(
            actor,
            desk.whose.id,
            event_id,
            _id_in(typed.get("ticket_type_id", "")) or _NO_TYPE,
            _minutes_in(typed),
            derived_id("uma invoice form", event_id.bytes, key),
        )
    except Invalid as refusal:
        errors, status = errors_of(refusal), status_of(refusal)
    except NotByAddress as refusal:
        errors, status = {"ticket_type_id" if desk.terms.types else "": _NOT_NOW}, status_of(refusal)
    except payments.bitcoin.NoRate as refusal:
        errors, status = {"": _NO_RATE}, status_of(refusal)
    else:
        return go_to(request, shown_url(desk.url, made.id), _MADE)
    return await page(request, invoices_view(desk, typed=typed, errors=errors), status=status)


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _minutes_in(typed: Mapping[str, str]) -> int:
    """Raises `Problems`."""
    read = Reading(typed)
    minutes = read.whole("minutes")
    read.finish()
    return minutes or 0
