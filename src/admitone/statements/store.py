"""Statements' SQL. Every change of a line writes its history in the same statement.

Lock order: lines by id, before everything else a story locks.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from admitone.plumbing.database import Reader, Transaction
from admitone.statements.lifecycle import Line, LineState
from admitone.statements.lines import StatementLine

_IDS = ARRAY(Uuid)
# Rows of one statement: a few megabytes of parameters at most.
_AT_ONCE = 1_000
_COLUMNS = """
    line.id, line.statement_id, line.organiser_id, line.account, line.bank_ref, line.booked_on, line.currency,
    line.amount_minor, line.payer_name, line.payer_iban, line.text, line.raw, line.state, line.order_id,
    line.attempt_id, line.settled_at, line.version
"""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement to store."""

    id: UUID
    organiser_id: UUID
    account: str
    currency: str
    kind: str
    file_name: str
    file_digest: bytes
    imported_by: str
    imported_at: datetime
    rows_skipped: int


def _line(row: RowMapping) -> Line:
    fields = dict(row)
    return Line(**{**fields, "state": LineState(row["state"])})


_INSERT_STATEMENT = text(
    """
    INSERT INTO statements_statement (id, organiser_id, account, currency, kind, file_name, file_digest,
        imported_by, imported_at, lines_new, lines_known, rows_skipped)
    VALUES (:id, :organiser_id, :account, :currency, :kind, :file_name, :file_digest,
        :imported_by, :imported_at, 0, 0, :rows_skipped)
    """
)
_COUNTED = text("UPDATE statements_statement SET lines_new = :new, lines_known = :known WHERE id = :id")
# By fingerprint, so that two imports at once wait for each other instead of each for the other.
_INSERT_LINES = text(
    """
    WITH added AS (
        INSERT INTO statements_line (id, statement_id, organiser_id, account, fingerprint, bank_ref, booked_on,
            currency, amount_minor, payer_name, payer_iban, text, raw, state, version)
        SELECT new.id, :statement_id, :organiser_id, :account, new.fingerprint, new.bank_ref, new.booked_on,
            new.currency, new.amount_minor, new.payer_name, new.payer_iban, new.text, new.raw, 'open', 1
        FROM json_to_recordset(CAST(:lines AS json)) AS new (id uuid, fingerprint uuid, bank_ref text,
            booked_on date, currency text, amount_minor bigint, payer_name text, payer_iban text, text text, raw jsonb)
        ORDER BY new.fingerprint
        ON CONFLICT (organiser_id, account, fingerprint) DO NOTHING
        RETURNING id
    )
    INSERT INTO statements_change (line_id, version, from_state, to_state, actor, at)
    SELECT id, 1, NULL, 'open', :actor, :now FROM added
    RETURNING line_id
    """
)


async def insert_statement(tx: Transaction, row: StatementRow) -> None:
    """Store the statement, without lines yet."""
    await tx.execute(_INSERT_STATEMENT, {name: getattr(row, name) for name in StatementRow.__slots__})


async def insert_lines(
    tx: Transaction, row: StatementRow, lines: Sequence[tuple[UUID, UUID, StatementLine]]
) -> set[UUID]:
    """Store each (id, fingerprint, line) that is not there yet, and count them in its statement; which are new."""
    added: set[UUID] = set()
    in_order = sorted(lines, key=lambda one: one[1].bytes)
    for start in range(0, len(in_order), _AT_ONCE):
        document = [
            {
                "id": str(line_id),
                "fingerprint": str(fingerprint),
                "bank_ref": line.bank_ref,
                "booked_on": line.booked_on.isoformat(),
                "currency": line.currency,
                "amount_minor": line.amount_minor,
                "payer_name": line.payer_name,
                "payer_iban": line.payer_iban,
                "text": line.text,
                "raw": dict(line.raw),
            }
            for line_id, fingerprint, line in in_order[start : start + _AT_ONCE]
        ]
        params = {
            "statement_id": row.id,
            "organiser_id": row.organiser_id,
            "account": row.account,
            "lines": json.dumps(document),
            "actor": row.imported_by,
            "now": row.imported_at,
        }
        added.update((await tx.execute(_INSERT_LINES, params)).scalars())
    await tx.execute(_COUNTED, {"id": row.id, "new": len(added), "known": len(lines) - len(added)})
    return added


_READ = f"SELECT {_COLUMNS} FROM statements_line AS line "
_BY_IDS = text(_READ + "WHERE organiser_id = :organiser_id AND id = ANY(:ids) ORDER BY id").bindparams(
    bindparam("ids", type_=_IDS)
)
_OPEN = text(
    _READ
    + """
    WHERE organiser_id = :organiser_id AND state = 'open' AND amount_minor > 0
      AND (booked_on, id) > (:after_day, :after_id)
    ORDER BY booked_on, id LIMIT :most
    """
)
_OF_ORDERS = text(_READ + "WHERE order_id = ANY(:ids) ORDER BY booked_on, id").bindparams(
    bindparam("ids", type_=_IDS)
)


_KNOWN = text(
    """
    SELECT fingerprint FROM statements_line
    WHERE organiser_id = :organiser_id AND account = :account AND fingerprint = ANY(:marks)
    """
).bindparams(bindparam("marks", type_=_IDS))


