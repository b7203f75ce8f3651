"""Sessions: who is signed in, on which device, until when.

A session lasts 30 days after it was last seen. Being seen is written at most every 10 minutes, so that
reading a page is not a write. Ending a session deletes its row: the next look-up finds nothing, in every
process.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from admitone.accounts import store
from admitone.accounts.store import SessionSeen
from admitone.accounts.tokens import TOKEN_LENGTH, hash_of, new_token
from admitone.plumbing.database import Reader, Transaction
from admitone.values.actor import Actor, Role
from admitone.values.ids import uuid7

LASTS = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=10)
LINK_COUNTS_MINUTES = 15
LINK_COUNTS_FOR = timedelta(minutes=LINK_COUNTS_MINUTES)
DEVICE_LABEL_MOST = 100
Way = Literal["password", "link", "wallet"]


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that has just begun. `token` is shown to its owner once and kept nowhere."""

    id: UUID
    person_id: UUID
    token: str
    valid_until: datetime

    def __repr__(self) -> str:
        return f"NewSession(id={self.id!r}, person_id={self.person_id!r})"


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A valid session: the actor it stands for, the name to greet them by, and whether seeing it is worth a
    write.

    `proves_address` is true for 15 minutes after signing in by mailed link: long enough to replace a
    forgotten password, and for whatever else wants a fresh proof.
    """

    actor: Actor
    person_name: str
    is_due: bool
    proves_address: bool


async def begin(tx: Transaction, person_id: UUID, way: Way, device_label: str, now: datetime) -> NewSession:
    """Begin a session. Every sign-in gets a new token, so a token planted before it is worth nothing."""
    token = new_token()
    session = NewSession(uuid7(), person_id, token, now + LASTS)
    label = "".join(letter for letter in device_label if letter.isprintable())[:DEVICE_LABEL_MOST]
    await store.insert_session(
        tx, session.id, hash_of(token), person_id, way, label, now, session.valid_until
    )
    return session


async def find_session(reader: Reader, token: str, now: datetime) -> FoundSession | None:
    """The session of this token, if it is valid now."""
    if len(token) != TOKEN_LENGTH:
        return None
    row = await store.find_session(reader, hash_of(token), now)
    if row is None:
        return None
    roles = tuple(zip(row.organiser_ids, map(Role, row.roles), strict=True))
    return FoundSession(
        actor=Actor.person(
            row.person_id, session_id=row.session_id, roles=roles, is_operator=row.is_operator
        ),
        person_name=row.person_name,
        is_due=row.seen_at <= now - SEEN_EVERY,
        proves_address=row.way == "link" and now < row.created_at + LINK_COUNTS_FOR,
    )


async def find_actor(reader: Reader, token: str, now: datetime) -> Actor | None:
    """The person this token signs in, with their roles now; None when it signs nobody in."""
    found = await find_session(reader, token, now)
    return None if found is None else found.actor


async def touch(tx: Transaction, session_id: UUID, now: datetime) -> bool:
    """Note that the session was used and let it last 30 days more; False when that was noted 10 minutes ago
    or less.
    """
    return await store.touch(tx, session_id, now, now - SEEN_EVERY, now + LASTS)


async def end(tx: Transaction, session_id: UUID, person_id: UUID) -> bool:
    """End one session of this person; False when it had ended before."""
    return await store.end_session(tx, session_id, person_id)


async def end_all(tx: Transaction, person_id: UUID, *, except_id: UUID | None = None) -> int:
    """End the person's sessions, all or all but one; how many ended."""
    return await store.end_sessions(tx, person_id, except_id)


async def sessions_of(reader: Reader, person_id: UUID, now: datetime) -> list[SessionSeen]:
    """The person's valid sessions (at most 100), the last used first."""
    return await store.sessions_of(reader, person_id, now)
