"""A cancelled event: its waiting orders end, its paid orders are taken back, everybody is told and refunded.

It is a run (`bulk_runs.py`) that begins with the cancellation. The timetable works it, fifty orders per
transaction: stopping in the middle and starting again loses nothing and repeats nothing.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from admitone import events, ledger, messaging, orders
from admitone.flows.approvals import Approvals
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.post_office import PostOffice
from admitone.flows.run_progress import begin_cancel, end_of_pass, record_one
from admitone.flows.taking_back import end_orders
from admitone.orders import ItemRow, OrderState, RunKind, RunRow, RunState, RunWish
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.reads.order_documents import OrderDocuments, many_order_documents
from admitone.reads.paid_in_bitcoin import paid_in_bitcoin
from admitone.values import formats
from admitone.values.actor import SYSTEM
from admitone.values.clock import Clock
from admitone.values.refusals import Busy, Refusal

log = structlog.get_logger(__name__)
BATCH = 50
"""While a batch is under way no door decides on its tickets: it must be over in a moment."""
REASON = "event_cancelled"


class EventCancelling:
    """`order_url` gives the address of an order's page, by order id."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        accounts: PaymentAccounts,
        post: PostOffice,
        order_url: Callable[[UUID], str],
    ) -> None:
        self._approvals = Approvals(database, clock)
        self._database = database
        self._batches = database.for_batches()
        self._clock = clock
        self._accounts = accounts
        self._post = post
        self._order_url = order_url

    async def begin(self, event: events.StoredEvent) -> RunRow:
        """The run over the orders of this event, which is called off; begun if it was not."""

        async def story(tx: Transaction) -> RunRow:
            await begin_cancel(
                tx, event, RunWish(), actor=SYSTEM, approvals=self._approvals, now=self._clock.now()
            )
            [run] = [one for one in await orders.runs_of(tx, event.id) if one.kind is RunKind.CANCEL_EVENT]
            return run

        return await self._database.run(story)

    async def piece(self, run: RunRow) -> int:
        """Take the next orders back; how many, and 1 when a pass or the run has ended."""
        async with self._database.reading() as reader:
            ids = await orders.next_in_run(reader, run, BATCH)
            about = await many_order_documents(reader, ids) if ids else {}
            in_bitcoin = await paid_in_bitcoin(reader, ids) if ids else {}
        if not ids:
            return await end_of_pass(self._database, self._clock, run)
        letters = {
            one: _Letters(self._write(about[one], run.wish, in_bitcoin.get(one, "")), about[one].total_minor)
            for one in ids
        }
        try:
            done = await self._batches.run(lambda tx: self._take_back(tx, run, ids, letters))
        except Busy:
            raise
        except Exception:
            # One of them breaks the batch: each by itself, so that its neighbours do not pay for it.
            log.warning("bulk_run.batch_failed", run_id=str(run.id), exc_info=True)
            return await self._one_by_one(run, ids, letters)
        await hit("bulk_run.after_commit")
        return done

    async def _one_by_one(
        self,
        run: RunRow,
        ids: Sequence[UUID],
        letters: Mapping[UUID, "_Letters"],
    ) -> int:
        done = 0
        for order_id in ids:
            try:
                done += await self._database.run(
                    functools.partial(self._take_back, run=run, ids=[order_id], letters=letters)
                )
            except Busy:
                raise
            except Exception as error:
                reason = error.code if isinstance(error, Refusal) else type(error).__name__
                if not isinstance(error, Refusal):
                    log.exception("bulk_run.failed", run_id=str(run.id), order_id=str(order_id))
                failed = ItemRow(order_id, "failed", reason=reason)
                done += await record_one(self._database, self._clock, run, failed)
        return done

    async def _take_back(
        self,
        tx: Transaction,
        run: RunRow,
        ids: Sequence[UUID],
        letters: Mapping[UUID, "_Letters"],
    ) -> int:
        held = await orders.lock_run(tx, run.id)
        if held is None or held.state is not RunState.RUNNING:
            return 0
        known = await orders.done_in_run(tx, run.id, ids)
        locked = await orders.lock(tx, [one for one in ids if one not in known])
        ended = [one for one in locked.values() if one.state in (OrderState.PENDING, OrderState.PAID)]
        now = self._clock.now()
        back = await end_orders(
            tx, self._accounts, ended, REASON, now=now, actor=held.actor, with_fees=run.wish.with_fees
        )
        told = [letters[order_id].of(parts.total_minor) for order_id, parts in back.items()]
        await self._post.queue_written(tx, told)
        mine = {one.id for one in ended}
        items = [_item(one, back) if one in mine else ItemRow(one, "skipped") for one in locked]
        if items:
            await orders.record_items(tx, run.id, items, max(ids), now)
        await hit("bulk_run.before_commit")
        return len(ids)

    async def take_all_back(self, event_id: UUID) -> int:
        """Begin the run if it was not begun, and work it to its end; how many orders were taken back by this call."""
        async with self._database.reading() as reader:
            event = await events.event(reader, event_id=event_id)
        run = await self.begin(event)
        before = run.done
        while run.state is RunState.RUNNING:
            await self.piece(run)
            run = await self.begin(event)
        return run.done - before

    async def react(self, event_id: UUID) -> None:
        """The reaction to `EventCancelled`: the run begins, if whoever called the event off has not begun it."""
        async with self._database.reading() as reader:
            event = await events.event(reader, event_id=event_id)
        await self.begin(event)

    def _write(
        self, about: OrderDocuments, wish: RunWish, in_bitcoin: str
    ) -> Callable[[int], messaging.NewLetter]:
        """What makes the letter, of the amount that goes back."""
        return lambda amount_minor: self._post.write(
            cause=f"event_cancelled:{about.order_id}",
            template="event_cancelled",
            to=about.email,
            organiser_id=about.organiser_id,
            context={
                "event_title": about.event_title,
                "organiser_name": about.organiser_name,
                "order_code": about.code,
                "order_url": self._order_url(about.order_id),
                "when_text": f"{formats.long_day_time(about.starts_at, about.zone)}, "
                f"{formats.zone_words(about.starts_at, about.zone)}",
                "message": wish.message or None,
                "amount_text": formats.money(amount_minor, about.currency) if amount_minor else None,
                "in_bitcoin": in_bitcoin,
            },
        )


class _Letters:
    """An order's letter: rendered before the transaction for the amount that is expected, and anew for any other."""

    def __init__(self, write: Callable[[int], messaging.NewLetter], expected_minor: int) -> None:
        self._write = write
        self._expected_minor = expected_minor
        self._expected = write(expected_minor)

    def of(self, amount_minor: int) -> messaging.NewLetter:
        """The letter that says so much."""
        return self._expected if amount_minor == self._expected_minor else self._write(amount_minor)


def _item(order_id: UUID, back: Mapping[UUID, ledger.Parts]) -> ItemRow:
    parts = back.get(order_id)
    return ItemRow(order_id, "done", 0 if parts is None else parts.total_minor)


async def end_pending(
    tx: Transaction, order: orders.OrderRow, reason: str, *, now: datetime, actor: str
) -> None:
    """Cancel an order that waits for its money, locked by the caller: its places go back, and what came already."""
    assert order.state == OrderState.PENDING, "looked at under the lock"
    await end_orders(tx, None, [order], reason, now=now, actor=actor)
