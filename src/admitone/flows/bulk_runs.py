"""Runs over many orders of an event: all are taken back, or those with one ticket type, or each ticket gets something.

A run is a row that its organiser watches, pauses and lets go on. The timetable does a piece of it at a time, in one
transaction with the note of how far it has come, so a worker that dies, or a second one, repeats nothing and leaves
nothing out. Each order has one item of the run, which makes it once. When the orders are through, the run looks once
more from the beginning, for those whose money came late meanwhile.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from admitone import accounts, checkin, events, orders, payments, tickets
from admitone.flows.approvals import Approvals
from admitone.flows.cancel_event import EventCancelling
from admitone.flows.cancel_tickets import CancelTickets
from admitone.flows.given_alone import given_besides, runs_begun_alone
from admitone.flows.left_to_return import left_of
from admitone.flows.refund import actor_name
from admitone.flows.reversal_plan import BadAmount, RefundWish
from admitone.flows.run_progress import RUN, Begun, end_of_pass, new_run, record_one, run_question
from admitone.orders import ItemRow, RunKind, RunRow, RunState, RunWish
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.failpoints import hit
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import derived_id
from admitone.values.refusals import Busy, Conflict, Invalid, NotFound, Refusal

log = structlog.get_logger(__name__)
MESSAGE_MOST = 500
TURNS = 4
"""So many runs are looked at for one that no other worker is at."""


class RunNotFound(NotFound):
    """No such run of this organiser."""

    code = "bulk_run.not_found"
    text = "We cannot find this run."


class NothingToDo(Conflict):
    """No order is in scope."""

    code = "bulk_run.nothing_to_do"
    text = "There is no paid order to refund here."


class PaidTooLate(Conflict):
    """The run's estimate had nothing of this order, and with it more would go back than one member may give alone."""

    code = "bulk_run.paid_too_late"
    text = "This order was paid after the run had begun. Refund it by itself, or begin another run."


class RunIsOver(Conflict):
    """A run that is done cannot be paused; one that waits for a yes cannot go on."""

    code = "bulk_run.not_possible_now"
    text = "That is not possible now: this run is {state}."


class MessageTooLong(Invalid):
    """What buyers are told has a limit."""

    code = "bulk_run.message_too_long"
    text = "The message has at most {most} characters."


