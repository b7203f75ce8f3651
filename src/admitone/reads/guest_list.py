"""Plan B at the door: find a guest by name or order code when no code can be read.

Who may see orders, addresses included, also finds guests by e-mail address. Nobody else: a search that answers
whether an address begins with some letters reads out the address, letter by letter.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, tickets
from admitone.plumbing.database import Reader
from admitone.reads.disputed import IS_DISPUTED
from admitone.values import paging
from admitone.values.actor import Action, Actor
from admitone.values.ids import normalise_code

_LONGEST_QUESTION = 120


@dataclass(frozen=True, slots=True)
class ChangedFor:
    """What a ticket was changed for: tickets of this type, in an order of this code."""

    type_name: str
    order_code: str


@dataclass(frozen=True, slots=True)
class GuestRow:
    """One ticket. `short_code` is what to type to let its holder in; `admitted_at` and `door` when they are.

    `changed_for` is of a cancelled one alone. `is_suspended`: its payment, or one of its order's family, is disputed,
    so it lets nobody in. No address: a door has no need of it.
    """

    ticket_id: UUID
    name: str
    type_name: str
    unit: int
    units: int
    order_code: str
    is_cancelled: bool
    changed_for: ChangedFor | None
    is_suspended: bool
    short_code: str
    admitted_at: datetime | None
    door: str | None


_LIST = text(
    f"""
    SELECT ticket.id, ticket.serial, ticket.code_digest, ticket.state, ticket.unit + same.before AS unit, same.units,
           line.name AS type_name, placed.code AS order_code, admission.at, admission.door,
           coalesce(ticket.holder_name, placed.name) AS name,
           lower(coalesce(ticket.holder_name, placed.name)) COLLATE "C" AS sort_name,
           {IS_DISPUTED} AS is_disputed, new.code AS new_code, new.type_name AS new_type_name
    FROM tickets_ticket AS ticket
    JOIN orders_order AS placed ON placed.id = ticket.order_id
    JOIN orders_line AS line ON line.id = ticket.order_line_id
    LEFT JOIN LATERAL (
        SELECT CAST(sum(quantity) AS integer) AS units,
               CAST(coalesce(sum(quantity) FILTER (WHERE number < line.number), 0) AS integer) AS before
        FROM orders_line WHERE order_id = line.order_id AND ticket_type_id = line.ticket_type_id
    ) AS same ON true
    LEFT JOIN checkin_admission AS admission ON admission.ticket_id = ticket.id
    LEFT JOIN LATERAL (
        SELECT o.code, (SELECT name FROM orders_line WHERE order_id = o.id ORDER BY number LIMIT 1) AS type_name
        FROM orders_exchange AS exchange
        JOIN orders_exchange_unit AS taken ON taken.order_id = exchange.order_id
            AND taken.order_line_id = ticket.order_line_id AND taken.unit = ticket.unit
        JOIN orders_order AS o ON o.id = exchange.order_id
        WHERE ticket.state = 'cancelled' AND exchange.from_order_id = ticket.order_id AND exchange.state = 'done'
    ) AS new ON true
    WHERE ticket.event_id = :event_id AND ticket.organiser_id = :organiser_id
      AND (:is_all OR ticket.holder_name ILIKE :part OR placed.name ILIKE :part
           OR placed.code LIKE CAST(:code AS text) OR (:by_email AND placed.email ILIKE :start))
      AND (lower(coalesce(ticket.holder_name, placed.name)) COLLATE "C", ticket.id) > (:name, :ticket_id)
    ORDER BY sort_name, ticket.id LIMIT :most
    """  # noqa: S608 - joined from constants
)


async def guest_list(
    reader: Reader,
    actor: Actor,
    organiser_id: UUID,
    event_id: UUID,
    *,
    question: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> paging.Page[GuestRow]:
    """Tickets of the organiser's event by name; with `question` only those whose holder or buyer has it in
    the name, or whose order code begins with it; for an actor who may see orders also those whose buyer's
    e-mail address begins with it. Raises `Forbidden`, `BadLimit`, `BadCursor`.
    """
    accounts.permit(actor, Action.SEE_GUEST_LIST, organiser_id)
    most = paging.checked_limit(limit)
    asked = "".join(letter for letter in question if letter.isprintable()).strip()[:_LONGEST_QUESTION]
    name, ticket_id = ("", UUID(int=0)) if cursor is None else _place(cursor)
    params = {
        "event_id": event_id,
        "organiser_id": organiser_id,
        "is_all": not asked,
        "by_email": actor.may(Action.SEE_ORDERS, organiser_id),
        "part": f"%{_literal(asked)}%",
        "start": f"{_literal(asked)}%",
        # Of a question without a letter of a code nothing is left, and every code begins with nothing.
        "code": f"{_literal(code)}%" if (code := normalise_code(asked)) else None,
        "name": name,
        "ticket_id": ticket_id,
        "most": most + 1,
    }
    rows = (await reader.execute(_LIST, params)).all()
    shown = rows[:most]
    items = tuple(
        GuestRow(
            ticket_id=row.id,
            name=row.name,
            type_name=row.type_name,
            unit=row.unit,
            units=row.units,
            order_code=row.order_code,
            is_cancelled=row.state == tickets.TicketState.CANCELLED.value,
            changed_for=None if row.new_code is None else ChangedFor(row.new_type_name, row.new_code),
            is_suspended=row.is_disputed,
            short_code=tickets.short_of(row.serial, row.code_digest),
            admitted_at=row.at,
            door=row.door,
        )
        for row in shown
    )
    more = paging.encode(shown[-1].sort_name, str(shown[-1].id)) if len(rows) > most else None
    return paging.Page(items, more)


def _literal(asked: str) -> str:
    return asked.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _place(cursor: str) -> tuple[str, UUID]:
    name, ticket_id = paging.decode(cursor, (str, str))
    try:
        return str(name), UUID(str(ticket_id))
    except ValueError:
        raise paging.BadCursor(field="cursor") from None
