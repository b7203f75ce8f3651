"""Tickets' SQL.

Whoever locks several tickets locks them in the order of their serials, so nobody can deadlock. What a door decides on
is changed under the doors' lock (`door_store.py`) as well.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Integer, LargeBinary, SmallInteger, Text, Uuid

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct
from admitone.tickets.door_store import close, close_orders, close_tickets
from admitone.tickets.lifecycle import TicketState
from admitone.tickets.tables import SigningKey
from admitone.tickets.tables import Ticket as TicketRow


@dataclass(frozen=True, slots=True)
class Ticket:
    """One admission for one person. `unit` counts from 1 within its order line; `reissue` from 0.

    `valid_from_minute` is minutes since 1970 UTC, `valid_minutes` a length (`NO_END` for none).
    """

    id: UUID
    serial: int
    event_id: UUID
    organiser_id: UUID
    order_id: UUID
    order_line_id: UUID
    unit: int
    ticket_type_id: UUID
    holder_name: str | None
    state: str
    key_id: int
    event_number: int
    type_number: int
    reissue: int
    valid_from_minute: int
    valid_minutes: int
    code_digest: bytes
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket to write; the database says when it was issued."""

    id: UUID
    serial: int
    event_id: UUID
    organiser_id: UUID
    order_id: UUID
    order_line_id: UUID
    unit: int
    ticket_type_id: UUID
    holder_name: str | None
    key_id: int
    event_number: int
    type_number: int
    valid_from_minute: int
    valid_minutes: int
    code_digest: bytes


_TYPES = {
    "serial": BigInteger,
    "unit": Integer,
    "holder_name": Text,
    "key_id": SmallInteger,
    "event_number": BigInteger,
    "type_number": SmallInteger,
    "valid_from_minute": BigInteger,
    "valid_minutes": Integer,
    "code_digest": LargeBinary,
}
_NEW = tuple(NewTicket.__dataclass_fields__)
_INSERT = Direct(
    text(
        f"""
    INSERT INTO tickets_ticket ({", ".join(_NEW)}, state, reissue, issued_at)
    SELECT fresh.*, 'valid', 0, (SELECT clock_timestamp())
    FROM unnest({", ".join(":" + name for name in _NEW)}) AS fresh
    ON CONFLICT (order_line_id, unit) DO NOTHING
    RETURNING id, issued_at
    """
    ).bindparams(*(bindparam(name, type_=ARRAY(_TYPES.get(name, Uuid))) for name in _NEW))
)


async def insert(tx: Transaction, tickets: Sequence[NewTicket]) -> dict[UUID, datetime]:
    """Write those whose (order line, unit) has no ticket yet, in one statement; when they were issued, by
    ticket id.
    """
    columns = {name: [getattr(ticket, name) for ticket in tickets] for name in _NEW}
    return {row.id: row.issued_at for row in (await _INSERT.run(tx, columns)).rows}


_COLUMNS = tuple(getattr(TicketRow, name) for name in Ticket.__dataclass_fields__)


async def by_ids(reader: Reader, ids: Collection[UUID]) -> list[Ticket]:
    """Those of these tickets that exist."""
    return await _read(reader, TicketRow.id, ids)


async def by_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Ticket]:
    """The tickets of these orders, by order, then as they were issued: by line, then by unit."""
    return await _read(reader, TicketRow.order_id, order_ids)


async def by_lines(reader: Reader, line_ids: Collection[UUID]) -> list[Ticket]:
    """The tickets of these order lines."""
    return await _read(reader, TicketRow.order_line_id, line_ids)


async def _read(reader: Reader, column: object, ids: Collection[UUID]) -> list[Ticket]:
    chosen = select(*_COLUMNS).where(column.in_(ids))  # type: ignore[attr-defined]
    rows = await reader.execute(chosen.order_by(TicketRow.order_id, TicketRow.order_line_id, TicketRow.unit))
    return [Ticket(**row._mapping) for row in rows]


_CANCEL = text(
    """
    UPDATE tickets_ticket AS ticket SET state = 'cancelled'
    FROM (
        SELECT id FROM tickets_ticket
        WHERE order_id = ANY(:order_ids) ORDER BY serial FOR NO KEY UPDATE
    ) AS locked
    WHERE ticket.id = locked.id AND ticket.state = ANY(:from_states)
    RETURNING ticket.id
    """
).bindparams(bindparam("order_ids", type_=ARRAY(Uuid)), bindparam("from_states", type_=ARRAY(Text)))


