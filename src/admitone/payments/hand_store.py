"""The SQL of money that people see come in and send back by hand."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text

from admitone.payments.store import IDS
from admitone.plumbing.database import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Expected:
    """What a buyer was told to pay. `given_up_at`: when its order ended. Whole minor units of `currency`."""

    attempt_id: UUID
    account_id: UUID
    method: str
    order_code: str
    currency: str
    amount_minor: int
    instructions: Mapping[str, str]
    wait_until: datetime
    expected_at: datetime
    given_up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """Money that somebody saw come in. `means`: transfer, cash or card. `source` names what they saw, once for ever."""

    id: UUID
    attempt_id: UUID
    account_id: UUID
    currency: str
    amount_minor: int
    means: str
    source: str
    payer_name: str | None
    payer_iban: str | None
    received_by: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """Money to send back by hand. `iban`: where to, None while nobody knows or when it is handed over."""

    refund_id: UUID
    attempt_id: UUID
    account_id: UUID
    currency: str
    amount_minor: int
    holder: str | None
    iban: str | None
    bic: str | None
    asked_at: datetime
    sent_at: datetime | None
    sent_by: str | None


_EXPECTED = """attempt_id, account_id, method, order_code, currency, amount_minor, instructions, wait_until,
    expected_at, given_up_at"""
_RECEIVED = """id, attempt_id, account_id, currency, amount_minor, means, source, payer_name, payer_iban,
    received_by, received_at"""
_SENDING = """refund_id, attempt_id, account_id, currency, amount_minor, holder, iban, bic, asked_at, sent_at,
    sent_by"""

_EXPECT = text(
    f"""
    INSERT INTO payments_expected ({_EXPECTED})
    VALUES (:attempt_id, :account_id, :method, :order_code, :currency, :amount_minor, CAST(:instructions AS jsonb),
            :wait_until, :expected_at, NULL)
    ON CONFLICT (attempt_id) DO NOTHING RETURNING attempt_id
    """
)


async def expect(tx: Transaction, new: Expected) -> bool:
    """Store it; False when this key was stored before."""
    params = {name: getattr(new, name) for name in Expected.__slots__ if name != "given_up_at"}
    rows = await tx.execute(_EXPECT, {**params, "instructions": json.dumps(dict(new.instructions))})
    return rows.one_or_none() is not None


async def expected(reader: Reader, attempt_id: UUID) -> Expected | None:
    """What is waited for under this key."""
    found = await reader.execute(
        text(f"SELECT {_EXPECTED} FROM payments_expected WHERE attempt_id = :id"), {"id": attempt_id}
    )
    row = found.mappings().one_or_none()
    return None if row is None else Expected(**row)


async def lock_expected(tx: Transaction, attempt_id: UUID) -> Expected | None:
    """`expected`, locked."""
    found = await tx.execute(
        text(f"SELECT {_EXPECTED} FROM payments_expected WHERE attempt_id = :id FOR UPDATE"),
        {"id": attempt_id},
    )
    row = found.mappings().one_or_none()
    return None if row is None else Expected(**row)


async def give_up(tx: Transaction, attempt_id: UUID, now: datetime) -> None:
    """It is not waited for any more."""
    await tx.execute(
        text("UPDATE payments_expected SET given_up_at = coalesce(given_up_at, :now) WHERE attempt_id = :id"),
        {"id": attempt_id, "now": now},
    )


_RECEIVE = text(
    f"""
    INSERT INTO payments_received ({_RECEIVED})
    VALUES (:id, :attempt_id, :account_id, :currency, :amount_minor, :means, :source, :payer_name, :payer_iban,
            :received_by, :received_at)
    ON CONFLICT DO NOTHING RETURNING id
    """
)


async def receive(tx: Transaction, new: Received) -> bool:
    """Write it down; False when money of this source, or for this attempt, was written down before."""
    params = {name: getattr(new, name) for name in Received.__slots__}
    return (await tx.execute(_RECEIVE, params)).one_or_none() is not None


async def received(reader: Reader, attempt_ids: Collection[UUID]) -> dict[UUID, Received]:
    """What came for these attempts, by attempt."""
    rows = await reader.execute(
        text(f"SELECT {_RECEIVED} FROM payments_received WHERE attempt_id = ANY(:ids)").bindparams(
            bindparam("ids", type_=IDS)
        ),
        {"ids": list(attempt_ids)},
    )
    return {row["attempt_id"]: Received(**row) for row in rows.mappings()}


async def received_since(reader: Reader, account_id: UUID, since: datetime) -> list[Received]:
    """What came into an account since then, oldest first."""
    rows = await reader.execute(
        text(
            f"SELECT {_RECEIVED} FROM payments_received WHERE account_id = :account_id AND received_at >= :since "
            "ORDER BY received_at, id"
        ),
        {"account_id": account_id, "since": since},
    )
    return [Received(**row) for row in rows.mappings()]


def _sending(row: RowMapping) -> Sending:
    return Sending(**row)


_SEND = text(
    f"""
    INSERT INTO payments_sending ({_SENDING})
    VALUES (:refund_id, :attempt_id, :account_id, :currency, :amount_minor, :holder, :iban, :bic, :asked_at, NULL, NULL)
    """
)


async def want_sent(tx: Transaction, new: Sending) -> None:
    """Put it on the list."""
    await tx.execute(_SEND, {name: getattr(new, name) for name in Sending.__slots__})


async def sendings(reader: Reader, refund_ids: Collection[UUID]) -> dict[UUID, Sending]:
    """Those of the list with these ids."""
    rows = await reader.execute(
        text(f"SELECT {_SENDING} FROM payments_sending WHERE refund_id = ANY(:ids)").bindparams(
            bindparam("ids", type_=IDS)
        ),
        {"ids": list(refund_ids)},
    )
    return {row["refund_id"]: _sending(row) for row in rows.mappings()}


async def sendings_of(reader: Reader, attempt_id: UUID) -> list[Sending]:
    """All that goes back of one payment."""
    rows = await reader.execute(
        text(f"SELECT {_SENDING} FROM payments_sending WHERE attempt_id = :id"), {"id": attempt_id}
    )
    return [_sending(row) for row in rows.mappings()]


async def name_receiver(tx: Transaction, refund_id: UUID, holder: str, iban: str, bic: str | None) -> bool:
    """Say where it goes; False when it was sent already."""
    rows = await tx.execute(
        text(
            "UPDATE payments_sending SET holder = :holder, iban = :iban, bic = :bic, sealed = NULL, iban_end = NULL "
            "WHERE refund_id = :id AND sent_at IS NULL RETURNING refund_id"
        ),
        {"id": refund_id, "holder": holder, "iban": iban, "bic": bic},
    )
    return rows.one_or_none() is not None


async def answer_receiver(
    tx: Transaction, refund_id: UUID, *, holder: str, sealed: bytes, iban_end: str
) -> bool:
    """What the buyer typed; False when it is known already where it goes, or was sent."""
    rows = await tx.execute(
        text(
            "UPDATE payments_sending SET holder = :holder, sealed = :sealed, iban_end = :iban_end "
            "WHERE refund_id = :id AND sent_at IS NULL AND iban IS NULL AND sealed IS NULL RETURNING refund_id"
        ),
        {"id": refund_id, "holder": holder, "sealed": sealed, "iban_end": iban_end},
    )
    return rows.one_or_none() is not None


_SENT = text(
    """
    WITH locked AS (
        SELECT refund_id FROM payments_sending WHERE refund_id = ANY(:ids) ORDER BY refund_id FOR UPDATE
    )
    UPDATE payments_sending AS mine SET sent_at = :now, sent_by = :by, sealed = NULL FROM locked
    WHERE mine.refund_id = locked.refund_id AND mine.sent_at IS NULL RETURNING mine.refund_id
    """
).bindparams(bindparam("ids", type_=IDS))


async def mark_sent(tx: Transaction, refund_ids: Sequence[UUID], now: datetime, by: str) -> set[UUID]:
    """Somebody says that they were sent; which were not before."""
    return set((await tx.execute(_SENT, {"ids": list(refund_ids), "now": now, "by": by})).scalars())
