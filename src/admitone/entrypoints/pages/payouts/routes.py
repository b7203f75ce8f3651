"""Balance and payouts: seen by whoever sees reports, asked for by owners, approved by a second member."""

from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.organiser.whose import Whose, find_organiser
from admitone.entrypoints.pages.payouts.making import BANK, payouts_view
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page
from admitone.flows.payout_receivers import ReceiverWish
from admitone.payouts import PayoutNotFound, PayoutState, Purse
from admitone.reads.payout_account import payout_account
from admitone.values import currencies
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix=links.ORGANISER + "/{organiser}/payouts")


async def _whose(needs: Assembly, actor: Actor, organiser: str) -> Whose:
    async with needs.database.reading() as reader:
        return await find_organiser(reader, actor, organiser)


async def _show(
    request: Request,
    needs: Assembly,
    whose: Whose,
    sent_way: str = "",
    refusal: Refusal | None = None,
) -> Response:
    async with needs.database.reading() as reader:
        found = await payout_account(reader, whose.actor, whose.id, is_test=whose.is_test)
    ways = await needs.money.payout_receivers.ways(is_test=whose.is_test)
    until = found.terms.paused_until
    view = payouts_view(whose, found, ways, paused=until is not None and until > needs.clock.now())
    if refusal is None:
        return await page(request, view)
    view = replace(view, error=refusal.sentence, sent_way=sent_way)
    return await page(request, view, status=status_of(refusal))


@router.get("")
async def show(request: Request, organiser: str, needs: Needs, actor: SignedIn) -> Response:
    """The balance, payouts, and where they go."""
    return await _show(request, needs, await _whose(needs, actor, organiser))


@router.post("")
async def ask(
    request: Request, organiser: str, needs: Needs, actor: SignedIn, form: checked_form
) -> Response:
    """Ask for all that is available."""
    whose = await _whose(needs, actor, organiser)
    purse = Purse(whose.id, _text(form, "currency"), whose.is_test)
    notice = Notice("Asked for. It is sent when it has been approved.")
    try:
        await needs.money.paying_out.ask(actor, purse, _id(form))
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.payouts(whose.slug), notice)


@router.post("/receiver")
async def set_receiver(
    request: Request, organiser: str, needs: Needs, actor: SignedIn, form: checked_form
) -> Response:
    """Say where payouts go."""
    whose = await _whose(needs, actor, organiser)
    typed = {name: _text(form, name) for name in form}
    typed = {"way": "", **{name: value for name, value in typed.items() if name != "csrf"}}
    currency = typed.get("currency", "").upper()
    try:
        currencies.exponent(currency)
        account_id = None if typed["way"] == BANK else _uuid(typed["way"])
        wish = ReceiverWish(account_id, typed.get("holder", "")[:70], typed.get("country", "").upper(), typed)
        await needs.money.payout_receivers.set(actor, Purse(whose.id, currency, whose.is_test), wish)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _show(request, needs, whose, typed["way"], refusal)
    return go_to(request, links.payouts(whose.slug), Notice("Payouts go there from now on."))


@router.post("/{payout_id}/{verb}")
async def decide(
    request: Request,
    organiser: str,
    payout_id: UUID,
    verb: str,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """Say yes or no, or ask anew for what failed."""
    whose = await _whose(needs, actor, organiser)
    flow = needs.money.paying_out
    try:
        if verb == "approve":
            said = await flow.approve(actor, whose.id, payout_id, _minor(form))
            notice = Notice("Approved. It is on its way.")
            if said.state is PayoutState.ASKED:
                notice = Notice("Noted. Above your limit, somebody else of your team has to agree too.")
        elif verb == "decline":
            await flow.decline(actor, whose.id, payout_id)
            notice = Notice("It was declined. Nothing is sent.")
        elif verb == "again":
            await flow.ask_again(actor, whose.id, payout_id, _id(form))
            notice = Notice("Asked for again. It is sent when it has been approved.")
        else:
            raise PayoutNotFound
    except NotFound:
        raise
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.payouts(whose.slug), notice)


def _minor(form: FormData) -> int | None:
    typed = _text(form, "amount")
    return currencies.parse_major(_text(form, "currency"), typed) if typed else None


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _id(form: FormData) -> UUID:
    return _uuid(_text(form, "request")) or uuid7()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
