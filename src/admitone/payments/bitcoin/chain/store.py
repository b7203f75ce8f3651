"""The SQL of credits, of those the network took back, and of how far the chain was read."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text

from admitone.payments.bitcoin.chain.credits import MINED_WITHIN, Credit, CreditState, Undone, UndoneState
from admitone.payments.bitcoin.chain.port import Tip
from admitone.payments.store import IDS, WORDS
from admitone.plumbing.database import Reader, Transaction

CURSOR = "chain"
TOLD = "told"


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """Up to which block an account's chain was read, and when that was last so."""

    tip: Tip
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money seen on the chain, as a page shows it: with its confirmations and how many it needs.

    `is_late`: it was seen, or mined, too late for the rate it was asked at.
    """

    attempt_id: UUID
    txid: str
    amount_msat: int
    confirmations: int
    needed: int
    is_replaced: bool
    is_late: bool
    seen_at: datetime

    @property
    def rate_until(self) -> datetime | None:
        """Until when it has to be in a block to count at the rate it was asked at; None when that is decided."""
        return None if self.confirmations or self.is_late or self.is_replaced else self.seen_at + MINED_WITHIN


CREDIT_COLUMNS = """account_id, txid, vout, attempt_id, address, amount_msat, depth, state, block_hash, height, seen_at,
    is_late, late_price, worth_minor, final_at, deep_at, given_to, change_no"""
_TYPES = """account_id uuid, txid text, vout integer, attempt_id uuid, address text, amount_msat bigint, depth smallint,
    state text, block_hash text, height integer, seen_at timestamptz, is_late boolean, late_price numeric,
    worth_minor bigint, final_at timestamptz, deep_at timestamptz, given_to uuid, change_no bigint"""
_UNDONE = "account_id, ref, txid, vout, state, opened_at, changed_at, change_no"
_UNDONE_TYPES = """account_id uuid, ref text, txid text, vout integer, state text, opened_at timestamptz,
    changed_at timestamptz, change_no bigint"""


def credit_of(row: RowMapping) -> Credit:
    """A credit of its row."""
    return Credit(**{**row, "state": CreditState(row["state"])})


def _undone(row: RowMapping) -> Undone:
    return Undone(**{**row, "state": UndoneState(row["state"])})


def _read(value: str, at: datetime) -> ReadUpTo:
    block_hash, _, height = value.partition(" ")
    return ReadUpTo(Tip(block_hash, int(height)), at)


_CURSOR = (
    "SELECT value, moved_at FROM payments_bitcoin_cursor WHERE account_id = :account_id AND name = :name"
)


async def read_up_to(reader: Reader, account_id: UUID) -> ReadUpTo | None:
    """Up to where the account's chain was read; None when it never was."""
    found = await reader.execute(text(_CURSOR), {"account_id": account_id, "name": CURSOR})
    row = found.one_or_none()
    return None if row is None else _read(row.value, row.moved_at)


async def begin(tx: Transaction, account_id: UUID, tip: Tip, now: datetime) -> None:
    """The account's chain is read from this block on, unless it is already."""
    await tx.execute(
        text(
            """
            INSERT INTO payments_bitcoin_cursor (account_id, name, value, moved_at)
            VALUES (:account_id, :name, :value, :now) ON CONFLICT (account_id, name) DO NOTHING
            """
        ),
        {"account_id": account_id, "name": CURSOR, "value": f"{tip.hash} {tip.height}", "now": now},
    )


async def lock_read(tx: Transaction, account_id: UUID) -> ReadUpTo:
    """The same, locked: whoever changes credits of the account has this, so they do it one after the other."""
    found = await tx.execute(text(f"{_CURSOR} FOR NO KEY UPDATE"), {"account_id": account_id, "name": CURSOR})
    row = found.one()
    return _read(row.value, row.moved_at)


async def move_read(tx: Transaction, account_id: UUID, tip: Tip, now: datetime) -> None:
    """It was read up to this block."""
    await tx.execute(
        text(
            """
            UPDATE payments_bitcoin_cursor SET value = :value, moved_at = :now
            WHERE account_id = :account_id AND name = :name
            """
        ),
        {"account_id": account_id, "name": CURSOR, "value": f"{tip.hash} {tip.height}", "now": now},
    )


async def to_look_at(
    reader: Reader, account_id: UUID, attempt_ids: Collection[UUID], *, has_blocks: bool
) -> list[Credit]:
    """The credits that are not deep yet, those the network took back, and all others of the attempts of these and of
    the attempts given. Without new blocks (`has_blocks`), of those that are not deep only those that are not final.
    """
    found = await reader.execute(
        text(
            f"""
            WITH open AS (
                SELECT attempt_id FROM payments_bitcoin_credit
                WHERE account_id = :account_id AND deep_at IS NULL AND state <> 'gone'
                  AND (:has_blocks OR final_at IS NULL)
                UNION
                SELECT credit.attempt_id
                FROM payments_bitcoin_undone undone
                JOIN payments_bitcoin_credit credit USING (account_id, txid, vout)
                WHERE undone.account_id = :account_id AND undone.state = 'open'
                UNION
                SELECT unnest(:ids)
            )
            SELECT {CREDIT_COLUMNS} FROM payments_bitcoin_credit
            WHERE attempt_id IN (SELECT attempt_id FROM open) AND account_id = :account_id
            """
        ).bindparams(bindparam("ids", type_=IDS)),
        {"account_id": account_id, "ids": list(attempt_ids), "has_blocks": has_blocks},
    )
    return [credit_of(row) for row in found.mappings()]


