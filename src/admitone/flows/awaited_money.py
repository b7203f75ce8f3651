"""How long an order waits for money that is on its way, or will not come: decided with each piece of news about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone import orders, payments
from admitone.flows.money_in import Heard
from admitone.payments import AttemptState, Outcome, Status
from admitone.plumbing.database import Transaction

# A buyer whose payment was replaced by another may still pay anew.
REPLACED_WAITS: Final = timedelta(minutes=10)
# Apps take their fee from what was asked now and then: the buyer is asked for the rest once it is final.
NEARLY_BPS: Final = 9_500


@dataclass(frozen=True, slots=True)
class Awaited:
    """What was said of an attempt of this order (locked by the caller), and its state after that.

    `seen_waits`: how long a payment that was seen is waited for in its way of paying, never beyond `ends_at`, the
    end of the event.
    """

    heard: Heard
    order: orders.OrderRow
    state: AttemptState
    seen_waits: timedelta | None
    ends_at: datetime


async def wait_for_money(tx: Transaction, awaited: Sequence[Awaited], now: datetime) -> None:
    """Orders whose payment is on its way wait for it, not beyond the event; those for which it will not come end."""
    seen = [
        one
        for one in awaited
        if one.seen_waits is not None
        and one.state is AttemptState.SEEN
        and _nearly_pays(one.heard.status, one.order)
    ]
    until = await _seen_until(tx, seen)
    replaced = {
        one.order.id: now + REPLACED_WAITS
        for one in awaited
        if one.heard.status.outcome is Outcome.PENDING and one.heard.status.reason == payments.REPLACED
    }
    await orders.wait_until(tx, {one.order.id: min(until[one.heard.attempt_id], one.ends_at) for one in seen})
    await orders.wait_no_longer(tx, replaced)


async def _seen_until(tx: Transaction, seen: Sequence[Awaited]) -> dict[UUID, datetime]:
    """Until when each order waits whose payment was seen, by attempt.

    It counts from when the order was first to be paid in this way: so it is one instant, however often something is
    seen, and nobody keeps places for longer by payments that never come.
    """
    waits = {one.heard.attempt_id: one.seen_waits for one in seen if one.seen_waits is not None}
    beside = await payments.of_orders(tx, {one.order.id for one in seen}) if seen else []
    began: dict[tuple[UUID, str, str], datetime] = {}
    for one in beside:
        way = (one.order_id, one.provider, one.method)
        began[way] = min(began.get(way, one.opened_at), one.opened_at)
    return {
        one.id: began[one.order_id, one.provider, one.method] + waits[one.id]
        for one in beside
        if one.id in waits
    }


def _nearly_pays(status: Status, order: orders.OrderRow) -> bool:
    """With it (nearly) all that is due would be there. What nobody knows the worth of pays nothing."""
    is_worth = status.currency == order.currency and status.paid_minor is not None
    return is_worth and (status.paid_minor or 0) * 10_000 >= order.due_minor * NEARLY_BPS
