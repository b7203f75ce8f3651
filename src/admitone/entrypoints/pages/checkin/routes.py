"""The door on a phone: choose the event, name the door, scan. Plain forms do; a script adds the camera."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.answers import as_response, json_answer
from admitone.entrypoints.callers import SignedIn, require_ours
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.misfits import from_msgspec
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links, ownership_links
from admitone.entrypoints.pages.checkin import wording
from admitone.entrypoints.pages.checkin.view import (
    CheckinView,
    ChooseDoorView,
    ChooseEventView,
    DoorEvent,
    Verdict,
)
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.entrypoints.request_refusals import BadField
from admitone.flows.admit import ScanIn, beginning, checked_door
from admitone.reads import door_counts, door_events
from admitone.reads.orders_waiting import pays_at_door
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Invalid

router = APIRouter(include_in_schema=False)
_RECENT_MOST: Final = 20


class _ScanSent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    scan_id: UUID
    code: str
    door: str
    device_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


_sent = msgspec.json.Decoder(_ScanSent)


@router.get("/checkin")
async def choose_event(request: Request, actor: SignedIn, needs: Needs) -> Response:
    """Which event is the door open for?"""
    async with needs.database.reading() as reader:
        found = await door_events.door_events(reader, actor, needs.clock.now())
    shown = tuple(
        DoorEvent(one.title, formats.zoned_day_time(one.starts_at, one.zone), links.checkin(str(one.id)))
        for one in found
    )
    return await page(request, ChooseEventView(shown, links.ORGANISER))


@router.get("/checkin/{event_id}")
async def show(event_id: UUID, request: Request, actor: SignedIn, needs: Needs, door: str = "") -> Response:
    """The scanning page of one door, or, when it has no name yet, the question for it."""
    event = await needs.admit.event(actor, event_id)
    if not door.strip():
        return await page(request, await _door_view(needs, actor, event))
    return await page(request, await _view(needs, actor, event, checked_door(door)))


@router.get("/checkin/{event_id}/door")
async def choose_door(event_id: UUID, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """Which door is this?"""
    return await page(request, await _door_view(needs, actor, await needs.admit.event(actor, event_id)))


@router.post("/checkin/{event_id}/door")
async def set_door(
    event_id: UUID, request: Request, actor: SignedIn, needs: Needs, form: checked_form
) -> Response:
    """The door has a name: start scanning."""
    event = await needs.admit.event(actor, event_id)
    try:
        door = checked_door(text_of(form, "door"))
    except Invalid as refusal:
        view = await _door_view(needs, actor, event, values=values_of(form), errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    return go_to(request, _here(event_id, door))


@router.post("/checkin/{event_id}")
async def scan_typed(
    event_id: UUID, request: Request, actor: SignedIn, needs: Needs, form: checked_form, door: str = ""
) -> Response:
    """One code, typed into the plain form. Sent again (the page loaded anew), the answer is the same."""
    event = await needs.admit.event(actor, event_id)
    name = checked_door(door)
    try:
        said = await needs.admit.scan(actor, ScanIn(_scan_id(form), event_id, text_of(form, "code"), name))
    except Invalid as refusal:
        view = await _view(needs, actor, event, name, values=values_of(form), errors=errors_of(refusal))
        return await page(request, view, status=status_of(refusal))
    view = await _view(needs, actor, event, name, verdict=wording.verdict_of(said))
    return await page(request, view)


@router.post("/checkin/{event_id}/scans", dependencies=[Depends(require_ours)])
async def scan_sent(event_id: UUID, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """One code, sent by the script."""
    try:
        sent = _sent.decode(request.scope["state"]["body"])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise from_msgspec(error) from None
    said = await needs.admit.scan(actor, ScanIn(sent.scan_id, event_id, sent.code, sent.door, sent.device_at))
    counts = await needs.admit.counts(actor, event_id)
    shown = wording.shown(said, counts, beginning(sent.code), needs.clock.now())
    return as_response(json_answer(200, shown))


def _scan_id(form: FormData) -> UUID:
    try:
        return UUID(text_of(form, "scan_id"))
    except ValueError:
        raise BadField(field="code", reason="Please scan the ticket again.") from None


def _here(event_id: UUID, door: str) -> str:
    return links.with_query(links.checkin(str(event_id)), door=door)


async def _door_view(
    needs: Assembly,
    actor: Actor,
    event: events.StoredEvent,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> ChooseDoorView:
    async with needs.database.reading() as reader:
        doors = await door_counts.doors(reader, actor, event.organiser_id, event.id)
    return ChooseDoorView(
        event_title=event.details.title,
        post_url=links.checkin_door(str(event.id)),
        back_url="/checkin",
        doors=tuple(doors),
        values=values or {},
        errors=errors or {},
    )


async def _view(
    needs: Assembly,
    actor: Actor,
    event: events.StoredEvent,
    door: str,
    *,
    verdict: Verdict | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> CheckinView:
    counts = await needs.admit.counts(actor, event.id)
    async with needs.database.reading() as reader:
        seen = await door_counts.recent_scans(reader, actor, event.organiser_id, event.id, limit=_RECENT_MOST)
        takes_money = await pays_at_door(reader, event.id)
    words, percent = wording.counts_words(counts)
    return CheckinView(
        event_title=event.details.title,
        door=door,
        door_url=links.checkin_door(str(event.id)),
        back_url="/checkin",
        form_url=_here(event.id, door),
        scan_url=links.checkin_scan(str(event.id)),
        guests_url=links.with_query(links.checkin_guests(str(event.id)), door=door),
        unpaid_url=links.with_query(links.checkin_unpaid(str(event.id)), door=door) if takes_money else "",
        word_url=links.with_query(ownership_links.door_word(str(event.id)), door=door),
        scan_id=str(uuid7()),
        admitted=counts.admitted,
        expected=counts.expected,
        counts_words=words,
        percent_words=percent,
        verdict=verdict,
        recent=tuple(wording.recent(one, needs.clock.now(), event.details.zone) for one in seen.items),
        values=values or {},
        errors=errors or {},
    )
