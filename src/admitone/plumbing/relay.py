"""The relay: reads the journal in commit order and gives each fact's reactions to the job queue, once.

The cursor moves in the transaction that defers the jobs: a crash in between repeats both or neither, so each
(fact, reaction) becomes exactly one job. A fact nobody can read is parked, counted and shown; the rest go on.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from admitone.plumbing import jobs
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.plumbing.direct import Direct
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import Entry, Fact, read_after

log = structlog.get_logger(__name__)
CURSOR = "reactions"
# What a relay sees almost every time is that there is nothing to do: that is one message.
_LOOK = Direct(
    text(
        """
        SELECT cursor.xid >= pg_snapshot_xmax(pg_current_snapshot()) AS is_ahead,
               EXISTS (
                   SELECT FROM journal_fact AS fact
                   WHERE (fact.xid, fact.id) > (cursor.xid, cursor.fact_id)
                     AND fact.xid < pg_snapshot_xmin(pg_current_snapshot())
               ) AS has_facts
        FROM relay_cursor AS cursor WHERE cursor.name = :name
        """
    )
)
_LOCK = text(
    "SELECT xid::text::bigint AS xid, fact_id FROM relay_cursor WHERE name = :name FOR UPDATE SKIP LOCKED"
)
_START = text("INSERT INTO relay_cursor (name, xid, fact_id) VALUES (:name, '0', 0) ON CONFLICT DO NOTHING")
_MOVE = text("UPDATE relay_cursor SET xid = CAST(:xid AS text)::xid8, fact_id = :fact_id WHERE name = :name")
_PARK = text(
    """
    INSERT INTO relay_parked (fact_id, reaction, error)
    SELECT * FROM unnest(:facts, :reactions, :errors)
    ON CONFLICT (fact_id, reaction) DO UPDATE
        SET error = EXCLUDED.error, parked_at = clock_timestamp(), resolved_at = NULL
    """
).bindparams(
    bindparam("facts", type_=ARRAY(BigInteger)),
    bindparam("reactions", type_=ARRAY(Text)),
    bindparam("errors", type_=ARRAY(Text)),
)


@dataclass(frozen=True, slots=True)
class Parked:
    """A reaction that was set aside, and why."""

    fact_id: int
    reaction: str
    error: str


class RestoredUnderway(Exception):
    """The cursor is ahead of this server: a dump was restored under running processes. A restart mends it."""


class Relay:
    """Moves one cursor. Several may run at once: the row lock lets one of them work at a time."""

    def __init__(
        self, database: Database, kinds: Mapping[str, type[Fact]], reactions: Mapping[str, Collection[str]]
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._reactions = reactions

    async def step(self, most: int = 500) -> int:
        """Relay up to `most` facts; the number relayed. Zero also when another relay holds the cursor.

        Raises `RestoredUnderway` rather than passing over facts in silence.
        """
        relayed = await self._database.run(lambda tx: self._step(tx, most))
        if relayed:
            await hit("relay.after_commit")
        return relayed

    async def _step(self, tx: Transaction, most: int) -> int:
        seen = (await _LOOK.run(tx, {"name": CURSOR})).rows
        if not seen:
            await tx.execute(_START, {"name": CURSOR})
        elif not seen[0].has_facts:
            if seen[0].is_ahead:
                raise RestoredUnderway(
                    "stop every process and start again: docs/runbooks/restore-and-migrate.md"
                )
            return 0
        cursor = (await tx.execute(_LOCK, {"name": CURSOR})).one_or_none()
        if cursor is None:
            return 0
        entries = await read_after(tx, cursor.xid, cursor.fact_id, most)
        if not entries:
            return 0
        wanted: list[jobs.Reaction] = []
        poison: list[Parked] = []
        for entry in entries:
            try:
                wanted.extend(self._react(entry))
            except Exception as error:  # whatever is wrong with one fact is no other fact's business
                poison.append(Parked(entry.id, "relay", f"{type(error).__name__}: {error}"))
        await jobs.defer_reactions(tx, wanted)
        await park(tx, poison)
        last = entries[-1]
        await tx.execute(_MOVE, {"name": CURSOR, "xid": str(last.xid), "fact_id": last.id})
        await hit("relay.before_commit")
        return len(entries)

    def _react(self, entry: Entry) -> list[jobs.Reaction]:
        entry.read_as(self._kinds[entry.kind])
        return [jobs.Reaction(entry.id, name) for name in self._reactions.get(entry.kind, ())]


async def rescue_jobs(database: Database) -> int:
    """Put the jobs of dead workers back on the queue, and park those that kill every worker; how many were found."""

    async def story(tx: Transaction) -> int:
        found = await jobs.rescue(tx)
        await park(
            tx, [Parked(one.fact_id, one.name, "every worker that tried it died") for one in found.given_up]
        )
        return found.put_back + len(found.given_up)

    return await database.run(story)


async def park(tx: Transaction, parked: list[Parked]) -> None:
    """Set reactions aside. They stay visible until `resolve`."""
    if not parked:
        return
    for one in parked:
        log.error("relay.parked", fact_id=one.fact_id, reaction=one.reaction, error=one.error)
    await tx.execute(
        _PARK,
        {
            "facts": [one.fact_id for one in parked],
            "reactions": [one.reaction for one in parked],
            "errors": [one.error[:2000] for one in parked],
        },
    )


async def parked(reader: Reader) -> list[Parked]:
    """Everything that is set aside now, oldest first."""
    rows = await reader.execute(
        text(
            "SELECT fact_id, reaction, error FROM relay_parked WHERE resolved_at IS NULL ORDER BY fact_id, reaction"
        )
    )
    return [Parked(**row._mapping) for row in rows]


async def resolve(tx: Transaction, fact_id: int, reaction: str) -> bool:
    """Mark one parked reaction as dealt with; False when it is not parked."""
    changed = await tx.execute(
        text(
            "UPDATE relay_parked SET resolved_at = clock_timestamp() "
            "WHERE fact_id = :fact_id AND reaction = :reaction AND resolved_at IS NULL"
        ),
        {"fact_id": fact_id, "reaction": reaction},
    )
    return changed.rowcount == 1
