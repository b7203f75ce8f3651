"""Which disputes suspend the tickets of an order, as the door, the guest list and its pages say it alike.

While a bank decides about any payment of an order's family, all tickets of the family wait: what was paid by that
payment may have been changed for others since. A dispute that was lost suspends the tickets of the order whose payment
it took, and those that tickets were changed for, because they live on what the family paid; not those that were
added and paid for by themselves.
"""

from sqlalchemy import text

from admitone import orders, payments
from admitone.payments import DisputeState
from admitone.plumbing.database import Reader

# Of the order `placed`. Nearly all orders stand alone: for them this is one look into an index of family members.
_OF_FAMILY = """
    (
        SELECT placed.root_id AS id
        UNION ALL
        SELECT member.id FROM orders_order AS member WHERE member.root_id = coalesce(placed.root_id, placed.id)
    ) AS relative JOIN payments_dispute AS dispute ON dispute.order_id = relative.id
    WHERE dispute.state IN ('open', 'answered') OR dispute.state = 'lost' AND EXISTS (
        SELECT FROM orders_exchange WHERE orders_exchange.order_id = placed.id
    )
"""
IS_DISPUTED = f"""(
    EXISTS (SELECT FROM payments_dispute AS dispute WHERE dispute.order_id = placed.id AND dispute.state <> 'won')
    OR EXISTS (SELECT FROM {_OF_FAMILY})
)"""  # noqa: S608 - joined from constants
"""A condition on the order `placed`: its tickets are suspended, unless they were used."""

_STANDING = text(
    f"""
    SELECT found.id, found.state, found.reason FROM orders_order AS placed, LATERAL (
        SELECT id, state, reason, opened_at FROM payments_dispute WHERE order_id = placed.id AND state <> 'won'
        UNION SELECT dispute.id, dispute.state, dispute.reason, dispute.opened_at FROM {_OF_FAMILY}
    ) AS found
    WHERE placed.id = :id ORDER BY found.state = 'lost' DESC, found.opened_at LIMIT 1
    """  # noqa: S608 - joined from constants
)


async def suspending_dispute(reader: Reader, order: orders.OrderRow) -> payments.StandingDispute | None:
    """The dispute that suspends this order's tickets; a lost one before one that goes on."""
    row = (await reader.execute(_STANDING, {"id": order.id})).one_or_none()
    if row is None:
        return None
    return payments.StandingDispute(row.id, DisputeState(row.state), row.reason == payments.UNDONE)
