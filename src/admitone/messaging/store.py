"""The SQL of letters: queued in the caller's transaction, sent later, each once per cause, template and reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from admitone.messaging.sender import Attachment
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A letter to queue. `cause` names why it is sent; with the template and the reader it is unique."""

    id: UUID
    cause: str
    template: str
    to_email: str
    to_key: str
    organiser_id: UUID | None
    subject: str
    html: str
    plain: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter as stored, without its attachments' content."""

    id: UUID
    template: str
    to_email: str
    subject: str
    html: str
    plain: str
    state: str
    error: str | None
    tries: int
    created_at: datetime
    closed_at: datetime | None
    reply_to: str | None


_COLUMNS = (
    "id, template, to_email, reply_to, subject, html, plain, state, error, tries, created_at, closed_at"
)


async def queue(tx: Transaction, letter: NewLetter, *, now: datetime) -> bool:
    """Queue the letter; False when this reader has already been told this."""
    inserted = await tx.execute(
        text(
            "INSERT INTO messaging_letter (id, cause, template, to_email, to_key, reply_to, organiser_id, "
            "subject, html, plain, state, tries, created_at, send_at) "
            "VALUES (:id, :cause, :template, :to_email, :to_key, :reply_to, :organiser_id, "
            ":subject, :html, :plain, 'queued', 0, :now, :now) "
            "ON CONFLICT (cause, template, to_key) DO NOTHING"
        ),
        {
            "id": letter.id,
            "cause": letter.cause,
            "template": letter.template,
            "to_email": letter.to_email,
            "to_key": letter.to_key,
            "reply_to": letter.reply_to,
            "organiser_id": letter.organiser_id,
            "subject": letter.subject,
            "html": letter.html,
            "plain": letter.plain,
            "now": now,
        },
    )
    if inserted.rowcount == 0:
        return False
    for number, attachment in enumerate(letter.attachments, start=1):
        await tx.execute(
            text(
                "INSERT INTO messaging_attachment (letter_id, number, filename, media_type, content) "
                "VALUES (:letter_id, :number, :filename, :media_type, :content)"
            ),
            {
                "letter_id": letter.id,
                "number": number,
                "filename": attachment.filename,
                "media_type": attachment.media_type,
                "content": attachment.content,
            },
        )
    return True


_QUEUE_MANY = text(
    """
    INSERT INTO messaging_letter (id, cause, template, to_email, to_key, reply_to, organiser_id, subject, html, plain,
        state, tries, created_at, send_at)
    SELECT l.id, l.cause, l.template, l.to_email, l.to_key, l.reply_to, l.organiser_id, l.subject, l.html, l.plain,
        'queued', 0, :now, :now
    FROM jsonb_to_recordset(CAST(:letters AS jsonb)) AS l (id uuid, cause text, template text, to_email text,
        to_key text, reply_to text, organiser_id uuid, subject text, html text, plain text)
    ON CONFLICT (cause, template, to_key) DO NOTHING
    """
)


async def queue_many(tx: Transaction, letters: Sequence[NewLetter], *, now: datetime) -> None:
    """Queue letters without attachments in one statement, but for those whose readers have been told before."""
    assert not any(one.attachments for one in letters), "files are queued one by one"
    if letters:
        await tx.execute(_QUEUE_MANY, {"letters": msgspec.json.encode(letters).decode(), "now": now})


_TAKE_DUE = Direct(
    text(
        "UPDATE messaging_letter SET tries = tries + 1, send_at = :again "
        "WHERE id IN (SELECT id FROM messaging_letter "
        "WHERE state = 'queued' AND send_at <= :now ORDER BY send_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED) "
        f"RETURNING {_COLUMNS}"
    )
)


async def take_due(tx: Transaction, now: datetime, most: int) -> list[StoredLetter]:
    """Letters to send now. Their next try is moved a minute ahead first: a sender that dies is followed by another."""
    ran = await _TAKE_DUE.run(tx, {"now": now, "again": now + timedelta(minutes=1), "most": most})
    return [StoredLetter(**row._asdict()) for row in ran.rows]


async def close(tx: Transaction, letter_id: UUID, state: str, error: str | None, now: datetime) -> bool:
    """queued -> sent, kept or refused; False when it was closed before.

    A letter that has left is forgotten here but for its subject: it carried links and ticket codes, and a copy of this
    table is to open no door.
    """
    has_left = state == "sent"
    changed = await tx.execute(
        text(
            "UPDATE messaging_letter SET state = :state, error = :error, closed_at = :now, "
            "html = CASE WHEN :has_left THEN '' ELSE html END, plain = CASE WHEN :has_left THEN '' ELSE plain END "
            "WHERE id = :id AND state = 'queued'"
        ),
        {"id": letter_id, "state": state, "error": error, "now": now, "has_left": has_left},
    )
    if has_left and changed.rowcount == 1:
        await tx.execute(text("DELETE FROM messaging_attachment WHERE letter_id = :id"), {"id": letter_id})
    return changed.rowcount == 1


async def postpone(tx: Transaction, letter_id: UUID, error: str, send_at: datetime) -> None:
    """Try again later."""
    await tx.execute(
        text(
            "UPDATE messaging_letter SET error = :error, send_at = :send_at WHERE id = :id AND state = 'queued'"
        ),
        {"id": letter_id, "error": error, "send_at": send_at},
    )


async def newest(reader: Reader, most: int, to_key: str | None = None) -> list[StoredLetter]:
    """The newest letters, to one reader if `to_key` is given."""
    rows = await reader.execute(
        text(
            f"SELECT {_COLUMNS} FROM messaging_letter "
            "WHERE CAST(:to_key AS text) IS NULL OR to_key = :to_key ORDER BY created_at DESC, id DESC LIMIT :most"
        ),
        {"to_key": to_key, "most": most},
    )
    return [StoredLetter(**row._mapping) for row in rows]


async def letter(reader: Reader, letter_id: UUID) -> StoredLetter | None:
    """The letter with this id."""
    rows = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM messaging_letter WHERE id = :id"),
        {"id": letter_id},
    )
    row = rows.one_or_none()
    return None if row is None else StoredLetter(**row._mapping)


_ATTACHMENTS = text(
    "SELECT letter_id, filename, media_type, content FROM messaging_attachment "
    "WHERE letter_id = ANY(:ids) ORDER BY letter_id, number"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def attachments(reader: Reader, letter_ids: Sequence[UUID]) -> dict[UUID, tuple[Attachment, ...]]:
    """The files of these letters, by letter."""
    found: dict[UUID, tuple[Attachment, ...]] = {}
    for row in await reader.execute(_ATTACHMENTS, {"ids": list(letter_ids)}):
        one = Attachment(row.filename, row.media_type, bytes(row.content))
        found[row.letter_id] = (*found.get(row.letter_id, ()), one)
    return found
