"""What waits for a second member's yes, and the limits above which it does."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from admitone import accounts
from admitone.accounts import Approval, ApprovalLimit
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.approvals.view import ApprovalLine, ApprovalsView
from admitone.entrypoints.pages.organiser.whose import Whose, find_allowed, organiser_nav
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page
from admitone.entrypoints.pages.views import State
from admitone.flows.approvals import ApprovalNotFound
from admitone.values import currencies, formats, listed
from admitone.values.actor import Action, Actor, allowed
from admitone.values.refusals import Invalid, NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix=links.ORGANISER + "/{organiser}/approvals")
_STATES: Final = {
    "waiting": State("Waiting", "warn", "hourglass"),
    "approved": State("Approved", "info", "hourglass"),
    "done": State("Done", "ok", "check"),
    "declined": State("Declined", "bad", "circle-x"),
}

_ALONE: Final = "Nobody else in your team can say yes yet, so what is above a limit would wait in vain."


async def _whose(needs: Assembly, actor: Actor, organiser: str) -> Whose:
    return await find_allowed(needs, actor, organiser, Action.REFUND_ORDERS)


async def _show(
    request: Request,
    needs: Assembly,
    whose: Whose,
    values: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    flow = needs.money.approvals
    found = await flow.waiting(whose.actor, whose.id)
    async with needs.database.reading() as reader:
        members = await accounts.members(reader, whose.id)
    team = {one.person_id: one.name for one in members}
    is_alone = sum(allowed(one.role, Action.REFUND_ORDERS) for one in members) < 2
    url = links.approvals(whose.slug)
    view = ApprovalsView(
        nav=organiser_nav(whose),
        lines=tuple(_line(one, whose, team, url) for one in found),
        limits=_limits(await flow.limits(whose.actor, whose.id)),
        limit_url=f"{url}/limits" if whose.may(Action.MANAGE_ORGANISER) else "",
        alone_words=_ALONE if is_alone else "",
        team_url=links.team(whose.slug) if is_alone else "",
        currencies=listed.currencies_to_choose(),
        values=values or {},
        errors={} if refusal is None else errors_of(refusal),
    )
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


def _line(one: Approval, whose: Whose, team: Mapping[UUID, str], url: str) -> ApprovalLine:
    mine = one.asked_by == whose.actor.person_id
    is_open = one.state == "waiting"
    who = "you" if mine else team.get(one.asked_by, "somebody who has left")
    return ApprovalLine(
        words=one.words,
        about=f"Asked by {who}, {formats.stamp(one.asked_at, 'UTC')} UTC",
        state=_STATES[one.state],
        approve_url=f"{url}/{one.id}/approve" if is_open and not mine else "",
        decline_url=f"{url}/{one.id}/decline" if is_open else "",
        decline_words="Take it back" if mine else "Decline",
    )


def _limits(found: Sequence[ApprovalLimit]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            one.currency,
            f"Refunds: {_above(one.refund_minor, one.currency)}. Payouts: {_above(one.payout_minor, one.currency)}.",
        )
        for one in found
    )


def _above(minor: int | None, currency: str) -> str:
    return "no limit" if minor is None else f"above {formats.money(minor, currency)}"


@router.get("")
async def show(request: Request, organiser: str, needs: Needs, actor: SignedIn) -> Response:
    """Requests and limits."""
    return await _show(request, needs, await _whose(needs, actor, organiser))


@router.post("/limits")
async def set_limit(
    request: Request, organiser: str, needs: Needs, actor: SignedIn, form: checked_form
) -> Response:
    """Change the limits of one currency."""
    whose = await _whose(needs, actor, organiser)
    typed = {name: _text(form, name) for name in ("currency", "refund", "payout")}
    currency = typed["currency"].upper()
    try:
        currencies.exponent(currency)
        limit = ApprovalLimit(
            currency, _amount(currency, typed, "refund"), _amount(currency, typed, "payout")
        )
        await needs.money.approvals.set_limit(actor, whose.id, limit)
    except Invalid as refusal:
        refusal.field = refusal.field or "currency"
        return await _show(request, needs, whose, typed, refusal)
    return go_to(request, links.approvals(whose.slug), Notice("The limits are set."))


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _amount(currency: str, typed: Mapping[str, str], name: str) -> int | None:
    if not typed[name]:
        return None
    try:
        return currencies.parse_major(currency, typed[name])
    except Invalid as refusal:
        refusal.field = name
        raise


@router.post("/{approval_id}/{verb}")
async def decide(
    request: Request,
    organiser: str,
    approval_id: UUID,
    verb: str,
    needs: Needs,
    actor: SignedIn,
    form: checked_form,
) -> Response:
    """Say yes or no."""
    del form
    whose = await _whose(needs, actor, organiser)
    if verb not in ("approve", "decline"):
        raise ApprovalNotFound
    flow = needs.money.approvals.approve if verb == "approve" else needs.money.approvals.decline
    notice = Notice("Approved, and done." if verb == "approve" else "It was declined. Nothing happens.")
    try:
        await flow(actor, whose.id, approval_id)
    except NotFound:
        raise
    except Refusal as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.approvals(whose.slug), notice)
