"""The journal: one append-only table, written in the transaction that makes a change true.

`announce` writes facts; `read_after` reads them in commit order. Ids are given before a transaction commits, so
`id > last` would skip rows of slow transactions. The reader's watermark is the transaction id instead: rows whose
`xid` is below `pg_snapshot_xmin(pg_current_snapshot())` belong to transactions that have all ended.
Facts name people and things by id only, so erasing a person leaves the journal whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened, in the past tense. Subclasses are frozen dataclasses of ids, whole numbers and words.

    `kind` is stored and never changes meaning; `subject_id` is the thing it happened to.
    """

    kind: ClassVar[str]

    subject_id: UUID
    organiser_id: UUID | None = None


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact as written: its place in commit order is (xid, id)."""

    id: int
    xid: int
    kind: str
    subject_id: UUID
    organiser_id: UUID | None
    actor: str
    body: dict[str, Any]
    at: datetime

    def read_as(self, fact: type[F]) -> F:
        """The fact as its class. Raises `msgspec.ValidationError` when the body does not fit (a poison fact)."""
        whole = {**self.body, "subject_id": self.subject_id, "organiser_id": self.organiser_id}
        return msgspec.convert(whole, type=fact, strict=False)


# One JSON document instead of an array per column: the driver needs 45 µs a fact for those, this takes 2.
ANNOUNCE_SQL = """
    INSERT INTO journal_fact (kind, subject_id, organiser_id, actor, body)
    SELECT * FROM json_to_recordset(CAST(:facts AS json))
        AS fact (kind text, subject_id uuid, organiser_id uuid, actor text, body jsonb)
"""
"""What `announce` runs, for a statement that writes its facts along (`:facts` is `announcement(...)`)."""

_INSERT = Direct(text(ANNOUNCE_SQL))


async def announce(tx: Transaction, facts: Sequence[Fact], actor: str | Sequence[str]) -> None:
    """Write `facts` in the caller's transaction: they become true with it, or not at all.

    `actor` says who did it by id (`person:<uuid>`, `guest`, `system`), never by name or address; or one for each fact.
    """
    if facts:
        await _INSERT.run(tx, {"facts": announcement(facts, actor)})


def announcement(facts: Sequence[Fact], actor: str | Sequence[str]) -> str:
    """Facts as the document `ANNOUNCE_SQL` reads; arguments as for `announce`."""
    actors = [actor] * len(facts) if isinstance(actor, str) else actor
    rows = [
        {
            "kind": fact.kind,
            "subject_id": fact.subject_id,
            "organiser_id": fact.organiser_id,
            "actor": by,
            "body": _body(fact),
        }
        for fact, by in zip(facts, actors, strict=True)
    ]
    return msgspec.json.encode(rows).decode()


# What the JSON encoder writes by itself, and faster.
_LEFT_TO_JSON = (UUID, datetime)


def _body(fact: Fact) -> dict[str, object]:
    built: dict[str, object] = msgspec.to_builtins(fact, builtin_types=_LEFT_TO_JSON)
    del built["subject_id"], built["organiser_id"]  # these have columns of their own
    return built


_READ = text(
    """
    SELECT id, xid::text::bigint AS xid, kind, subject_id, organiser_id, actor, body, at
    FROM journal_fact
    WHERE (xid, id) > (CAST(:xid AS text)::xid8, :fact_id) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT :most
    """
)


async def read_after(reader: Reader, xid: int, fact_id: int, most: int) -> list[Entry]:
    """Up to `most` facts after (xid, fact_id), in commit order, from transactions that can no longer change."""
    rows = await reader.execute(_READ, {"xid": str(xid), "fact_id": fact_id, "most": most})
    return [Entry(**row._mapping) for row in rows]


_ONE = text(
    """
    SELECT id, xid::text::bigint AS xid, kind, subject_id, organiser_id, actor, body, at
    FROM journal_fact WHERE id = :fact_id
    """
)


async def read_one(reader: Reader, fact_id: int) -> Entry | None:
    """The fact with this id, if it is there."""
    row = (await reader.execute(_ONE, {"fact_id": fact_id})).one_or_none()
    return None if row is None else Entry(**row._mapping)
