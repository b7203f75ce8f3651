"""A dispute: where it stands, the answer our records give, and sending it."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from admitone import payments
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.disputes.view import DisputeView
from admitone.entrypoints.pages.organiser.whose import Whose, find_organiser, organiser_nav
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page
from admitone.entrypoints.pages.views import State
from admitone.flows.dispute_paper import Prepared, paper_of
from admitone.payments import DisputeState
from admitone.reads.dispute_words import dispute_reason
from admitone.values import formats

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/disputes/{dispute_id}")
_ZONE = "UTC"
_STATES = {
    DisputeState.OPEN: State("Wants an answer", "bad", "triangle-alert"),
    DisputeState.ANSWERED: State("Answered", "info", "hourglass"),
    DisputeState.WON: State("Won", "ok", "check"),
    DisputeState.LOST: State("Lost", "", "circle-x"),
}
_WORDS = {
    DisputeState.OPEN: "The buyer has told their bank that this payment was not right, and the bank wants it back. "
    "Until it is decided the money is held, its refund is blocked, and tickets not used yet let nobody in.",
    DisputeState.ANSWERED: "The answer has been sent. The bank decides. Until then the money is held.",
    DisputeState.WON: "The bank has decided for you. The money is yours again, and the tickets are valid.",
    DisputeState.LOST: "The bank has decided for the buyer, and has the money. Tickets not used let nobody in.",
}
# Nobody asked a bank: the network took back a payment, and says itself what becomes of it.
_UNDONE = {
    DisputeState.OPEN: State("Waits for the network", "warn", "hourglass"),
    DisputeState.WON: State("Confirmed again", "ok", "check"),
    DisputeState.LOST: State("Lost", "", "circle-x"),
}
_UNDONE_WORDS = {
    DisputeState.OPEN: "The block this payment was in is no longer part of the chain. Most such payments are confirmed "
    "again within the hour. Until then the money is held, and tickets not used yet let nobody in.",
    DisputeState.WON: "The payment is confirmed again. The money is yours, and the tickets are valid.",
    DisputeState.LOST: "The buyer's bitcoin was sent somewhere else, so this payment does not exist any more. "
    "Tickets not used let nobody in.",
}


@router.get("")
async def show(slug: str, dispute_id: UUID, request: Request, actor: SignedIn, needs: Needs) -> Response:
    """Where it stands."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    prepared = await needs.money.disputing.look(actor, whose.id, dispute_id)
    return await page(request, view_of(whose, prepared, needs.clock.now()))


def view_of(whose: Whose, prepared: Prepared, now: datetime) -> DisputeView:
    """The page's words."""
    dispute, paper = prepared.dispute, paper_of(prepared, now)
    is_undone = dispute.reason == payments.UNDONE
    is_open = dispute.state is DisputeState.OPEN and not is_undone
    amount = formats.money(dispute.amount_minor, dispute.currency)
    reason = ("What happened" if is_undone else "Their reason", dispute_reason(dispute.reason))
    shown = str(dispute.id)
    opened = formats.day(dispute.opened_at, _ZONE)
    return DisputeView(
        nav=organiser_nav(whose),
        title=f"{'Payment taken back:' if is_undone else 'Dispute over'} {amount}",
        state=(_UNDONE if is_undone else _STATES)[dispute.state],
        words=(_UNDONE_WORDS if is_undone else _WORDS)[dispute.state],
        deadline=f"by {formats.near_time(dispute.answer_by, now, _ZONE)} UTC"
        if is_open and dispute.answer_by is not None
        else "",
        facts=(reason, ("Since", opened), *paper.facts),
        sections=_lost_besides(prepared)
        if is_undone
        else tuple((title, tuple(lines)) for title, lines in paper.sections),
        order_url=whose.event_url(prepared.records.event_id, f"orders/{prepared.records.order_code}"),
        pdf_url=links.dispute(whose.slug, shown, "evidence.pdf"),
        back_url=links.needs_you(whose.slug),
        answer_url=links.dispute(whose.slug, shown, "answer") if is_open else "",
    )


def _lost_besides(prepared: Prepared) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What had been sent back of a payment that does not exist any more, or was on its way."""
    refunds = prepared.records.refunds
    is_lost = prepared.dispute.state is DisputeState.LOST
    return (("Sent back before that, and lost besides", refunds),) if is_lost and refunds else ()


@router.get("/evidence.pdf")
async def show_paper(slug: str, dispute_id: UUID, actor: SignedIn, needs: Needs) -> Response:
    """The answer as it would be sent."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    prepared = await needs.money.disputing.look(actor, whose.id, dispute_id)
    content = await needs.money.disputing.paper(prepared)
    name = f'inline; filename="dispute-{prepared.records.order_code}.pdf"'
    return Response(
        content,
        media_type="application/pdf",
        headers={"content-disposition": name, "cache-control": "no-store"},
    )


@router.post("/answer")
async def answer(
    slug: str, dispute_id: UUID, request: Request, _form: checked_form, actor: SignedIn, needs: Needs
) -> Response:
    """Send it."""
    async with needs.database.reading() as reader:
        whose = await find_organiser(reader, actor, slug)
    notice = Notice("The answer is sent. The bank decides.")
    try:
        await needs.money.disputing.answer(actor, whose.id, dispute_id)
    except (payments.DisputeDecided, payments.DisputeNotAnswerable, payments.ProviderAway) as refusal:
        notice = Notice(refusal.sentence, "warn")
    return go_to(request, links.dispute(slug, str(dispute_id)), notice)