async def credits_of(reader: Reader, account_id: UUID, attempt_ids: Collection[UUID]) -> list[Credit]:
    """What came for these attempts, to their addresses."""
    found = await reader.execute(
        text(
            f"SELECT {CREDIT_COLUMNS} FROM payments_bitcoin_credit"
            " WHERE account_id = :account_id AND attempt_id = ANY(:ids)"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"account_id": account_id, "ids": list(attempt_ids)},
    )
    return [credit_of(row) for row in found.mappings()]


async def by_outpoint(reader: Reader, account_id: UUID, outpoint: str) -> Credit | None:
    """The credit with this outpoint, `txid:vout`."""
    txid, _, vout = outpoint.partition(":")
    if not vout.isdecimal() or len(vout) > 9:
        return None
    found = await reader.execute(
        text(
            f"SELECT {CREDIT_COLUMNS} FROM payments_bitcoin_credit"
            " WHERE account_id = :account_id AND txid = :txid AND vout = :vout"
        ),
        {"account_id": account_id, "txid": txid, "vout": int(vout)},
    )
    row = found.mappings().one_or_none()
    return None if row is None else credit_of(row)


def _rows(these: Sequence[Credit] | Sequence[Undone]) -> dict[str, str]:
    return {
        "rows": json.dumps(
            [{name: getattr(one, name) for name in one.__slots__} for one in these], default=str
        )
    }


_WRITE = text(
    f"""
    INSERT INTO payments_bitcoin_credit ({CREDIT_COLUMNS})
    SELECT account_id, txid, vout, attempt_id, address, amount_msat, depth, state, block_hash, height, seen_at, is_late,
           late_price, worth_minor, final_at, deep_at, given_to, nextval('payments_bitcoin_change')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new ({_TYPES})
    WHERE change_no = 0
    ON CONFLICT (account_id, txid, vout) DO NOTHING
    """
)
_CHANGE = text(
    f"""
    UPDATE payments_bitcoin_credit credit
    SET state = new.state, block_hash = new.block_hash, height = new.height, is_late = new.is_late,
        late_price = new.late_price,
        worth_minor = new.worth_minor, final_at = new.final_at, deep_at = new.deep_at, given_to = new.given_to,
        change_no = nextval('payments_bitcoin_change')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new ({_TYPES})
    WHERE credit.account_id = new.account_id AND credit.txid = new.txid AND credit.vout = new.vout
      AND credit.change_no = new.change_no AND new.change_no > 0
    """
)


async def write(tx: Transaction, these: Sequence[Credit]) -> bool:
    """Store new credits (`change_no` 0) and change known ones; False when one of them is not as it was read."""
    done = 0
    for statement in (_WRITE, _CHANGE):
        done += (await tx.execute(statement, _rows(these))).rowcount
    return done == len(these)


async def undone_open(reader: Reader, account_id: UUID) -> list[Undone]:
    """What the network took back and has not decided about."""
    found = await reader.execute(
        text(
            f"SELECT {_UNDONE} FROM payments_bitcoin_undone WHERE account_id = :account_id AND state = 'open'"
        ),
        {"account_id": account_id},
    )
    return [_undone(row) for row in found.mappings()]


async def undone_times(reader: Reader, account_id: UUID, outpoints: Collection[str]) -> dict[str, int]:
    """How often each of these was undone before, by outpoint."""
    found = await reader.execute(
        text(
            """
            SELECT txid || ':' || vout AS outpoint, count(*) AS times FROM payments_bitcoin_undone
            WHERE account_id = :account_id AND txid = ANY(:txids) GROUP BY 1
            """
        ).bindparams(bindparam("txids", type_=WORDS)),
        {"account_id": account_id, "txids": [one.partition(":")[0] for one in outpoints]},
    )
    return {row.outpoint: row.times for row in found}


_TAKEN_BACK = text(
    """
    SELECT undone.txid || ':' || undone.vout AS outpoint, min(undone.state) AS state
    FROM payments_bitcoin_undone AS undone
    WHERE undone.account_id = :account_id AND undone.txid = ANY(:txids) AND undone.state IN ('lost', 'open')
    GROUP BY 1
    """
).bindparams(bindparam("txids", type_=WORDS))


