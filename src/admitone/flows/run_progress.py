"""How a run begins, notes what it could not do, and comes to its end. Its pieces are in the flows that do them."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from admitone import events, orders
from admitone.flows.approvals import Approvals, Question
from admitone.orders import ItemRow, RunKind, RunRow, RunState, RunWish
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.values import formats
from admitone.values.actor import Actor
from admitone.values.clock import Clock
from admitone.values.ids import derived_id

RUN = "bulk_run"


@dataclass(frozen=True, slots=True)
class Begun:
    """Who begins a run when, and for which event."""

    run_id: UUID
    event: events.StoredEvent
    actor: str
    now: datetime


async def new_run(reader: Reader, begun: Begun, kind: RunKind, wish: RunWish) -> RunRow:
    """The run as it would begin now, measured; not stored."""
    run = RunRow(
        id=begun.run_id,
        organiser_id=begun.event.organiser_id,
        event_id=begun.event.id,
        kind=kind,
        wish=wish,
        currency=begun.event.details.currency,
        estimate_minor=0,
        state=RunState.RUNNING,
        total=0,
        done=0,
        skipped=0,
        failed=0,
        after_id=None,
        actor=begun.actor,
        started_at=begun.now,
        touched_at=begun.now,
        done_at=None,
    )
    scope = await orders.measure(reader, run)
    return replace(run, total=scope.orders, estimate_minor=scope.most_minor)


def cancel_run_id(event_id: UUID) -> UUID:
    """The run that takes back a cancelled event's orders."""
    return derived_id("cancel_event", event_id.bytes)


def run_question(run: RunRow) -> Question:
    """What a second member is asked about a run."""
    most = formats.money(run.estimate_minor, run.currency)
    return Question(
        kind=RUN,
        subject=str(run.id),
        words=f"Refund {formats.count(run.total, 'order', 'orders')}, up to {most}",
        intent={"run_id": str(run.id), "event_id": str(run.event_id)},
        currency=run.currency,
        amount_minor=run.estimate_minor,
    )


async def begin_cancel(
    tx: Transaction,
    event: events.StoredEvent,
    wish: RunWish,
    *,
    actor: Actor,
    approvals: Approvals,
    now: datetime,
) -> None:
    """Begin the run over the orders of an event that is called off, if it was not begun.

    Above the organiser's limit it waits for a second member's yes; nobody buys any more meanwhile.
    """
    begun = Begun(cancel_run_id(event.id), event, actor.label, now)
    run = await new_run(tx, begun, RunKind.CANCEL_EVENT, wish)
    must = await approvals.needs_yes(tx, run.organiser_id, run.currency, run.estimate_minor)
    if must and actor.person_id is not None:
        run = replace(run, state=RunState.WAITING)
        await approvals.ask_within(tx, actor, run.organiser_id, run_question(run))
    await orders.insert_run(tx, run)


async def record_one(database: Database, clock: Clock, run: RunRow, item: ItemRow) -> int:
    """Note what became of an order that could not be dealt with; 0 when somebody else is at the run, or it stands."""

    async def story(tx: Transaction) -> int:
        held = await orders.lock_run(tx, run.id)
        if held is None or held.state is not RunState.RUNNING:
            return 0
        if not await orders.done_in_run(tx, run.id, [item.order_id]):
            await orders.record_items(tx, run.id, [item], item.order_id, clock.now())
        return 1

    return await database.run(story)


async def end_of_pass(database: Database, clock: Clock, run: RunRow) -> int:
    """No order is left in this pass: look once more from the beginning, or the run is done. 0 when it went on."""

    async def story(tx: Transaction) -> int:
        held = await orders.lock_run(tx, run.id)
        if held is None or held.state is not RunState.RUNNING or held.after_id != run.after_id:
            return 0
        if held.after_id is not None:
            await orders.begin_again(tx, run.id)
        else:
            await orders.move_run(tx, run.id, (RunState.RUNNING,), RunState.DONE, clock.now())
        return 1

    return await database.run(story)
