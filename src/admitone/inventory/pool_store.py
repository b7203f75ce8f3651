"""Pools as the organiser sees them: make, resize, open, and say which ticket type draws on which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone.inventory.refusals import CapacityBelowSold, PoolNotFound
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class NewPool:
    """A pool to make. `is_shared`: several ticket types may draw on it; `is_step`: it counts what a step sells."""

    id: UUID
    event_id: UUID
    organiser_id: UUID
    name: str
    capacity: int
    is_shared: bool
    is_step: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """How full a pool is, in places."""

    name: str
    is_shared: bool
    capacity: int
    held: int
    sold: int

    @property
    def left(self) -> int:
        """Places that can be held now."""
        return self.capacity - self.held - self.sold


_CREATE = text(
    """
    INSERT INTO inventory_pool
        (id, event_id, organiser_id, name, is_shared, capacity, held, sold, is_open, terms_version, is_step)
    VALUES (:id, :event_id, :organiser_id, :name, :is_shared, :capacity, 0, 0, false, 0, :is_step)
    ON CONFLICT (id) DO NOTHING
    """
)


async def create_pool(tx: Transaction, pool: NewPool) -> None:
    """Make a pool, closed until `open_pools`. The same id again changes nothing."""
    assert pool.capacity >= 0, "a capacity is a whole number of places"
    await tx.execute(
        _CREATE,
        {
            "id": pool.id,
            "event_id": pool.event_id,
            "organiser_id": pool.organiser_id,
            "name": pool.name,
            "is_shared": pool.is_shared,
            "is_step": pool.is_step,
            "capacity": pool.capacity,
        },
    )


async def rename_pool(tx: Transaction, organiser_id: UUID, pool_id: UUID, name: str) -> None:
    """Give a pool another name. Raises `PoolNotFound`."""
    changed = await tx.execute(
        text("UPDATE inventory_pool SET name = :name WHERE id = :id AND organiser_id = :organiser_id"),
        {"id": pool_id, "organiser_id": organiser_id, "name": name},
    )
    if changed.rowcount != 1:
        raise PoolNotFound


async def resize_pool(tx: Transaction, organiser_id: UUID, pool_id: UUID, capacity: int) -> None:
    """Set a pool's capacity. Raises `CapacityBelowSold` (data: `least`) or `PoolNotFound`; then nothing changed."""
    params = {"id": pool_id, "organiser_id": organiser_id, "capacity": capacity}
    changed = await tx.execute(
        text(
            "UPDATE inventory_pool SET capacity = :capacity "
            "WHERE id = :id AND organiser_id = :organiser_id AND held + sold <= :capacity"
        ),
        params,
    )
    if changed.rowcount == 1:
        return
    least = (
        await tx.execute(
            text("SELECT held + sold FROM inventory_pool WHERE id = :id AND organiser_id = :organiser_id"),
            params,
        )
    ).scalar_one_or_none()
    if least is None:
        raise PoolNotFound
    raise CapacityBelowSold(field="capacity", least=least)


async def set_draws(tx: Transaction, event_id: UUID, ticket_type_id: UUID, pool_ids: Sequence[UUID]) -> None:
    """Say which pools one unit of this ticket type takes a place from. Holds already taken keep theirs."""
    params = {"event_id": event_id, "type_id": ticket_type_id, "pool_ids": list(pool_ids)}
    await tx.execute(text("DELETE FROM inventory_draw WHERE ticket_type_id = :type_id"), params)
    await tx.execute(
        text(
            "INSERT INTO inventory_draw (ticket_type_id, pool_id, event_id) "
            "SELECT :type_id, id, event_id FROM inventory_pool WHERE id = ANY(:pool_ids) AND event_id = :event_id"
        ).bindparams(bindparam("pool_ids", type_=ARRAY(Uuid))),
        params,
    )


async def remove_pool(tx: Transaction, organiser_id: UUID, pool_id: UUID) -> bool:
    """Remove a pool that was never used and that no ticket type draws on; False when that is not so."""
    removed = await tx.execute(
        text(
            "DELETE FROM inventory_pool WHERE id = :id AND organiser_id = :organiser_id AND held + sold = 0 "
            "AND NOT EXISTS (SELECT FROM inventory_draw WHERE pool_id = :id) "
            "AND NOT EXISTS (SELECT FROM inventory_hold_line WHERE pool_id = :id)"
        ),
        {"id": pool_id, "organiser_id": organiser_id},
    )
    return removed.rowcount == 1


async def forget_event(tx: Transaction, event_id: UUID) -> None:
    """Delete the event's pools, which the caller has locked and found empty, with draws and holds that are over."""
    values = {"event_id": event_id}
    await tx.execute(
        text("DELETE FROM inventory_hold WHERE event_id = :event_id AND state IN ('expired', 'released')"),
        values,
    )
    for table in ("inventory_draw", "inventory_pool"):
        await tx.execute(text(f"DELETE FROM {table} WHERE event_id = :event_id"), values)


async def open_pools(tx: Transaction, event_id: UUID, terms_version: int, *, is_open: bool) -> None:
    """Publish a version of the event's offer to its pools: holds asked for on any other version are refused."""
    await tx.execute(
        text(
            "UPDATE inventory_pool SET terms_version = :version, is_open = :is_open WHERE id IN "
            "(SELECT id FROM inventory_pool WHERE event_id = :event_id ORDER BY id FOR NO KEY UPDATE)"
        ),
        {"event_id": event_id, "version": terms_version, "is_open": is_open},
    )


async def levels(reader: Reader, event_id: UUID) -> dict[UUID, Level]:
    """How full each pool of places of the event is, by pool id, own pools first. Of price steps: `step_levels`."""
    rows = await reader.execute(
        text(
            "SELECT id, name, is_shared, capacity, held, sold FROM inventory_pool "
            "WHERE event_id = :event_id AND NOT is_step ORDER BY is_shared, name, id"
        ),
        {"event_id": event_id},
    )
    return {row.id: Level(row.name, row.is_shared, row.capacity, row.held, row.sold) for row in rows}


async def step_levels(reader: Reader, event_id: UUID) -> dict[UUID, Level]:
    """How much of each price step of the event is taken that ends with a number, by the step's id."""
    rows = await reader.execute(
        text(
            "SELECT id, name, is_shared, capacity, held, sold FROM inventory_pool "
            "WHERE event_id = :event_id AND is_step"
        ),
        {"event_id": event_id},
    )
    return {row.id: Level(row.name, row.is_shared, row.capacity, row.held, row.sold) for row in rows}


async def draws(reader: Reader, event_id: UUID) -> dict[UUID, tuple[UUID, ...]]:
    """The pools each ticket type of the event draws on, by ticket type id."""
    found: dict[UUID, tuple[UUID, ...]] = {}
    rows = await reader.execute(
        text(
            "SELECT ticket_type_id, pool_id FROM inventory_draw WHERE event_id = :event_id ORDER BY pool_id"
        ),
        {"event_id": event_id},
    )
    for row in rows:
        found[row.ticket_type_id] = (*found.get(row.ticket_type_id, ()), row.pool_id)
    return found


def left(pools: Mapping[UUID, Level], pool_ids: Sequence[UUID]) -> int:
    """How many of a ticket type can be held now: the least any of its pools has. Zero when it draws on none."""
    return min((pools[pool_id].left for pool_id in pool_ids), default=0)
