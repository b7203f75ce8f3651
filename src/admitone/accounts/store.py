"""Accounts' SQL about people, their sessions and the links mailed to them.

Lock order: link, person, session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Person:
    """A person as others may see them: no password. `email` is where letters go."""

    id: UUID
    email: str
    email_key: str
    name: str
    has_password: bool
    created_at: datetime


_PERSON = (
    "SELECT id, email, email_key, name, password_hash IS NOT NULL AS has_password, created_at "
    "FROM accounts_person"
)


async def person(reader: Reader, person_id: UUID) -> Person | None:
    """The person with this id."""
    row = (await reader.execute(text(f"{_PERSON} WHERE id = :id"), {"id": person_id})).one_or_none()
    return None if row is None else Person(**row._mapping)


async def person_by_email(reader: Reader, email_key: str) -> Person | None:
    """The person with this address."""
    row = (await reader.execute(text(f"{_PERSON} WHERE email_key = :key"), {"key": email_key})).one_or_none()
    return None if row is None else Person(**row._mapping)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against."""

    person_id: UUID
    email: str
    password_hash: str | None


_CREDENTIALS = "SELECT id AS person_id, email, password_hash FROM accounts_person"


async def credentials(reader: Reader, email_key: str) -> Credentials | None:
    """The credentials of the person with this address."""
    rows = await reader.execute(text(f"{_CREDENTIALS} WHERE email_key = :key"), {"key": email_key})
    row = rows.one_or_none()
    return None if row is None else Credentials(**row._mapping)


async def credentials_of(reader: Reader, person_id: UUID) -> Credentials | None:
    """The credentials of the person with this id."""
    row = (await reader.execute(text(f"{_CREDENTIALS} WHERE id = :id"), {"id": person_id})).one_or_none()
    return None if row is None else Credentials(**row._mapping)


_ARRIVE = text(
    """
    INSERT INTO accounts_person (id, email, email_key, name, email_verified_at, created_at)
    VALUES (:id, :email, :email_key, :name, :now, :now)
    ON CONFLICT (email_key) DO UPDATE
    SET email_verified_at = coalesce(accounts_person.email_verified_at, EXCLUDED.email_verified_at)
    RETURNING id
    """
)


async def arrive(
    tx: Transaction, person_id: UUID, email: str, email_key: str, name: str, now: datetime
) -> UUID:
    """The id of the person with this address: `person_id` if they are new, else the one they have."""
    values = {"id": person_id, "email": email, "email_key": email_key, "name": name, "now": now}
    found: UUID = (await tx.execute(_ARRIVE, values)).scalar_one()
    return found


async def rename(tx: Transaction, person_id: UUID, name: str) -> bool:
    """Give the person another name; False when there is no such person."""
    changed = await tx.execute(
        text("UPDATE accounts_person SET name = :name WHERE id = :id"), {"id": person_id, "name": name}
    )
    return changed.rowcount == 1


async def keep_password(tx: Transaction, person_id: UUID, checked_hash: str) -> bool:
    """Lock the password that was checked, so that it cannot be replaced before the session exists.

    False when it is no longer the person's password.
    """
    rows = await tx.execute(
        text("SELECT 1 FROM accounts_person WHERE id = :id AND password_hash = :checked FOR SHARE"),
        {"id": person_id, "checked": checked_hash},
    )
    return rows.one_or_none() is not None


async def replace_password(tx: Transaction, person_id: UUID, checked_hash: str | None, new_hash: str) -> bool:
    """Store a new hash in place of exactly the one that was checked (None: there was none); False if it
    changed.
    """
    changed = await tx.execute(
        text(
            "UPDATE accounts_person SET password_hash = :new "
            "WHERE id = :id AND password_hash IS NOT DISTINCT FROM CAST(:checked AS text)"
        ),
        {"id": person_id, "new": new_hash, "checked": checked_hash},
    )
    return changed.rowcount == 1


_OPEN_SESSION = text(
    """
    INSERT INTO accounts_session
        (id, token_hash, person_id, way, device_label, created_at, seen_at, valid_until)
    VALUES (:id, :token_hash, :person_id, :way, :device_label, :now, :now, :valid_until)
    """
)


