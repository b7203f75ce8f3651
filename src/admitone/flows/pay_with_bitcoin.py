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
from admitone.payments.bitcoin import LIGHTNING, BitcoinBook, Quote, rate_until
from admitone.plumbing.database import Database
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)
PATIENCE_SECONDS: Final = 6.0
"""So long a buyer waits for nodes; one that is slower is shown once it has answered."""

STRANGERS_MOST: Final = 6
"""Of the twenty tries an order has, more than so many are not used up by people who know its code alone."""
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

    async def payable(self, order_id: UUID) -> tuple[orders.OrderRow, tuple[payments.Choice, ...]]:
        """An order that waits for money, and the Bitcoin rails by which what is due can be paid; opens nothing.

        Raises `OrderNotFound`, `OrderNotPending`, `OrderExpired`, `MethodNotOffered`.
        """
        async with self._database.reading() as reader:
            order = await orders.by_id(reader, order_id)
        if order.state != orders.OrderState.PENDING:
            raise orders.OrderNotPending(state=order.state)
        if order.is_due:
            raise orders.OrderExpired
        rails = await self.rails(order)
        if not rails:
            raise payments.MethodNotOffered(field="method")
        return order, rails

    async def open(
        self, order_id: UUID, *, description_hash: bytes | None = None, by_stranger: bool = False
    ) -> OpenedRails:
        """An attempt on each rail, those of before where nothing has changed; a new invoice commits to
        `description_hash` where its node can. Somebody who has no more than the order's code (`by_stranger`) opens
        Lightning alone, and leaves its buyer most of the tries an order has.

        Raises `TooManyAttempts`, `NoRate`, and as `payable`.
        """
        order, rails = await self.payable(order_id)
        async with self._database.reading() as reader:
            known = await payments.of_orders(reader, [order_id])
        if by_stranger:
            rails = tuple(one for one in rails if one.method.id == LIGHTNING)
        if not rails:
            raise payments.MethodNotOffered(field="method")
        now = self._book.clock.now()
        quote = await self._book.quote(
            order.id, order.currency, rate_until(now, order.pay_until), is_test=order.is_test
        )
        wanted = {one.key: _attempt_id(order, one, quote, known) for one in rails}
        if by_stranger and not {one.id for one in known}.issuperset(wanted.values()):
            _refuse_strangers(known)
        tasks = {one.key: self._begin(order, one, wanted[one.key], description_hash) for one in rails}
        await asyncio.wait(tasks.values(), timeout=PATIENCE_SECONDS)
        return _opened(quote, tasks)

    def _begin(
        self,
        order: orders.OrderRow,
        rail: payments.Choice,
        attempt_id: UUID,
        description_hash: bytes | None,
    ) -> "asyncio.Task[payments.Attempt]":
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


def _attempt_id(
    order: orders.OrderRow, rail: payments.Choice, quote: Quote, known: Sequence[payments.Attempt]
) -> UUID:
    # What failed is over, and the next try on this rail is another one. What always fails (an amount the chain does not
    # carry, say) must not use up the tries an order has.
    failed = sum(
        1
        for one in known
        if (one.provider, one.method) == (rail.provider, rail.method.id)
        and one.state is payments.AttemptState.FAILED
        and one.opened_at >= quote.quoted_at
    )
    return derived_id(
        "bitcoin rail",
        order.id.bytes,
        rail.key,
        quote.id.bytes,
        str(order.due_minor),
        str(min(failed, TRIES_AGAIN)),
    )


def _refuse_strangers(known: Sequence[payments.Attempt]) -> None:
    """Raises `TooManyAttempts` when what is left is for the buyer."""
    if len(known) >= STRANGERS_MOST:
        raise payments.TooManyAttempts(most=STRANGERS_MOST)


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
