"""The sandbox bank's SQL, on its own tables only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, DateTime, LargeBinary, Text, Uuid

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct

WORDS = ARRAY(Text)
INSTANTS = ARRAY(DateTime(timezone=True))
TRIES_MOST = 12


class PaymentState(StrEnum):
    """Where a payment at the bank is."""

    OPEN = "open"
    SEEN = "seen"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment in the bank's books, in whole minor units. `due_at`: when a seen one becomes paid."""

    ref: str
    merchant_key: str
    method: str
    currency: str
    amount_minor: int
    refunded_minor: int
    state: PaymentState
    description: str
    return_url: str
    created_at: datetime
    decided_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class BankRefund:
    """Money the bank sent back."""

    ref: str
    merchant_key: str
    payment_ref: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook to send. `event_id` is the same for every copy and every try."""

    id: UUID
    event_id: str
    payment_ref: str
    body: bytes
    due_at: datetime


def _payment(row: RowMapping) -> Payment:
    fields: dict[str, Any] = dict(row)
    return Payment(**{**fields, "state": PaymentState(row["state"])})


_COLUMNS = (
    "ref, merchant_key, method, currency, amount_minor, refunded_minor, state, description, return_url, "
    "created_at, decided_at, due_at"
)
_DELIVERIES = (
    *(bindparam(name, type_=ARRAY(Uuid)) for name in ("delivery_ids",)),
    *(bindparam(name, type_=WORDS) for name in ("delivery_events", "delivery_refs")),
    bindparam("delivery_bodies", type_=ARRAY(LargeBinary)),
    bindparam("delivery_dues", type_=INSTANTS),
)
_OPEN = Direct(
    text(
        f"""
    WITH opened AS (
        INSERT INTO sandbox_payment ({_COLUMNS})
        SELECT ref, merchant_key, method, currency, amount_minor, 0, state, description, return_url,
               CAST(:now AS timestamptz), decided_at, due_at
        FROM unnest(:refs, :keys, :methods, :currencies, :amounts, :states, :descriptions, :urls,
                    :decided, :dues)
             AS wanted (ref, merchant_key, method, currency, amount_minor, state, description, return_url,
                        decided_at, due_at)
        ORDER BY merchant_key
        ON CONFLICT (merchant_key) DO NOTHING
        RETURNING ref
    ), told AS (
        INSERT INTO sandbox_delivery (id, event_id, payment_ref, body, due_at, tries)
        SELECT id, event_id, payment_ref, body, due_at, 0
        FROM unnest(:delivery_ids, :delivery_events, :delivery_refs, :delivery_bodies, :delivery_dues)
             AS delivery (id, event_id, payment_ref, body, due_at)
        WHERE payment_ref IN (SELECT ref FROM opened)
    )
    SELECT ref FROM opened
    """
    ).bindparams(
        *(
            bindparam(name, type_=WORDS)
            for name in ("refs", "keys", "methods", "currencies", "states", "descriptions", "urls")
        ),
        bindparam("amounts", type_=ARRAY(BigInteger)),
        bindparam("decided", type_=INSTANTS),
        bindparam("dues", type_=INSTANTS),
        *_DELIVERIES,
    )
)


async def open_payments(
    tx: Transaction, payments: Sequence[Payment], deliveries: Sequence[Delivery], now: datetime
) -> set[str]:
    """Write the payments whose merchant key is new, and what is to be told of them; their references."""
    ran = await _OPEN.run(
        tx,
        {
            "refs": [one.ref for one in payments],
            "keys": [one.merchant_key for one in payments],
            "methods": [one.method for one in payments],
            "currencies": [one.currency for one in payments],
            "amounts": [one.amount_minor for one in payments],
            "states": [one.state.value for one in payments],
            "descriptions": [one.description for one in payments],
            "urls": [one.return_url for one in payments],
            "decided": [one.decided_at for one in payments],
            "dues": [one.due_at for one in payments],
            "now": now,
            **_told(deliveries),
        },
    )
    return {row.ref for row in ran.rows}


def _told(deliveries: Sequence[Delivery]) -> dict[str, object]:
    return {
        "delivery_ids": [one.id for one in deliveries],
        "delivery_events": [one.event_id for one in deliveries],
        "delivery_refs": [one.payment_ref for one in deliveries],
        "delivery_bodies": [one.body for one in deliveries],
        "delivery_dues": [one.due_at for one in deliveries],
    }


_TELL = text(
    """
    INSERT INTO sandbox_delivery (id, event_id, payment_ref, body, due_at, tries)
    SELECT id, event_id, payment_ref, body, due_at, 0
    FROM unnest(:delivery_ids, :delivery_events, :delivery_refs, :delivery_bodies, :delivery_dues)
         AS delivery (id, event_id, payment_ref, body, due_at)
    """
).bindparams(*_DELIVERIES)


async def tell(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Write webhooks to send."""
    if deliveries:
        await tx.execute(_TELL, _told(deliveries))


_BY_KEYS = text(f"SELECT {_COLUMNS} FROM sandbox_payment WHERE merchant_key = ANY(:keys)").bindparams(
    bindparam("keys", type_=WORDS)
)
_BY_REF = f"SELECT {_COLUMNS} FROM sandbox_payment WHERE ref = :ref"


async def payments_by_key(reader: Reader, keys: Collection[str]) -> dict[str, Payment]:
    """The payments with these merchant keys, by key."""
    rows = await reader.execute(_BY_KEYS, {"keys": list(keys)})
    return {row["merchant_key"]: _payment(row) for row in rows.mappings()}


