"""An organiser's store credit: the list, new gift codes, a batch of them, one credit."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page, text_of, values_of
from admitone.entrypoints.pages.store_credit.making import batch_view, detail_view, list_view, new_view
from admitone.flows.approvals import ApprovalNeeded
from admitone.flows.credit_desk import COUNT_MOST, GiftWish
from admitone.reads.credits_list import CreditFilter, State, credit_totals, credits_of, uses_shown
from admitone.values import currencies, formats
from admitone.values.actor import Action, Actor
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Conflict, Invalid, Problems, Refusal

router = APIRouter(prefix=links.ORGANISER + "/{organiser}/store-credit", include_in_schema=False)
_FIELDS = {"amount_minor": "amount", "expires_at": "until"}
_STATES: dict[str, State] = {"open": "open", "used": "used", "expired": "expired", "void": "void"}
_Text = Annotated[str, Query(max_length=200)]


async def _whose(needs: Assembly, actor: Actor, organiser: str) -> Whose:
    return await find_allowed(needs, actor, organiser, Action.REFUND_ORDERS)


@router.get("")
async def show_list(
    request: Request,
    needs: Needs,
    actor: SignedIn,
    organiser: str,
    q: _Text = "",
    kind: _Text = "",
    state: _Text = "",
    after: _Text = "",
) -> Response:
    """Newest first. What is no filter of ours is as if it were not there."""
    whose = await _whose(needs, actor, organiser)
    asked = CreditFilter(
        kind if kind in ("gift", "refund") else "",
        _STATES.get(state, ""),
        kind if kind in ("test", "live") else "",
        q,
    )
    try:
        begin = UUID(after) if after else None
    except ValueError:
        begin = None
    async with needs.database.reading() as reader:
        found = await credits_of(reader, actor, whose.id, asked, begin)
        totals = await credit_totals(reader, actor, whose.id)
    offered = await needs.money.credit_desk.is_offered(whose.id)
    view = list_view(
        needs, whose, found, totals, asked, "" if begin is None else str(begin), is_offered=offered
    )
    return await page(request, view)


@router.post("/offer")
async def offer(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, form: checked_form
) -> Response:
    """Let buyers choose store credit instead of their money, or not."""
    whose = await _whose(needs, actor, organiser)
    is_offered = text_of(form, "offered") == "1"
    await needs.money.credit_desk.offer(actor, whose.id, is_offered=is_offered)
    words = (
        "Buyers can choose store credit now." if is_offered else "Buyers get their money back as they paid."
    )
    return go_to(request, links.store_credit(whose.slug), Notice(words))


@router.get("/new")
async def begin(request: Request, needs: Needs, actor: SignedIn, organiser: str) -> Response:
    """The empty form."""
    whose = await _whose(needs, actor, organiser)
    return await page(request, new_view(whose, {"form_key": str(uuid7()), "count": "1", "currency": "EUR"}))


@router.post("/new")
async def make(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, form: checked_form
) -> Response:
    """Make them. The same sheet twice makes them once."""
    whose = await _whose(needs, actor, organiser)
    typed = values_of(form)
    batch_id = derived_id("gift codes form", whose.id.bytes, typed.get("form_key") or str(uuid7()))
    try:
        made = await needs.money.credit_desk.make(actor, whose.id, _wish(whose, typed), batch_id)
    except ApprovalNeeded as refusal:
        return go_to(request, links.approvals(whose.slug), Notice(refusal.sentence))
    except (Invalid, Conflict) as refusal:
        view = new_view(whose, typed, errors_of(refusal, _FIELDS))
        return await page(request, view, status=status_of(refusal))
    notice = Notice(f"{formats.count(len(made), 'gift code is', 'gift codes are')} ready.")
    return go_to(request, links.gift_batch(whose.slug, str(batch_id)), notice)


def _wish(whose: Whose, typed: Mapping[str, str]) -> GiftWish:
    """What was typed. Raises `Problems` for what cannot be read."""
    problems: list[Refusal] = []
    currency, minor, count, until = typed.get("currency", ""), 0, 0, None
    try:
        minor = currencies.parse_major(currency, typed.get("amount", "")) if currencies.known(currency) else 0
    except Refusal as refusal:
        refusal.field = "amount"
        problems.append(refusal)
    try:
        count = int(typed.get("count", "").strip() or "1")
    except ValueError:
        problems.append(payments.credit.BadGiftCount(field="count", most=COUNT_MOST))
    try:
        day = typed.get("until", "").strip()
        if day:
            until = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        problems.append(payments.credit.BadGiftExpiry(field="until"))
    if problems:
        raise Problems(*problems)
    email = typed.get("email", "").strip() or None
    return GiftWish(currency, minor, count, until, typed.get("note", "").strip(), email, whose.is_test)


@router.get("/batches/{batch_id}.csv")
async def download(needs: Needs, actor: SignedIn, organiser: str, batch_id: UUID) -> Response:
    """Every code of the batch, what it is worth and what is left on it."""
    whose = await _whose(needs, actor, organiser)
    made = await needs.money.credit_desk.batch(actor, whose.id, batch_id)
    if not made:
        raise payments.credit.CreditNotFound
    written = io.StringIO()
    # Codes are letters and digits, so no table program takes one for a formula.
    rows = csv.writer(written)
    rows.writerow(("code", "currency", "amount", "left", "state", "expires_at"))
    rows.writerows(
        (
            needs.money.credit_desk.code(one) or "",
            one.currency,
            currencies.major_text(one.currency, one.given_minor),
            currencies.major_text(one.currency, one.balance_minor),
            one.standing,
            "" if one.expires_at is None else one.expires_at.isoformat(timespec="seconds"),
        )
        for one in made
    )
    return Response(
        "\ufeff" + written.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="gift-codes-{batch_id}.csv"',
            "Cache-Control": "no-store",
        },
    )


@router.get("/batches/{batch_id}")
async def show_batch(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, batch_id: UUID
) -> Response:
    """Codes made at once."""
    whose = await _whose(needs, actor, organiser)
    made = await needs.money.credit_desk.batch(actor, whose.id, batch_id)
    if not made:
        raise payments.credit.CreditNotFound
    return await page(request, batch_view(needs, whose, made))


@router.get("/{credit_id}")
async def show(request: Request, needs: Needs, actor: SignedIn, organiser: str, credit_id: UUID) -> Response:
    """One credit and its uses."""
    whose = await _whose(needs, actor, organiser)
    async with needs.database.reading() as reader:
        found = await uses_shown(reader, actor, whose.id, credit_id)
    return await page(request, detail_view(needs, whose, found))


@router.post("/{credit_id}/void")
async def void(
    request: Request, needs: Needs, actor: SignedIn, organiser: str, credit_id: UUID, _form: checked_form
) -> Response:
    """Take a gift back."""
    whose = await _whose(needs, actor, organiser)
    url = links.store_credit(whose.slug, str(credit_id))
    try:
        await needs.money.credit_desk.void(actor, whose.id, credit_id)
    except Conflict as refusal:
        return go_to(request, url, Notice(refusal.sentence, "warn"))
    return go_to(request, url, Notice("The gift code is taken back. Nobody can use it any more."))
