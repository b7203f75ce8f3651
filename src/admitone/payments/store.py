"""Payments' SQL: attempts and notices (refunds are in `refund_store`). One statement for many rows.

Lock order: attempts by id, then refunds by id.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import BigInteger, DateTime, Integer, Text, Uuid

from admitone.payments.kinds import SANDBOX_ACCOUNT
from admitone.payments.lifecycle import ASKED_AGAIN, ATTEMPT_ORDER, Attempt, AttemptState, SettledAs
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct

IDS = ARRAY(Uuid)
WORDS = ARRAY(Text)
AMOUNTS = ARRAY(BigInteger)
INSTANTS = ARRAY(DateTime(timezone=True))

_COLUMNS = """
    attempt.id, attempt.order_id, attempt.organiser_id, attempt.number, attempt.provider, attempt.account_id,
    attempt.method, attempt.currency, attempt.amount_minor, attempt.fee_split_minor, attempt.state,
    attempt.settled_as, attempt.paid_minor, attempt.paid_currency, attempt.provider_ref, attempt.prompt,
    attempt.reason, attempt.opened_at, attempt.closed_at, attempt.ask_at, attempt.asked
"""


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A try to begin. `amount_minor`: whole minor units of `currency`. The id is the key at the provider."""

    id: UUID
    order_id: UUID
    organiser_id: UUID
    provider: str
    method: str
    currency: str
    amount_minor: int
    account_id: UUID = SANDBOX_ACCOUNT
    fee_split_minor: int | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What is now known of an attempt."""

    attempt_id: UUID
    state: AttemptState
    settled_as: SettledAs | None
    paid_minor: int | None
    paid_currency: str | None
    provider_ref: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the buyer was shown to pay with; `provider_ref` None when that is not known."""

    attempt_id: UUID
    provider_ref: str | None
    redirect_url: str | None
    instructions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """An attempt that has just changed its state."""

    attempt_id: UUID
    order_id: UUID
    organiser_id: UUID
    was: AttemptState
    state: AttemptState


def _attempt(row: RowMapping) -> Attempt:
    fields: dict[str, Any] = dict(row)
    prompt = fields.pop("prompt") or {}
    fields["state"] = AttemptState(row["state"])
    fields["settled_as"] = None if row["settled_as"] is None else SettledAs(row["settled_as"])
    return Attempt(**fields, redirect_url=prompt.get("redirect_url"), instructions=prompt.get("instructions"))


_OPEN = Direct(
    text(
        """
    INSERT INTO payments_attempt AS attempt
        (id, order_id, organiser_id, number, provider, account_id, method, currency, amount_minor, fee_split_minor,
         state, opened_at, ask_at, asked)
    SELECT id, order_id, organiser_id, number, provider, account_id, method, currency, amount_minor, fee_split_minor,
           'opened', :now, :ask_at, 0
    FROM (
        SELECT wanted.*, row_number() OVER (PARTITION BY order_id ORDER BY place)
            + (SELECT count(*) FROM payments_attempt AS earlier WHERE earlier.order_id = wanted.order_id)
            AS number
        FROM unnest(:ids, :orders, :organisers, :providers, :accounts, :methods, :currencies, :amounts, :splits)
             WITH ORDINALITY AS wanted (id, order_id, organiser_id, provider, account_id, method, currency,
             amount_minor, fee_split_minor, place)
    ) AS numbered
    WHERE number <= :most
    ORDER BY order_id, number
    ON CONFLICT DO NOTHING
    RETURNING """
        + _COLUMNS
    ).bindparams(
        *(bindparam(name, type_=IDS) for name in ("ids", "orders", "organisers", "accounts")),
        *(bindparam(name, type_=WORDS) for name in ("providers", "methods", "currencies")),
        *(bindparam(name, type_=AMOUNTS) for name in ("amounts", "splits")),
    )
)


async def insert_attempts(
    tx: Transaction, wanted: Sequence[NewAttempt], now: datetime, ask_at: datetime, most: int
) -> dict[UUID, Attempt]:
    """Number and store them; those that were stored. Missing: the id or number was taken, or `most` is
    reached.
    """
    ran = await _OPEN.run(
        tx,
        {
            "ids": [one.id for one in wanted],
            "orders": [one.order_id for one in wanted],
            "organisers": [one.organiser_id for one in wanted],
            "providers": [one.provider for one in wanted],
            "accounts": [one.account_id for one in wanted],
            "splits": [one.fee_split_minor for one in wanted],
            "methods": [one.method for one in wanted],
            "currencies": [one.currency for one in wanted],
            "amounts": [one.amount_minor for one in wanted],
            "now": now,
            "ask_at": ask_at,
            "most": most,
        },
    )
    return {row.id: _attempt(row._asdict()) for row in ran.rows}


_COUNT = Direct(
    text(
        "SELECT order_id, count(*) AS many FROM payments_attempt WHERE order_id = ANY(:ids) GROUP BY order_id"
    ).bindparams(bindparam("ids", type_=IDS))
)


async def count_by_order(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, int]:
    """How often each order was tried."""
    return {row.order_id: row.many for row in (await _COUNT.run(reader, {"ids": list(order_ids)})).rows}


