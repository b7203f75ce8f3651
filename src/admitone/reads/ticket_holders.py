"""Who holds valid tickets for an event, as those who write to them need it.

Batches go by id or address, and leave out whoever has the letter already: stopping in the middle and starting
again repeats nothing.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader

# Whoever bought a ticket and still has it, and whoever has one that was passed on to them.
_HOLDERS = """
    WITH holder AS (
        SELECT placed.email_key, placed.email, placed.id AS order_id, placed.code, CAST(NULL AS uuid) AS owner_id
        FROM orders_order AS placed
        WHERE placed.event_id = :event_id AND placed.state = 'paid' AND EXISTS (
            SELECT FROM tickets_ticket AS ticket WHERE ticket.order_id = placed.id AND ticket.state = 'valid'
              AND NOT EXISTS (SELECT FROM tickets_owner WHERE ticket_id = ticket.id))
        UNION ALL
        SELECT owner.email_key, owner.email, ticket.order_id, placed.code, owner.id
        FROM tickets_ticket AS ticket JOIN tickets_owner AS owner ON owner.ticket_id = ticket.id
        JOIN orders_order AS placed ON placed.id = ticket.order_id
        WHERE ticket.event_id = :event_id AND ticket.state = 'valid' AND NOT EXISTS (
            SELECT FROM tickets_owner AS later WHERE later.ticket_id = ticket.id AND later.number > owner.number)
    )
"""
_COUNT = text(f"{_HOLDERS} SELECT count(DISTINCT email_key) FROM holder")  # noqa: S608 - joined from constants
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
    f"""
    {_HOLDERS}
    SELECT DISTINCT ON (email_key) email_key, email, order_id, code, owner_id FROM holder
    WHERE email_key > :after AND NOT EXISTS (
        SELECT FROM messaging_letter AS letter WHERE letter.cause = :cause AND letter.to_key = holder.email_key)
    ORDER BY email_key, owner_id NULLS FIRST, order_id DESC LIMIT :most
    """  # noqa: S608 - joined from constants
)


@dataclass(frozen=True, slots=True)
class Holder:
    """An address with valid tickets, and its newest order; `owner_id` of a ticket that was passed on to it, where it
    has no order of its own.
    """

    email_key: str
    email: str
    order_id: UUID
    code: str
    owner_id: UUID | None = None


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
