"""SQL of files that wait for a yes. They are locked before the lines they bring."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction
from admitone.statements.csv_reader import CsvReading
from admitone.statements.csv_words import Column


@dataclass(frozen=True, slots=True)
class DraftName:
    """A draft without its bytes."""

    id: UUID
    file_name: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that somebody uploaded, which payment account it is of, and how to read it."""

    id: UUID
    organiser_id: UUID
    account_id: UUID
    file_name: str
    file_digest: bytes
    data: bytes
    reading: CsvReading
    drafted_by: str
    drafted_at: datetime


# Only what is no longer wanted: the same file of the same account, and all but the newest.
_MAKE_ROOM = text(
    """
    DELETE FROM statements_draft WHERE organiser_id = :organiser_id AND (
        (account_id = :account_id AND file_digest = :file_digest)
        OR id NOT IN (SELECT newest.id FROM statements_draft AS newest WHERE newest.organiser_id = :organiser_id
                      ORDER BY newest.id DESC LIMIT :others))
    """
)
_INSERT = text(
    """
    INSERT INTO statements_draft (id, organiser_id, account_id, file_name, file_digest, data, reading, drafted_by,
        drafted_at)
    VALUES (:id, :organiser_id, :account_id, :file_name, :file_digest, :data, CAST(:reading AS jsonb), :drafted_by,
        :drafted_at)
    """
)
_READ = text("SELECT * FROM statements_draft WHERE organiser_id = :organiser_id AND id = :id")
_NAMES = text(
    "SELECT id, file_name, drafted_at FROM statements_draft WHERE organiser_id = :organiser_id ORDER BY id DESC"
)
_DELETE = text("DELETE FROM statements_draft WHERE organiser_id = :organiser_id AND id = :id RETURNING id")
_DELETE_BEFORE = text("DELETE FROM statements_draft WHERE drafted_at < :before RETURNING id")


async def replace(tx: Transaction, draft: Draft, most: int) -> None:
    """Keep the draft, in the place of the same file, and of all others the newest `most` less one."""
    params = {name: getattr(draft, name) for name in Draft.__slots__}
    await tx.execute(_MAKE_ROOM, {**params, "others": most - 1})
    await tx.execute(_INSERT, {**params, "reading": _written(draft.reading)})


async def read(reader: Reader, organiser_id: UUID, draft_id: UUID) -> Draft | None:
    """The organiser's draft."""
    row = (
        (await reader.execute(_READ, {"organiser_id": organiser_id, "id": draft_id})).mappings().one_or_none()
    )
    return None if row is None else Draft(**{**row, "reading": _read(row["reading"])})


async def names(reader: Reader, organiser_id: UUID) -> list[DraftName]:
    """The organiser's drafts, newest first."""
    rows = await reader.execute(_NAMES, {"organiser_id": organiser_id})
    return [DraftName(**row) for row in rows.mappings()]


async def delete(tx: Transaction, organiser_id: UUID, draft_id: UUID) -> bool:
    """Whether it was there. Of two who say so at once the second hears no."""
    found = await tx.execute(_DELETE, {"organiser_id": organiser_id, "id": draft_id})
    return found.one_or_none() is not None


async def delete_before(tx: Transaction, before: datetime) -> int:
    """How many were older."""
    return len((await tx.execute(_DELETE_BEFORE, {"before": before})).all())


def _written(reading: CsvReading) -> str:
    return json.dumps(
        {
            "columns": {column.value: name for column, name in reading.columns.items()},
            "is_day_first": reading.is_day_first,
            "decimal_mark": reading.decimal_mark,
        }
    )


def _read(stored: dict[str, object]) -> CsvReading:
    columns, day_first, mark = stored["columns"], stored["is_day_first"], stored["decimal_mark"]
    assert isinstance(columns, dict)
    assert day_first is None or isinstance(day_first, bool)
    assert mark is None or isinstance(mark, str)
    return CsvReading({Column(column): str(name) for column, name in columns.items()}, day_first, mark)
