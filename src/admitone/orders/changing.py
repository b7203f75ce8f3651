"""Changing an order's state: each verb moves those orders that may be moved and says which ones it moved."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from admitone.orders import store
from admitone.orders.lifecycle import OrderState, sources
from admitone.orders.refusals import OrderNotFound
from admitone.orders.store import LineRow, OrderRow
from admitone.plumbing.database import Reader, Transaction

GRACE_SECONDS = 600
GRACES_MOST = 3


async def mark_paid(tx: Transaction, ids: Collection[UUID], reason: str) -> set[UUID]:
    """pending or expired -> paid."""
    return await store.move(tx, ids, sources(OrderState.PAID), OrderState.PAID, reason)


async def mark_expired(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """pending -> expired."""
    return await store.move(tx, ids, [OrderState.PENDING], OrderState.EXPIRED, "deadline")


async def mark_cancelled(
    tx: Transaction, ids: Collection[UUID], from_state: OrderState, reason: str
) -> set[UUID]:
    """pending or paid -> cancelled; the caller names the one it has looked at."""
    assert from_state in sources(OrderState.CANCELLED), "an edge of the lifecycle"
    return await store.move(tx, ids, [from_state], OrderState.CANCELLED, reason)


async def receive(tx: Transaction, came: Mapping[UUID, int]) -> None:
    """Add to what lies ready for these orders (locked by the caller), in minor units; negative takes it away."""
    if came:
        await store.receive(tx, came)


async def grace(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """A payment failed: its order (locked) waits ten minutes more, so that its buyer can choose another way, three
    times at most; which orders do.
    """
    return await store.grace(tx, ids, GRACE_SECONDS, GRACES_MOST) if ids else set()


async def wait_until(tx: Transaction, until: Mapping[UUID, datetime]) -> None:
    """Let pending orders (locked by the caller) wait until then, if that is later than they would."""
    if until:
        await store.wait_until(tx, until)


async def wait_no_longer(tx: Transaction, until: Mapping[UUID, datetime]) -> None:
    """Let pending orders (locked by the caller) wait until then at most: what they waited for will not come."""
    if until:
        await store.wait_no_longer(tx, until)


async def cancel_units(tx: Transaction, units: Mapping[UUID, int]) -> None:
    """So many units of each line (its order locked by the caller) are cancelled; they were not before."""
    gone = await store.cancel_units(tx, units)
    assert gone == set(units), "so many were left"


async def by_id(reader: Reader, order_id: UUID) -> OrderRow:
    """The order. Raises `OrderNotFound`."""
    found = await store.read(reader, where="id", value=order_id)
    if not found:
        raise OrderNotFound
    return found[0]


async def by_code(reader: Reader, organiser_id: UUID, code: str) -> OrderRow:
    """The organiser's order with this code. Raises `OrderNotFound`, also for another organiser's order."""
    found = await store.read(reader, where="code", value=code)
    if not found or found[0].organiser_id != organiser_id:
        raise OrderNotFound
    return found[0]


async def lines_of(reader: Reader, order_id: UUID) -> list[LineRow]:
    """The order's lines, in their order."""
    return (await store.lines(reader, [order_id])).get(order_id, [])
