"""The SQL of redemptions. Lock order within this slice: codes by id; redemptions belong to an order that is locked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Boolean, Text, Uuid

from admitone.plumbing.database import Reader, Transaction

IDS = ARRAY(Uuid)


@dataclass(frozen=True, slots=True)
class LockedCode:
    """What decides whether a code can be redeemed once more."""

    id: UUID
    code: str
    state: str
    total_limit: int | None
    per_person_limit: int | None
    limit_unit: str
    uses: int
    tickets: int


@dataclass(frozen=True, slots=True)
class RedemptionRow:
    """A redemption as stored."""

    order_id: UUID
    code_id: UUID
    email_key: str
    tickets: int
    off_minor: int
    state: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class NewRedemption:
    """A redemption to write."""

    order_id: UUID
    code_id: UUID
    organiser_id: UUID
    event_id: UUID
    email_key: str
    currency: str
    tickets: int
    off_minor: int


async def lock(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, LockedCode]:
    """Lock these codes; those that exist."""
    rows = await tx.execute(_LOCK, {"ids": list(ids)})
    return {row.id: LockedCode(*row) for row in rows}


_LOCK = text(
    """
    SELECT id, code, state, total_limit, per_person_limit, limit_unit, uses, tickets
    FROM promotions_code WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    """
).bindparams(bindparam("ids", type_=IDS))

_TAKEN = text(
    """
    SELECT r.code_id, r.email_key, count(*) AS uses, sum(r.tickets)::bigint AS tickets
    FROM (SELECT DISTINCT c, k FROM unnest(:codes, :keys) AS pair (c, k)) AS asked
    JOIN promotions_redemption AS r ON r.code_id = asked.c AND r.email_key = asked.k AND r.is_counted
    GROUP BY r.code_id, r.email_key
    """
).bindparams(bindparam("codes", type_=IDS), bindparam("keys", type_=ARRAY(Text)))


async def taken(
    reader: Reader, pairs: Collection[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[int, int]]:
    """Uses and tickets that count, by (code, address)."""
    if not pairs:
        return {}
    asked = {"codes": [code for code, _ in pairs], "keys": [key for _, key in pairs]}
    rows = await reader.execute(_TAKEN, asked)
    return {(row.code_id, row.email_key): (row.uses, row.tickets) for row in rows}


_INSERT = text(
    """
    INSERT INTO promotions_redemption (order_id, code_id, organiser_id, event_id, email_key, currency, tickets,
        off_minor, state, is_counted, redeemed_at)
    SELECT o, c, g, e, k, m, t, f, 'reserved', true, clock_timestamp()
    FROM unnest(:orders, :codes, :organisers, :events, :keys, :currencies, :tickets, :offs)
        AS new (o, c, g, e, k, m, t, f)
    """
).bindparams(
    *(bindparam(name, type_=IDS) for name in ("orders", "codes", "organisers", "events")),
    *(bindparam(name, type_=ARRAY(Text)) for name in ("keys", "currencies")),
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("tickets", "offs")),
)


async def insert(tx: Transaction, new: Sequence[NewRedemption]) -> None:
    """Write redemptions, reserved and counted."""
    await tx.execute(
        _INSERT,
        {
            "orders": [one.order_id for one in new],
            "codes": [one.code_id for one in new],
            "organisers": [one.organiser_id for one in new],
            "events": [one.event_id for one in new],
            "keys": [one.email_key for one in new],
            "currencies": [one.currency for one in new],
            "tickets": [one.tickets for one in new],
            "offs": [one.off_minor for one in new],
        },
    )


_COUNT = text(
    """
    UPDATE promotions_code AS c SET uses = c.uses + n.uses, tickets = c.tickets + n.tickets
    FROM unnest(:ids, :uses, :tickets) AS n (id, uses, tickets) WHERE c.id = n.id
    """
).bindparams(
    bindparam("ids", type_=IDS),
    bindparam("uses", type_=ARRAY(BigInteger)),
    bindparam("tickets", type_=ARRAY(BigInteger)),
)


async def count(tx: Transaction, changes: Mapping[UUID, tuple[int, int]]) -> None:
    """Add these (uses, tickets) to codes the caller has locked."""
    if changes:
        await tx.execute(
            _COUNT,
            {
                "ids": list(changes),
                "uses": [uses for uses, _ in changes.values()],
                "tickets": [tickets for _, tickets in changes.values()],
            },
        )


_OF_ORDERS = text(
    """
    SELECT order_id, code_id, email_key, tickets, off_minor, state, is_counted
    FROM promotions_redemption WHERE order_id = ANY(:orders) ORDER BY order_id, code_id
    """
).bindparams(bindparam("orders", type_=IDS))


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[RedemptionRow]:
    """The redemptions of these orders."""
    rows = await reader.execute(_OF_ORDERS, {"orders": list(order_ids)})
    return [RedemptionRow(*row) for row in rows]


_GIVE_BACK = text(
    """
    UPDATE promotions_redemption SET state = 'given_back', is_counted = false
    WHERE order_id = ANY(:orders) AND state <> 'given_back'
    """
).bindparams(bindparam("orders", type_=IDS))


async def give_back(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """Whatever -> given_back."""
    await tx.execute(_GIVE_BACK, {"orders": list(order_ids)})


_AGAIN = text(
    """
    UPDATE promotions_redemption AS r SET state = 'reserved', is_counted = n.counted
    FROM unnest(:orders, :codes, :counted) AS n (o, c, counted)
    WHERE r.order_id = n.o AND r.code_id = n.c AND r.state = 'given_back'
    """
).bindparams(
    bindparam("orders", type_=IDS),
    bindparam("codes", type_=IDS),
    bindparam("counted", type_=ARRAY(Boolean)),
)


async def reserve_again(tx: Transaction, counted: Mapping[tuple[UUID, UUID], bool]) -> None:
    """given_back -> reserved, by (order, code); whether it counts."""
    await tx.execute(
        _AGAIN,
        {
            "orders": [order_id for order_id, _ in counted],
            "codes": [code_id for _, code_id in counted],
            "counted": list(counted.values()),
        },
    )


_MARK_USED = text(
    "UPDATE promotions_redemption SET state = 'used' WHERE order_id = ANY(:orders) AND state = 'reserved'"
).bindparams(bindparam("orders", type_=IDS))


async def mark_used(tx: Transaction, order_ids: Collection[UUID]) -> None:
    """reserved -> used."""
    await tx.execute(_MARK_USED, {"orders": list(order_ids)})
