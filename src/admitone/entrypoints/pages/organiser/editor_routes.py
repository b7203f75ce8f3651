"""The event editor. Every section and every row is a form of its own: sent, saved, or shown again with what
is wrong.

All of it works without script: a form posts, the answer is 303 to the editor, or 422 with the same page,
the typed values kept and the reasons beside the fields.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import accounts, events
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser import editor_forms, editor_prices
from admitone.entrypoints.pages.organiser.editor_showing import editor_view
from admitone.entrypoints.pages.organiser.events_routes import asked_which
from admitone.entrypoints.pages.organiser.telling import saved_words
from admitone.entrypoints.pages.organiser.whose import Whose, find_organiser
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.entrypoints.pages.views import Part
from admitone.entrypoints.request_refusals import NoSuchAddress
from admitone.flows import publish_event
from admitone.flows.edit_event import EventEdits
from admitone.reads.event_editor import EventEditor, event_editor
from admitone.values.actor import Action, Actor
from admitone.values.refusals import Conflict, Invalid, Refusal

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/events/{event_id}", include_in_schema=False)
_SECTIONS = {**editor_forms.SECTIONS, "prices": editor_prices.event_prices}
_ANCHORS = {"types": "tickets", "pools": "pools"}
_ROW_ANCHORS = {"types": "type", "pools": "pool"}


async def _opened(needs: Needs, actor: Actor, organiser: str, event_id: UUID) -> tuple[Whose, EventEditor]:
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
        return whose, await event_editor(reader, actor, needs.clock.now(), whose.id, event_id)


@router.get("/edit")
async def edit(request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID) -> Response:
    """The editor; nothing is edited once the event has ended or is cancelled."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    if opened.event.state not in events.EDITABLE:
        return go_to(request, whose.event_url(event_id))
    return await page(request, editor_view(whose, opened))


def _anchor(name: str) -> str:
    """Where a form stands in the page, by its path below `edit/`: `when`, `types/<id>`, `publish`."""
    kind, _, row = name.partition("/")
    return f"{_ROW_ANCHORS[kind]}-{row}" if row else _ANCHORS.get(kind, kind)


def _back(request: Request, whose: Whose, event_id: UUID, name: str, text: str, kind: str = "ok") -> Response:
    """To the editor, at the form this was about, with a word there: its top may be far away."""
    at = _anchor(name)
    return go_to(request, f"{whose.event_url(event_id, 'edit')}#{at}", Notice(text, kind, at))


@router.get("/edit/{part}")
@router.get("/edit/{part}/{row_id}")
async def reopen(
    request: Request, actor: SignedIn, organiser: str, event_id: UUID, part: str, row_id: UUID | None = None
) -> Response:
    """The addresses forms are sent to, opened again: reloaded after a refusal, bookmarked, come back to."""
    if part not in {*_SECTIONS, *_ANCHORS, "publish"} or (row_id and part not in _ROW_ANCHORS):
        raise NoSuchAddress
    name = part if row_id is None else f"{part}/{row_id}"
    return go_to(request, f"{links.managed_event(organiser, str(event_id), 'edit')}#{_anchor(name)}")


class _Attempt:
    """One sent form: try its change; if it is refused, show the editor as it is now, with that form as it
    was sent.
    """

    def __init__(
        self, request: Request, needs: Needs, actor: Actor, whose: Whose, opened: EventEditor, name: str
    ) -> None:
        self._request = request
        self._needs = needs
        self._actor = actor
        self._whose = whose
        self._opened = opened
        self._name = name

    async def save(self, typed: dict[str, str], change: Callable[[], Awaitable[str | None]]) -> Response:
        """Refusals about what was typed or about the state of things go onto the page; others are not ours.

        `change` returns what to say when "Saved." is not all.
        """
        url = self._whose.event_url(self._opened.event.id, "edit")
        try:
            words = await change()
        except (Invalid, Conflict) as refusal:
            return await self._refused(typed, refusal, f"{url}/{self._name}")
        return _back(self._request, self._whose, self._opened.event.id, self._name, words or "Saved.")

    async def _refused(self, typed: dict[str, str], refusal: Refusal, url: str) -> Response:
        _, opened = await _opened(self._needs, self._actor, self._whose.slug, self._opened.event.id)
        values = typed | asked_which(refusal)
        if isinstance(refusal, events.LostUpdate):
            # Sent again as it is now, the form is about the version its sender has just been shown.
            values["revision"] = str(opened.event.revision)
        names = editor_forms.FIELDS
        if self._name == "prices":
            names = {**names, **editor_prices.event_fields(typed)}
        elif self._name.startswith("types"):
            names = {
                **names,
                **editor_prices.type_fields(typed),
                "tax_bps": "own_tax",
                "tax_name": "own_tax_name",
            }
        errors = errors_of(refusal, names)
        part = Part(url, values, _known_fields(errors, typed))
        view = editor_view(self._whose, opened, refused={self._name: part})
        return await page(self._request, view, status=status_of(refusal))


def _known_fields(errors: dict[str, str], typed: dict[str, str]) -> dict[str, str]:
    """Errors about fields this form does not have are about the form as a whole."""
    # Boxes nobody ticked are not sent, but the form has them.
    fields = {*typed, editor_forms.POOLS}
    known = {name: words for name, words in errors.items() if name in fields}
    others = [words for name, words in errors.items() if name not in fields]
    return known | ({"": " ".join(dict.fromkeys(others))} if others else {})


