"""What is done with an event as a whole: copy it, take it back to draft, delete it there, end its sale, call it off.

What cannot be undone has a page that says what would happen; its button does it.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from admitone import events, orders
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser import editor_forms
from admitone.entrypoints.pages.organiser.events_routes import asked_which
from admitone.entrypoints.pages.organiser.life_showing import (
    ask_cancel_view,
    ask_delete_view,
    ask_end_view,
    copy_view,
)
from admitone.entrypoints.pages.organiser.view import AskView
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.views import Part
from admitone.events import EventState
from admitone.flows import publish_event
from admitone.flows.bulk_runs import MESSAGE_MOST
from admitone.flows.delete_event import delete_event
from admitone.orders import RunWish
from admitone.reads.organiser_events import SellingEvent, selling_event
from admitone.reads.paid_in_bitcoin import is_event_paid_in_bitcoin
from admitone.values.actor import Action, Actor
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Conflict, Problems

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/events/{event_id}", include_in_schema=False)


async def _whose(needs: Needs, actor: Actor, organiser: str, *more: Action) -> Whose:
    return await find_allowed(needs, actor, organiser, Action.MANAGE_EVENTS, *more)


async def _selling(needs: Needs, whose: Whose, event_id: UUID) -> SellingEvent:
    async with needs.database.reading() as reader:
        return await selling_event(reader, whose.actor, whose.id, event_id)


def _unless_done(refusal: Conflict, wanted: EventState, notice: Notice) -> Notice:
    """A button pressed twice is refused the second time, although all is as was wanted."""
    is_done = isinstance(refusal, events.NotPossibleNow) and refusal.data["state"] == wanted.value
    return notice if is_done else Notice(refusal.sentence, "warn")


@router.get("/duplicate")
async def ask_duplicate(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID
) -> Response:
    """What a copy needs of its own, before it is made."""
    whose = await _whose(needs, actor, organiser)
    selling = await _selling(needs, whose, event_id)
    values = {"title": selling.event.details.title, "form_key": str(uuid7())}
    part = Part(whose.event_url(event_id, "duplicate"), values)
    return await page(request, copy_view(whose, selling.event, part))


@router.post("/duplicate")
async def duplicate(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Make a draft like this event, with its own times, and open it in the editor; one, however often the
    button is pressed.
    """
    whose = await _whose(needs, actor, organiser)
    selling = await _selling(needs, whose, event_id)
    typed = values_of(form)
    key = typed.get("form_key", "")
    try:
        twin = await publish_event.duplicate(
            needs.database,
            needs.clock,
            actor,
            whose.id,
            event_id,
            twin_id=derived_id("duplicate form", whose.id.bytes, event_id.bytes, key) if key else None,
            fees=needs.settings.site_fees,
            own=editor_forms.copy(typed, selling.event.details.zone),
        )
    except Problems as problems:
        errors = errors_of(problems, editor_forms.FIELDS)
        part = Part(whose.event_url(event_id, "duplicate"), typed | asked_which(problems), errors)
        return await page(request, copy_view(whose, selling.event, part), status=422)
    notice = Notice(
        "This is a copy, as a draft. Look at the sale dates of its tickets before it goes on sale."
    )
    return go_to(request, whose.event_url(twin.id, "edit"), notice)


@router.post("/unpublish")
async def unpublish(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Back to draft, while nobody has a place."""
    whose = await _whose(needs, actor, organiser)
    notice = Notice("It is a draft again, and nobody else can see it.")
    try:
        await publish_event.unpublish(needs.database, needs.clock, actor, whose.id, event_id)
    except Conflict as refusal:
        notice = _unless_done(refusal, EventState.DRAFT, notice)
    return go_to(request, whose.event_url(event_id), notice)


@router.get("/delete")
async def ask_delete(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID
) -> Response:
    """What deleting a draft would do, before it is done."""
    whose = await _whose(needs, actor, organiser)
    found = (await _selling(needs, whose, event_id)).event
    if found.state is not EventState.DRAFT:
        refusal = events.OnlyDraftsGo(state=found.state.value, state_words=events.WORDS[found.state])
        return go_to(request, whose.event_url(event_id), Notice(refusal.sentence, "warn"))
    return await page(request, ask_delete_view(whose, found))


@router.post("/delete")
async def delete(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Delete a draft; pressed twice, it is gone all the same."""
    del form
    whose = await _whose(needs, actor, organiser)
    try:
        await delete_event(needs.database, actor, whose.id, event_id)
    except Conflict as refusal:
        return go_to(request, whose.event_url(event_id), Notice(refusal.sentence, "warn"))
    except events.EventNotFound:
        return go_to(request, links.organiser(whose.slug))
    return go_to(request, links.organiser(whose.slug), Notice("The draft is deleted."))


async def _asked(
    request: Request, whose: Whose, selling: SellingEvent, to: EventState, view: AskView
) -> Response:
    state = selling.event.state
    if not events.may_become(state, to):
        refusal = events.NotPossibleNow(state=state.value, state_words=events.WORDS[state])
        return go_to(request, whose.event_url(selling.event.id), Notice(refusal.sentence, "warn"))
    return await page(request, view)


@router.get("/end")
async def ask_end(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID
) -> Response:
    """What ending the sale would do, before it is done."""
    whose = await _whose(needs, actor, organiser)
    selling = await _selling(needs, whose, event_id)
    return await _asked(request, whose, selling, EventState.ENDED, ask_end_view(whose, selling))


@router.post("/end")
async def end(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Stop selling for good."""
    whose = await _whose(needs, actor, organiser)
    notice = Notice("The sale has ended. Tickets already sold stay valid.")
    try:
        await publish_event.end(needs.database, needs.clock, actor, whose.id, event_id)
    except Conflict as refusal:
        notice = _unless_done(refusal, EventState.ENDED, notice)
    return go_to(request, whose.event_url(event_id), notice)


@router.get("/cancel")
async def ask_cancel(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID
) -> Response:
    """What calling the event off would do, before it is done."""
    whose = await _whose(needs, actor, organiser, Action.REFUND_ORDERS)
    selling = await _selling(needs, whose, event_id)
    async with needs.database.reading() as reader:
        has_bitcoin = await is_event_paid_in_bitcoin(reader, event_id)
    view = ask_cancel_view(whose, selling, has_bitcoin=has_bitcoin)
    return await _asked(request, whose, selling, EventState.CANCELLED, view)


def _message(form: FormData) -> str:
    typed = form.get("message", "")
    return typed.strip()[:MESSAGE_MOST] if isinstance(typed, str) else ""


@router.post("/cancel")
async def cancel(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Call the event off; on to how far the refunds are."""
    whose = await _whose(needs, actor, organiser, Action.REFUND_ORDERS)
    notice = Notice("The event is cancelled. Refunds are on their way.", "info")
    wish = RunWish(with_fees="asked" not in form or form.get("with_fees") == "1", message=_message(form))
    try:
        await publish_event.cancel(needs.database, needs.clock, actor, whose.id, event_id, wish)
    except Conflict as refusal:
        notice = _unless_done(refusal, EventState.CANCELLED, notice)
    return go_to(request, whose.event_url(event_id, await _how_far(needs, event_id)), notice)


async def _how_far(needs: Needs, event_id: UUID) -> str:
    """The page with how far the refunds are, where there is anything to refund."""
    async with needs.database.reading() as reader:
        runs = await orders.runs_of(reader, event_id)
    begun = [one for one in runs if one.kind is orders.RunKind.CANCEL_EVENT and one.total]
    return f"refunds/{begun[0].id}" if begun else ""
