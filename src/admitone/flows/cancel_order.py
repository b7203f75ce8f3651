"""A buyer changes their mind before paying: the order ends and its places go back at once.

Money that is on its way all the same is sent back when it arrives (`settlement`: order_cancelled).
"""

from uuid import UUID

from admitone import orders, payments
from admitone.flows.cancel_event import end_pending
from admitone.plumbing.database import Database, Transaction
from admitone.reads.on_its_way import is_on_its_way
from admitone.values.clock import Clock


async def cancel_unpaid(database: Database, clock: Clock, order_id: UUID) -> orders.OrderRow:
    """Cancel an order that waits for its money. The same again changes nothing and answers the same.

    Raises `OrderNotFound`, `OrderNotPending` (paid or run out), `BeingTaken`, and `OnItsWay` while bitcoin was seen: it
    does not go back by itself.
    """

    async def story(tx: Transaction) -> orders.OrderRow:
        order = (await orders.lock(tx, [order_id])).get(order_id)
        if order is None:
            raise orders.OrderNotFound
        if order.state == orders.OrderState.CANCELLED:
            return order
        if order.state != orders.OrderState.PENDING:
            raise orders.OrderNotPending(state=order.state)
        if await payments.is_being_taken(tx, order_id):
            raise payments.BeingTaken
        if await is_on_its_way(tx, order_id):
            raise payments.OnItsWay
        await end_pending(tx, order, "buyer", now=clock.now(), actor="guest")
        return await orders.by_id(tx, order_id)

    return await database.run(story)
