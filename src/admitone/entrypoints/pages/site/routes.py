"""Balances and payouts of all organisers, and what is agreed with each. For those who run the site."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData

from admitone import accounts
from admitone.accounts import Organiser
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.entrypoints.pages.site.making import site_payouts_view, site_terms_view
from admitone.flows.payout_terms import BPS_MOST, TermsWish
from admitone.payouts import BadTerms
from admitone.reads.payout_account import payout_terms
from admitone.reads.site_payouts import open_payouts, site_balances
from admitone.statements import Debtor
from admitone.values import currencies
from admitone.values.actor import Actor
from admitone.values.refusals import NotFound, Problems, Refusal

router = APIRouter(include_in_schema=False, prefix="/site")


@router.get("/payouts")
async def show(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    mode: str = "",
    after: Annotated[str, Query(max_length=100, pattern="^[a-z0-9-]*$")] = "",
) -> Response:
    """What waits for those who run the site, and what belongs to whom."""
    return await _show(request, needs, actor, is_test=mode == "test", after=after)


async def _show(
    request: Request,
    needs: Assembly,
    actor: Actor,
    *,
    is_test: bool = False,
    after: str = "",
    typed: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    async with needs.database.reading() as reader:
        balances, next_after = await site_balances(reader, actor, is_test=is_test, after=after)
        found = await open_payouts(reader, actor, is_test=is_test, now=needs.clock.now())
    receivers = [] if is_test else await needs.money.site_payouts.to_verify(actor)
    async with needs.database.reading() as reader:
        names = {
            one.organiser_id: (await accounts.organiser(reader, one.organiser_id)).name
            for one, _ in receivers
        }
    errors = None if refusal is None else errors_of(refusal)
    view = site_payouts_view(
        balances,
        next_after,
        found,
        receivers,
        names,
        is_test=is_test,
        after=after,
        typed=typed,
        errors=errors,
    )
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


@router.post("/payouts/file")
async def write_file(request: Request, needs: Needs, actor: SignedIn, form: checked_form) -> Response:
    """The chosen payouts as a file for the bank."""
    chosen = frozenset(UUID(one) for one in form.getlist("payout") if isinstance(one, str) and _is_id(one))
    debtor = Debtor(text_of(form, "name").strip()[:70], text_of(form, "iban").strip())
    try:
        made = await needs.money.site_payouts.file(actor, chosen, debtor)
    except accounts.NotOperator:
        raise
    except Refusal as refusal:
        return await _show(request, needs, actor, typed=values_of(form), refusal=refusal)
    return Response(
        made.content,
        media_type="application/xml",
        headers={
            "content-disposition": f'attachment; filename="payouts-{needs.clock.now():%Y-%m-%d}.xml"',
            "cache-control": "no-store",
        },
    )


@router.post("/payouts/receivers/{receiver_id}/verify")
async def verify(
    request: Request, receiver_id: UUID, needs: Needs, actor: SignedIn, _form: checked_form
) -> Response:
    """Payouts may go there."""
    await needs.money.site_payouts.verify(actor, receiver_id)
    return go_to(request, links.site_payouts(), Notice("Noted. Payouts may go there."))


@router.post("/payouts/{payout_id}/{what}")
async def say(
    request: Request,
    payout_id: UUID,
    what: Literal["sent", "came-back"],
    needs: Needs,
    actor: SignedIn,
    _form: checked_form,
) -> Response:
    """What became of a payout at the bank."""
    try:
        if what == "sent":
            await needs.money.site_payouts.sent(actor, payout_id)
            notice = Notice("Noted as sent.")
        else:
            await needs.money.site_payouts.came_back(actor, payout_id)
            notice = Notice("Noted. The organiser has the money again, and is told.")
    except (NotFound, accounts.NotOperator):
        raise
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.site_payouts(), notice)


@router.get("/organisers/{slug}/payout-terms")
async def show_terms(request: Request, slug: str, needs: Needs, actor: SignedIn) -> Response:
    """What is agreed with an organiser, as a form."""
    return await _terms(request, needs, actor, await _organiser(needs, actor, slug))


@router.post("/organisers/{slug}/payout-terms")
async def set_terms(
    request: Request, slug: str, needs: Needs, actor: SignedIn, form: checked_form
) -> Response:
    """Agree on something else."""
    organiser = await _organiser(needs, actor, slug)
    try:
        await needs.money.payout_terms.set(actor, organiser.id, _wish(form))
    except accounts.NotOperator:
        raise
    except Refusal as refusal:
        errors = errors_of(refusal, {"reserve_bps": "reserve_percent", "minimums": "new_minimum"})
        answer = await _terms(request, needs, actor, organiser, values_of(form), errors)
        answer.status_code = status_of(refusal)
        return answer
    return go_to(request, links.site_terms(slug), Notice("Saved."))


async def _terms(
    request: Request,
    needs: Assembly,
    actor: Actor,
    organiser: Organiser,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    async with needs.database.reading() as reader:
        terms = await payout_terms(reader, actor, organiser.id)
        balances, _ = await site_balances(reader, actor, is_test=False, only=organiser.slug)
    used = [one.currency for one in balances]
    return await page(request, site_terms_view(organiser, terms, used, typed, errors))


async def _organiser(needs: Assembly, actor: Actor, slug: str) -> Organiser:
    accounts.permit_operator(actor)
    async with needs.database.reading() as reader:
        return await accounts.organiser_by_slug(reader, slug)


def _wish(form: FormData) -> TermsWish:
    problems: list[Refusal] = []

    def whole(name: str, most: int) -> int:
        typed = text_of(form, name).strip()
        if typed.isascii() and typed.isdigit() and len(typed) <= 4:
            return int(typed)
        problems.append(BadTerms(field=name, least=0, most=most))
        return 0

    def amount(currency: str, field: str, typed: str, found: dict[str, int]) -> None:
        try:
            found[currency] = currencies.parse_major(currency, typed)
        except Refusal as refusal:
            refusal.field = field
            problems.append(refusal)

    minimums: dict[str, int] = {}
    for name, typed in form.multi_items():
        if name.startswith("minimum_") and isinstance(typed, str) and typed.strip():
            amount(name.removeprefix("minimum_"), name, typed.strip(), minimums)
    new = text_of(form, "new_currency").strip().upper()
    if new:
        amount(new, "new_minimum", text_of(form, "new_minimum").strip(), minimums)
    delay, reserve_days = whole("delay_days", 365), whole("reserve_days", 730)
    try:
        # A percent with two decimals is counted like an amount with two.
        bps = currencies.parse_major("EUR", text_of(form, "reserve_percent").strip() or "0")
    except Refusal:
        bps = 0
        problems.append(BadTerms(field="reserve_percent", least=0, most=BPS_MOST // 100))
    if problems:
        raise Problems(*problems)
    return TermsWish(delay, bps, reserve_days, minimums, text_of(form, "is_drafting") != "")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