_READ = f"SELECT {_COLUMNS} FROM payments_attempt AS attempt "
_BY_IDS = Direct(text(_READ + "WHERE id = ANY(:ids) ORDER BY id").bindparams(bindparam("ids", type_=IDS)))
_LOCK = Direct(
    text(_READ + "WHERE id = ANY(:ids) ORDER BY id FOR UPDATE").bindparams(bindparam("ids", type_=IDS))
)
_BY_ORDER = Direct(
    text(_READ + "WHERE order_id = ANY(:ids) ORDER BY order_id, number").bindparams(
        bindparam("ids", type_=IDS)
    )
)
# The site's own account also speaks of payments into accounts that were opened under it.
_BY_REF = text(
    _READ
    + """WHERE provider_ref = :ref AND account_id IN (
        SELECT CAST(:account_id AS uuid) UNION ALL SELECT under.id FROM payments_account AS own
        JOIN payments_account AS under ON (under.provider, under.mode) = (own.provider, own.mode)
            AND under.options ->> 'opened_by' = 'site'
        WHERE own.id = :account_id AND own.organiser_id IS NULL)"""
)
_STATES = ", ".join(f"'{state}'" for state in ASKED_AGAIN)
_DUE = text(
    _READ + f"WHERE ask_at <= :now AND state IN ({_STATES}) AND account_id <> ALL(:not_of) "
    "ORDER BY ask_at LIMIT :most"
).bindparams(bindparam("not_of", type_=IDS))


