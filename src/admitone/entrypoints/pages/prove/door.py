"""A door checks the word that a ticket's owner shows after proving that it is theirs."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import events, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.orders.making import number_words, ticket_state
from admitone.entrypoints.pages.prove.view import DoorWordView
from admitone.entrypoints.pages.respond import checked_form, errors_of, page, text_of, values_of
from admitone.entrypoints.pages.views import Part
from admitone.flows.admit import checked_door
from admitone.flows.prove_ownership import ShownAtDoor
from admitone.reads.order_page import order_page
from admitone.tickets import ProofWay
from admitone.values import formats

router = APIRouter(include_in_schema=False)
WAY_WORDS = {
    ProofWay.ACCOUNT: "signed in as its owner",
    ProofWay.PREIMAGE: "by the Lightning payment",
    ProofWay.SIGNATURE: "by a signature of the paying address",
}


@router.get("/checkin/{event_id}/word")
async def form(event_id: UUID, request: Request, actor: SignedIn, needs: Needs, door: str = "") -> Response:
    """Where the word is typed."""
    event = await needs.admit.event(actor, event_id)
    return await page(request, _view(event, _door(door), Part(_here(event_id, door))))


@router.post("/checkin/{event_id}/word")
async def check(
    event_id: UUID, request: Request, actor: SignedIn, needs: Needs, form: checked_form, door: str = ""
) -> Response:
    """Whose ticket the word is about. It is used up."""
    event = await needs.admit.event(actor, event_id)
    here = _here(event_id, door)
    try:
        shown = await needs.ownership.proving.check_word(
            actor, event_id, event.organiser_id, text_of(form, "word")
        )
    except tickets.WordUnknown as refusal:
        view = _view(event, _door(door), Part(here, values_of(form), errors_of(refusal)))
        return await page(request, view, status=status_of(refusal))
    return await page(request, await _shown(needs, event, _door(door), Part(here), shown))


async def _shown(
    needs: Assembly, event: events.StoredEvent, door: str, part: Part, shown: ShownAtDoor
) -> DoorWordView:
    async with needs.database.reading() as reader:
        found = await order_page(reader, shown.ticket.order_id)
    at = next(at for at, one in enumerate(found.tickets) if one.ticket.id == shown.ticket.id)
    held = found.tickets[at]
    kind, state = ticket_state(found, held, needs.clock.now())
    proved_at, way = shown.challenge.proved_at, shown.challenge.way
    assert proved_at is not None, "a word is of a proof"
    assert way is not None, "a proof was made somehow"
    return DoorWordView(
        event_title=event.details.title,
        door=door,
        back_url=_back(event.id, door),
        form=part,
        proved_words=f"Owner proved at {formats.clock_time(proved_at, event.details.zone)}, {WAY_WORDS[way]}",
        holder=held.holder,
        ticket_words=f"{held.type_name}, {number_words(found, at)}, code {_code(held.ticket)}",
        state_words="Not used yet. Scan their ticket to let them in." if kind == "valid" else state.words,
        is_open=kind == "valid",
    )


def _code(ticket: tickets.Ticket) -> str:
    return tickets.short_of(ticket.serial, ticket.code_digest)


def _view(event: events.StoredEvent, door: str, part: Part) -> DoorWordView:
    return DoorWordView(event.details.title, door, _back(event.id, door), part)


def _door(door: str) -> str:
    return checked_door(door) if door.strip() else ""


def _here(event_id: UUID, door: str) -> str:
    return links.with_query(ownership_links.door_word(str(event_id)), door=door)


def _back(event_id: UUID, door: str) -> str:
    return links.with_query(links.checkin(str(event_id)), door=door)
