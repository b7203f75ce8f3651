"""The SQL of wallets' keys and of the questions put to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """A question to a wallet as stored."""

    id: UUID
    browser_hash: bytes
    linking_key: bytes | None
    valid_until: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class WalletKey:
    """A key that signs its person in. `used_at`: when it last did."""

    id: UUID
    linking_key: bytes
    person_id: UUID
    linked_at: datetime
    used_at: datetime | None

    @property
    def name(self) -> str:
        """What its person tells it from others by: the end of the key."""
        return f"…{self.linking_key.hex()[-6:]}"


_CHALLENGE = "SELECT id, browser_hash, linking_key, valid_until, used_at FROM accounts_wallet_challenge"
_KEY = "SELECT id, linking_key, person_id, linked_at, used_at FROM accounts_wallet_key"


async def insert_challenge(
    tx: Transaction, challenge_id: UUID, browser_hash: bytes, now: datetime, until: datetime
) -> None:
    """Ask."""
    await tx.execute(
        text(
            "INSERT INTO accounts_wallet_challenge (id, browser_hash, asked_at, valid_until)"
            " VALUES (:id, :browser_hash, :now, :until)"
        ),
        {"id": challenge_id, "browser_hash": browser_hash, "now": now, "until": until},
    )


async def challenge(reader: Reader, challenge_id: UUID) -> ChallengeRow | None:
    """The question with this id."""
    row = (await reader.execute(text(f"{_CHALLENGE} WHERE id = :id"), {"id": challenge_id})).one_or_none()
    return None if row is None else ChallengeRow(**row._mapping)


async def answer(tx: Transaction, challenge_id: UUID, key: bytes, now: datetime, until: datetime) -> bool:
    """Keep who answered; False when it was answered, or its time is over."""
    changed = await tx.execute(
        text(
            "UPDATE accounts_wallet_challenge SET linking_key = :key, answered_at = :now, valid_until = :until"
            " WHERE id = :id AND answered_at IS NULL AND valid_until > :now"
        ),
        {"id": challenge_id, "key": key, "now": now, "until": until},
    )
    return changed.rowcount == 1


async def use(tx: Transaction, challenge_id: UUID, browser_hash: bytes, now: datetime) -> bytes | None:
    """Use the answer up, for the browser that asked; the key that answered, or None."""
    found = await tx.execute(
        text(
            "UPDATE accounts_wallet_challenge SET used_at = :now"
            " WHERE id = :id AND browser_hash = :browser_hash AND answered_at IS NOT NULL AND used_at IS NULL"
            " AND valid_until > :now RETURNING linking_key"
        ),
        {"id": challenge_id, "browser_hash": browser_hash, "now": now},
    )
    key = found.scalar_one_or_none()
    return None if key is None else bytes(key)


async def insert_key(tx: Transaction, key_id: UUID, key: bytes, person_id: UUID, now: datetime) -> None:
    """Link the key, unless somebody has it."""
    await tx.execute(
        text(
            "INSERT INTO accounts_wallet_key (linking_key, id, person_id, linked_at)"
            " VALUES (:key, :id, :person_id, :now) ON CONFLICT (linking_key) DO NOTHING"
        ),
        {"key": key, "id": key_id, "person_id": person_id, "now": now},
    )


async def key(reader: Reader, linking_key: bytes) -> WalletKey | None:
    """Whose key it is."""
    row = (await reader.execute(text(f"{_KEY} WHERE linking_key = :key"), {"key": linking_key})).one_or_none()
    return None if row is None else WalletKey(**row._mapping)


async def touch_key(tx: Transaction, linking_key: bytes, now: datetime) -> WalletKey | None:
    """Whose key it is; it has just signed them in."""
    row = (
        await tx.execute(
            text(
                "UPDATE accounts_wallet_key SET used_at = :now WHERE linking_key = :key"
                " RETURNING id, linking_key, person_id, linked_at, used_at"
            ),
            {"key": linking_key, "now": now},
        )
    ).one_or_none()
    return None if row is None else WalletKey(**row._mapping)


async def keys_of(reader: Reader, person_id: UUID) -> list[WalletKey]:
    """The person's keys, the first linked first."""
    rows = await reader.execute(
        text(f"{_KEY} WHERE person_id = :person_id ORDER BY linked_at, id"), {"person_id": person_id}
    )
    return [WalletKey(**row._mapping) for row in rows]


async def lock_person(tx: Transaction, person_id: UUID) -> None:
    """One after the other: who links keys counts them first."""
    await tx.execute(
        text("SELECT id FROM accounts_person WHERE id = :id FOR NO KEY UPDATE"), {"id": person_id}
    )


async def delete_keys(tx: Transaction, person_id: UUID) -> int:
    """Forget all keys of this person; how many there were."""
    gone = await tx.execute(
        text("DELETE FROM accounts_wallet_key WHERE person_id = :person_id"), {"person_id": person_id}
    )
    return gone.rowcount


async def delete_key(tx: Transaction, key_id: UUID, person_id: UUID) -> bool:
    """Forget a key of this person; False when they have no such key."""
    gone = await tx.execute(
        text("DELETE FROM accounts_wallet_key WHERE id = :id AND person_id = :person_id"),
        {"id": key_id, "person_id": person_id},
    )
    return gone.rowcount == 1