async def known_marks(reader: Reader, organiser_id: UUID, account: str, marks: Collection[UUID]) -> set[UUID]:
    """Those of the fingerprints that there are lines of."""
    params = {"organiser_id": organiser_id, "account": account, "marks": list(marks)}
    return set((await reader.execute(_KNOWN, params)).scalars())


async def lines_by_id(reader: Reader, organiser_id: UUID, ids: Collection[UUID]) -> dict[UUID, Line]:
    """The organiser's lines with these ids."""
    rows = await reader.execute(_BY_IDS, {"organiser_id": organiser_id, "ids": list(ids)})
    return {row["id"]: _line(row) for row in rows.mappings()}


async def open_lines(
    reader: Reader, organiser_id: UUID, after_day: date, after_id: UUID, most: int
) -> list[Line]:
    """Open lines of money that came in, oldest first, after this day and id."""
    rows = await reader.execute(
        _OPEN, {"organiser_id": organiser_id, "after_day": after_day, "after_id": after_id, "most": most}
    )
    return [_line(row) for row in rows.mappings()]


async def lines_of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Line]:
    """The lines matched with these orders, oldest first."""
    rows = await reader.execute(_OF_ORDERS, {"ids": list(order_ids)})
    return [_line(row) for row in rows.mappings()]


# `wanted` names what each line becomes; a line that is in none of the states it may come from stays as it is.
_CHANGE = """
    WITH wanted AS (
        SELECT * FROM unnest(:ids, :orders, :attempts) AS wanted (id, order_id, attempt_id)
    ), locked AS (
        SELECT line.id, line.state, line.order_id, line.attempt_id FROM statements_line AS line
        JOIN wanted ON wanted.id = line.id
        WHERE line.organiser_id = :organiser_id
        ORDER BY line.id FOR NO KEY UPDATE OF line
    ), changed AS (
        UPDATE statements_line AS line
        SET state = '{to_state}', order_id = {order_id}, attempt_id = {attempt_id}, version = line.version + 1
        FROM locked JOIN wanted ON wanted.id = locked.id
        WHERE line.id = locked.id AND line.state = ANY(:from_states) AND {also}
        RETURNING {columns}, locked.state AS was_state, locked.order_id AS was_order
    ), history AS (
        INSERT INTO statements_change (line_id, version, from_state, to_state, order_id, attempt_id, actor, at)
        SELECT id, version, was_state, state, coalesce(order_id, was_order), attempt_id, :actor, :now FROM changed
    )
    SELECT * FROM changed ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """A line as it is now, and what it was."""

    line: Line
    was_state: LineState
    was_order: UUID | None


@dataclass(frozen=True, slots=True)
class Change:
    """Which states a line may come from, and what else must be so."""

    to_state: LineState
    from_states: tuple[LineState, ...]
    sql: str


def _change(to_state: LineState, from_states: tuple[LineState, ...], *, order: str, also: str) -> Change:
    attempt = {"wanted.order_id": "wanted.attempt_id", "NULL": "NULL"}.get(order, "line.attempt_id")
    sql = _CHANGE.format(
        to_state=to_state.value, order_id=order, attempt_id=attempt, also=also, columns=_COLUMNS
    )
    return Change(to_state, from_states, sql)


MATCH = _change(LineState.MATCHED, (LineState.OPEN,), order="wanted.order_id", also="line.amount_minor > 0")
IGNORE = _change(LineState.IGNORED, (LineState.OPEN,), order="NULL", also="true")
REOPEN = _change(
    LineState.OPEN, (LineState.MATCHED, LineState.IGNORED), order="NULL", also="line.settled_at IS NULL"
)
RETURN = _change(
    LineState.RETURNED,
    (LineState.OPEN, LineState.MATCHED),
    order="line.order_id",
    also="line.amount_minor > 0",
)


async def change(
    tx: Transaction,
    wanted: Change,
    organiser_id: UUID,
    lines: Sequence[tuple[UUID, UUID | None, UUID | None]],
    *,
    now: datetime,
    actor: str,
) -> dict[UUID, Changed]:
    """Change each (line, order, attempt) that may be changed so, with its history; those that were, by id."""
    statement = text(wanted.sql).bindparams(
        *(bindparam(name, type_=_IDS) for name in ("ids", "orders", "attempts")),
        bindparam("from_states", type_=ARRAY(Text)),
    )
    rows = await tx.execute(
        statement,
        {
            "organiser_id": organiser_id,
            "ids": [one[0] for one in lines],
            "orders": [one[1] for one in lines],
            "attempts": [one[2] for one in lines],
            "from_states": [state.value for state in wanted.from_states],
            "actor": actor,
            "now": now,
        },
    )
    changed = {}
    for row in rows.mappings():
        fields = {name: row[name] for name in Line.__slots__}
        line = Line(**{**fields, "state": LineState(row["state"])})
        changed[line.id] = Changed(line, LineState(row["was_state"]), row["was_order"])
    return changed


_SETTLE = text(
    """
    WITH locked AS (SELECT id FROM statements_line WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE)
    UPDATE statements_line AS line SET settled_at = :now FROM locked
    WHERE line.id = locked.id AND line.state = 'matched' AND line.settled_at IS NULL
    RETURNING line.id
    """
).bindparams(bindparam("ids", type_=_IDS))


async def settle(tx: Transaction, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Mark matched lines as settled; which were not before."""
    return set((await tx.execute(_SETTLE, {"ids": list(ids), "now": now})).scalars())
