"""A payment that arrived held (a Lightning hold invoice): in one transaction it is decided whether it is ours.

Ours, if its order still waits, nothing else pays it, and a change of tickets can still be carried out: then the order
waits on, the payment is taken, and only what the provider says afterwards makes tickets. Else it goes back, and nobody
has to be refunded. A process that dies after the decision is followed by one that finds it and carries it out.
"""

from datetime import timedelta
from typing import Final

import structlog

from admitone import events, orders, payments
from admitone.flows.exchange_done import look_again
from admitone.payments import HeldOutcome, HoldsMoney, Status
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
# So long an order whose payment is being taken waits at least: its node may be away for a moment.
WAIT: Final = timedelta(minutes=15)


class HeldPayments:
    """Decides, carries out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def close(self, opened: payments.OpenAccount, attempt: payments.Attempt, status: Status) -> Status:
        """Decide about this held payment and carry it out; what the provider says of it then."""
        role = opened.provider.roles.holds_money
        assert role is not None, "who says held can be told what to do with it"
        assert status.provider_ref is not None, "what is held has a name there"
        is_taken = await self._database.run(lambda tx: self._decide(tx, attempt, status))
        await hit("held.after_decision")
        outcome = await _carry_out(role, attempt, status.provider_ref, is_taken=is_taken)
        log.info("held.closed", attempt_id=str(attempt.id), is_taken=is_taken, outcome=outcome.value)
        if outcome is not HeldOutcome.UNKNOWN:
            await self._database.run(
                lambda tx: payments.close_held(tx, attempt.id, outcome.value, now=self._clock.now())
            )
        await hit("held.after_provider")
        return await opened.provider.status(attempt.id, status.provider_ref)

    async def _decide(self, tx: Transaction, attempt: payments.Attempt, status: Status) -> bool:
        now = self._clock.now()
        # The sale before the orders, as settlement does: whoever calls the event off may wait between the two.
        event_of = await orders.events_of(tx, {attempt.order_id})
        sales = await events.kept_sales(tx, event_of.values())
        exchanges = await orders.exchanges(tx, {attempt.order_id})
        # A change takes tickets of another order: both are locked at once, as settlement does.
        locked = await orders.lock(tx, {attempt.order_id, *(one.from_order_id for one in exchanges.values())})
        order = locked[attempt.order_id]
        beside = await payments.of_orders(tx, [order.id])
        await payments.lock_many(tx, [attempt.id])
        known = await payments.held_decisions(tx, [one.id for one in beside])
        if attempt.id in known:
            return known[attempt.id].is_taken
        is_called_off = sales[order.event_id].why_not(is_test=order.is_test)
        pays_already = any(
            other.id != attempt.id and other.is_open and other.id in known and known[other.id].is_taken
            for other in beside
        )
        is_taken = (
            order.state == orders.OrderState.PENDING
            and is_called_off is None
            and not pays_already
            and status.currency == order.currency
            and (status.paid_minor or 0) >= order.due_minor
            and (not exchanges or order.id in await look_again(tx, exchanges, locked))
        )
        if is_taken:
            await orders.wait_until(tx, {order.id: now + WAIT})
        await payments.decide_held(tx, attempt.id, is_taken=is_taken, now=now)
        await hit("held.before_commit")
        return is_taken


async def _carry_out(role: HoldsMoney, attempt: payments.Attempt, ref: str, *, is_taken: bool) -> HeldOutcome:
    return await (role.take(attempt.id, ref) if is_taken else role.let_go(attempt.id, ref))
