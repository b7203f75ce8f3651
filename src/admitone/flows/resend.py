"""The tickets' letter once more, for whoever cannot find it. It goes to the order's address only."""

from uuid import UUID

from admitone import orders
from admitone.flows.order_letters import OrderLetters
from admitone.plumbing.database import Database
from admitone.plumbing.limiter import Limiter, Rule

# Enough for a person looking in the wrong mailbox, too few for somebody who wants to fill it.
PER_ORDER = Rule("resend.order", 3, 3600)


async def resend_tickets(
    database: Database, limiter: Limiter, letters: OrderLetters, order_id: UUID, request_id: UUID
) -> None:
    """Queue the letter again. The same `request_id` again sends nothing again.

    Raises `OrderNotFound`, `OrderNotPaid`, `TooMany`.
    """
    async with database.reading() as reader:
        order = await orders.by_id(reader, order_id)
    if order.state != orders.OrderState.PAID:
        raise orders.OrderNotPaid
    await limiter.take(PER_ORDER, str(order_id))
    await letters.tickets(order_id, f"resend:{request_id}")
