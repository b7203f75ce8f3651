"""Inventory's SQL. Lock order: holds before pools, pools by id; the hold desk locks pools and skips locked holds."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Integer, LargeBinary, Text, Uuid

from admitone.inventory.capacity import HoldRequest, PoolLevel
from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct

IDS = ARRAY(Uuid)
NUMBERS = ARRAY(Integer)


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold as stored."""

    id: UUID
    event_id: UUID
    organiser_id: UUID
    state: str
    terms_version: int
    request_digest: bytes | None
    order_id: UUID | None
    created_at: datetime
    held_until: datetime
    is_due: bool
    basket: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class HeldLine:
    """`quantity` tickets of one type in a hold."""

    hold_id: UUID
    ticket_type_id: UUID
    quantity: int


_LOCK_POOLS = Direct(
    text(
        """
    SELECT id, event_id, capacity - held - sold AS left, is_open, terms_version, is_step
    FROM inventory_pool WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    """
    ).bindparams(bindparam("ids", type_=IDS))
)


async def lock_pools(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, PoolLevel]:
    """Lock these pools in the order of their ids, so that two batches can never wait for each other."""
    rows = (await _LOCK_POOLS.run(tx, {"ids": list(ids)})).rows
    return {row.id: PoolLevel(*row) for row in rows}


# Most holds of a batch are for the same few events and ticket types, so those travel once and the rows name them by
# number: the hold's own id is the only UUID sent per hold.
_TAKE = Direct(
    text(
        """
    WITH moved AS (
        UPDATE inventory_pool AS pool SET held = pool.held + taken.places
        FROM unnest(:pool_ids, :places) AS taken (id, places)
        WHERE pool.id = taken.id AND pool.held + pool.sold + taken.places <= pool.capacity
        RETURNING 1
    ), made AS (
        INSERT INTO inventory_hold
            (id, event_id, organiser_id, state, terms_version, request_digest, created_at, held_until, basket)
        SELECT hold.id, (:event_ids)[hold.event], (:organiser_ids)[hold.event], 'active', (:versions)[hold.event],
               hold.digest, clock_timestamp(), clock_timestamp() + make_interval(secs => hold.seconds),
               CAST(hold.basket AS jsonb)
        FROM unnest(:hold_ids, :hold_events, :digests, :seconds, :baskets) AS hold (id, event, digest, seconds, basket)
        RETURNING id, held_until
    ), lines AS (
        INSERT INTO inventory_hold_line (hold_id, ticket_type_id, pool_id, quantity)
        SELECT (:hold_ids)[line.hold], (:type_ids)[line.draw], (:draw_pools)[line.draw], line.quantity
        FROM unnest(:line_holds, :line_draws, :line_quantities) AS line (hold, draw, quantity)
    )
    SELECT id, held_until, (SELECT count(*) FROM moved) AS moved FROM made
    """
    ).bindparams(
        *(
            bindparam(name, type_=IDS)
            for name in ("pool_ids", "hold_ids", "event_ids", "organiser_ids", "type_ids", "draw_pools")
        ),
        *(
            bindparam(name, type_=NUMBERS)
            for name in (
                "places",
                "seconds",
                "versions",
                "hold_events",
                "line_holds",
                "line_draws",
                "line_quantities",
            )
        ),
        bindparam("digests", type_=ARRAY(LargeBinary)),
        bindparam("baskets", type_=ARRAY(Text)),
    )
)


class _Numbers(dict[tuple[object, ...], int]):
    """Numbers things from one, in the order in which they are first named."""

    def __missing__(self, key: tuple[object, ...]) -> int:
        self[key] = len(self) + 1
        return self[key]


async def take(
    tx: Transaction, requests: Sequence[HoldRequest], taken: Mapping[UUID, int]
) -> dict[UUID, datetime]:
    """Move the counters and write the holds, in one statement; when each hold runs out, by hold id."""
    events, draws = _Numbers(), _Numbers()
    hold_events = [events[one.event_id, one.organiser_id, one.terms_version] for one in requests]
    lines = [
        (number, draws[item.ticket_type_id, pool_id], item.quantity)
        for number, one in enumerate(requests, start=1)
        for item in one.items
        for pool_id in item.pool_ids
    ]
    ran = await _TAKE.run(
        tx,
        {
            "pool_ids": list(taken),
            "places": list(taken.values()),
            "hold_ids": [one.hold_id for one in requests],
            "hold_events": hold_events,
            "event_ids": [event[0] for event in events],
            "organiser_ids": [event[1] for event in events],
            "versions": [event[2] for event in events],
            "digests": [one.digest for one in requests],
            "seconds": [one.hold_seconds for one in requests],
            "baskets": [None if one.basket is None else json.dumps(one.basket) for one in requests],
            "type_ids": [draw[0] for draw in draws],
            "draw_pools": [draw[1] for draw in draws],
            "line_holds": [line[0] for line in lines],
            "line_draws": [line[1] for line in lines],
            "line_quantities": [line[2] for line in lines],
        },
    )
    made = ran.rows
    assert all(row.moved == len(taken) for row in made), "the counters moved as decided"
    return {row.id: row.held_until for row in made}


