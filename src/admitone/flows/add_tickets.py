"""More tickets for an order: an order of its own, in the family of the first (`root_id`)."""

from dataclasses import replace

from admitone import events, inventory, orders
from admitone.flows.order_wish import OrderWish
from admitone.plumbing.database import Database
from admitone.values.refusals import Conflict


class CannotAdd(Conflict):
    """Tickets are added to a paid order, for the same event and the same kind of money."""

    code = "purchase.cannot_add"
    text = "No tickets can be added to this order. Please buy them on the event's page."


async def with_family(database: Database, wish: OrderWish) -> OrderWish:
    """The wish with the first order of the family it adds to. Raises `OrderNotFound`, `HoldNotFound`, `CannotAdd`."""
    assert wish.adds_to is not None, "asked for orders that add to another"
    async with database.reading() as reader:
        order = await orders.by_id(reader, wish.adds_to)
        hold = await inventory.read(reader, wish.hold_id)
        event = await events.event(reader, event_id=hold.event_id)
    is_same = (hold.event_id, event.is_test) == (order.event_id, order.is_test)
    if order.state != orders.OrderState.PAID or not is_same:
        raise CannotAdd
    return replace(wish, root_id=order.family_id)
