"""Many promo codes for one use each, made at once."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from admitone import promotions
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.promo_codes import forms
from admitone.entrypoints.pages.promo_codes.making import batch_view, fields, new_view
from admitone.entrypoints.pages.promo_codes.routes import find_desk
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, values_of
from admitone.promotions import PromoTerms
from admitone.reads.promo_codes import promo_batch
from admitone.values import formats
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Conflict, Invalid

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/promo-codes", include_in_schema=False)
_EXAMPLES: Final = 3
_PAUSED: Final = {
    "pause": "The codes are paused. Nobody can use them until you resume them.",
    "resume": "The codes can be used again.",
}


def for_one_use(terms: PromoTerms) -> PromoTerms:
    """The same for codes that are good for one order each."""
    return replace(terms, total_limit=1, per_person_limit=None, limit_unit="orders")


@router.get("/generate")
async def begin(request: Request, needs: Needs, actor: SignedIn, organiser: str) -> Response:
    """The empty form."""
    desk = await find_desk(needs, actor, organiser)
    made = fields(desk, f"{desk.url}/generate", {"form_key": str(uuid7()), "quantity": "100"})
    return await page(request, new_view(desk, made, is_batch=True))


@router.post("/generate")
async def generate(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, form: checked_form
) -> Response:
    """Make them; or with `preview` say what each would do. The same sheet twice makes them once."""
    desk = await find_desk(needs, actor, organiser)
    typed = values_of(form)
    url, shows = f"{desk.url}/generate", typed.pop("preview", "")
    try:
        terms = for_one_use(forms.terms_of(typed, desk.scope))
        quantity = forms.whole_of(typed, "quantity")
        promotions.checked_terms(terms)
        if shows:
            example = promotions.example_code(typed.get("prefix", ""))
            promotions.checked_count(quantity)
            made = fields(desk, url, typed, terms=terms)
            return await page(request, new_view(desk, made, is_batch=True, example=example))
        new_id = derived_id("promo batch form", desk.whose.id.bytes, typed.get("form_key") or str(uuid7()))
        batch = await needs.money.promo_desk.generate(
            actor, desk.whose.id, typed.get("prefix", ""), quantity, terms, batch_id=new_id
        )
    except (Invalid, Conflict) as refusal:
        made = fields(desk, url, typed, errors_of(refusal, forms.FIELDS))
        return await page(request, new_view(desk, made, is_batch=True), status=status_of(refusal))
    notice = Notice(f"{formats.count(batch.quantity, 'code is', 'codes are')} ready to be given out.")
    return go_to(request, links.promo_batch(desk.whose.slug, str(batch.id)), notice)


@router.get("/batches/{batch_id}.csv")
async def download(needs: Needs, actor: SignedIn, organiser: str, batch_id: UUID) -> Response:
    """Every code of the batch: the code, whether it was used, whether it is paused, when it was made."""
    desk = await find_desk(needs, actor, organiser)
    async with needs.database.reading() as reader:
        codes = await promotions.of_batch(reader, desk.whose.id, batch_id)
    return Response(
        promotions.codes_csv(codes),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="promo-codes-{batch_id}.csv"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/batches/{batch_id}")
async def show(request: Request, needs: Needs, actor: SignedIn, organiser: str, batch_id: UUID) -> Response:
    """One batch."""
    desk = await find_desk(needs, actor, organiser)
    async with needs.database.reading() as reader:
        batch, sales = await promo_batch(reader, actor, desk.whose.id, batch_id)
        some = await promotions.of_batch(reader, desk.whose.id, batch_id, limit=_EXAMPLES)
    return await page(request, batch_view(desk, batch, sales, some))


@router.post("/batches/{batch_id}/delete")
async def delete(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, batch_id: UUID, _form: checked_form
) -> Response:
    """Delete those that nobody used."""
    desk = await find_desk(needs, actor, organiser)
    gone = await needs.money.promo_desk.delete_unused(actor, desk.whose.id, batch_id)
    notice = Notice(f"{formats.count(gone, 'unused code is', 'unused codes are')} deleted.")
    return go_to(request, links.promo_batch(desk.whose.slug, str(batch_id)), notice)


@router.post("/batches/{batch_id}/{verb}")
async def pause_or_resume(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    batch_id: UUID,
    verb: str,
    _form: checked_form,
) -> Response:
    """Nobody can use any of them until they are resumed; then they can be used again."""
    desk = await find_desk(needs, actor, organiser)
    if verb not in _PAUSED:
        raise promotions.BatchNotFound
    await needs.money.promo_desk.set_batch_paused(actor, desk.whose.id, batch_id, is_paused=verb == "pause")
    return go_to(request, links.promo_batch(desk.whose.slug, str(batch_id)), Notice(_PAUSED[verb]))