class BulkRuns:
    """Starts, pauses and works runs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        cancelling: EventCancelling,
        cancel_tickets: CancelTickets,
        approvals: Approvals,
    ) -> None:
        self._approvals = approvals
        approvals.carry(RUN, self._carry)
        self._database = database
        self._clock = clock
        self._cancelling = cancelling
        self._cancel_tickets = cancel_tickets

    async def preview(self, actor: Actor, organiser_id: UUID, event_id: UUID, wish: RunWish) -> RunRow:
        """The run as it would begin now, measured. Raises `Forbidden`, `EventNotFound`, and for a bad wish."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        _check(wish)
        async with self._database.reading() as reader:
            return await self._new(reader, actor, organiser_id, event_id, wish, UUID(int=0))

    async def start(
        self,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        wish: RunWish,
        run_id: UUID,
    ) -> RunRow:
        """Begin to refund, or wait for a second member's yes; the same `run_id` again changes nothing. What runs of the
        event give that nobody else said yes to adds up.

        Raises as `preview`, and `NothingToDo`.
        """
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        _check(wish)

        async def story(tx: Transaction) -> RunRow:
            alone_minor = await runs_begun_alone(tx, organiser_id, event_id)
            known = await orders.run_by_id(tx, run_id)
            if known is not None:
                return await _own(tx, organiser_id, run_id)
            run = await self._new(tx, actor, organiser_id, event_id, wish, run_id)
            if run.total == 0:
                raise NothingToDo
            minor = run.estimate_minor + alone_minor
            if await self._approvals.needs_yes(tx, organiser_id, run.currency, minor):
                run = replace(run, state=RunState.WAITING)
                await self._approvals.ask_within(tx, actor, organiser_id, run_question(run))
            await orders.insert_run(tx, run)
            return await _own(tx, organiser_id, run_id)

        return await self._database.run(story)

    async def _new(
        self,
        reader: Reader,
        actor: Actor,
        organiser_id: UUID,
        event_id: UUID,
        wish: RunWish,
        run_id: UUID,
    ) -> RunRow:
        event = await events.own_event(reader, organiser_id, event_id)
        kind = RunKind.CANCEL_TICKETS if wish.amount_minor is None else RunKind.GOODWILL
        begun = Begun(run_id, event, actor_name(actor), self._clock.now())
        return await new_run(reader, begun, kind, wish)

    async def pause(self, actor: Actor, organiser_id: UUID, run_id: UUID) -> RunRow:
        """Stop after the piece under way. Again changes nothing. Raises `Forbidden`, `RunNotFound`, `RunIsOver`."""
        return await self._move(actor, organiser_id, run_id, (RunState.RUNNING,), RunState.PAUSED)

    async def resume(self, actor: Actor, organiser_id: UUID, run_id: UUID) -> RunRow:
        """Go on where it was paused; of a run that is done, try those orders again that failed.

        Raises `Forbidden`, `RunNotFound`, `RunIsOver`.
        """
        return await self._move(
            actor, organiser_id, run_id, (RunState.PAUSED, RunState.DONE), RunState.RUNNING
        )

    async def _move(
        self, actor: Actor, organiser_id: UUID, run_id: UUID, before: tuple[RunState, ...], to: RunState
    ) -> RunRow:
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)

        async def story(tx: Transaction) -> RunRow:
            run = await _own(tx, organiser_id, run_id)
            if run.state is to:
                return run
            moved = await orders.move_run(tx, run_id, before, to, self._clock.now())
            if moved is None:
                raise RunIsOver(state=run.state.value)
            if to is RunState.RUNNING:
                await orders.forget_failed(tx, run_id)
            return await _own(tx, organiser_id, run_id)

        return await self._database.run(story)

    async def _carry(
        self, _asker: Actor, _organiser_id: UUID, intent: Mapping[str, Any], is_approved: bool
    ) -> None:
        """What a second member has said to a run that waits."""
        to, run_id = RunState.RUNNING if is_approved else RunState.DECLINED, UUID(intent["run_id"])
        now = self._clock.now()
        await self._database.run(lambda tx: orders.move_run(tx, run_id, (RunState.WAITING,), to, now))

    async def work(self) -> int:
        """Do a piece of one run that goes on; how many orders were looked at, and 1 when a pass or a run has ended."""
        async with self._database.reading() as reader:
            waiting = await orders.next_runs(reader, TURNS)
        for run in waiting:
            done = await self._piece(run)
            if done:
                return done
        return 0

    async def _piece(self, run: RunRow) -> int:
        if run.kind is RunKind.CANCEL_EVENT:
            return await self._cancelling.piece(run)
        async with self._database.reading() as reader:
            ids = await orders.next_in_run(reader, run, 1)
        if not ids:
            return await end_of_pass(self._database, self._clock, run)
        try:
            done = await self._database.run(lambda tx: self._refund(tx, run, ids[0]))
        except Busy:
            raise
        except Exception as error:
            reason = error.code if isinstance(error, Refusal) else type(error).__name__
            log.warning("bulk_run.failed", run_id=str(run.id), order_id=str(ids[0]), reason=reason)
            failed = ItemRow(ids[0], "failed", reason=reason)
            return await record_one(self._database, self._clock, run, failed)
        await hit("bulk_run.after_commit")
        return done

    async def _refund(self, tx: Transaction, run: RunRow, order_id: UUID) -> int:
        now = await orders.lock_run(tx, run.id)
        if now is None or now.state is not RunState.RUNNING:
            return 0
        if await orders.done_in_run(tx, run.id, [order_id]):
            return 1
        order = (await orders.lock(tx, [order_id]))[order_id]
        wish = await _wish(tx, run, order) if order.state == orders.OrderState.PAID else None
        if wish is None:
            item = ItemRow(order_id, "skipped")
        else:
            await payments.refuse_undecided(tx, (await orders.families(tx, [order.id]))[order.id])
            reversal_id = derived_id("bulk_run", run.id.bytes + order_id.bytes)
            is_late = order.paid_at is not None and order.paid_at > now.started_at
            besides_minor = await given_besides(tx, run) if is_late else 0
            made = await self._cancel_tickets.refund_within(tx, order, wish, reversal_id, actor=run.actor)
            minor = made.reversal.total_minor
            if is_late and await self._approvals.needs_yes(
                tx, run.organiser_id, run.currency, besides_minor + minor
            ):
                raise PaidTooLate
            item = ItemRow(order_id, "done", minor, reversal_id)
        await orders.record_items(tx, run.id, [item], order_id, self._clock.now())
        await hit("bulk_run.before_commit")
        return 1


def _check(wish: RunWish) -> None:
    if wish.amount_minor is not None and wish.amount_minor <= 0:
        raise BadAmount(field="amount")
    if len(wish.message) > MESSAGE_MOST:
        raise MessageTooLong(field="message", most=MESSAGE_MOST)


async def _own(reader: Reader, organiser_id: UUID, run_id: UUID) -> RunRow:
    run = await orders.run_by_id(reader, run_id)
    if run is None or run.organiser_id != organiser_id:
        raise RunNotFound
    return run


async def _wish(tx: Transaction, run: RunRow, order: orders.OrderRow) -> RefundWish | None:
    """What the run gives back of this order (locked); None when there is nothing."""
    wish = run.wish
    mine = [
        one
        for one in await tickets.by_order(tx, order.id)
        if one.state == tickets.TicketState.VALID and wish.ticket_type_id in (None, one.ticket_type_id)
    ]
    if wish.amount_minor is not None:
        left = (await left_of(tx, order, with_fees=wish.with_fees)).by_ticket
        amount = sum(min(wish.amount_minor, left[one.id]) for one in mine)
        ids = tuple(one.id for one in mine)
        return RefundWish(ids, amount, wish.with_fees, cancels=False, note=wish.message) if amount else None
    used = await checkin.admitted_among(tx, [one.id for one in mine])
    ids = tuple(one.id for one in mine if one.id not in used)
    return RefundWish(ids, with_fees=wish.with_fees, note=wish.message) if ids else None
