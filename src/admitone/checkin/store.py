"""The door's SQL: set-based, so that a batch of a hundred scans costs as many statements as one scan.

Lock order: admissions by ticket id, then scans, then tallies by event id.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select, text

from admitone.checkin.tables import Admission, Tally
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct
from admitone.plumbing.journal import ANNOUNCE_SQL


# Structs and not dataclasses: a frozen dataclass of this size takes ten times as long to make, and this is
# per scan.
class ScanRow(msgspec.Struct, frozen=True):
    """A scan and its answer, as stored. `first_at` and `first_door` come with `already_used`, `presented` (the
    beginning of what was scanned or typed) with `not_valid`.
    """

    id: UUID
    event_id: UUID
    organiser_id: UUID
    person_id: UUID | None
    code_digest: bytes
    ticket_id: UUID | None
    door: str
    verdict: str
    reason: str | None
    first_at: datetime | None
    first_door: str | None
    device_at: datetime | None
    at: datetime
    presented: str | None = None


class AdmissionRow(msgspec.Struct, frozen=True):
    """A ticket went in: when, and at which door."""

    ticket_id: UUID
    event_id: UUID
    scan_id: UUID
    door: str
    at: datetime


_ADMISSION = AdmissionRow.__struct_fields__
_SCAN = ScanRow.__struct_fields__
# Rows travel as one JSON document: encoding it costs a twentieth of what the driver needs for an array per
# column.
_RECORD = Direct(
    text(
        f"""
    WITH fresh AS MATERIALIZED (
        SELECT id, event_id, organiser_id, person_id, decode(code_digest, 'base64') AS code_digest, ticket_id,
               door, verdict, reason, first_at, first_door, device_at, at, presented
        FROM json_to_recordset(CAST(:rows AS json)) AS fresh (
            id uuid, event_id uuid, organiser_id uuid, person_id uuid, code_digest text, ticket_id uuid,
            door text, verdict text, reason text, first_at timestamptz, first_door text,
            device_at timestamptz, at timestamptz, presented text
        )
    ), entered AS (
        INSERT INTO checkin_admission ({", ".join(_ADMISSION)})
        SELECT ticket_id, event_id, id, door, at FROM fresh WHERE verdict = 'admitted' ORDER BY ticket_id
        ON CONFLICT DO NOTHING
        RETURNING event_id
    ), recorded AS (
        INSERT INTO checkin_scan ({", ".join(_SCAN)})
        SELECT {", ".join(_SCAN)} FROM fresh ORDER BY id
        ON CONFLICT (id) DO NOTHING
        RETURNING 1
    ), counted AS (
        INSERT INTO checkin_tally (event_id, admitted)
        SELECT event_id, count(*) FROM entered GROUP BY event_id ORDER BY event_id
        ON CONFLICT (event_id) DO UPDATE SET admitted = checkin_tally.admitted + excluded.admitted
    ), announced AS ({ANNOUNCE_SQL})
    SELECT (SELECT count(*) FROM entered) AS entered, (SELECT count(*) FROM recorded) AS recorded
    """
    )
)


async def record(tx: Transaction, rows: Sequence[ScanRow], admitted: int, announcement: str) -> bool:
    """Write the scans, let in the tickets of those that say `admitted` (so many), move the tallies, announce: one
    statement.

    Waits for another transaction that does the same to one of them. False when one of the scan ids or one of the
    tickets was taken meanwhile: then the transaction must not be committed.
    """
    document = msgspec.json.encode(rows).decode()
    [made] = (await _RECORD.run(tx, {"rows": document, "facts": announcement})).rows
    return bool(made.entered == admitted and made.recorded == len(rows))


async def tally(reader: Reader, event_id: UUID) -> int:
    """How many went in."""
    found = (
        await reader.execute(select(Tally.admitted).where(Tally.event_id == event_id))
    ).scalar_one_or_none()
    return 0 if found is None else found


async def admitted_among(reader: Reader, ticket_ids: Collection[UUID]) -> set[UUID]:
    """Which of these tickets went in."""
    rows = await reader.execute(select(Admission.ticket_id).where(Admission.ticket_id.in_(ticket_ids)))
    return set(rows.scalars())
