"""The SQL of whose a ticket is, and of the questions that its owner answers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a ticket is, or was, since it was passed on for the `number`th time. `reissue`: of the code they got."""

    id: UUID
    ticket_id: UUID
    number: int
    email: str
    email_key: str
    reissue: int
    way: str
    given_at: datetime


_OWNER = ", ".join(Owner.__dataclass_fields__)
_LAST = text(
    f"SELECT DISTINCT ON (ticket_id) {_OWNER} FROM tickets_owner WHERE ticket_id = ANY(:ids)"
    " ORDER BY ticket_id, number DESC"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_INSERT_OWNER = text(
    f"INSERT INTO tickets_owner ({_OWNER}) VALUES ({', '.join(':' + name for name in Owner.__dataclass_fields__)})"
)


async def last_owners(reader: Reader, ticket_ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Who has them now, by ticket; those that were never passed on are left out."""
    rows = await reader.execute(_LAST, {"ids": list(ticket_ids)})
    return {row.ticket_id: Owner(**row._mapping) for row in rows}


async def owner(reader: Reader, owner_id: UUID) -> Owner | None:
    """This passing on."""
    found = await reader.execute(text(f"SELECT {_OWNER} FROM tickets_owner WHERE id = :id"), {"id": owner_id})
    row = found.one_or_none()
    return None if row is None else Owner(**row._mapping)


async def insert_owner(tx: Transaction, new: Owner) -> None:
    """Write it; the caller has the ticket locked."""
    await tx.execute(_INSERT_OWNER, {name: getattr(new, name) for name in Owner.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """A question as stored. `is_void`: the ticket has another code since it was asked."""

    id: UUID
    ticket_id: UUID
    reissue: int
    purpose: str
    nonce: str
    asked_at: datetime
    valid_until: datetime
    proved_at: datetime | None
    way: str | None
    proved_by: str | None
    used_at: datetime | None
    is_void: bool


_CHALLENGE = """
    SELECT asked.id, asked.ticket_id, asked.reissue, asked.purpose, asked.nonce, asked.asked_at, asked.valid_until,
           asked.proved_at, asked.way, asked.proved_by, asked.used_at, ticket.reissue <> asked.reissue AS is_void
    FROM tickets_challenge AS asked JOIN tickets_ticket AS ticket ON ticket.id = asked.ticket_id
"""
_INSERT = text(
    """
    INSERT INTO tickets_challenge (id, ticket_id, reissue, purpose, nonce, asked_at, valid_until)
    SELECT :id, id, reissue, :purpose, :nonce, :now, :until FROM tickets_ticket WHERE id = :ticket_id
    """
)
_PROVE = text(
    """
    UPDATE tickets_challenge AS asked
    SET proved_at = :now, way = :way, proved_by = :proved_by, word_digest = :word_digest, valid_until = :until
    FROM tickets_ticket AS ticket
    WHERE asked.id = :id AND asked.proved_at IS NULL AND asked.valid_until > :now
      AND ticket.id = asked.ticket_id AND ticket.reissue = asked.reissue AND ticket.state = 'valid'
    """
)
_USE = text(
    """
    UPDATE tickets_challenge AS asked SET used_at = :now FROM tickets_ticket AS ticket
    WHERE asked.id = :id AND asked.purpose = 'pass_on' AND asked.proved_at IS NOT NULL AND asked.used_at IS NULL
      AND asked.valid_until > :now AND ticket.id = asked.ticket_id AND ticket.reissue = asked.reissue
    RETURNING asked.ticket_id, asked.way
    """
)
_USE_WORD = text(
    """
    UPDATE tickets_challenge AS asked SET used_at = :now FROM tickets_ticket AS ticket
    WHERE asked.word_digest = :word_digest AND asked.purpose = 'show' AND asked.used_at IS NULL
      AND asked.valid_until > :now AND ticket.id = asked.ticket_id AND ticket.reissue = asked.reissue
      AND ticket.event_id = :event_id AND ticket.state = 'valid'
    RETURNING asked.id
    """
)


async def insert_challenge(
    tx: Transaction,
    challenge_id: UUID,
    ticket_id: UUID,
    purpose: str,
    nonce: str,
    now: datetime,
    until: datetime,
) -> None:
    """Ask about the ticket with the code it has now."""
    await tx.execute(
        _INSERT,
        {
            "id": challenge_id,
            "ticket_id": ticket_id,
            "purpose": purpose,
            "nonce": nonce,
            "now": now,
            "until": until,
        },
    )


async def challenge(reader: Reader, challenge_id: UUID) -> ChallengeRow | None:
    """The question with this id."""
    row = (
        await reader.execute(text(f"{_CHALLENGE} WHERE asked.id = :id"), {"id": challenge_id})
    ).one_or_none()
    return None if row is None else ChallengeRow(**row._mapping)


async def prove(
    tx: Transaction,
    challenge_id: UUID,
    *,
    way: str,
    proved_by: str,
    word_digest: bytes | None,
    now: datetime,
    until: datetime,
) -> bool:
    """It was answered; False when it was answered before, is too old, or the ticket is another's or cancelled."""
    changed = await tx.execute(
        _PROVE,
        {
            "id": challenge_id,
            "way": way,
            "proved_by": proved_by,
            "word_digest": word_digest,
            "now": now,
            "until": until,
        },
    )
    return changed.rowcount == 1


async def use(tx: Transaction, challenge_id: UUID, now: datetime) -> tuple[UUID, str] | None:
    """Use a proof up to pass its ticket on: the ticket, and how it was proved."""
    row = (await tx.execute(_USE, {"id": challenge_id, "now": now})).one_or_none()
    return None if row is None else (row.ticket_id, row.way)


async def use_word(tx: Transaction, event_id: UUID, word_digest: bytes, now: datetime) -> UUID | None:
    """Use a door's word up; the question it belongs to."""
    found = await tx.execute(_USE_WORD, {"event_id": event_id, "word_digest": word_digest, "now": now})
    challenge_id: UUID | None = found.scalars().first()
    return challenge_id


async def sweep(tx: Transaction, before: datetime) -> int:
    """Delete questions that nobody answered and that ended before this instant; how many."""
    gone = await tx.execute(
        text("DELETE FROM tickets_challenge WHERE proved_at IS NULL AND valid_until < :before"),
        {"before": before},
    )
    return gone.rowcount
