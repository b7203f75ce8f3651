"""Refunds' SQL. One statement for many rows; attempts are locked before their refunds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text

from admitone.payments.lifecycle import REFUND_ORDER, REFUNDS_ASKED_AGAIN, Refund, RefundState
from admitone.payments.store import AMOUNTS, IDS, POSTPONE_REFUNDS, WORDS
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct

_COLUMNS = """
    refund.id, refund.attempt_id, refund.order_id, refund.organiser_id, refund.reason, refund.cause,
    refund.currency, refund.amount_minor, refund.split_back_minor, refund.state, refund.provider_ref, refund.error,
    refund.wanted_at, refund.done_at, refund.ask_at, refund.asked
"""


@dataclass(frozen=True, slots=True)
class DueRefund:
    """A refund to ask the provider for, or about; `payment_ref` names the payment there, `method` how it was
    paid.
    """

    refund: Refund
    provider: str
    account_id: UUID
    is_test: bool
    method: str
    payment_ref: str


@dataclass(frozen=True, slots=True)
class RefundNews:
    """What is now known of a refund."""

    refund_id: UUID
    state: RefundState
    provider_ref: str | None
    error: str | None


def _refund(row: RowMapping) -> Refund:
    fields = {name: value for name, value in row.items() if name in Refund.__slots__}
    return Refund(**{**fields, "state": RefundState(row["state"])})


_READ = f"SELECT {_COLUMNS} FROM payments_refund AS refund "
_BY_IDS = text(_READ + "WHERE id = ANY(:ids) ORDER BY wanted_at, id").bindparams(bindparam("ids", type_=IDS))
_BY_ATTEMPTS = text(_READ + "WHERE attempt_id = ANY(:ids) ORDER BY wanted_at, id").bindparams(
    bindparam("ids", type_=IDS)
)
_BY_ORDERS = text(_READ + "WHERE order_id = ANY(:ids) ORDER BY wanted_at, id").bindparams(
    bindparam("ids", type_=IDS)
)
_STATES = ", ".join(f"'{state}'" for state in REFUNDS_ASKED_AGAIN)
_WITH_PAYMENT = f"""
    SELECT {_COLUMNS}, attempt.provider, attempt.account_id, account.mode = 'test' AS is_test, attempt.method,
        attempt.provider_ref AS payment_ref
    FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
    JOIN payments_account AS account ON account.id = attempt.account_id
    WHERE refund.state IN ({_STATES}) AND (refund.asked > 0 OR NOT EXISTS (
        -- While the buyer's bank wants the same money back, nothing is sent that was not sent before.
        SELECT FROM payments_dispute AS dispute
        WHERE dispute.attempt_id = attempt.id AND dispute.state IN ('open', 'answered')
    ))
