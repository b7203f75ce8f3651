"""Refunding many orders of an event: the choice, what it comes to, then a run that its organiser watches."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.http_refusals import status_of
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.pages.bulk_runs.making import (
    choose_view,
    confirm_view,
    run_view,
    runs_url,
    status_of_run,
    typed_of,
    wish_of,
)
from admitone.entrypoints.pages.give_back.making import sent_again
from admitone.entrypoints.pages.organiser_orders.finding import EventToRefund
from admitone.entrypoints.pages.organiser_orders.making import Where
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, errors_of, go_to, page
from admitone.flows.bulk_runs import RunNotFound
from admitone.reads.bulk_run_progress import RunProgress, event_runs, run_progress
from admitone.reads.paid_in_bitcoin import is_event_paid_in_bitcoin
from admitone.values.refusals import NotFound, Refusal

router = APIRouter(include_in_schema=False, prefix="/organiser/{slug}/events/{event_id}/refunds")


async def _choice(
    request: Request, needs: Assembly, where: Where, refusal: Refusal | None = None
) -> Response:
    async with needs.database.reading() as reader:
        types = await events.types(reader, where.event.id)
        runs = await event_runs(reader, where.actor, where.organiser.id, where.event.id)
    typed = typed_of(request.query_params) if request.query_params else None
    view = choose_view(where, types, runs, typed, None if refusal is None else errors_of(refusal))
    return await page(request, view, status=200 if refusal is None else status_of(refusal))


@router.get("")
async def choose(request: Request, needs: Needs, where: EventToRefund) -> Response:
    """The choice, and the runs there were."""
    return await _choice(request, needs, where)


@router.get("/confirm")
async def ask(request: Request, needs: Needs, where: EventToRefund) -> Response:
    """What it comes to, before anything happens."""
    typed = typed_of(request.query_params)
    try:
        wish = wish_of(typed, where.event.details.currency)
        run = await needs.money.bulk_runs.preview(where.actor, where.organiser.id, where.event.id, wish)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _choice(request, needs, where, refusal)
    async with needs.database.reading() as reader:
        types = await events.types(reader, where.event.id)
        has_bitcoin = await is_event_paid_in_bitcoin(reader, where.event.id)
    return await page(request, confirm_view(where, run, types, typed, has_bitcoin=has_bitcoin))


@router.post("")
async def start(request: Request, needs: Needs, form: checked_form, where: EventToRefund) -> Response:
    """Begin."""
    run_id, _ = sent_again(form)
    try:
        wish = wish_of(typed_of(form), where.event.details.currency)
        run = await needs.money.bulk_runs.start(where.actor, where.organiser.id, where.event.id, wish, run_id)
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, runs_url(where), Notice(refusal.sentence, "warn"))
    return go_to(request, runs_url(where, run.id))


@router.get("/{run_id}")
async def show(request: Request, run_id: UUID, needs: Needs, where: EventToRefund) -> Response:
    """How far a run has come."""
    return await page(request, run_view(where, await _progress(needs, where, run_id)))


@router.get("/{run_id}/status")
async def status(run_id: UUID, needs: Needs, where: EventToRefund) -> Response:
    """One word, for the page that waits: another one when something has moved."""
    return JSONResponse({"state": status_of_run(await _progress(needs, where, run_id))})


async def _progress(needs: Assembly, where: Where, run_id: UUID) -> RunProgress:
    async with needs.database.reading() as reader:
        found = await run_progress(reader, where.actor, where.organiser.id, run_id)
    if found is None or found.run.event_id != where.event.id:
        raise RunNotFound
    return found


@router.post("/{run_id}/{verb}")
async def change(
    request: Request, run_id: UUID, verb: str, needs: Needs, _form: checked_form, where: EventToRefund
) -> Response:
    """Pause, or go on."""
    if verb not in ("pause", "resume"):
        raise RunNotFound
    flow = needs.money.bulk_runs.pause if verb == "pause" else needs.money.bulk_runs.resume
    try:
        await flow(where.actor, where.organiser.id, run_id)
    except NotFound:
        raise
    except Refusal as refusal:
        return go_to(request, runs_url(where, run_id), Notice(refusal.sentence, "warn"))
    return go_to(request, runs_url(where, run_id))
