"""The SQL of what is to be paid by itself as soon as an order stands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Whose connected wallet pays this order, and to which UMA address its invoice is brought else."""

    order_id: UUID
    person_id: UUID | None
    uma_address: str | None
    wished_at: datetime
    done_at: datetime | None


async def wish_at_once(
    tx: Transaction, order_id: UUID, person_id: UUID | None, uma_address: str | None, now: datetime
) -> bool:
    """Write down what is to happen; False when something was written down for this order before, which stays."""
    made = await tx.execute(
        text(
            """
            INSERT INTO payments_at_once (order_id, person_id, uma_address, wished_at)
            VALUES (:order_id, :person_id, :uma_address, :now)
            ON CONFLICT (order_id) DO NOTHING RETURNING order_id
            """
        ),
        {"order_id": order_id, "person_id": person_id, "uma_address": uma_address, "now": now},
    )
    return made.scalar_one_or_none() is not None


async def at_once_of(reader: Reader, order_id: UUID) -> AtOnce | None:
    """What is to happen, or has, for this order."""
    found = await reader.execute(
        text(
            "SELECT order_id, person_id, uma_address, wished_at, done_at FROM payments_at_once"
            " WHERE order_id = :order_id"
        ),
        {"order_id": order_id},
    )
    row = found.mappings().one_or_none()
    return None if row is None else AtOnce(**row)


async def end_at_once(tx: Transaction, order_id: UUID, now: datetime) -> None:
    """It has been begun, or cannot be: nothing more happens by itself."""
    await tx.execute(
        text("UPDATE payments_at_once SET done_at = :now WHERE order_id = :order_id AND done_at IS NULL"),
        {"order_id": order_id, "now": now},
    )
