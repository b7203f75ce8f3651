"""The SQL of runs, of providers' lines, and of cases."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text

from admitone.payments.roles import Movement, MovementKind
from admitone.payments.store import AMOUNTS, IDS, INSTANTS, WORDS
from admitone.plumbing.database import Reader, Transaction


class ExplainedAs(StrEnum):
    """Why a line is in a provider's books. `bank`: paid out to the account's owner by the provider itself.

    `opening`: what lay there before us. `connected`: of an account the provider opened under this one.
    """

    ATTEMPT = "attempt"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    BANK = "bank"
    FEE = "fee"
    OPENING = "opening"
    CONNECTED = "connected"


class CaseKind(StrEnum):
    """What a person has to look at.

    `unknown_payment`: money came there that no order asked for. `unknown_movement`: another line nobody can explain.
    `wrong_amount`: the line differs from what we were told. `not_there`: we count money that is not in their books.
    `difference`: the sums differ all the same. `unknown_dispute`: a bank wants a payment back that is not ours.
    """

    UNKNOWN_PAYMENT = "unknown_payment"
    UNKNOWN_MOVEMENT = "unknown_movement"
    WRONG_AMOUNT = "wrong_amount"
    NOT_THERE = "not_there"
    DIFFERENCE = "difference"
    UNKNOWN_DISPUTE = "unknown_dispute"


@dataclass(frozen=True, slots=True)
class Run:
    """A run over an account that has begun: everything since then is looked at. `is_first`: none was done before."""

    id: UUID
    account_id: UUID
    since: datetime
    until: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a line is there: `id` is the attempt, refund, dispute or payout, where it is one of ours."""

    ref: str
    as_what: ExplainedAs
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Something to look at. Amounts are whole minor units; `detail` is a sentence."""

    kind: CaseKind
    ref: str
    currency: str | None
    amount_minor: int | None
    detail: str


_GIVE_UP = text(
    """
    UPDATE payments_reconciliation SET state = 'failed', error = 'stopped', ended_at = :now
    WHERE account_id = :account_id AND state = 'running' AND until < :stale
    """
)
_LAST = text(
    """
    SELECT run.until, (
        SELECT min(CAST(one ->> 'since' AS timestamptz)) FROM jsonb_array_elements(run.differences -> 'missing') AS one
    ) AS missing_since
    FROM payments_reconciliation AS run WHERE run.account_id = :account_id AND run.state = 'done'
    ORDER BY run.until DESC LIMIT 1
    """
)
_BEGIN = text(
    """
    INSERT INTO payments_reconciliation (id, account_id, since, until, state, counts, differences, balances)
    VALUES (:id, :account_id, :since, :now, 'running', '{}', '{}', '{}')
    ON CONFLICT (account_id) WHERE state = 'running' DO NOTHING RETURNING id
    """
)
_END = text(
    """
    UPDATE payments_reconciliation SET state = :state, counts = CAST(:counts AS jsonb), error = :error, ended_at = :now,
        differences = CAST(:differences AS jsonb), balances = CAST(:balances AS jsonb)
    WHERE id = :id AND state = 'running' RETURNING id
    """
)


async def give_up_stale(tx: Transaction, account_id: UUID, stale: datetime, now: datetime) -> None:
    """A run begun before `stale` that has not ended has died."""
    await tx.execute(_GIVE_UP, {"account_id": account_id, "stale": stale, "now": now})


async def last_done(reader: Reader, account_id: UUID) -> tuple[datetime, datetime | None] | None:
    """Until when the account was last looked at, and since when something was missing there then."""
    row = (await reader.execute(_LAST, {"account_id": account_id})).one_or_none()
    return None if row is None else (row.until, row.missing_since)


async def begin(tx: Transaction, run: Run) -> bool:
    """Write the run down; False while another one goes on."""
    params = {"id": run.id, "account_id": run.account_id, "since": run.since, "now": run.until}
    return (await tx.execute(_BEGIN, params)).one_or_none() is not None


async def end(
    tx: Transaction,
    run: Run,
    *,
    counts: Mapping[str, int],
    differences: Mapping[str, object],
    balances: Mapping[str, object],
    error: str | None,
    now: datetime,
) -> bool:
    """Write down how it ended; False when it was given up meanwhile."""
    params = {
        "id": run.id,
        "state": "done" if error is None else "failed",
        "counts": json.dumps(dict(counts)),
        "differences": json.dumps(dict(differences)),
        "balances": json.dumps(dict(balances)),
        "error": error,
        "now": now,
    }
    return (await tx.execute(_END, params)).one_or_none() is not None


_KEEP = text(
    """
    INSERT INTO payments_movement (account_id, ref, kind, currency, amount_minor, fee_minor, about_ref, at, seen_at)
    SELECT :account_id, ref, kind, currency, amount, fee, about, at, :now
    FROM unnest(:refs, :kinds, :currencies, :amounts, :fees, :abouts, :ats)
         AS line (ref, kind, currency, amount, fee, about, at)
    ORDER BY ref ON CONFLICT (account_id, ref) DO NOTHING
    """
).bindparams(
    *(bindparam(name, type_=WORDS) for name in ("refs", "kinds", "currencies", "abouts")),
    *(bindparam(name, type_=AMOUNTS) for name in ("amounts", "fees")),
    bindparam("ats", type_=INSTANTS),
)
_UNEXPLAINED = text(
    """
    SELECT ref, kind, currency, amount_minor, fee_minor, about_ref, at FROM payments_movement
    WHERE account_id = :account_id AND explained_as IS NULL AND ref > :after ORDER BY ref LIMIT :most
    """
)
_EXPLAIN = text(
    """
    UPDATE payments_movement AS line SET explained_as = e.as_what, explained_id = e.id
    FROM unnest(:refs, :whats, :ids) AS e (ref, as_what, id)
    WHERE line.account_id = :account_id AND line.ref = e.ref AND line.explained_as IS NULL RETURNING line.ref
    """
).bindparams(*(bindparam(name, type_=WORDS) for name in ("refs", "whats")), bindparam("ids", type_=IDS))


async def keep(tx: Transaction, account_id: UUID, lines: Sequence[Movement], now: datetime) -> None:
    """Store the lines that are new."""
    await tx.execute(
        _KEEP,
        {
            "account_id": account_id,
            "refs": [one.ref for one in lines],
            "kinds": [one.kind.value for one in lines],
            "currencies": [one.currency for one in lines],
            "amounts": [one.amount_minor for one in lines],
            "fees": [one.fee_minor for one in lines],
            "abouts": [one.about_ref for one in lines],
            "ats": [one.at for one in lines],
            "now": now,
        },
    )


async def unexplained(reader: Reader, account_id: UUID, after: str, most: int) -> list[Movement]:
    """Lines nobody has explained yet, by reference, after this one."""
    rows = await reader.execute(_UNEXPLAINED, {"account_id": account_id, "after": after, "most": most})
    return [_movement(row) for row in rows.mappings()]


def _movement(row: RowMapping) -> Movement:
    return Movement(**{**row, "kind": MovementKind(row["kind"])})


async def explain(tx: Transaction, account_id: UUID, explained: Sequence[Explained]) -> set[str]:
    """Write down why these lines are there; the references of those that were not explained before."""
    rows = await tx.execute(
        _EXPLAIN,
        {
            "account_id": account_id,
            "refs": [one.ref for one in explained],
            "whats": [one.as_what.value for one in explained],
            "ids": [one.id for one in explained],
        },
    )
    return set(rows.scalars())


_CONNECTED = text(
    """
    SELECT other.id FROM payments_account AS mine JOIN payments_account AS other
        ON other.provider = mine.provider AND other.mode = mine.mode AND other.options ->> 'opened_by' = 'site'
    WHERE mine.id = :account_id AND mine.organiser_id IS NULL
    """
)
_OPEN_ATTEMPTS = text(
    """
    SELECT id FROM payments_attempt WHERE account_id = :account_id AND id > :after
        AND state IN ('opened', 'prompted', 'seen', 'unknown') ORDER BY id LIMIT :most
    """
)
_OPEN_REFUNDS = text(
    """
    SELECT refund.id FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
    WHERE attempt.account_id = :account_id AND refund.state IN ('wanted', 'unknown') AND refund.id > :after
    ORDER BY refund.id LIMIT :most
    """
)
_TO_RECONCILE = text(
    """
    SELECT account.id FROM payments_account AS account
    LEFT JOIN (
        SELECT account_id, max(until) AS tried, max(until) FILTER (WHERE state = 'done') AS done
        FROM payments_reconciliation GROUP BY account_id
    ) AS run ON run.account_id = account.id
    WHERE coalesce(run.done, account.created_at) < :done_before
        AND coalesce(run.tried, account.created_at) < :tried_before
        AND EXISTS (SELECT FROM payments_attempt AS attempt WHERE attempt.account_id = account.id)
    ORDER BY account.id LIMIT :most
    """
)
_OPEN_IN = """
    SELECT refund.id FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
    WHERE attempt.account_id = ANY(:accounts) AND refund.state IN ('wanted', 'unknown')
