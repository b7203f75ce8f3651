"""Disputes' SQL. The attempt is locked before its disputes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text

from admitone.payments.roles import UNDONE, DisputeState
from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction

_COLUMNS = """id, account_id, ref, attempt_id, order_id, organiser_id, state, currency, amount_minor, fee_minor, reason,
    answer_by, opened_at, heard_at, closed_at, held_minor, answering_at, answered_by"""
BY_DISPUTE: Final = "dispute:"
"""What the reference of a refund begins with that was done by a dispute: nobody sent it."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer's bank takes money back, or wants to. Amounts are whole minor units of `currency`; `held_minor` is what
    the organiser cannot count on. `answering_at`: since when somebody's answer is on its way.
    """

    id: UUID
    account_id: UUID
    ref: str
    attempt_id: UUID
    order_id: UUID
    organiser_id: UUID
    state: DisputeState
    currency: str
    amount_minor: int
    fee_minor: int
    reason: str
    answer_by: datetime | None
    opened_at: datetime
    heard_at: datetime
    closed_at: datetime | None
    held_minor: int
    answering_at: datetime | None
    answered_by: str | None

    @property
    def is_decided(self) -> bool:
        """The bank has said who keeps the money."""
        return self.state in (DisputeState.WON, DisputeState.LOST)


def _dispute(row: RowMapping) -> Dispute:
    fields: dict[str, Any] = dict(row)
    return Dispute(**{**fields, "state": DisputeState(row["state"])})


_INSERT = text(
    f"""
    INSERT INTO payments_dispute ({_COLUMNS})
    VALUES (:id, :account_id, :ref, :attempt_id, :order_id, :organiser_id, :state, :currency, :amount_minor, :fee_minor,
        :reason, :answer_by, :opened_at, :heard_at, :closed_at, :held_minor, NULL, NULL)
    """
)
_UPDATE = text(
    """
    UPDATE payments_dispute SET state = :state, fee_minor = :fee_minor, answer_by = :answer_by, heard_at = :heard_at,
        closed_at = :closed_at WHERE id = :id
    """
)
_BY_REF = text(
    f"SELECT {_COLUMNS} FROM payments_dispute WHERE account_id = :account_id AND ref = :ref FOR UPDATE"
)
_BY_ID = text(f"SELECT {_COLUMNS} FROM payments_dispute WHERE id = :id AND organiser_id = :organiser_id")
_OF_ORDERS = text(
    f"SELECT {_COLUMNS} FROM payments_dispute WHERE order_id = ANY(:ids) ORDER BY opened_at, id"
).bindparams(bindparam("ids", type_=IDS))
_UNDECIDED = text(
    f"SELECT {_COLUMNS} FROM payments_dispute "
    "WHERE account_id = :account_id AND state IN ('open', 'answered') ORDER BY id"
)
_CLAIM = text(
    """
    UPDATE payments_dispute SET answering_at = :now, answered_by = :by
    WHERE id = :id AND state = 'open' AND (answering_at IS NULL OR answering_at < :stale) RETURNING id
    """
)


async def insert(tx: Transaction, dispute: Dispute) -> None:
    """Store a new one."""
    fields = {name: getattr(dispute, name) for name in Dispute.__slots__}
    await tx.execute(_INSERT, {**fields, "state": dispute.state.value})


async def update(tx: Transaction, dispute: Dispute) -> None:
    """Keep what was heard of it."""
    fields = {
        name: getattr(dispute, name) for name in ("id", "fee_minor", "answer_by", "heard_at", "closed_at")
    }
    await tx.execute(_UPDATE, {**fields, "state": dispute.state.value})


async def lock_by_ref(tx: Transaction, account_id: UUID, ref: str) -> Dispute | None:
    """The dispute of this name, locked."""
    row = (await tx.execute(_BY_REF, {"account_id": account_id, "ref": ref})).mappings().one_or_none()
    return None if row is None else _dispute(row)


async def by_id(reader: Reader, organiser_id: UUID, dispute_id: UUID) -> Dispute | None:
    """The organiser's dispute."""
    params = {"id": dispute_id, "organiser_id": organiser_id}
    row = (await reader.execute(_BY_ID, params)).mappings().one_or_none()
    return None if row is None else _dispute(row)


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Dispute]:
    """Every dispute about these orders, oldest first."""
    rows = await reader.execute(_OF_ORDERS, {"ids": list(order_ids)})
    return [_dispute(row) for row in rows.mappings()]


