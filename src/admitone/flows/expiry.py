"""Holds and orders that ran out: their places go back to sale, within seconds.

Before an order expires its provider is asked once more, so that money which has just arrived finds its order waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import structlog

from admitone import inventory, ledger, orders
from admitone.flows import promo_codes
from admitone.flows.unpaid import return_parts
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
MOST = 200
ASK_SECONDS = 2.5


class Expiry:
    """Run every second by the timetable, and on demand when a pool looks full."""

    def __init__(
        self, database: Database, clock: Clock, ask_about: Callable[[UUID], Awaitable[None]]
    ) -> None:
        self._database = database
        self._clock = clock
        self._ask_about = ask_about

    async def expire_holds(self) -> int:
        """Give back the places of holds that ran out; how many holds."""
        return await self._database.run(inventory.expire_due)

    async def expire_orders(self) -> int:
        """Expire orders past their deadline; how many."""
        async with self._database.reading() as reader:
            due = await orders.due(reader, MOST)
        if not due:
            return 0
        # A provider that is slow or away must not keep places from being sold: late money is handled when it comes.
        asking = asyncio.gather(*(self._ask_about(order_id) for order_id in due), return_exceptions=True)
        try:
            for result in await asyncio.wait_for(asking, ASK_SECONDS):
                if isinstance(result, Exception):
                    log.warning("expiry.asking_failed", error=repr(result))
        except TimeoutError:
            log.warning("expiry.asking_timed_out", orders=len(due))
        return await self._database.run(lambda tx: _expire(tx, due, self._clock.now()))


async def _expire(tx: Transaction, due: list[UUID], now: datetime) -> int:
    locked = await orders.lock_due(tx, due)
    if not locked:
        return 0
    owed = await return_parts(tx, list(locked.values()), "paid_in_part", now=now, actor="system")
    await orders.count_orders(tx, list(locked.values()), await orders.lines(tx, list(locked)), again=False)
    await promo_codes.give_back(tx, locked.values())
    released = await inventory.release_many(tx, [order.hold_id for order in locked.values()], as_expired=True)
    without = [str(order.id) for order in locked.values() if order.hold_id not in released]
    if without:
        # It cannot be (`admitone check` looks for it); and if it is, everybody else's places must still go back.
        log.error("expiry.order_without_places", orders=without)
    moved = await orders.mark_expired(tx, list(locked))
    assert moved == set(locked), "the orders were locked while pending"
    facts = [
        orders.OrderExpiredUnpaid(
            subject_id=order.id, organiser_id=order.organiser_id, event_id=order.event_id
        )
        for order in locked.values()
    ]
    await journal.announce(tx, facts, "system")
    await ledger.post(tx, owed)
    await hit("expiry.before_commit")
    return len(locked)