"""
_DUE = Direct(
    text(
        _WITH_PAYMENT
        + "AND refund.ask_at <= :now AND attempt.account_id <> ALL(:not_of) ORDER BY refund.ask_at LIMIT :most"
    ).bindparams(bindparam("not_of", type_=IDS))
)
_OPEN = text(_WITH_PAYMENT + "AND refund.id = :id")


async def refunds(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Refund]:
    """The refunds with these ids."""
    rows = await reader.execute(_BY_IDS, {"ids": list(ids)})
    return {row["id"]: _refund(row) for row in rows.mappings()}


async def refunds_by_attempt(reader: Reader, attempt_ids: Collection[UUID]) -> list[Refund]:
    """Every refund of these attempts."""
    rows = await reader.execute(_BY_ATTEMPTS, {"ids": list(attempt_ids)})
    return [_refund(row) for row in rows.mappings()]


async def refunds_by_order(reader: Reader, order_ids: Collection[UUID]) -> list[Refund]:
    """Every refund of these orders."""
    rows = await reader.execute(_BY_ORDERS, {"ids": list(order_ids)})
    return [_refund(row) for row in rows.mappings()]


async def due_refunds(reader: Reader, now: datetime, most: int, not_of: Collection[UUID]) -> list[DueRefund]:
    """Refunds whose time has come, longest waiting first, none in these accounts."""
    ran = await _DUE.run(reader, {"now": now, "most": most, "not_of": list(not_of)})
    return [_due(row._asdict()) for row in ran.rows]


async def open_refund(reader: Reader, refund_id: UUID) -> DueRefund | None:
    """This refund, while it is not decided."""
    row = (await reader.execute(_OPEN, {"id": refund_id})).mappings().one_or_none()
    return None if row is None else _due(row)


def _due(row: RowMapping) -> DueRefund:
    return DueRefund(
        _refund(row), row["provider"], row["account_id"], row["is_test"], row["method"], row["payment_ref"]
    )


_WANT = text(
    """
    INSERT INTO payments_refund
        (id, attempt_id, order_id, organiser_id, reason, cause, currency, amount_minor, split_back_minor, state,
         wanted_at, ask_at, asked)
    SELECT id, attempt_id, order_id, organiser_id, reason, cause, currency, amount_minor, split_back_minor, 'wanted',
           :now, :now, 0
    FROM unnest(:ids, :attempts, :orders, :organisers, :reasons, :causes, :currencies, :amounts, :splits)
         AS wanted (id, attempt_id, order_id, organiser_id, reason, cause, currency, amount_minor, split_back_minor)
    """
).bindparams(
    *(bindparam(name, type_=IDS) for name in ("ids", "attempts", "orders", "organisers")),
    *(bindparam(name, type_=WORDS) for name in ("reasons", "causes", "currencies")),
    *(bindparam(name, type_=AMOUNTS) for name in ("amounts", "splits")),
)


async def insert_refunds(tx: Transaction, wanted: Sequence[Refund]) -> None:
    """Store refunds that were decided under the locks of their attempts."""
    await tx.execute(
        _WANT,
        {
            "ids": [one.id for one in wanted],
            "attempts": [one.attempt_id for one in wanted],
            "orders": [one.order_id for one in wanted],
            "organisers": [one.organiser_id for one in wanted],
            "reasons": [one.reason for one in wanted],
            "causes": [one.cause for one in wanted],
            "splits": [one.split_back_minor for one in wanted],
            "currencies": [one.currency for one in wanted],
            "amounts": [one.amount_minor for one in wanted],
            "now": wanted[0].wanted_at,
        },
    )


_MOVE = text(
    """
    WITH news AS (
        SELECT * FROM unnest(:ids, :states, :refs, :errors) AS news (id, state, provider_ref, error)
    ), locked AS (
        SELECT id, state FROM payments_refund WHERE id = ANY(:ids) ORDER BY id FOR UPDATE
    ), named AS (
        UPDATE payments_refund AS refund
        SET state = CASE WHEN array_position(:ranks, refund.state) < array_position(:ranks, news.state)
                         THEN news.state ELSE refund.state END,
            provider_ref = coalesce(refund.provider_ref, news.provider_ref),
            error = CASE WHEN array_position(:ranks, refund.state) < array_position(:ranks, news.state)
                           OR refund.state IN ('wanted', 'unknown')
                         THEN news.error ELSE refund.error END,
            done_at = CASE WHEN refund.state <> 'done' AND news.state = 'done'
                           THEN CAST(:now AS timestamptz) ELSE refund.done_at END
        FROM news JOIN locked ON locked.id = news.id
        WHERE refund.id = news.id
        RETURNING refund.id, locked.state AS was, refund.state
    )
    SELECT id FROM named WHERE was <> state
    """
).bindparams(
    bindparam("ids", type_=IDS),
    *(bindparam(name, type_=WORDS) for name in ("states", "refs", "errors", "ranks")),
)


async def move_refunds(tx: Transaction, news: Sequence[RefundNews], now: datetime) -> set[UUID]:
    """Move each refund up to its state if that is further up; which moved. At most one news for a refund."""
    rows = await tx.execute(
        _MOVE,
        {
            "ids": [one.refund_id for one in news],
            "states": [one.state.value for one in news],
            "refs": [one.provider_ref for one in news],
            "errors": [one.error for one in news],
            "ranks": [state.value for state in REFUND_ORDER],
            "now": now,
        },
    )
    return set(rows.scalars())


_REOPEN = text(
    f"""
    UPDATE payments_refund AS refund SET state = 'wanted', error = NULL, provider_ref = NULL, ask_at = :now, asked = 0
    WHERE id = :id AND state = 'failed' RETURNING {_COLUMNS}
    """
)


async def reopen_refund(tx: Transaction, refund_id: UUID, now: datetime) -> Refund | None:
    """A failed one is wanted again; None when it had not failed."""
    row = (await tx.execute(_REOPEN, {"id": refund_id, "now": now})).mappings().one_or_none()
    return None if row is None else _refund(row)


_LESSEN = text(
    """
    UPDATE payments_refund SET amount_minor = :minor,
        split_back_minor = div(split_back_minor::numeric * :minor, amount_minor)::bigint
    WHERE id = :id AND state IN ('wanted', 'unknown') AND amount_minor > :minor RETURNING id
    """
)


async def lessen(tx: Transaction, refund_id: UUID, minor: int) -> None:
    """Only so much is to go back by this refund, which nobody has sent."""
    made = (await tx.execute(_LESSEN, {"id": refund_id, "minor": minor})).one_or_none()
    assert made is not None, "it was claimed by the caller, and waits"


async def postpone_refunds(tx: Transaction, later: Sequence[tuple[UUID, int, datetime]]) -> set[UUID]:
    """For each (id, asked, ask_at): ask again then, unless somebody else has asked meanwhile; which."""
    params = {
        "ids": [one[0] for one in later],
        "asked": [one[1] for one in later],
        "ask_ats": [one[2] for one in later],
    }
    return set((await tx.execute(POSTPONE_REFUNDS, params)).scalars())