async def held_of(tx: Transaction, attempt_id: UUID) -> int:
    """What disputes about this attempt (locked by the caller) that were not won hold of it, in minor units."""
    rows = await tx.execute(
        text(
            "SELECT coalesce(sum(held_minor), 0) FROM payments_dispute"
            " WHERE attempt_id = :id AND state <> 'won'"
        ),
        {"id": attempt_id},
    )
    return int(rows.scalar_one())


_TAKEN = text(
    """
    WITH lost AS (
        SELECT attempt_id, sum(held_minor) AS n FROM payments_dispute
        WHERE order_id = ANY(:ids) AND state = 'lost' GROUP BY attempt_id
    ), sent AS (
        SELECT attempt_id, sum(amount_minor) AS n FROM payments_refund
        WHERE order_id = ANY(:ids) AND state = 'done' AND provider_ref LIKE 'dispute:%' GROUP BY attempt_id
    ), ended AS (
        -- Of several payments behind one credit each counts as ended last: rather too little is left than too much.
        SELECT part.attempt_id, sum(part.taken_minor
            - least(part.taken_minor, credit.taken_minor - credit.ended_minor)) AS n
        FROM lost JOIN payments_credit_part AS part USING (attempt_id)
        JOIN payments_credit AS credit ON credit.id = part.credit_id GROUP BY part.attempt_id
    )
    SELECT attempt_id, (lost.n - coalesce(sent.n, 0) - coalesce(ended.n, 0))::bigint AS minor
    FROM lost LEFT JOIN sent USING (attempt_id) LEFT JOIN ended USING (attempt_id)
    """
).bindparams(bindparam("ids", type_=IDS))


async def taken(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, int]:
    """What banks have taken of these orders' payments for good, by attempt id, in minor units: without what that did
    for refunds that were owed, and without what ended of credit that was made of it.
    """
    rows = await reader.execute(_TAKEN, {"ids": list(order_ids)})
    return {row.attempt_id: row.minor for row in rows if row.minor > 0}


@dataclass(frozen=True, slots=True)
class StandingDispute:
    """A dispute that was not won. `is_undone`: no bank opened it, the Bitcoin network took the payment back."""

    id: UUID
    state: DisputeState
    is_undone: bool


async def standing(reader: Reader, order_id: UUID) -> StandingDispute | None:
    """The dispute of the order's payment that was not won; a lost one before one that goes on."""
    rows = await reader.execute(
        text(
            "SELECT id, state, reason FROM payments_dispute WHERE order_id = :order_id AND state <> 'won' "
            "ORDER BY state = 'lost' DESC, opened_at LIMIT 1"
        ),
        {"order_id": order_id},
    )
    row = rows.one_or_none()
    return None if row is None else StandingDispute(row.id, DisputeState(row.state), row.reason == UNDONE)


async def undecided(reader: Reader, account_id: UUID) -> list[Dispute]:
    """Those of an account that the bank has not decided."""
    rows = await reader.execute(_UNDECIDED, {"account_id": account_id})
    return [_dispute(row) for row in rows.mappings()]


_LOST_WITH_UNSENT = text(
    f"""
    SELECT {_COLUMNS} FROM payments_dispute AS dispute
    WHERE dispute.state = 'lost' AND EXISTS (
        SELECT FROM payments_refund AS refund
        JOIN payments_bitcoin_sending AS sending ON sending.refund_id = refund.id
        WHERE refund.attempt_id = dispute.attempt_id AND refund.state IN ('wanted', 'unknown')
          AND sending.state IN ('waits', 'named', 'failed')
    ) AND (
        SELECT coalesce(sum(lost.held_minor), 0) FROM payments_dispute AS lost
        WHERE lost.attempt_id = dispute.attempt_id AND lost.state = 'lost'
    ) + (
        SELECT sum(refund.amount_minor) FROM payments_refund AS refund
        WHERE refund.attempt_id = dispute.attempt_id AND refund.state <> 'failed'
          AND coalesce(refund.provider_ref, '') NOT LIKE 'dispute:%'
    ) > (SELECT paid_minor FROM payments_attempt WHERE id = dispute.attempt_id)
    ORDER BY dispute.id
    """
)


async def lost_with_unsent(reader: Reader) -> list[Dispute]:
    """Lost ones that leave less of their payment than is owed in refunds in bitcoin which are not on their way."""
    rows = await reader.execute(_LOST_WITH_UNSENT)
    return [_dispute(row) for row in rows.mappings()]


async def claim_answer(tx: Transaction, dispute_id: UUID, by: str, now: datetime, stale: datetime) -> bool:
    """This caller answers it; False when it is not open, or somebody's answer is on its way."""
    params = {"id": dispute_id, "by": by, "now": now, "stale": stale}
    return (await tx.execute(_CLAIM, params)).one_or_none() is not None
