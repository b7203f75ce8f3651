"""The orders that stand together: a first one, and all that add to it or change tickets of it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone import orders
from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class Relative:
    """Another order of the family. `lines` are (name, quantity not cancelled). `from_code`: whose tickets it changes;
    None for tickets that were added.
    """

    id: UUID
    code: str
    email: str
    event_id: UUID
    state: str
    total_minor: int
    root_code: str | None
    from_code: str | None
    exchange_state: str | None
    lines: tuple[tuple[str, int], ...]


_FAMILY = text(
    """
    SELECT o.id, o.code, o.email, o.event_id, o.state, o.total_minor, r.code AS root_code, f.code AS from_code,
        x.state AS exchange_state, (
            SELECT jsonb_agg(jsonb_build_array(l.name, l.quantity - l.cancelled) ORDER BY l.number)
            FROM orders_line l WHERE l.order_id = o.id
        ) AS lines
    FROM orders_order o LEFT JOIN orders_order r ON r.id = o.root_id
    LEFT JOIN orders_exchange x ON x.order_id = o.id LEFT JOIN orders_order f ON f.id = x.from_order_id
    WHERE o.id = :root OR o.root_id = :root ORDER BY o.placed_at, o.id
    """
)


async def order_family(reader: Reader, order: orders.OrderRow) -> tuple[Relative, ...]:
    """All orders of this one's family, itself included, oldest first."""
    rows = await reader.execute(_FAMILY, {"root": order.family_id})
    return tuple(
        Relative(
            row.id,
            row.code,
            row.email,
            row.event_id,
            row.state,
            row.total_minor,
            row.root_code,
            row.from_code,
            row.exchange_state,
            tuple((name, left) for name, left in row.lines or () if left),
        )
        for row in rows
    )