_HOLDS = """
    SELECT id, event_id, organiser_id, state, terms_version, request_digest, order_id, created_at, held_until,
           held_until <= clock_timestamp() AS is_due, basket
    FROM inventory_hold WHERE id = ANY(:ids)
"""
_READ_HOLDS = Direct(text(_HOLDS).bindparams(bindparam("ids", type_=IDS)))


async def holds(reader: Reader, ids: Collection[UUID]) -> dict[UUID, HoldRow]:
    """The holds with these ids."""
    rows = (await _READ_HOLDS.run(reader, {"ids": list(ids)})).rows
    return {row.id: HoldRow(*row) for row in rows}


_LINES = Direct(
    text(
        """
    SELECT hold_id, ticket_type_id, max(quantity) AS quantity FROM inventory_hold_line
    WHERE hold_id = ANY(:ids) GROUP BY hold_id, ticket_type_id ORDER BY hold_id, ticket_type_id
    """
    ).bindparams(bindparam("ids", type_=IDS))
)


async def lines(reader: Reader, ids: Collection[UUID]) -> dict[UUID, list[HeldLine]]:
    """What each hold holds, by hold id; in the order of the ids of the types, the same at every look."""
    found: dict[UUID, list[HeldLine]] = {}
    for row in (await _LINES.run(reader, {"ids": list(ids)})).rows:
        found.setdefault(row.hold_id, []).append(HeldLine(row.hold_id, row.ticket_type_id, row.quantity))
    return found


_REWRITE_BASKET = text(
    "UPDATE inventory_hold SET basket = CAST(:basket AS jsonb) "
    "WHERE id = :id AND state = 'active' AND held_until > clock_timestamp() RETURNING id"
)


async def rewrite_basket(tx: Transaction, hold_id: UUID, basket: Mapping[str, object] | None) -> bool:
    """Keep another basket on an active hold; False when it is none any more."""
    stored = None if basket is None else json.dumps(basket)
    return (await tx.execute(_REWRITE_BASKET, {"id": hold_id, "basket": stored})).one_or_none() is not None


_CLAIM = Direct(
    text(
        """
    WITH locked AS (
        SELECT id FROM inventory_hold WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE inventory_hold AS hold
    SET state = 'claimed', order_id = claim.order_id
    FROM unnest(:ids, :order_ids, :seconds) AS claim (id, order_id, seconds) JOIN locked ON locked.id = claim.id
    WHERE hold.id = claim.id AND hold.state = 'active' AND hold.held_until > clock_timestamp()
    RETURNING hold.id,
              greatest(hold.held_until, clock_timestamp() + make_interval(secs => claim.seconds)) AS deadline
    """
    ).bindparams(
        bindparam("ids", type_=IDS), bindparam("order_ids", type_=IDS), bindparam("seconds", type_=NUMBERS)
    )
)


async def claim(tx: Transaction, claims: Sequence[tuple[UUID, UUID, int]]) -> dict[UUID, datetime]:
    """Give each (hold, order, seconds) to its order if it has not run out; the order's deadline of those claimed.

    The hold's own deadline stays as it is, so that a claim that is undone has made no hold any longer.
    """
    ran = await _CLAIM.run(
        tx,
        {
            "ids": [one[0] for one in claims],
            "order_ids": [one[1] for one in claims],
            "seconds": [one[2] for one in claims],
        },
    )
    return {row.id: row.deadline for row in ran.rows}


_UNCLAIM = text(
    "UPDATE inventory_hold SET state = 'active', order_id = NULL WHERE id = ANY(:ids) AND state = 'claimed'"
).bindparams(bindparam("ids", type_=IDS))


async def unclaim(tx: Transaction, ids: Collection[UUID]) -> None:
    """Claimed holds become active again."""
    await tx.execute(_UNCLAIM, {"ids": list(ids)})


_MOVE_HOLDS = Direct(
    text(
        """
    UPDATE inventory_hold AS hold SET state = :to_state
    FROM (SELECT id FROM inventory_hold WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE) AS locked
    WHERE hold.id = locked.id AND hold.state = ANY(:from_states) RETURNING hold.id
    """
    ).bindparams(bindparam("ids", type_=IDS), bindparam("from_states", type_=ARRAY(Text)))
)


async def move_holds(
    tx: Transaction, ids: Collection[UUID], from_states: Sequence[str], to_state: str
) -> list[UUID]:
    """Change the state of those holds that are in one of `from_states`; which ones were changed."""
    params = {"ids": list(ids), "from_states": list(from_states), "to_state": to_state}
    return [row.id for row in (await _MOVE_HOLDS.run(tx, params)).rows]


