"""A buyer puts other names on the tickets of an order: whoever comes is known at the door. The codes stay the same."""

from collections.abc import Mapping
from uuid import UUID

from admitone import checkin, orders, tickets
from admitone.plumbing.database import Database, Transaction
from admitone.values.refusals import Problems, Refusal


async def rename_holders(
    database: Database, order_id: UUID, names: Mapping[UUID, str], *, actor: str = "guest"
) -> int:
    """Put these names on tickets of the order, by ticket id; an empty one takes the name off. How many changed.

    Raises `OrderNotFound`, `OrderNotPaid`, `TicketNotFound` for a ticket of another order, and `Problems` with
    `BadHolderName` and `TicketIsCancelled`, each with the ticket's id as its field. A ticket that was let in, or
    was passed on to somebody else, keeps its name.
    """

    async def story(tx: Transaction) -> int:
        order = (await orders.lock(tx, [order_id])).get(order_id)
        if order is None:
            raise orders.OrderNotFound
        if order.state != orders.OrderState.PAID:
            raise orders.OrderNotPaid
        mine = {one.id: one for one in await tickets.by_order(tx, order_id)}
        if not names.keys() <= mine.keys():
            raise tickets.TicketNotFound
        changed, problems = 0, []
        used = await checkin.admitted_among(tx, list(names))
        passed_on = await tickets.owners(tx, list(names))
        # Tickets are locked in the order of their serials, as by everybody else.
        for one in sorted((mine[ticket_id] for ticket_id in names), key=lambda ticket: ticket.serial):
            if one.id in used or one.id in passed_on or (names[one.id].strip() or None) == one.holder_name:
                continue
            try:
                await tickets.rename_holder(tx, one.id, names[one.id], actor=actor)
                changed += 1
            except Refusal as refusal:
                refusal.field = str(one.id)
                problems.append(refusal)
        if problems:
            raise Problems(*problems)
        return changed

    return await database.run(story)
