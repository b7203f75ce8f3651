"""The tickets that go into one file for a buyer: those of an order and of the orders that stand with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone import orders
from admitone.plumbing.database import Reader
from admitone.reads.disputed import IS_DISPUTED
from admitone.values.contact import email_key


@dataclass(frozen=True, slots=True)
class PrintableTicket:
    """A ticket that opens a door, or did. All that its page says is new when one of the others has changed."""

    id: UUID
    order_id: UUID
    reissue: int
    key_id: int
    holder: str
    event_changed_at: datetime
    organiser_name: str


# What was changed or added later went to the address of whoever did that. Who has the key to one order sees the tickets
# of its own buyer only, as on its page.
_TICKETS = """
    SELECT ticket.id, ticket.order_id, ticket.reissue, ticket.key_id,
           coalesce(ticket.holder_name, placed.name) AS holder, event.updated_at AS event_changed_at,
           organiser.name AS organiser_name
    FROM orders_order AS placed
    JOIN tickets_ticket AS ticket ON ticket.order_id = placed.id AND ticket.state = 'valid'
    JOIN orders_line AS line ON line.id = ticket.order_line_id
    JOIN events_event AS event ON event.id = placed.event_id AND event.state <> 'cancelled'
    JOIN accounts_organiser AS organiser ON organiser.id = placed.organiser_id
"""
_OPENS = f"""
    (EXISTS (SELECT FROM checkin_admission WHERE ticket_id = ticket.id) OR NOT {IS_DISPUTED})
"""
_PRINTABLE = text(
    f"""
    {_TICKETS} WHERE (placed.id = :root OR placed.root_id = :root) AND placed.email_key = :email_key
      AND {_OPENS} AND NOT EXISTS (SELECT FROM tickets_owner WHERE ticket_id = ticket.id)
    ORDER BY placed.id <> :own, placed.placed_at, placed.id, line.number, ticket.unit
    """
)
_ONE = text(f"{_TICKETS} WHERE ticket.id = :ticket_id AND {_OPENS}")


async def printable_tickets(reader: Reader, order: orders.OrderRow) -> tuple[PrintableTicket, ...]:
    """The order's own tickets first, then those of its family that the same buyer has, oldest order first."""
    params = {"root": order.family_id, "own": order.id, "email_key": email_key(order.email)}
    return tuple(PrintableTicket(**row._mapping) for row in await reader.execute(_PRINTABLE, params))


async def printable_ticket(reader: Reader, ticket_id: UUID) -> tuple[PrintableTicket, ...]:
    """This one ticket, if it opens a door, for whoever has it: its buyer, or whom it was passed on to."""
    return tuple(
        PrintableTicket(**row._mapping) for row in await reader.execute(_ONE, {"ticket_id": ticket_id})
    )