_EXPIRE = """
    UPDATE inventory_hold SET state = 'expired' WHERE id IN (
        SELECT id FROM inventory_hold AS due
        WHERE state = 'active' AND held_until <= clock_timestamp() {only}
        ORDER BY held_until LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING id
"""
_ONLY_IN_POOLS = """
    AND EXISTS (SELECT FROM inventory_hold_line WHERE hold_id = due.id AND pool_id = ANY(:pool_ids))
    AND NOT EXISTS (SELECT FROM inventory_hold_line WHERE hold_id = due.id AND pool_id <> ALL(:pool_ids))
"""
_EXPIRE_ANY = text(_EXPIRE.format(only=""))
_EXPIRE_IN = text(_EXPIRE.format(only=_ONLY_IN_POOLS)).bindparams(bindparam("pool_ids", type_=IDS))


async def expire_due(tx: Transaction, most: int, pool_ids: Collection[UUID] | None = None) -> list[UUID]:
    """Mark active holds that ran out (by database time), skipping locked ones; which ones.

    With `pool_ids` (already locked by the caller) only holds that draw on these pools and no others, because locking
    a further pool out of order could deadlock.
    """
    if pool_ids is None:
        return list((await tx.execute(_EXPIRE_ANY, {"most": most})).scalars())
    return list((await tx.execute(_EXPIRE_IN, {"most": most, "pool_ids": list(pool_ids)})).scalars())


_LOCK_POOLS_OF = Direct(
    text(
        """
    SELECT pool.id, pool.event_id, pool.capacity - pool.held - pool.sold AS left, pool.is_open, pool.terms_version,
           pool.is_step
    FROM inventory_pool AS pool
    WHERE pool.id IN (SELECT pool_id FROM inventory_hold_line WHERE hold_id = ANY(:ids))
    ORDER BY pool.id FOR NO KEY UPDATE
    """
    ).bindparams(bindparam("ids", type_=IDS))
)


async def lock_pools_of(tx: Transaction, hold_ids: Collection[UUID]) -> dict[UUID, PoolLevel]:
    """Lock every pool these holds draw on, in the order of their ids."""
    rows = (await _LOCK_POOLS_OF.run(tx, {"ids": list(hold_ids)})).rows
    return {row.id: PoolLevel(*row) for row in rows}


_TAKES = Direct(
    text(
        "SELECT hold_id, pool_id, sum(quantity)::int AS places FROM inventory_hold_line "
        "WHERE hold_id = ANY(:ids) GROUP BY hold_id, pool_id"
    ).bindparams(bindparam("ids", type_=IDS))
)


async def places_by_hold(reader: Reader, hold_ids: Collection[UUID]) -> dict[UUID, dict[UUID, int]]:
    """Places per pool, per hold."""
    found: dict[UUID, dict[UUID, int]] = {}
    for row in (await _TAKES.run(reader, {"ids": list(hold_ids)})).rows:
        found.setdefault(row.hold_id, {})[row.pool_id] = row.places
    return found


_SHIFT = Direct(
    text(
        """
    UPDATE inventory_pool AS pool SET held = pool.held + change.held * change.places,
        sold = pool.sold + change.sold * change.places
    FROM (
        SELECT pool_id, sum(quantity)::int AS places, CAST(:held AS int) AS held, CAST(:sold AS int) AS sold
        FROM inventory_hold_line WHERE hold_id = ANY(:ids) GROUP BY pool_id
    ) AS change
    WHERE pool.id = change.pool_id
    """
    ).bindparams(bindparam("ids", type_=IDS))
)


async def shift_counters(tx: Transaction, hold_ids: Collection[UUID], *, held: int, sold: int) -> None:
    """Add `held` and `sold` (each -1, 0 or 1) times the places of these holds to their pools, locked before."""
    await _SHIFT.run(tx, {"ids": list(hold_ids), "held": held, "sold": sold})


# A first deadline is later than its length says by what the clock moved inside of one statement.
EXTEND_SLACK_SECONDS = 1
_EXTEND = text(
    """
    UPDATE inventory_hold
    SET held_until = created_at + (held_until - created_at) * 3 / 2
    WHERE id = :id AND state = 'active' AND held_until > clock_timestamp()
      AND held_until - created_at <= make_interval(secs => :hold_seconds)
    RETURNING held_until
    """
)


async def extend(tx: Transaction, hold_id: UUID, hold_seconds: int) -> datetime | None:
    """Make a hold half as long again, once; the new deadline, or None when that is not possible."""
    params = {"id": hold_id, "hold_seconds": hold_seconds + EXTEND_SLACK_SECONDS}
    until: datetime | None = (await tx.execute(_EXTEND, params)).scalar_one_or_none()
    return until
