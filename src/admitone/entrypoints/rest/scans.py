"""Scans at the door, the record of them, and who is expected.

`POST /scans` is one of the two routes that are asked thousands of times a second:
`scan_answer` is all of it, for the fast way (`lean.py`) and for the framework alike.
"""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from starlette.types import Scope

from admitone import accounts, checkin, events
from admitone.assembly import Assembly
from admitone.entrypoints.answers import JSON, Answer, as_response, json_answer
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.frame.bodies import refuse_unstorable
from admitone.entrypoints.idempotency import read_key, scope_of
from admitone.entrypoints.misfits import from_msgspec
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.rest.holds import body_of, described
from admitone.entrypoints.rest.lean_schemas import ScanAsk, ScanGuest, ScanMade
from admitone.entrypoints.rest.shapes import Cursor, Limit, Shown
from admitone.flows.admit import Said, ScanIn
from admitone.reads.door_counts import ScanSeen, recent_scans
from admitone.reads.guest_list import GuestRow, guest_list
from admitone.values.actor import Action, Actor
from admitone.values.ids import derived_id, uuid7

router = APIRouter(tags=["door"])
_EVENT: Final = "/organisers/{organiser_id}/events/{event_id}"
_ask = msgspec.json.Decoder(ScanAsk)


async def scan_answer(needs: Assembly, scope: Scope, actor: Actor, body: bytes) -> Answer:
    """Decode, scan, encode. Raises refusals."""
    key = read_key(scope)
    refuse_unstorable(JSON, body)
    try:
        asked = _ask.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise from_msgspec(error) from None
    scan_id = asked.scan_id
    if scan_id is None:
        name = None if key is None else scope_of(actor, scope, key)
        scan_id = uuid7() if name is None else derived_id("scan", name)
    said = await needs.admit.scan(
        actor, ScanIn(scan_id, asked.event_id, asked.code, asked.door, device_at=asked.device_at)
    )
    return json_answer(200, made(said))


def made(said: Said) -> ScanMade:
    """A scan's answer as the API shows it."""
    answer = said.answer
    guest = answer.guest
    return ScanMade(
        scan_id=answer.scan_id,
        event_id=answer.event_id,
        verdict=answer.verdict.value,
        reason=None if answer.reason is None else answer.reason.value,
        title=said.words.title,
        sentence=said.words.sentence,
        door=answer.door,
        at=answer.at,
        ticket_id=answer.ticket_id,
        first_at=answer.first_at,
        first_door=answer.first_door,
        guest=None if guest is None else ScanGuest(guest.name, guest.type_name, guest.unit, guest.units),
    )


@router.post(
    "/scans",
    response_class=Response,
    responses={200: described("ScanMade", "The answer, whatever the verdict")},
    openapi_extra=body_of("ScanAsk"),
)
async def scan(request: Request, needs: Needs, caller: SignedIn) -> Response:
    """Ask whether to let somebody in. Every scan is recorded; the same `scan_id` gets the same answer."""
    answer = await scan_answer(needs, request.scope, caller, request.scope["state"]["body"])
    return as_response(answer)


class GuestShown(Shown):
    """Whose ticket it is: ticket `unit` of `units` in its order line."""

    name: str
    type_name: str
    unit: int
    units: int


class ScanShown(Shown):
    """A scan and its answer; fields as in ScanMade. `person_id` is who held the scanner; `presented`, with not_valid,
    is the beginning of what was scanned or typed; `other_event`, with wrong_event, the title of the organiser's own
    event the ticket is for.
    """

    scan_id: UUID
    verdict: str
    reason: str | None
    door: str
    at: datetime
    device_at: datetime | None
    person_id: UUID | None
    ticket_id: UUID | None
    first_at: datetime | None
    first_door: str | None
    guest: GuestShown | None
    presented: str | None
    other_event: str | None


class ScansShown(Shown):
    """Newest first. `admitted` of `expected` tickets are in; `expected` counts the good tickets, and those that were
    let in before they were cancelled. `next_cursor` continues the list.
    """

    admitted: int
    expected: int
    scans: list[ScanShown]
    next_cursor: str | None


@router.get(_EVENT + "/scans")
async def list_scans(
    organiser_id: UUID,
    event_id: UUID,
    needs: Needs,
    caller: SignedIn,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ScansShown:
    """Every scan at this event, and how many are in."""
    accounts.permit(caller, Action.CHECK_IN, organiser_id)
    async with needs.database.reading() as reader:
        await events.own_event(reader, organiser_id, event_id)
        found = await recent_scans(reader, caller, organiser_id, event_id, limit=limit, cursor=cursor)
    counts = await needs.admit.counts(caller, event_id)
    return ScansShown(
        admitted=counts.admitted,
        expected=counts.expected,
        scans=[_scan(one) for one in found.items],
        next_cursor=found.next_cursor,
    )


def _scan(one: ScanSeen) -> ScanShown:
    return ScanShown(
        scan_id=one.scan_id,
        verdict=one.verdict.value,
        reason=None if one.reason is None else one.reason.value,
        door=one.door,
        at=one.at,
        device_at=one.device_at,
        person_id=one.person_id,
        ticket_id=one.ticket_id,
        first_at=one.first_at,
        first_door=one.first_door,
        guest=None if one.guest is None else _guest(one.guest),
        presented=one.presented,
        other_event=None if one.other is None else one.other.title,
    )


def _guest(one: checkin.Guest) -> GuestShown:
    return GuestShown(name=one.name, type_name=one.type_name, unit=one.unit, units=one.units)


class ListedGuestShown(Shown):
    """A ticket on the guest list. `changed_for` is the code of the order that a cancelled ticket was changed for, null
    for every other. `is_suspended`: its payment is disputed, and no door lets it in. `short_code` may be scanned
    instead of its QR code by this organiser.
    """

    ticket_id: UUID
    name: str
    type_name: str
    unit: int
    units: int
    order_code: str
    is_cancelled: bool
    changed_for: str | None
    is_suspended: bool
    short_code: str
    admitted_at: datetime | None
    door: str | None


class GuestsShown(Shown):
    """By name. `next_cursor` continues the list."""

    guests: list[ListedGuestShown]
    next_cursor: str | None


@router.get(_EVENT + "/guests")
async def list_guests(
    organiser_id: UUID,
    event_id: UUID,
    needs: Needs,
    caller: SignedIn,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> GuestsShown:
    """Who is expected. `q` is part of a name or the beginning of an order code; for owners and managers, who may see
    orders, also the beginning of a buyer's e-mail address. Door staff find nobody by address.
    """
    accounts.permit(caller, Action.SEE_GUEST_LIST, organiser_id)
    async with needs.database.reading() as reader:
        await events.own_event(reader, organiser_id, event_id)
        found = await guest_list(
            reader, caller, organiser_id, event_id, question=q, limit=limit, cursor=cursor
        )
    return GuestsShown(guests=[_listed(one) for one in found.items], next_cursor=found.next_cursor)


def _listed(one: GuestRow) -> ListedGuestShown:
    return ListedGuestShown(
        ticket_id=one.ticket_id,
        name=one.name,
        type_name=one.type_name,
        unit=one.unit,
        units=one.units,
        order_code=one.order_code,
        is_cancelled=one.is_cancelled,
        changed_for=None if one.changed_for is None else one.changed_for.order_code,
        is_suspended=one.is_suspended,
        short_code=one.short_code,
        admitted_at=one.admitted_at,
        door=one.door,
    )
