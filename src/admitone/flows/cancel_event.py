"""A cancelled event: its waiting orders end, its paid orders are taken back, everybody is told and refunded.

Runs as a reaction to `EventCancelled`, in batches of one order per transaction: stopping in the middle and starting
again loses nothing and repeats nothing, because each order can be taken back once.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from admitone import inventory, ledger, orders
from admitone.flows import promo_codes
from admitone.flows.post_office import PostOffice
from admitone.flows.refund import Refunding
from admitone.flows.unpaid import return_parts
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.reads.order_documents import order_documents
from admitone.reads.orders_of_event import open_orders
from admitone.values import formats
from admitone.values.clock import Clock

BATCH = 100


class EventCancelling:
    """`order_url` gives the address of an order's page, by order id."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        refunding: Refunding,
        post: PostOffice,
        order_url: Callable[[UUID], str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._refunding = refunding
        self._post = post
        self._order_url = order_url

    async def take_all_back(self, event_id: UUID) -> int:
        """Take back every pending and paid order of the event; how many."""
        done = 0
        while True:
            async with self._database.reading() as reader:
                batch = await open_orders(reader, event_id, BATCH)
            if not batch:
                return done
            for order_id in batch:
                await self._database.run(functools.partial(self._take_back, order_id))
            done += len(batch)

    async def _take_back(self, order_id: UUID, tx: Transaction) -> None:
        order = (await orders.lock(tx, [order_id]))[order_id]
        if order.state == orders.OrderState.PENDING:
            await end_pending(tx, order, "event_cancelled", now=self._clock.now(), actor="system")
        elif order.state == orders.OrderState.PAID:
            await self._refunding.undo(tx, order_id, reason="event_cancelled", actor="system")
            await self._tell(tx, order_id)

    async def _tell(self, tx: Transaction, order_id: UUID) -> None:
        about = await order_documents(tx, order_id)
        assert about is not None, "the order is locked"
        paid = formats.money(about.total_minor, about.currency) if about.total_minor else None
        await self._post.queue(
            tx,
            cause=f"event_cancelled:{order_id}",
            template="event_cancelled",
            to=about.email,
            organiser_id=about.organiser_id,
            context={
                "event_title": about.event_title,
                "organiser_name": about.organiser_name,
                "order_code": about.code,
                "order_url": self._order_url(order_id),
                "when_text": f"{formats.long_day_time(about.starts_at, about.zone)}, "
                f"{formats.zone_words(about.starts_at, about.zone)}",
                "message": None,
                "amount_text": paid,
            },
        )


async def end_pending(
    tx: Transaction, order: orders.OrderRow, reason: str, *, now: datetime, actor: str
) -> None:
    """Cancel an order that waits for its money, locked by the caller: its places go back, and what came already."""
    owed = await return_parts(tx, [order], reason, now=now, actor=actor)
    moved = await orders.mark_cancelled(tx, [order.id], orders.OrderState.PENDING, reason)
    assert moved == {order.id}, "the order was locked while pending"
    await orders.count_orders(tx, [order], await orders.lines(tx, [order.id]), again=False)
    await promo_codes.give_back(tx, [order])
    await inventory.release_many(tx, [order.hold_id])
    fact = orders.OrderCancelled(
        subject_id=order.id, organiser_id=order.organiser_id, event_id=order.event_id, reason=reason
    )
    await journal.announce(tx, [fact], actor)
    await ledger.post(tx, owed)
