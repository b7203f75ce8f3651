"""What of a paid order's price has not gone back, and whether its buyer may be able to give some of it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import orders, pricing
from admitone.flows.money_sources import look_at_sources
from admitone.flows.refund_policy import frozen_policy
from admitone.flows.reversal_plan import look_at
from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class Left:
    """What of an order's price has not gone back, in minor units: of each ticket, and of all that is not cancelled.
    With its fees, or without.
    """

    by_ticket: Mapping[UUID, int]
    total_minor: int


async def left_of(reader: Reader, order: orders.OrderRow, *, with_fees: bool = True) -> Left:
    """What is left to give back. Raises `OrderNotPaid`."""
    state = await look_at(reader, order)
    by_ticket = {
        planned.ticket.id: pricing.left_minor(unit, with_fees=with_fees)
        for planned, unit in state.units.values()
        if planned.ticket is not None
    }
    return Left(by_ticket, sum(pricing.left_minor(unit, with_fees=with_fees) for _, unit in state.left()))


async def left_to_give(reader: Reader, order: orders.OrderRow) -> Left:
    """What is left and can be given: not what the buyer's bank has taken. Raises `OrderNotPaid`."""
    left = await left_of(reader, order)
    sources = await look_at_sources(reader, order.id)
    total_minor = sources.look(order.id, left.total_minor).total_minor
    return Left({one: min(minor, total_minor) for one, minor in left.by_ticket.items()}, total_minor)


def may_give_back(
    order: orders.OrderRow, lines: Sequence[orders.LineRow], starts_at: datetime, now: datetime
) -> bool:
    """Is there a ticket in this order that its buyer may be able to give back now? (`can_be_given_back` knows.)"""
    if order.state != orders.OrderState.PAID or now >= starts_at:
        return False
    policy = frozen_policy(order.policy, starts_at)
    has_free = any(line.left and not line.unit_total_minor for line in lines)
    return has_free or (policy is not None and policy.terms_at(now) != pricing.NOTHING_BACK)
