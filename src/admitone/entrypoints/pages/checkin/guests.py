"""The guest list at the door, for a code that nothing reads: found by name, let in like by a scan."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.checkin import wording
from admitone.entrypoints.pages.checkin.view import Guest, GuestsView
from admitone.entrypoints.pages.respond import go_to, page
from admitone.flows.admit import checked_door
from admitone.reads.guest_list import GuestRow, guest_list
from admitone.values import formats
from admitone.values.actor import Action
from admitone.values.ids import uuid7

router = APIRouter(include_in_schema=False)
_SHOWN = 50
_HINT = "Name, or the beginning of an order code."
_HINT_WITH_ADDRESS = "Name, or the beginning of an order code or an e-mail address."


@router.get("/checkin/{event_id}/guests")
async def guests(
    event_id: UUID,
    request: Request,
    actor: SignedIn,
    needs: Needs,
    door: str = "",
    q: str = "",
    cursor: str | None = None,
) -> Response:
    """Who is expected, 50 at a time."""
    event = await needs.admit.event(actor, event_id)
    if not door.strip():
        return go_to(request, links.checkin(str(event_id)))
    name = checked_door(door)
    async with needs.database.reading() as reader:
        found = await guest_list(
            reader, actor, event.organiser_id, event_id, question=q, limit=_SHOWN, cursor=cursor
        )
    may_see_orders = actor.may(Action.SEE_ORDERS, event.organiser_id)
    counts = await needs.admit.counts(actor, event_id)
    here = links.checkin_guests(str(event_id))
    view = GuestsView(
        event_title=event.details.title,
        door=name,
        back_url=links.with_query(links.checkin(str(event_id)), door=name),
        search_url=here,
        scan_url=links.with_query(links.checkin(str(event_id)), door=name),
        question=q,
        question_hint=_HINT_WITH_ADDRESS if may_see_orders else _HINT,
        counts_words=wording.counts_words(counts)[0],
        guests=tuple(_guest(one, event.details.zone, may_see_orders) for one in found.items),
        next_url=""
        if found.next_cursor is None
        else links.with_query(here, door=name, q=q, cursor=found.next_cursor),
    )
    return await page(request, view)


def _guest(one: GuestRow, zone: str, may_see_orders: bool) -> Guest:
    detail = f"{one.type_name}, {one.unit} of {one.units}, order {one.order_code}"
    if one.admitted_at is not None:
        since = f"In since {formats.clock_time(one.admitted_at, zone)}, {one.door}"
        return Guest(one.name, detail, "used", since, "", "")
    if one.changed_for is not None:
        # A door asks for the new ticket; who may see orders also finds it.
        what = (
            f" for {one.changed_for.type_name}, order {one.changed_for.order_code}" if may_see_orders else ""
        )
        return Guest(one.name, detail, "refused", f"Changed{what}", "", "")
    if one.is_cancelled:
        return Guest(one.name, detail, "refused", "Cancelled", "", "")
    if one.is_suspended:
        return Guest(one.name, detail, "refused", "Payment disputed", "", "")
    return Guest(one.name, detail, "", "", one.short_code, str(uuid7()))