async def cancel(tx: Transaction, order_ids: Collection[UUID], from_states: Sequence[str]) -> list[UUID]:
    """Cancel the tickets of these orders; which ones were still good."""
    await close_orders(tx, order_ids)
    params = {"order_ids": list(order_ids), "from_states": list(from_states)}
    return list((await tx.execute(_CANCEL, params)).scalars())


_CANCEL_THESE = text(
    """
    UPDATE tickets_ticket AS ticket SET state = 'cancelled'
    FROM (SELECT id FROM tickets_ticket WHERE id = ANY(:ids) ORDER BY serial FOR NO KEY UPDATE) AS locked
    WHERE ticket.id = locked.id AND ticket.state = ANY(:from_states)
    RETURNING ticket.id
    """
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("from_states", type_=ARRAY(Text)))


async def cancel_these(tx: Transaction, ids: Collection[UUID], from_states: Sequence[str]) -> set[UUID]:
    """Cancel these tickets; which of them were still good."""
    await close_tickets(tx, ids)
    params = {"ids": list(ids), "from_states": list(from_states)}
    return set((await tx.execute(_CANCEL_THESE, params)).scalars())


async def lock(tx: Transaction, ticket_id: UUID) -> Ticket | None:
    """The ticket, locked until the transaction ends: a scan of it waits."""
    await close(tx, ticket_id)
    wanted = select(*_COLUMNS).where(TicketRow.id == ticket_id).with_for_update(key_share=True)
    row = (await tx.execute(wanted)).one_or_none()
    return None if row is None else Ticket(**row._mapping)


async def replace_code(
    tx: Transaction, ticket_id: UUID, *, reissue: int, key_id: int, code_digest: bytes
) -> bool:
    """Write the next code of a good ticket, if `reissue` is the one after its present one."""
    changed = await tx.execute(
        update(TicketRow)
        .where(
            TicketRow.id == ticket_id,
            TicketRow.state == TicketState.VALID.value,
            TicketRow.reissue == reissue - 1,
        )
        .values(reissue=reissue, key_id=key_id, code_digest=code_digest)
        .returning(TicketRow.id)
    )
    return changed.one_or_none() is not None


async def rename(tx: Transaction, ticket_id: UUID, name: str | None) -> bool:
    """Put another name on a good ticket."""
    changed = await tx.execute(
        update(TicketRow)
        .where(TicketRow.id == ticket_id, TicketRow.state == TicketState.VALID.value)
        .values(holder_name=name)
        .returning(TicketRow.id)
    )
    return changed.one_or_none() is not None


class DoorTicket(msgspec.Struct, frozen=True):
    """What a door must know of a ticket. A struct, because one is made per scan. `is_disputed`: its buyer's bank wants
    the money back, or has it, and nobody went in with it before. `is_changed`: it was changed for another ticket.
    """

    id: UUID
    serial: int
    event_id: UUID
    organiser_id: UUID
    is_cancelled: bool
    is_changed: bool
    is_disputed: bool
    reissue: int
    code_digest: bytes


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A signing key as stored."""

    id: int
    public: bytes
    sealed_private: bytes
    is_retired: bool


async def keys(reader: Reader) -> list[KeyRow]:
    """Every signing key, oldest first."""
    columns = (
        SigningKey.id,
        SigningKey.public,
        SigningKey.sealed_private,
        SigningKey.retired_at.is_not(None),
    )
    rows = await reader.execute(select(*columns).order_by(SigningKey.id))
    return [KeyRow(*row) for row in rows]


_INSERT_KEY = text(
    """
    INSERT INTO tickets_signing_key (id, public, sealed_private, created_at)
    VALUES (:id, :public, :sealed_private, clock_timestamp()) ON CONFLICT (id) DO NOTHING
    """
)


async def insert_key(tx: Transaction, key_id: int, public: bytes, sealed_private: bytes) -> None:
    """Write a key; when another process was first, its key stays and this one is forgotten."""
    await tx.execute(_INSERT_KEY, {"id": key_id, "public": public, "sealed_private": sealed_private})


async def lock_keys(tx: Transaction) -> None:
    """One rotation at a time: the first key's row is the lock."""
    await tx.execute(select(SigningKey.id).where(SigningKey.id == 1).with_for_update())


_RETIRE = text("UPDATE tickets_signing_key SET retired_at = clock_timestamp() WHERE retired_at IS NULL")


async def retire_keys(tx: Transaction) -> None:
    """No key that is there now signs any more."""
    await tx.execute(_RETIRE)