"""
_NAMED_REFUNDS = text(
    f"{_OPEN_IN} AND :ref IN (attempt.provider_ref, refund.provider_ref) ORDER BY refund.id LIMIT :most"
).bindparams(bindparam("accounts", type_=IDS))
_UNNAMED_REFUNDS = text(
    f"{_OPEN_IN} AND refund.provider_ref IS NULL AND refund.asked > 0 ORDER BY refund.ask_at LIMIT :most"
).bindparams(bindparam("accounts", type_=IDS))


async def connected_accounts(reader: Reader, account_id: UUID) -> list[UUID]:
    """The accounts a provider opened for organisers under this one of the site's."""
    return list((await reader.execute(_CONNECTED, {"account_id": account_id})).scalars())


async def open_attempts(reader: Reader, account_id: UUID, after: UUID, most: int) -> list[UUID]:
    """Attempts in this account that are asked about, by id, after this one."""
    params = {"account_id": account_id, "after": after, "most": most}
    return list((await reader.execute(_OPEN_ATTEMPTS, params)).scalars())


async def open_refunds(reader: Reader, account_id: UUID, after: UUID, most: int) -> list[UUID]:
    """Refunds of what was paid into this account that are not decided, by id, after this one."""
    params = {"account_id": account_id, "after": after, "most": most}
    return list((await reader.execute(_OPEN_REFUNDS, params)).scalars())


