"""Payments that arrived held: for each of them it is decided once whether it is ours, and that is carried out.

The decision is written in the transaction that looks at the order, before the provider hears of it: a process that dies
in between is followed by one that finds the same decision (I-27).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class HeldDecision:
    """`is_taken`: it is ours, else it goes back. `outcome`: what became of it, known since `closed_at`."""

    attempt_id: UUID
    is_taken: bool
    decided_at: datetime
    closed_at: datetime | None
    outcome: str | None


_COLUMNS = "attempt_id, is_taken, decided_at, closed_at, outcome"
_READ = text(f"SELECT {_COLUMNS} FROM payments_held WHERE attempt_id = ANY(:ids)").bindparams(
    bindparam("ids", type_=IDS)
)
_BEING_TAKEN = text(
    "SELECT EXISTS (SELECT FROM payments_held AS held JOIN payments_attempt AS attempt ON attempt.id = held.attempt_id"
    " WHERE attempt.order_id = :order_id AND held.is_taken AND held.outcome IS DISTINCT FROM 'gone'"
    " AND attempt.state <> 'paid')"
)
_INSERT = text(
    "INSERT INTO payments_held (attempt_id, is_taken, decided_at) VALUES (:attempt_id, :is_taken, :now)"
    " ON CONFLICT (attempt_id) DO NOTHING"
)
_CLOSE = text(
    "UPDATE payments_held SET outcome = :outcome, closed_at = :now WHERE attempt_id = :attempt_id"
    " AND closed_at IS NULL"
)


async def held_decisions(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, HeldDecision]:
    """What was decided about these, by attempt."""
    found = await reader.execute(_READ, {"ids": list(attempt_ids)})
    return {row["attempt_id"]: HeldDecision(**row) for row in found.mappings()}


async def is_being_taken(reader: Reader, order_id: UUID) -> bool:
    """A held payment of this order was decided to be ours, and does not count yet."""
    return bool((await reader.execute(_BEING_TAKEN, {"order_id": order_id})).scalar_one())


async def decide_held(tx: Transaction, attempt_id: UUID, *, is_taken: bool, now: datetime) -> None:
    """Decide about a held payment, once. Its order and attempt are locked by the caller, who has found no decision."""
    await tx.execute(_INSERT, {"attempt_id": attempt_id, "is_taken": is_taken, "now": now})


async def close_held(tx: Transaction, attempt_id: UUID, outcome: str, *, now: datetime) -> None:
    """It has been carried out, or it cannot be any more; the first word counts."""
    await tx.execute(_CLOSE, {"attempt_id": attempt_id, "outcome": outcome, "now": now})
