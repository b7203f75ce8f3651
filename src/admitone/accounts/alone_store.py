"""The SQL of what members gave back with nobody else's yes."""

import hashlib
from typing import Final
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction

_ALONE: Final = 3507
"""Tells this lock from others of the two-number kind (PostgreSQL, section 13.3.5)."""
_LOCK = text("SELECT pg_advisory_xact_lock(:kind, :number)")
_SUM = text(
    """
    SELECT coalesce(sum(amount_minor), 0)::bigint FROM accounts_given_alone
    WHERE organiser_id = :organiser_id AND actor = :by AND at > clock_timestamp() - make_interval(hours => :hours)
      AND currency = :currency AND is_test = :is_test
    """
)
_NOTE = text(
    """
    INSERT INTO accounts_given_alone (id, organiser_id, actor, currency, is_test, amount_minor, at)
    VALUES (:id, :organiser_id, :by, :currency, :is_test, :minor, clock_timestamp())
    """
)


async def one_at_a_time(tx: Transaction, organiser_id: UUID, by: str) -> None:
    """Nothing else that this member gives back is counted until this transaction ends; or whatever else `by` names.

    Two of them with the same number of 32 bits wait for each other, and nothing worse.
    """
    digest = hashlib.sha256(organiser_id.bytes + by.encode()).digest()
    await tx.execute(_LOCK, {"kind": _ALONE, "number": int.from_bytes(digest[:4], signed=True)})


async def given_alone(
    reader: Reader, organiser_id: UUID, by: str, currency: str, hours: int, *, is_test: bool
) -> int:
    """What this member gave back alone in the last so many hours, by the database's clock, in minor units."""
    asked = {
        "organiser_id": organiser_id,
        "by": by,
        "currency": currency,
        "hours": hours,
        "is_test": is_test,
    }
    return int((await reader.execute(_SUM, asked)).scalar_one())


async def note_given_alone(
    tx: Transaction, note_id: UUID, organiser_id: UUID, by: str, currency: str, minor: int, *, is_test: bool
) -> None:
    """This member gives so much back alone now."""
    fields = {
        "id": note_id,
        "organiser_id": organiser_id,
        "by": by,
        "currency": currency,
        "minor": minor,
        "is_test": is_test,
    }
    await tx.execute(_NOTE, fields)
