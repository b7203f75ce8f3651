"""An organiser's promo codes: the list, a new one, one of them. Batches are in `batch_routes`."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admitone import accounts, promotions
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import find_organiser
from admitone.entrypoints.pages.promo_codes import forms
from admitone.entrypoints.pages.promo_codes.making import Desk, code_view, fields, list_view, new_view
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.promotions import checked
from admitone.reads.promo_codes import ListedCode, promo_batches, promo_code, promo_codes
from admitone.reads.promo_scope import promo_scope
from admitone.values.actor import Action, Actor
from admitone.values.ids import derived_id, uuid7
from admitone.values.paging import BadCursor
from admitone.values.refusals import Conflict, Invalid, NotFound, Refusal

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/promo-codes", include_in_schema=False)
PER_PAGE: Final = 50
_REFUSED: Final = (Invalid, Conflict)
"""What is said beside the fields."""
_PAUSED: Final = {
    "pause": "The promo code is paused. Nobody can use it until you resume it.",
    "resume": "The promo code can be used again.",
}


async def find_desk(needs: Assembly, actor: Actor, organiser: str) -> Desk:
    """Whose codes these are, for who may manage their events. Raises `OrganiserNotFound`, `Forbidden`."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, organiser)
        accounts.permit(actor, Action.MANAGE_EVENTS, whose.id)
        scope = await promo_scope(reader, whose.id)
    return Desk(whose, scope, needs.clock.now(), needs.settings.site_url)


@router.get("")
async def show_list(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    q: Annotated[str, Query(max_length=100)] = "",
    cursor: str = "",
) -> Response:
    """Newest first. A cut cursor is as if it were not there."""
    desk = await find_desk(needs, actor, organiser)
    async with needs.database.reading() as reader:
        try:
            found = await promo_codes(
                reader, actor, desk.whose.id, part=q, cursor=cursor or None, limit=PER_PAGE
            )
        except BadCursor:
            cursor = ""
            found = await promo_codes(reader, actor, desk.whose.id, part=q, limit=PER_PAGE)
        batches = [] if q or cursor else await promo_batches(reader, actor, desk.whose.id)
    return await page(request, list_view(desk, found.items, batches, q, cursor, found.next_cursor))


@router.get("/create")
async def begin(request: Request, needs: Needs, actor: SignedIn, organiser: str) -> Response:
    """The empty form."""
    desk = await find_desk(needs, actor, organiser)
    made = fields(desk, f"{desk.url}/create", {"form_key": str(uuid7())})
    return await page(request, new_view(desk, made, is_batch=False))


@router.post("/create")
async def create(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, form: checked_form
) -> Response:
    """Make a code; or with `preview` say what it would do. The same sheet twice makes one."""
    desk = await find_desk(needs, actor, organiser)
    typed = values_of(form)
    url, shows = f"{desk.url}/create", typed.pop("preview", "")
    try:
        terms = forms.terms_of(typed, desk.scope)
        checked(typed.get("code", ""), terms)
        if shows:
            made = fields(desk, url, typed, terms=terms)
            return await page(request, new_view(desk, made, is_batch=False))
        new_id = derived_id("promo code form", desk.whose.id.bytes, typed.get("form_key") or str(uuid7()))
        new = await needs.money.promo_desk.create(
            actor, desk.whose.id, typed.get("code", ""), terms, promotion_id=new_id
        )
    except _REFUSED as refusal:
        made = fields(desk, url, typed, errors_of(refusal, forms.FIELDS))
        return await page(request, new_view(desk, made, is_batch=False), status=status_of(refusal))
    notice = Notice(f"The promo code {new.code} can be used now.")
    return go_to(request, links.promo_code(desk.whose.slug, str(new.id)), notice)


async def _found(needs: Assembly, actor: Actor, desk: Desk, code_id: UUID) -> ListedCode:
    async with needs.database.reading() as reader:
        return await promo_code(reader, actor, desk.whose.id, code_id)


@router.get("/{code_id}")
async def show(request: Request, needs: Needs, actor: SignedIn, organiser: str, code_id: UUID) -> Response:
    """One code: what it did, and its form."""
    desk = await find_desk(needs, actor, organiser)
    return await page(request, code_view(desk, await _found(needs, actor, desk, code_id)))


@router.post("/{code_id}")
async def edit(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, code_id: UUID, form: checked_form
) -> Response:
    """Change it; or with `preview` say what it would do."""
    desk = await find_desk(needs, actor, organiser)
    found = await _found(needs, actor, desk, code_id)
    typed = {"code": found.promotion.code, **values_of(form)}
    shows = typed.pop("preview", "")
    try:
        terms = forms.terms_of(typed, desk.scope)
        checked(typed["code"], terms)
        if shows:
            return await page(request, code_view(desk, found, typed, terms=terms))
        await needs.money.promo_desk.edit(actor, desk.whose.id, code_id, typed["code"], terms)
    except _REFUSED as refusal:
        return await _again(request, desk, found, typed, refusal)
    return go_to(request, links.promo_code(desk.whose.slug, str(code_id)), Notice("The changes are saved."))


async def _again(
    request: Request, desk: Desk, found: ListedCode, typed: Mapping[str, str], refusal: Refusal
) -> Response:
    view = code_view(desk, found, typed, errors_of(refusal, forms.FIELDS))
    return await page(request, view, status=status_of(refusal))


@router.post("/{code_id}/delete")
async def delete(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, code_id: UUID, form: checked_form
) -> Response:
    """Delete it, if nobody used it."""
    del form
    desk = await find_desk(needs, actor, organiser)
    notice, url = Notice("The promo code is deleted."), desk.url
    try:
        await needs.money.promo_desk.delete(actor, desk.whose.id, code_id)
    except NotFound:
        pass
    except Conflict as refusal:
        notice, url = Notice(refusal.sentence, "warn"), links.promo_code(desk.whose.slug, str(code_id))
    return go_to(request, url, notice)


@router.post("/{code_id}/{verb}")
async def pause_or_resume(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    code_id: UUID,
    verb: str,
    _form: checked_form,
) -> Response:
    """Nobody can use it until it is resumed; then it can be used again."""
    desk = await find_desk(needs, actor, organiser)
    if verb not in _PAUSED:
        raise promotions.CodeNotFound
    await needs.money.promo_desk.set_paused(actor, desk.whose.id, code_id, is_paused=verb == "pause")
    return go_to(request, links.promo_code(desk.whose.slug, str(code_id)), Notice(_PAUSED[verb]))