async def refunds_spoken_of(reader: Reader, account_ids: Collection[UUID], ref: str) -> list[UUID]:
    """Undecided refunds of what was paid into these accounts that the provider names so, or whose payment it names so.

    When there are none: those that were asked for and whose name there is not known yet, longest waiting first, 20 at
    most. The answer that carries the name was lost, or is on its way.
    """
    asked = {"accounts": list(account_ids), "ref": ref, "most": 500}
    named = list((await reader.execute(_NAMED_REFUNDS, asked)).scalars())
    if named:
        return named
    unnamed = await reader.execute(_UNNAMED_REFUNDS, {"accounts": list(account_ids), "most": 20})
    return list(unnamed.scalars())


async def to_reconcile(
    reader: Reader, done_before: datetime, tried_before: datetime, most: int
) -> list[UUID]:
    """Accounts that have taken payments, and that nobody has looked at since then."""
    params = {"done_before": done_before, "tried_before": tried_before, "most": most}
    return list((await reader.execute(_TO_RECONCILE, params)).scalars())


_OPENING = text(
    """
    INSERT INTO payments_movement (account_id, ref, kind, currency, amount_minor, fee_minor, at, seen_at, explained_as)
    VALUES (:account_id, :ref, 'other', :currency, :amount_minor, 0, :now, :now, 'opening')
    ON CONFLICT (account_id, ref) DO NOTHING
    """
)


async def keep_opening(
    tx: Transaction, account_id: UUID, currency: str, amount_minor: int, now: datetime
) -> None:
    """What lay in the account beside all lines we know, when we first knew them all. Once for each currency."""
    params = {"account_id": account_id, "ref": f"opening:{currency}", "currency": currency}
    await tx.execute(_OPENING, {**params, "amount_minor": amount_minor, "now": now})


_BALANCES = text(
    """
    SELECT balances FROM payments_reconciliation WHERE account_id = :account_id AND state = 'done'
    ORDER BY until DESC LIMIT 1
    """
)


async def last_balances(reader: Reader, account_id: UUID) -> Mapping[str, Mapping[str, int | None]]:
    """What the last whole run kept of each currency."""
    kept: Mapping[str, Mapping[str, int | None]] | None = (
        await reader.execute(_BALANCES, {"account_id": account_id})
    ).scalar_one_or_none()
    return kept or {}
