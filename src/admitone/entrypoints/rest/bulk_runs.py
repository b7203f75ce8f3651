"""Runs over many orders of an event: refund everybody of a ticket type or something for each ticket, and watch it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from admitone import events
from admitone.assembly import Assembly
from admitone.entrypoints.callers import SignedIn
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.rest.shapes import Body, MoneyShown, Shown, WholeNumber
from admitone.flows.bulk_runs import RunNotFound
from admitone.orders import RunRow, RunWish
from admitone.reads.bulk_run_progress import RefundCount, event_runs, run_progress
from admitone.values.actor import Actor

router = APIRouter(tags=["refunds"], prefix="/organisers/{organiser_id}")
RunStates = Literal["waiting", "declined", "running", "paused", "done"]


class BulkRefundBody(Body):
    """Whom and how much: `ticket_type` (none: all), `amount_minor` for each ticket in minor units of the event's
    currency, the tickets staying valid; without it the tickets die and all that is left of their price goes back.

    `with_fees`: the site's fees come back in proportion. `message` stands in the mails. With `dry_run` nothing is done.
    """

    ticket_type: UUID | None = None
    amount_minor: Annotated[WholeNumber, Field(ge=1, le=10**18)] | None = None
    with_fees: bool = True
    message: Annotated[str, Field(max_length=500)] = ""
    dry_run: bool = False


class RunShown(Shown):
    """A run. `total` orders were in scope when it began; `skipped`: there was nothing to give back any more. `at_most`
    is what goes back at most. `id` is None when nothing was begun (`dry_run`).
    """

    id: UUID | None
    event: UUID
    kind: Literal["cancel_event", "cancel_tickets", "goodwill"]
    state: RunStates | None
    total: int
    done: int
    skipped: int
    failed: int
    at_most: MoneyShown
    started_at: datetime
    done_at: datetime | None


class RefundsOfRunShown(Shown):
    """Refunds of a run in one state."""

    refunds: int
    amount: MoneyShown


class FailedOrderShown(Shown):
    """An order the run could not deal with; `reason` is a word for why. Resume the run to try it again."""

    code: str
    reason: str


class RunProgressShown(Shown):
    """A run and where its money is: on its way, with the buyers, refused by the payment provider (that needs you), or
    `awaited`: paid in bitcoin, and the buyer was asked where to and has not said.

    `failed` has 50 orders at most.
    """

    run: RunShown
    under_way: RefundsOfRunShown
    done: RefundsOfRunShown
    refused: RefundsOfRunShown
    awaited: RefundsOfRunShown
    failed: list[FailedOrderShown]


class RunsShown(Shown):
    """Newest first."""

    items: list[RunShown]


@router.get("/events/{event_id}/bulk-refunds")
async def list_runs(organiser_id: UUID, event_id: UUID, needs: Needs, caller: SignedIn) -> RunsShown:
    """The runs over this event's orders. A cancelled event has one that takes everything back."""
    async with needs.database.reading() as reader:
        found = await event_runs(reader, caller, organiser_id, event_id)
        await events.own_event(reader, organiser_id, event_id)
    return RunsShown(items=[_run(one) for one in found])


@router.post("/events/{event_id}/bulk-refunds", status_code=201)
async def start_run(
    organiser_id: UUID, event_id: UUID, body: BulkRefundBody, needs: Needs, caller: SignedIn, run_id: NewId
) -> RunShown:
    """Begin to refund. It goes on by itself."""
    wish = RunWish(body.ticket_type, body.amount_minor, body.with_fees, body.message)
    if body.dry_run:
        return _run(await needs.money.bulk_runs.preview(caller, organiser_id, event_id, wish), is_dry=True)
    return _run(await needs.money.bulk_runs.start(caller, organiser_id, event_id, wish, run_id))


@router.get("/bulk-refunds/{run_id}")
async def show_run(organiser_id: UUID, run_id: UUID, needs: Needs, caller: SignedIn) -> RunProgressShown:
    """How far a run has come."""
    return await _progress(needs, caller, organiser_id, run_id)


@router.post("/bulk-refunds/{run_id}/pause")
async def pause_run(organiser_id: UUID, run_id: UUID, needs: Needs, caller: SignedIn) -> RunProgressShown:
    """Stop for a while. What is begun is finished; refunds that are on their way go on."""
    await needs.money.bulk_runs.pause(caller, organiser_id, run_id)
    return await _progress(needs, caller, organiser_id, run_id)


@router.post("/bulk-refunds/{run_id}/resume")
async def resume_run(organiser_id: UUID, run_id: UUID, needs: Needs, caller: SignedIn) -> RunProgressShown:
    """Go on; orders that failed are tried again."""
    await needs.money.bulk_runs.resume(caller, organiser_id, run_id)
    return await _progress(needs, caller, organiser_id, run_id)


async def _progress(needs: Assembly, caller: Actor, organiser_id: UUID, run_id: UUID) -> RunProgressShown:
    async with needs.database.reading() as reader:
        found = await run_progress(reader, caller, organiser_id, run_id)
    if found is None:
        raise RunNotFound
    currency = found.run.currency
    return RunProgressShown(
        run=_run(found.run),
        under_way=_count(found.under_way, currency),
        done=_count(found.done, currency),
        refused=_count(found.refused, currency),
        awaited=_count(found.awaited, currency),
        failed=[FailedOrderShown(code=one.code, reason=one.reason) for one in found.failed],
    )


def _count(count: RefundCount, currency: str) -> RefundsOfRunShown:
    return RefundsOfRunShown(
        refunds=count.refunds, amount=MoneyShown(currency=currency, minor=count.amount_minor)
    )


def _run(run: RunRow, *, is_dry: bool = False) -> RunShown:
    return RunShown(
        id=None if is_dry else run.id,
        event=run.event_id,
        kind=run.kind.value,
        state=None if is_dry else run.state.value,
        total=run.total,
        done=run.done,
        skipped=run.skipped,
        failed=run.failed,
        at_most=MoneyShown(currency=run.currency, minor=run.estimate_minor),
        started_at=run.started_at,
        done_at=run.done_at,
    )