async def payment_by_ref(reader: Reader, ref: str) -> Payment | None:
    """The payment the bank knows by this reference."""
    row = (await reader.execute(text(_BY_REF), {"ref": ref})).mappings().one_or_none()
    return None if row is None else _payment(row)


_CHANGED = text(
    f"""
    SELECT {_COLUMNS} FROM sandbox_payment
    WHERE greatest(created_at, decided_at) >= :since AND ref > :after ORDER BY ref LIMIT :most
    """
)


async def changed_since(reader: Reader, since: datetime, after: str, most: int) -> list[Payment]:
    """Payments made or decided since then, by reference, after this one."""
    rows = await reader.execute(_CHANGED, {"since": since, "after": after, "most": most})
    return [_payment(row) for row in rows.mappings()]


_DECIDE = text(
    f"""
    UPDATE sandbox_payment SET state = :state, decided_at = :now, due_at = :due_at
    WHERE ref = :ref AND state = 'open' RETURNING {_COLUMNS}
    """
)


async def decide(
    tx: Transaction, ref: str, state: PaymentState, now: datetime, due_at: datetime | None
) -> Payment | None:
    """Move an open payment; None when it is not open."""
    params = {"ref": ref, "state": state.value, "now": now, "due_at": due_at}
    row = (await tx.execute(_DECIDE, params)).mappings().one_or_none()
    return None if row is None else _payment(row)


_ARRIVE = text(
    """
    UPDATE sandbox_payment SET state = 'paid', decided_at = :now, due_at = NULL
    WHERE due_at <= :now AND state = 'seen'
    """
)


async def arrive(tx: Transaction, now: datetime) -> int:
    """Seen payments whose time has come are paid; how many."""
    return (await tx.execute(_ARRIVE, {"now": now})).rowcount


_LOCK_PAYMENTS = text(
    f"SELECT {_COLUMNS} FROM sandbox_payment WHERE ref = ANY(:refs) ORDER BY ref FOR UPDATE"
).bindparams(bindparam("refs", type_=WORDS))
_REFUNDED = text(
    "SELECT ref, merchant_key, payment_ref, amount_minor FROM sandbox_refund WHERE merchant_key = ANY(:keys)"
).bindparams(bindparam("keys", type_=WORDS))
_REFUND = text(
    """
    WITH made AS (
        INSERT INTO sandbox_refund (ref, merchant_key, payment_ref, amount_minor, created_at)
        SELECT r.ref, r.merchant_key, r.payment_ref, r.amount_minor, :now
        FROM unnest(:refs, :keys, :payment_refs, CAST(:amounts AS bigint[]))
            AS r (ref, merchant_key, payment_ref, amount_minor)
        ON CONFLICT (merchant_key) DO NOTHING RETURNING payment_ref, amount_minor
    ), back AS (
        UPDATE sandbox_payment AS payment SET refunded_minor = payment.refunded_minor + sums.minor
        FROM (SELECT payment_ref, sum(amount_minor)::bigint AS minor FROM made GROUP BY payment_ref) AS sums
        WHERE payment.ref = sums.payment_ref
    )
    SELECT count(*) FROM made
    """
).bindparams(*(bindparam(name, type_=WORDS) for name in ("refs", "keys", "payment_refs")))


async def lock_payments(tx: Transaction, refs: Collection[str]) -> dict[str, Payment]:
    """These payments, locked until the transaction ends, by reference."""
    rows = await tx.execute(_LOCK_PAYMENTS, {"refs": list(refs)})
    return {row["ref"]: _payment(row) for row in rows.mappings()}


async def refunds_by_key(reader: Reader, keys: Collection[str]) -> dict[str, BankRefund]:
    """The refunds made for these merchant keys, by key."""
    rows = await reader.execute(_REFUNDED, {"keys": list(keys)})
    return {row["merchant_key"]: BankRefund(**row) for row in rows.mappings()}


async def refund_many(tx: Transaction, made: Sequence[BankRefund], now: datetime) -> bool:
    """Write refunds of locked payments; False when one of the merchant keys was used."""
    if not made:
        return True
    params = {
        "refs": [one.ref for one in made],
        "keys": [one.merchant_key for one in made],
        "payment_refs": [one.payment_ref for one in made],
        "amounts": [one.amount_minor for one in made],
        "now": now,
    }
    return bool((await tx.execute(_REFUND, params)).scalar_one() == len(made))


_CLAIM = text(
    f"""
    WITH due AS (
        SELECT id, due_at FROM sandbox_delivery
        WHERE sent_at IS NULL AND due_at <= :now AND tries < {TRIES_MOST}
        ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE sandbox_delivery AS delivery
    SET tries = delivery.tries + 1,
        due_at = CAST(:now AS timestamptz) + make_interval(secs => least(10 * 2 ^ delivery.tries, 3600))
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.id, delivery.event_id, delivery.payment_ref, delivery.body, due.due_at
    """
)
_SENT = text("UPDATE sandbox_delivery SET sent_at = :now WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid))
)


async def claim_deliveries(tx: Transaction, now: datetime, most: int) -> list[Delivery]:
    """Deliveries to send now, in the order they are due. Until it is marked sent, each comes again later."""
    rows = await tx.execute(_CLAIM, {"now": now, "most": most})
    return sorted((Delivery(**row) for row in rows.mappings()), key=lambda one: (one.due_at, one.id))


async def mark_sent(tx: Transaction, ids: Collection[UUID], now: datetime) -> None:
    """These were received."""
    if ids:
        await tx.execute(_SENT, {"ids": list(ids), "now": now})
