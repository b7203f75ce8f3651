"""The SQL of exchanges: tickets of a paid order that are to become another order's. Orders are locked by the caller.

An exchange is open exactly while its order is pending: whatever ends that order unpaid ends the exchange in the same
statement (`store.move`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, text

from admitone.orders.store import IDS
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """An exchange as stored (`tables.Exchange`). Amounts are minor units of the orders' currency."""

    order_id: UUID
    from_order_id: UUID
    worth_minor: int
    fee_minor: int
    fee_each_minor: int
    state: str
    by_whom: str
    actor: str
    reversal_id: UUID | None
    at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExchangedUnit:
    """A unit of a line that is being exchanged, with its ticket."""

    order_line_id: UUID
    unit: int
    ticket_id: UUID


_COLUMNS = ", ".join(ExchangeRow.__dataclass_fields__)
_INSERT = text(
    f"""
    WITH made AS (
        INSERT INTO orders_exchange ({_COLUMNS})
        VALUES (:order_id, :from_order_id, :worth_minor, :fee_minor, :fee_each_minor, 'open', :by_whom, :actor, NULL,
            :at, NULL)
    )
    INSERT INTO orders_exchange_unit (order_id, order_line_id, unit, ticket_id, is_open)
    SELECT :order_id, u.order_line_id, u.unit, u.ticket_id, true
    FROM jsonb_to_recordset(CAST(:units AS jsonb)) AS u (order_line_id uuid, unit int, ticket_id uuid)
    """
)


async def insert_exchange(tx: Transaction, made: ExchangeRow, units: Sequence[ExchangedUnit]) -> None:
    """Write an open exchange with its units; none of them is in another open one (the caller has looked)."""
    fields = {name: getattr(made, name) for name in ExchangeRow.__dataclass_fields__}
    del fields["state"], fields["reversal_id"], fields["ended_at"]
    await tx.execute(_INSERT, {**fields, "units": msgspec.json.encode(units).decode()})


_OF_ORDERS = Direct(
    text(f"SELECT {_COLUMNS} FROM orders_exchange WHERE order_id = ANY(:ids)").bindparams(
        bindparam("ids", type_=IDS)
    )
)


async def exchanges(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, ExchangeRow]:
    """The exchanges these orders are, by order id. Orders that are none are left out."""
    rows = (await _OF_ORDERS.run(reader, {"ids": list(order_ids)})).rows
    return {row.order_id: ExchangeRow(*row) for row in rows}


_FROM_ORDER = text(f"SELECT {_COLUMNS} FROM orders_exchange WHERE from_order_id = :id ORDER BY at, order_id")


async def exchanges_from(reader: Reader, order_id: UUID) -> list[ExchangeRow]:
    """The exchanges of tickets of this order, oldest first."""
    return [ExchangeRow(*row) for row in await reader.execute(_FROM_ORDER, {"id": order_id})]


_TO = text(
    "SELECT x.reversal_id, o.code FROM orders_exchange AS x JOIN orders_order AS o ON o.id = x.order_id "
    "WHERE x.from_order_id = :id AND x.reversal_id IS NOT NULL"
)


async def exchanged_to(reader: Reader, order_id: UUID) -> dict[UUID, str]:
    """The codes of the orders that tickets of this order were changed for, by reversal."""
    return {row.reversal_id: row.code for row in await reader.execute(_TO, {"id": order_id})}


_UNITS = text(
    "SELECT order_id, order_line_id, unit, ticket_id FROM orders_exchange_unit WHERE order_id = ANY(:ids) "
    "ORDER BY order_id, order_line_id, unit"
).bindparams(bindparam("ids", type_=IDS))


async def exchanged_units(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[ExchangedUnit]]:
    """What each of these exchanges takes, by the order it is."""
    found: dict[UUID, list[ExchangedUnit]] = {}
    for order_id, *columns in await reader.execute(_UNITS, {"ids": list(order_ids)}):
        found.setdefault(order_id, []).append(ExchangedUnit(*columns))
    return found


_OPEN = text(
    """
    SELECT DISTINCT o.code FROM orders_exchange_unit AS u
    JOIN orders_exchange AS x ON x.order_id = u.order_id AND x.from_order_id = :id
    JOIN orders_order AS o ON o.id = u.order_id
    WHERE u.is_open AND u.ticket_id = ANY(:ids) ORDER BY o.code
    """
).bindparams(bindparam("ids", type_=IDS))


async def open_among(reader: Reader, from_order_id: UUID, ticket_ids: Collection[UUID]) -> list[str]:
    """The codes of the orders these tickets of an order are being changed for."""
    rows = await reader.execute(_OPEN, {"id": from_order_id, "ids": list(ticket_ids)})
    return list(rows.scalars())


_DONE = text(
    """
    WITH done AS (
        UPDATE orders_exchange SET state = 'done', reversal_id = :reversal_id, ended_at = clock_timestamp()
        WHERE order_id = :order_id AND state = 'open' RETURNING order_id
    )
    UPDATE orders_exchange_unit AS u SET is_open = false FROM done WHERE u.order_id = done.order_id
    RETURNING u.unit
    """
)


async def finish_exchange(tx: Transaction, order_id: UUID, reversal_id: UUID) -> None:
    """open -> done."""
    moved = await tx.execute(_DONE, {"order_id": order_id, "reversal_id": reversal_id})
    assert list(moved.scalars()), "a pending order's exchange is open"


_FAMILY = text(
    """
    SELECT id FROM orders_order WHERE id = :root OR root_id = :root ORDER BY placed_at, id
    """
)


async def family(reader: Reader, root_id: UUID) -> list[UUID]:
    """The first order and all that add to it or change it, oldest first."""
    return list((await reader.execute(_FAMILY, {"root": root_id})).scalars())