async def insert_session(
    tx: Transaction,
    session_id: UUID,
    token_hash: bytes,
    person_id: UUID,
    way: str,
    device_label: str,
    now: datetime,
    valid_until: datetime,
) -> None:
    """Begin a session."""
    await tx.execute(
        _OPEN_SESSION,
        {
            "id": session_id,
            "token_hash": token_hash,
            "person_id": person_id,
            "way": way,
            "device_label": device_label,
            "now": now,
            "valid_until": valid_until,
        },
    )


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session with its person and their roles, in one look-up."""

    session_id: UUID
    way: str
    created_at: datetime
    seen_at: datetime
    valid_until: datetime
    person_id: UUID
    person_name: str
    is_operator: bool
    organiser_ids: Sequence[UUID]
    roles: Sequence[str]


_FIND_SESSION = text(
    """
    SELECT session.id AS session_id, session.way, session.created_at, session.seen_at, session.valid_until,
           person.id AS person_id, person.name AS person_name, person.is_operator,
           ARRAY(SELECT organiser_id FROM accounts_member WHERE person_id = person.id ORDER BY organiser_id)
               AS organiser_ids,
           ARRAY(SELECT role FROM accounts_member WHERE person_id = person.id ORDER BY organiser_id) AS roles
    FROM accounts_session AS session JOIN accounts_person AS person ON person.id = session.person_id
    WHERE session.token_hash = :token_hash AND session.valid_until > :now
    """
)


async def find_session(reader: Reader, token_hash: bytes, now: datetime) -> SessionRow | None:
    """The session of this token, if it is still valid."""
    row = (await reader.execute(_FIND_SESSION, {"token_hash": token_hash, "now": now})).one_or_none()
    return None if row is None else SessionRow(**row._mapping)


_TOUCH = text(
    """
    UPDATE accounts_session SET seen_at = :now, valid_until = :valid_until
    WHERE id = :id AND seen_at <= :not_since AND valid_until > :now
    """
)


async def touch(
    tx: Transaction, session_id: UUID, now: datetime, not_since: datetime, valid_until: datetime
) -> bool:
    """Note that the session was used, unless that was noted after `not_since`."""
    values = {"id": session_id, "now": now, "not_since": not_since, "valid_until": valid_until}
    return (await tx.execute(_TOUCH, values)).rowcount == 1


async def end_session(tx: Transaction, session_id: UUID, person_id: UUID) -> bool:
    """End one session of this person; False when it had ended before."""
    gone = await tx.execute(
        text("DELETE FROM accounts_session WHERE id = :id AND person_id = :person_id"),
        {"id": session_id, "person_id": person_id},
    )
    return gone.rowcount == 1


async def end_sessions(tx: Transaction, person_id: UUID, except_id: UUID | None) -> int:
    """End all sessions of this person but one; how many there were."""
    gone = await tx.execute(
        text(
            "DELETE FROM accounts_session "
            "WHERE person_id = :person_id AND id IS DISTINCT FROM CAST(:except_id AS uuid)"
        ),
        {"person_id": person_id, "except_id": except_id},
    )
    return gone.rowcount


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """One of a person's sessions, for the list of them."""

    id: UUID
    device_label: str
    created_at: datetime
    seen_at: datetime


async def sessions_of(reader: Reader, person_id: UUID, now: datetime) -> list[SessionSeen]:
    """The person's valid sessions, the last used first."""
    rows = await reader.execute(
        text(
            "SELECT id, device_label, created_at, seen_at FROM accounts_session "
            "WHERE person_id = :person_id AND valid_until > :now ORDER BY seen_at DESC, id DESC LIMIT 100"
        ),
        {"person_id": person_id, "now": now},
    )
    return [SessionSeen(**row._mapping) for row in rows]


async def insert_link(
    tx: Transaction,
    token_hash: bytes,
    purpose: str,
    email: str,
    email_key: str,
    name: str | None,
    now: datetime,
    valid_until: datetime,
) -> None:
    """Keep a link that is about to be mailed."""
    await tx.execute(
        text(
            "INSERT INTO accounts_mailed_link "
            "(token_hash, purpose, email, email_key, name, created_at, valid_until) "
            "VALUES (:token_hash, :purpose, :email, :email_key, :name, :now, :valid_until)"
        ),
        {
            "token_hash": token_hash,
            "purpose": purpose,
            "email": email,
            "email_key": email_key,
            "name": name,
            "now": now,
            "valid_until": valid_until,
        },
    )


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A mailed link as stored, without its token."""

    purpose: str
    email: str
    email_key: str
    name: str | None
    valid_until: datetime
    used_at: datetime | None


_LINK = "SELECT purpose, email, email_key, name, valid_until, used_at FROM accounts_mailed_link"


async def link(reader: Reader, token_hash: bytes) -> LinkRow | None:
    """The link with this token, used or not."""
    rows = await reader.execute(text(f"{_LINK} WHERE token_hash = :token_hash"), {"token_hash": token_hash})
    row = rows.one_or_none()
    return None if row is None else LinkRow(**row._mapping)


_USE_LINK = text(
    """
    UPDATE accounts_mailed_link SET used_at = :now
    WHERE token_hash = :token_hash AND used_at IS NULL AND valid_until > :now
    RETURNING purpose, email, email_key, name, valid_until, used_at
    """
)


async def use_link(tx: Transaction, token_hash: bytes, now: datetime) -> LinkRow | None:
    """Use the link up; None when it cannot be used (again)."""
    row = (await tx.execute(_USE_LINK, {"token_hash": token_hash, "now": now})).one_or_none()
    return None if row is None else LinkRow(**row._mapping)


async def sweep(tx: Transaction, before: datetime) -> int:
    """Delete sessions, links and questions to wallets that ended before this instant; how many."""
    gone = [
        await tx.execute(text(f"DELETE FROM {table} WHERE valid_until < :before"), {"before": before})
        for table in ("accounts_session", "accounts_mailed_link", "accounts_wallet_challenge")
    ]
    return sum(deleted.rowcount for deleted in gone)
