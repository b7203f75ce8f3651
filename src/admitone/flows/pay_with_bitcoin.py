"""Pay with Bitcoin: one choice for the buyer, an attempt on each Bitcoin rail of the organiser behind it.

Lightning and the chain are asked side by side at one quote; a node that does not answer does not spoil the other. The
ids of the attempts are made from the order, the rail, the quote and what is due, so asking again finds the same
invoice and the same address, and a rest of the price, or a quote that has ended, gets new ones.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from admitone import orders, payments
from admitone.flows.payment import Payment
from admitone.payments.bitcoin import BitcoinBook, Quote, rate_until
from admitone.plumbing.database import Database
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)
PATIENCE_SECONDS: Final = 6.0
"""So long a buyer waits for nodes; one that is slower is shown once it has answered."""

TRIES_AGAIN: Final = 2
"""So often a rail that failed is tried again at one quote."""


@dataclass(frozen=True, slots=True)
class OpenedRails:
    """At which quote an order may be paid, and the attempts whose nodes have answered; `away` did not."""

    quote: Quote
    attempts: tuple[payments.Attempt, ...]
    away: tuple[str, ...] = ()


class PayWithBitcoin:
    """Opens attempts on all Bitcoin rails of an order's organiser."""

    def __init__(self, database: Database, payment: Payment, book: BitcoinBook) -> None:
        self._database = database
        self._payment = payment
        self._book = book
        self._slow: set[asyncio.Task[payments.Attempt]] = set()

    async def rails(self, order: orders.OrderRow) -> tuple[payments.Choice, ...]:
        """The Bitcoin rails by which what is due of this order can be paid, Lightning first; none where none can."""
        return payments.bitcoin.rails_among(await self._payment.choices_for(order))

    async def open(self, order_id: UUID, *, description_hash: bytes | None = None) -> OpenedRails:
        """An attempt on each rail, those of before where nothing has changed; a new invoice commits to
        `description_hash` where its node can.

        Raises `OrderNotFound`, `OrderNotPending`, `OrderExpired`, `MethodNotOffered`, `TooManyAttempts`, `NoRate`.
        """
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
            known = await payments.of_orders(reader, [order_id])
        if order.state != orders.OrderState.PENDING:
            raise orders.OrderNotPending(state=order.state)
        if order.is_due:
            raise orders.OrderExpired
        rails = await self.rails(order)
        if not rails:
            raise payments.MethodNotOffered(field="method")
        now = self._book.clock.now()
        quote = await self._book.quote(
            order.id, order.currency, rate_until(now, order.pay_until), is_test=order.is_test
        )
        tasks = {one.key: self._begin(order, one, quote, known, description_hash) for one in rails}
        await asyncio.wait(tasks.values(), timeout=PATIENCE_SECONDS)
        return _opened(quote, tasks)

    def _begin(
        self,
        order: orders.OrderRow,
        rail: payments.Choice,
        quote: Quote,
        known: Sequence[payments.Attempt],
        description_hash: bytes | None,
    ) -> "asyncio.Task[payments.Attempt]":
        # What failed is over, and the next try on this rail is another one. What always fails (an amount the chain does
        # not carry, say) must not use up the tries an order has.
        failed = sum(
            1
            for one in known
            if (one.provider, one.method) == (rail.provider, rail.method.id)
            and one.state is payments.AttemptState.FAILED
            and one.opened_at >= quote.quoted_at
        )
        attempt_id = derived_id(
            "bitcoin rail",
            order.id.bytes,
            rail.key,
            quote.id.bytes,
            str(order.due_minor),
            str(min(failed, TRIES_AGAIN)),
        )
        task = asyncio.create_task(self._pay(order.id, rail.key, attempt_id, description_hash))
        self._slow.add(task)
        task.add_done_callback(self._ended)
        return task

    async def _pay(
        self, order_id: UUID, key: str, attempt_id: UUID, description_hash: bytes | None
    ) -> payments.Attempt:
        paying = await self._payment.pay(order_id, key, attempt_id, description_hash=description_hash)
        return paying.attempt

    def _ended(self, task: "asyncio.Task[payments.Attempt]") -> None:
        self._slow.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nobody may be waiting for it any more. The timetable asks again.
            log.warning("bitcoin.rail_not_opened", error=type(error).__name__)


def _opened(quote: Quote, tasks: "dict[str, asyncio.Task[payments.Attempt]]") -> OpenedRails:
    """What came of it. Raises the first refusal when there was nothing else."""
    answered: list[payments.Attempt] = []
    away: list[str] = []
    refusals: list[Refusal] = []
    for key, task in tasks.items():
        error = task.exception() if task.done() else None
        if error is None and task.done():
            answered.append(task.result())
            continue
        if isinstance(error, Refusal):
            refusals.append(error)
        away.append(key)
    if refusals and not answered:
        raise refusals[0]
    return OpenedRails(quote, tuple(answered), tuple(away))