@router.post("/edit/publish")
async def publish(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Put the draft on sale."""
    whose, _ = await _opened(needs, actor, organiser, event_id)
    try:
        await publish_event.publish(needs.database, needs.clock, actor, whose.id, event_id)
    except (Invalid, Conflict) as refusal:
        _, opened = await _opened(needs, actor, organiser, event_id)
        view = editor_view(whose, opened, publish_errors={"": _in_one(refusal)})
        return await page(request, view, status=status_of(refusal))
    return go_to(request, whose.event_url(event_id), Notice("It is on sale."))


@router.post("/edit/types")
async def add_type(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Add a ticket type."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    typed = values_of(form)

    async def change() -> None:
        plan = editor_forms.type_plan(typed, opened.event.details, None)
        plan = editor_prices.with_prices(plan, typed, opened.event.details)
        revision = editor_forms.revision_of(typed)
        await _edits(needs).add_type(actor, whose.id, event_id, plan, revision=revision)

    return await _Attempt(request, needs, actor, whose, opened, "types").save(typed, change)


@router.post("/edit/types/{type_id}")
async def change_type(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    event_id: UUID,
    type_id: UUID,
    form: checked_form,
) -> Response:
    """Write a ticket type anew."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    before, typed = opened.type(type_id), values_of(form)

    async def change() -> None:
        plan = editor_forms.type_plan(typed, opened.event.details, before)
        plan = editor_prices.kept_prices(plan, before.offered)
        plan = editor_prices.with_prices(plan, typed, opened.event.details)
        revision = editor_forms.revision_of(typed)
        await _edits(needs).change_type(actor, whose.id, event_id, type_id, plan, revision=revision)

    return await _Attempt(request, needs, actor, whose, opened, f"types/{type_id}").save(typed, change)


@router.post("/edit/types/{type_id}/remove")
async def remove_type(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    event_id: UUID,
    type_id: UUID,
    form: checked_form,
) -> Response:
    """Remove a ticket type nobody ever ordered."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    words, kind = f"{opened.type(type_id).offered.name} is removed.", "ok"
    try:
        await _edits(needs).remove_type(actor, whose.id, event_id, type_id)
    except (Invalid, Conflict) as refusal:
        words, kind = _in_one(refusal), "warn"
    return _back(request, whose, event_id, "types", words, kind)


@router.post("/edit/pools")
async def add_pool(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, event_id: UUID, form: checked_form
) -> Response:
    """Make a shared pool."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    typed = values_of(form)

    async def change() -> None:
        name, capacity = editor_forms.pool_plan(typed)
        await _edits(needs).add_pool(actor, whose.id, event_id, name, capacity)

    return await _Attempt(request, needs, actor, whose, opened, "pools").save(typed, change)


@router.post("/edit/pools/{pool_id}")
async def change_pool(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    event_id: UUID,
    pool_id: UUID,
    form: checked_form,
) -> Response:
    """Rename or resize a shared pool."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    opened.pool(pool_id)
    typed = values_of(form)

    async def change() -> None:
        name, capacity = editor_forms.pool_plan(typed)
        await _edits(needs).change_pool(actor, whose.id, event_id, pool_id, name, capacity)

    return await _Attempt(request, needs, actor, whose, opened, f"pools/{pool_id}").save(typed, change)


@router.post("/edit/pools/{pool_id}/remove")
async def remove_pool(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    event_id: UUID,
    pool_id: UUID,
    form: checked_form,
) -> Response:
    """Remove shared places that no ticket type draws on."""
    whose, opened = await _opened(needs, actor, organiser, event_id)
    words, kind = f"{opened.pool(pool_id).level.name} is removed.", "ok"
    try:
        await _edits(needs).remove_pool(actor, whose.id, event_id, pool_id)
    except (Invalid, Conflict) as refusal:
        words, kind = _in_one(refusal), "warn"
    return _back(request, whose, event_id, "pools", words, kind)


@router.post("/edit/{section}")
async def change_section(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    event_id: UUID,
    section: str,
    form: checked_form,
) -> Response:
    """Save one section of the details. Declared last: the paths above are not sections."""
    read = _SECTIONS.get(section)
    if read is None:
        raise NoSuchAddress
    whose, opened = await _opened(needs, actor, organiser, event_id)
    typed = values_of(form)

    async def change() -> str | None:
        after = await _edits(needs).change_details(
            actor,
            whose.id,
            event_id,
            read(typed, opened.event.details),
            slug=typed.get("slug") if section == "basics" else None,
            revision=editor_forms.revision_of(typed) or opened.event.revision,
        )
        return await saved_words(needs, opened, after)

    return await _Attempt(request, needs, actor, whose, opened, section).save(typed, change)


def _in_one(refusal: Refusal) -> str:
    """All it says, for a place that has no fields."""
    return " ".join(dict.fromkeys(errors_of(refusal).values()))


def _edits(needs: Needs) -> EventEdits:
    return EventEdits(needs.database, needs.clock, needs.settings.site_fees)