async def taken_back(reader: Reader, account_id: UUID, outpoints: Collection[str]) -> dict[str, UndoneState]:
    """Which of these the network took back, and whether for good (LOST) or perhaps not (OPEN), by outpoint."""
    if not outpoints:
        return {}
    params = {"account_id": account_id, "txids": [one.partition(":")[0] for one in outpoints]}
    return {row.outpoint: UndoneState(row.state) for row in await reader.execute(_TAKEN_BACK, params)}


async def undone_by_ref(reader: Reader, account_id: UUID, ref: str) -> Undone | None:
    """What was taken back under this name."""
    found = await reader.execute(
        text(f"SELECT {_UNDONE} FROM payments_bitcoin_undone WHERE account_id = :account_id AND ref = :ref"),
        {"account_id": account_id, "ref": ref},
    )
    row = found.mappings().one_or_none()
    return None if row is None else _undone(row)


async def undone_since(reader: Reader, account_id: UUID, since: datetime) -> list[Undone]:
    """What was taken back, or decided about, since then; and whatever was taken of a paid attempt and is no dispute
    yet: it was heard of before that attempt was paid.
    """
    found = await reader.execute(
        text(
            f"""
            SELECT {_UNDONE} FROM payments_bitcoin_undone AS undone
            WHERE account_id = :account_id AND (changed_at >= :since OR state <> 'won' AND NOT EXISTS (
                SELECT FROM payments_dispute AS dispute
                WHERE dispute.account_id = undone.account_id AND dispute.ref = undone.ref
            ) AND EXISTS (
                SELECT FROM payments_bitcoin_credit AS credit
                JOIN payments_attempt AS attempt ON attempt.id = credit.given_to AND attempt.state = 'paid'
                WHERE (credit.account_id, credit.txid, credit.vout) = (undone.account_id, undone.txid, undone.vout)
            )) ORDER BY change_no
            """
        ),
        {"account_id": account_id, "since": since},
    )
    return [_undone(row) for row in found.mappings()]


_WRITE_UNDONE = text(
    f"""
    INSERT INTO payments_bitcoin_undone ({_UNDONE})
    SELECT account_id, ref, txid, vout, state, opened_at, changed_at, nextval('payments_bitcoin_change')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new ({_UNDONE_TYPES})
    ON CONFLICT (account_id, ref) DO UPDATE
    SET state = excluded.state, changed_at = excluded.changed_at, change_no = excluded.change_no
    WHERE payments_bitcoin_undone.state = 'open'
    """
)


async def write_undone(tx: Transaction, these: Sequence[Undone]) -> None:
    """Store what was taken back, and what became of it; what is decided stays so."""
    await tx.execute(_WRITE_UNDONE, _rows(these))


_CHANGED = text(
    f"""
    SELECT {CREDIT_COLUMNS} FROM payments_bitcoin_credit
    WHERE account_id = :account_id AND change_no > :after ORDER BY change_no LIMIT :most
    """
)
_UNDONE_CHANGED = text(
    f"""
    SELECT {_UNDONE} FROM payments_bitcoin_undone
    WHERE account_id = :account_id AND change_no > :after ORDER BY change_no LIMIT :most
    """
)


async def changed(
    reader: Reader, account_id: UUID, after: int, most: int
) -> tuple[list[Credit], list[Undone]]:
    """What changed after this number, in the order in which it did."""
    params = {"account_id": account_id, "after": after, "most": most}
    credits_ = [credit_of(row) for row in (await reader.execute(_CHANGED, params)).mappings()]
    undone = [_undone(row) for row in (await reader.execute(_UNDONE_CHANGED, params)).mappings()]
    return credits_, undone


async def final_since(reader: Reader, account_id: UUID, since: datetime) -> list[Credit]:
    """What has become final, or was first seen, since then."""
    found = await reader.execute(
        text(
            f"SELECT {CREDIT_COLUMNS} FROM payments_bitcoin_credit"
            " WHERE account_id = :account_id AND coalesce(final_at, seen_at) >= :since ORDER BY seen_at, txid, vout"
        ),
        {"account_id": account_id, "since": since},
    )
    return [credit_of(row) for row in found.mappings()]


async def arrivals(reader: Reader, attempt_ids: Collection[UUID]) -> list[Arrival]:
    """What was seen on the chain for these attempts, oldest first; confirmations are those of the last look."""
    found = await reader.execute(
        text(
            """
            SELECT credit.attempt_id, credit.txid, credit.amount_msat, credit.depth AS needed,
                   credit.state = 'gone' AS is_replaced, credit.is_late, credit.seen_at,
                   coalesce(CAST(split_part(cursor.value, ' ', 2) AS integer) - credit.height + 1, 0) AS confirmations
            FROM payments_bitcoin_credit credit
            JOIN payments_bitcoin_cursor cursor ON cursor.account_id = credit.account_id AND cursor.name = :name
            WHERE credit.attempt_id = ANY(:ids) ORDER BY credit.seen_at, credit.txid, credit.vout
            """
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(attempt_ids), "name": CURSOR},
    )
    return [Arrival(**row) for row in found.mappings()]
