"""An organiser writes to everybody with a ticket: typed, shown first, sent once.

All of it works without script. The preview carries what was typed and a key, so that pressing Send twice sends once.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, messaging
from admitone.accounts import Organiser
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.telling import holders_words
from admitone.entrypoints.pages.organiser.whose import Whose, find_organiser, organiser_nav
from admitone.entrypoints.pages.organiser.write_view import PreviewView, WriteView
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of
from admitone.entrypoints.pages.views import Part
from admitone.events import StoredEvent
from admitone.messaging import Words
from admitone.values.actor import Action, Actor
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Conflict, Refusal, TooMany

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/events/{event_id}/write", include_in_schema=False)


async def _look(
    needs: Needs, actor: Actor, organiser: str, event_id: UUID
) -> tuple[Whose, Organiser, StoredEvent, int]:
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
        known = await accounts.organiser(reader, whose.id)
    event, holders = await needs.circulars.look(actor, whose.id, event_id)
    return whose, known, event, holders


def _write_view(
    whose: Whose,
    known: Organiser,
    event: StoredEvent,
    holders: int,
    typed: Words,
    refusal: Refusal | None = None,
) -> WriteView:
    values = {"subject": typed.subject, "body": typed.body}
    errors = {} if refusal is None else errors_of(refusal)
    return WriteView(
        nav=organiser_nav(whose, event),
        title=event.details.title,
        holders_words=holders_words(holders),
        has_holders=holders > 0,
        reply_to=known.contact_email,
        subject_most=messaging.SUBJECT_MOST,
        body_most=messaging.BODY_MOST,
        most_per_day=messaging.MOST_PER_DAY,
        form=Part(whose.event_url(event.id, "write"), values, errors),
        back_url=whose.event_url(event.id),
    )


@router.get("")
async def write(request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID) -> Response:
    """The empty sheet."""
    found = await _look(needs, actor, organiser, event_id)
    return await page(request, _write_view(*found, Words("", "")))


@router.post("")
async def preview(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """What they will read, before it is sent; or the sheet again, with what is wrong or to go on writing."""
    whose, known, event, holders = await _look(needs, actor, organiser, event_id)
    typed = Words(text_of(form, "subject"), text_of(form, "body"))
    if text_of(form, "again"):
        return await page(request, _write_view(whose, known, event, holders, typed))
    try:
        words = messaging.checked_words(typed.subject, typed.body)
    except Refusal as refusal:
        view = _write_view(whose, known, event, holders, typed, refusal)
        return await page(request, view, status=status_of(refusal))
    url = whose.event_url(event.id, "write")
    values = {"subject": words.subject, "body": words.body, "form_key": str(uuid7())}
    return await page(
        request,
        PreviewView(
            nav=organiser_nav(whose, event),
            title=event.details.title,
            holders_words=holders_words(holders),
            organiser_name=whose.name,
            reply_to=known.contact_email,
            lines=words.lines,
            form=Part(url, values),
            send_url=f"{url}/send",
        ),
    )


@router.post("/send")
async def send(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Send what was shown. The same sheet again sends nothing again."""
    whose, known, event, holders = await _look(needs, actor, organiser, event_id)
    typed = Words(text_of(form, "subject"), text_of(form, "body"))
    key = text_of(form, "form_key") or str(uuid7())
    try:
        words = messaging.checked_words(typed.subject, typed.body)
        written = await needs.circulars.write(
            actor,
            whose.id,
            event_id,
            words,
            circular_id=derived_id("circular form", event_id.bytes, key),
        )
    except (Conflict, TooMany) as refusal:
        view = _write_view(whose, known, event, holders, typed, refusal)
        return await page(request, view, status=status_of(refusal))
    notice = Notice(f"Your letter is on its way to {holders_words(written.holders)}.")
    return go_to(request, whose.event_url(event_id), notice)