async def attempts(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """The attempts with these ids."""
    ran = await _BY_IDS.run(reader, {"ids": list(ids)})
    return {row.id: _attempt(row._asdict()) for row in ran.rows}


async def lock_attempts(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """The attempts with these ids, locked in the order of their ids, as they are now."""
    ran = await _LOCK.run(tx, {"ids": list(ids)})
    return {row.id: _attempt(row._asdict()) for row in ran.rows}


async def attempts_by_order(reader: Reader, order_ids: Collection[UUID]) -> list[Attempt]:
    """The attempts of these orders, in the order of their numbers."""
    ran = await _BY_ORDER.run(reader, {"ids": list(order_ids)})
    return [_attempt(row._asdict()) for row in ran.rows]


async def attempt_by_ref(reader: Reader, account_id: UUID, ref: str) -> Attempt | None:
    """The attempt the provider knows by this reference in this account."""
    row = (await reader.execute(_BY_REF, {"account_id": account_id, "ref": ref})).mappings().one_or_none()
    return None if row is None else _attempt(row)


_BY_REFS = Direct(
    text(_READ + "WHERE account_id = :account_id AND provider_ref = ANY(:refs)").bindparams(
        bindparam("account_id", type_=Uuid), bindparam("refs", type_=WORDS)
    )
)


async def attempts_by_refs(reader: Reader, account_id: UUID, refs: Collection[str]) -> dict[str, Attempt]:
    """The attempts of this account with these references, by reference."""
    ran = await _BY_REFS.run(reader, {"account_id": account_id, "refs": list(refs)})
    return {row.provider_ref: _attempt(row._asdict()) for row in ran.rows}


async def due_attempts(reader: Reader, now: datetime, most: int, not_of: Collection[UUID]) -> list[Attempt]:
    """Attempts whose time has come to be asked about, longest waiting first, none in these accounts."""
    rows = await reader.execute(_DUE, {"now": now, "most": most, "not_of": list(not_of)})
    return [_attempt(row) for row in rows.mappings()]


_SHOW = Direct(
    text(
        """
    WITH locked AS (
        SELECT id FROM payments_attempt WHERE id = ANY(:ids) ORDER BY id FOR UPDATE
    )
    UPDATE payments_attempt AS attempt
    SET provider_ref = coalesce(attempt.provider_ref, shown.ref),
        prompt = CASE WHEN shown.ref IS NULL THEN attempt.prompt
                      ELSE coalesce(attempt.prompt, shown.prompt) END,
        state = CASE WHEN attempt.state NOT IN ('opened', 'unknown') THEN attempt.state
                     WHEN shown.ref IS NULL THEN 'unknown' ELSE 'prompted' END
    FROM unnest(:ids, :refs, :prompts) AS shown (id, ref, prompt) JOIN locked ON locked.id = shown.id
    WHERE attempt.id = shown.id
      AND (attempt.provider_ref IS NULL OR shown.ref IS NULL OR attempt.provider_ref = shown.ref)
      -- Whose reference that is: one seek. As NOT EXISTS it became a join that read every attempt of the account.
      AND coalesce((
          SELECT other.id FROM payments_attempt AS other
          WHERE other.account_id = attempt.account_id AND other.provider_ref = shown.ref
      ), attempt.id) = attempt.id
    RETURNING attempt.id
    """
    ).bindparams(
        bindparam("ids", type_=IDS), bindparam("refs", type_=WORDS), bindparam("prompts", type_=ARRAY(JSONB))
    )
)


async def show(tx: Transaction, shown: Sequence[Shown]) -> set[UUID]:
    """Keep the first prompt of each; which attempts accept theirs (a reference of another attempt is not
    accepted).
    """
    ran = await _SHOW.run(
        tx,
        {
            "ids": [one.attempt_id for one in shown],
            "refs": [one.provider_ref for one in shown],
            "prompts": [
                json.dumps({"redirect_url": one.redirect_url, "instructions": dict(one.instructions)})
                for one in shown
            ],
        },
    )
    return {row.id for row in ran.rows}


_MOVE = Direct(
    text(
        """
    WITH news AS (
        SELECT * FROM unnest(:ids, :states, :settled, :paid, :currencies, :refs, :reasons)
            AS news (id, state, settled_as, paid_minor, paid_currency, provider_ref, reason)
    ), locked AS (
        SELECT id, state FROM payments_attempt WHERE id = ANY(:ids) ORDER BY id FOR UPDATE
    )
    UPDATE payments_attempt AS attempt
    SET state = news.state,
        settled_as = news.settled_as,
        paid_minor = coalesce(news.paid_minor, attempt.paid_minor),
        paid_currency = coalesce(news.paid_currency, attempt.paid_currency),
        provider_ref = coalesce(attempt.provider_ref, news.provider_ref),
        reason = news.reason,
        closed_at = CASE WHEN news.state IN ('failed', 'paid') THEN CAST(:now AS timestamptz) END
    FROM news JOIN locked ON locked.id = news.id
    WHERE attempt.id = news.id AND array_position(:ranks, attempt.state) < array_position(:ranks, news.state)
    RETURNING attempt.id AS attempt_id, attempt.order_id, attempt.organiser_id,
              locked.state AS was, attempt.state
    """
    ).bindparams(
        bindparam("ids", type_=IDS),
        *(
            bindparam(name, type_=WORDS)
            for name in ("states", "settled", "currencies", "refs", "reasons", "ranks")
        ),
        bindparam("paid", type_=AMOUNTS),
    )
)


async def move(tx: Transaction, news: Sequence[News], now: datetime) -> list[Moved]:
    """Move each attempt up to its state if that is further up; those that moved. At most one news for an
    attempt.
    """
    ran = await _MOVE.run(
        tx,
        {
            "ids": [one.attempt_id for one in news],
            "states": [one.state.value for one in news],
            "settled": [None if one.settled_as is None else one.settled_as.value for one in news],
            "paid": [one.paid_minor for one in news],
            "currencies": [one.paid_currency for one in news],
            "refs": [one.provider_ref for one in news],
            "reasons": [one.reason for one in news],
            "ranks": [state.value for state in ATTEMPT_ORDER],
            "now": now,
        },
    )
    return [
        Moved(row.attempt_id, row.order_id, row.organiser_id, AttemptState(row.was), AttemptState(row.state))
        for row in ran.rows
    ]


_COMPLETE = Direct(
    text(
        "UPDATE payments_attempt SET settled_as = 'tickets' "
        "WHERE order_id = ANY(:ids) AND settled_as = 'part' RETURNING id"
    ).bindparams(bindparam("ids", type_=IDS))
)
_RETURN_PARTS = text(
    "UPDATE payments_attempt AS attempt SET settled_as = 'refund' "
    f"WHERE order_id = ANY(:ids) AND settled_as = 'part' RETURNING {_COLUMNS}"
).bindparams(bindparam("ids", type_=IDS))


async def complete_parts(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """The parts paid for these orders (locked by the caller) have become tickets."""
    await _COMPLETE.run(tx, {"ids": list(order_ids)})


async def return_parts(tx: Transaction, order_ids: Collection[UUID]) -> list[Attempt]:
    """The parts paid for these orders (locked by the caller) go back; which they were."""
    rows = await tx.execute(_RETURN_PARTS, {"ids": list(order_ids)})
    return [_attempt(row) for row in rows.mappings()]


_POSTPONE = """
    WITH locked AS (
        SELECT id FROM {table} WHERE id = ANY(:ids) ORDER BY id FOR UPDATE
    )
    UPDATE {table} AS mine SET ask_at = later.ask_at, asked = mine.asked + 1
    FROM unnest(:ids, :asked, :ask_ats) AS later (id, asked, ask_at) JOIN locked ON locked.id = later.id
    WHERE mine.id = later.id AND mine.asked = later.asked
    RETURNING mine.id
"""
_POSTPONE_ATTEMPTS, POSTPONE_REFUNDS = (
    text(_POSTPONE.format(table=table)).bindparams(
        bindparam("ids", type_=IDS),
        bindparam("asked", type_=ARRAY(Integer)),
        bindparam("ask_ats", type_=INSTANTS),
    )
    for table in ("payments_attempt", "payments_refund")
)


async def postpone_attempts(tx: Transaction, later: Sequence[tuple[UUID, int, datetime]]) -> set[UUID]:
    """For each (id, asked, ask_at): ask again then, unless somebody else has asked meanwhile; which."""
    params = {
        "ids": [one[0] for one in later],
        "asked": [one[1] for one in later],
        "ask_ats": [one[2] for one in later],
    }
    return set((await tx.execute(_POSTPONE_ATTEMPTS, params)).scalars())
