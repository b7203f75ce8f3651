"""Who holds valid tickets for an event, as those who write to them need it.

Batches go by id or address, and leave out whoever has the letter already: stopping in the middle and starting
again repeats nothing.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader

_COUNT = text(
    """
    SELECT count(DISTINCT email_key) FROM orders_order AS placed WHERE event_id = :event_id AND state = 'paid'
      AND EXISTS (SELECT FROM tickets_ticket AS ticket WHERE ticket.order_id = placed.id AND ticket.state = 'valid')
    """
)
_TO_TELL = text(
    """
    SELECT placed.id FROM orders_order AS placed JOIN inventory_hold AS hold ON hold.id = placed.hold_id
    WHERE placed.event_id = :event_id AND placed.state = 'paid'
      AND EXISTS (SELECT FROM tickets_ticket AS ticket WHERE ticket.order_id = placed.id AND ticket.state = 'valid')
      AND hold.terms_version < :terms_version
      AND (CAST(:after AS uuid) IS NULL OR placed.id > :after)
      AND NOT EXISTS (SELECT FROM messaging_letter AS letter WHERE letter.cause = :cause || ':' || placed.id)
    ORDER BY placed.id LIMIT :most
    """
)
_TO_WRITE = text(
    """
    SELECT DISTINCT ON (placed.email_key) placed.email_key, placed.email, placed.id AS order_id, placed.code
    FROM orders_order AS placed
    WHERE placed.event_id = :event_id AND placed.state = 'paid' AND placed.email_key > :after
      AND EXISTS (SELECT FROM tickets_ticket AS ticket WHERE ticket.order_id = placed.id AND ticket.state = 'valid')
      AND NOT EXISTS (
          SELECT FROM messaging_letter AS letter WHERE letter.cause = :cause AND letter.to_key = placed.email_key)
    ORDER BY placed.email_key, placed.id DESC LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class Holder:
    """An address with valid tickets, and its newest order."""

    email_key: str
    email: str
    order_id: UUID
    code: str


async def count_holders(reader: Reader, event_id: UUID) -> int:
    """How many addresses have valid tickets for the event."""
    return int((await reader.execute(_COUNT, {"event_id": event_id})).scalar_one())


async def orders_to_tell(
    reader: Reader, event_id: UUID, terms_version: int, cause: str, after: UUID | None, most: int
) -> list[UUID]:
    """Up to `most` orders after `after` with valid tickets, bought on an offer older than `terms_version`.

    Without those to which a letter under `<cause>:<order id>` was written.
    """
    values = {
        "event_id": event_id,
        "terms_version": terms_version,
        "cause": cause,
        "after": after,
        "most": most,
    }
    return list((await reader.execute(_TO_TELL, values)).scalars())


async def holders_to_write(reader: Reader, event_id: UUID, cause: str, after: str, most: int) -> list[Holder]:
    """Up to `most` addresses after `after` with valid tickets, without those that have a letter under `cause`."""
    values = {"event_id": event_id, "cause": cause, "after": after, "most": most}
    return [Holder(**row._mapping) for row in await reader.execute(_TO_WRITE, values)]
