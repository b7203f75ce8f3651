"""A statement that was read is stored; a line that is there already is left as it is."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.journal import announce
from admitone.statements import store
from admitone.statements.facts import StatementImported
from admitone.statements.lines import fingerprints
from admitone.statements.reading import ReadStatement
from admitone.values.ids import uuid7

_NAME_MOST = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file. `known`: lines that an earlier file had. `new_ids`: the new lines by their fingerprints, in
    the file's order.
    """

    statement_id: UUID
    new: int
    known: int
    skipped: int
    new_ids: Mapping[UUID, UUID]


async def import_statement(
    tx: Transaction,
    read: ReadStatement,
    *,
    organiser_id: UUID,
    file_name: str,
    data: bytes,
    now: datetime,
    actor: str,
) -> Imported:
    """Store the statement and those of its lines that no earlier one had, announced.

    The same file, or one that overlaps another, adds nothing twice, also when both are imported in the same moment.
    `file_name` is for people; `data` is not kept.
    """
    row = store.StatementRow(
        id=uuid7(),
        organiser_id=organiser_id,
        account=read.account,
        currency=read.currency,
        kind=read.kind.value,
        file_name=tidy_name(file_name),
        file_digest=hashlib.sha256(data).digest(),
        imported_by=actor,
        imported_at=now,
        rows_skipped=read.skipped,
    )
    await store.insert_statement(tx, row)
    marks = fingerprints(read.account, read.lines)
    lines = [(uuid7(), mark, line) for mark, line in zip(marks, read.lines, strict=True)]
    added = await store.insert_lines(tx, row, lines)
    new, known = len(added), len(lines) - len(added)
    fact = StatementImported(subject_id=row.id, organiser_id=organiser_id, lines_new=new, lines_known=known)
    await announce(tx, [fact], actor)
    new_ids = {mark: line_id for line_id, mark, _ in lines if line_id in added}
    return Imported(row.id, new, known, read.skipped, new_ids)


def tidy_name(file_name: str) -> str:
    """What is shown of a file's name."""
    return "".join(letter for letter in file_name if letter.isprintable())[:_NAME_MOST]


async def seen_before(reader: Reader, organiser_id: UUID, account: str, marks: Collection[UUID]) -> set[UUID]:
    """Which of these fingerprints of the account's lines are there already."""
    return await store.known_marks(reader, organiser_id, account, marks)
