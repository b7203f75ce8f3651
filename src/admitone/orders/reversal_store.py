"""The SQL of reversals: what was taken back of paid orders, unit by unit. Their orders are locked by the caller."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, text

from admitone.orders.store import IDS
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class ReversalRow:
    """A reversal as stored (`tables.Reversal`). Amounts are minor units of the order's currency."""

    id: UUID
    order_id: UUID
    by_whom: str
    actor: str
    note: str
    sent_to: str
    keeps_places: bool
    organiser_minor: int
    fee_minor: int
    tax_minor: int
    at: datetime
    exchanged_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What is taken back of the price: it goes back to the buyer, or counts towards another order."""
        return self.organiser_minor + self.fee_minor + self.tax_minor

    @property
    def back_minor(self) -> int:
        """What goes back to the buyer."""
        return self.total_minor - self.exchanged_minor


@dataclass(frozen=True, slots=True)
class UnitRow:
    """What a reversal did to one unit of a line (`tables.ReversalUnit`); or all of them together did to it."""

    order_line_id: UUID
    unit: int
    is_cancelled: bool
    price_minor: int
    price_tax_minor: int
    fees_minor: int
    fees_tax_minor: int
    site_on_top_minor: int
    site_inside_minor: int


_INSERT = text(
    """
    WITH made AS (
        INSERT INTO orders_reversal (id, order_id, by_whom, actor, note, sent_to, keeps_places, organiser_minor,
            fee_minor, tax_minor, at, exchanged_minor)
        VALUES (:id, :order_id, :by_whom, :actor, :note, :sent_to, :keeps_places, :organiser_minor, :fee_minor,
            :tax_minor, :at, :exchanged_minor)
    )
    INSERT INTO orders_reversal_unit (reversal_id, order_line_id, unit, is_cancelled, price_minor, price_tax_minor,
        fees_minor, fees_tax_minor, site_on_top_minor, site_inside_minor)
    SELECT :id, u.order_line_id, u.unit, u.is_cancelled, u.price_minor, u.price_tax_minor, u.fees_minor,
        u.fees_tax_minor, u.site_on_top_minor, u.site_inside_minor
    FROM jsonb_to_recordset(CAST(:units AS jsonb)) AS u (order_line_id uuid, unit int, is_cancelled boolean,
        price_minor bigint, price_tax_minor bigint, fees_minor bigint, fees_tax_minor bigint,
        site_on_top_minor bigint, site_inside_minor bigint)
    """
)


async def insert_reversal(tx: Transaction, made: ReversalRow, units: Sequence[UnitRow]) -> None:
    """Write a reversal with its units."""
    fields = {name: getattr(made, name) for name in ReversalRow.__dataclass_fields__}
    await tx.execute(_INSERT, {**fields, "units": msgspec.json.encode(units).decode()})


_COLUMNS = ", ".join(ReversalRow.__dataclass_fields__)
_BY_ORDERS = text(
    f"SELECT {_COLUMNS} FROM orders_reversal WHERE order_id = ANY(:ids) ORDER BY order_id, at, id"
).bindparams(bindparam("ids", type_=IDS))
_BY_ID = text(f"SELECT {_COLUMNS} FROM orders_reversal WHERE id = :id")


async def reversals(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[ReversalRow]]:
    """The reversals of these orders, by order id, oldest first. Orders without any are left out."""
    found: dict[UUID, list[ReversalRow]] = {}
    for row in await reader.execute(_BY_ORDERS, {"ids": list(order_ids)}):
        found.setdefault(row.order_id, []).append(ReversalRow(*row))
    return found


async def reversal(reader: Reader, reversal_id: UUID) -> ReversalRow | None:
    """The reversal with this id, if there is one."""
    row = (await reader.execute(_BY_ID, {"id": reversal_id})).one_or_none()
    return None if row is None else ReversalRow(*row)


_UNIT_COLUMNS = ", ".join(f"u.{name}" for name in UnitRow.__dataclass_fields__)
_UNITS_OF = text(
    f"""
    SELECT {_UNIT_COLUMNS} FROM orders_reversal_unit AS u JOIN orders_line AS l ON l.id = u.order_line_id
    WHERE u.reversal_id = :id ORDER BY l.number, u.unit
    """
)


async def units_of(reader: Reader, reversal_id: UUID) -> list[UnitRow]:
    """What this reversal did to each unit, in the order's order."""
    return [UnitRow(*row) for row in await reader.execute(_UNITS_OF, {"id": reversal_id})]


_RETURNED = text(
    """
    SELECT r.order_id, u.order_line_id, u.unit, bool_or(u.is_cancelled) AS is_cancelled,
        sum(u.price_minor)::bigint, sum(u.price_tax_minor)::bigint, sum(u.fees_minor)::bigint,
        sum(u.fees_tax_minor)::bigint, sum(u.site_on_top_minor)::bigint, sum(u.site_inside_minor)::bigint
    FROM orders_reversal AS r JOIN orders_reversal_unit AS u ON u.reversal_id = r.id
    WHERE r.order_id = ANY(:ids) GROUP BY r.order_id, u.order_line_id, u.unit
    ORDER BY r.order_id, u.order_line_id, u.unit
    """
).bindparams(bindparam("ids", type_=IDS))


async def returned(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[UnitRow]]:
    """What all reversals of these orders did to each unit they touched, by order id."""
    found: dict[UUID, list[UnitRow]] = {}
    for order_id, *columns in await reader.execute(_RETURNED, {"ids": list(order_ids)}):
        found.setdefault(order_id, []).append(UnitRow(*columns))
    return found
