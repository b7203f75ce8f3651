"""Accounts' SQL about who runs the site."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Operator:
    """One of those who run the site."""

    id: UUID
    email: str
    name: str


async def lock(tx: Transaction, email_key: str) -> tuple[Operator, bool] | None:
    """The person who has proven this address, locked, and whether they are an operator; None when nobody has."""
    rows = await tx.execute(
        text(
            "SELECT id, email, name, is_operator FROM accounts_person WHERE email_key = :key "
            "AND email_verified_at IS NOT NULL FOR UPDATE"
        ),
        {"key": email_key},
    )
    row = rows.one_or_none()
    return None if row is None else (Operator(row.id, row.email, row.name), row.is_operator)


async def mark(tx: Transaction, person_id: UUID, *, is_operator: bool) -> None:
    """Say of a locked person whether they are an operator."""
    await tx.execute(
        text("UPDATE accounts_person SET is_operator = :is_operator WHERE id = :id"),
        {"is_operator": is_operator, "id": person_id},
    )


async def operators(reader: Reader) -> Sequence[Operator]:
    """All of them, by address."""
    rows = await reader.execute(
        text("SELECT id, email, name FROM accounts_person WHERE is_operator ORDER BY email_key")
    )
    return [Operator(**row._mapping) for row in rows]
