"""The SQL of runs over many orders. A run's row is locked before its orders, by one worker at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from admitone.orders.store import IDS
from admitone.plumbing.database import Reader, Transaction


class RunKind(StrEnum):
    """What is done to each order."""

    CANCEL_EVENT = "cancel_event"
    CANCEL_TICKETS = "cancel_tickets"
    GOODWILL = "goodwill"


class RunState(StrEnum):
    """How far a run is: see `tables.BulkRun`."""

    WAITING = "waiting"
    DECLINED = "declined"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RunWish:
    """What a run does: to orders with tickets of this type (None: of any), with the site's fees or without.

    `amount_minor`: what each ticket gives back as goodwill; None is all that is left of its price. `message` is what
    the organiser says to the buyers.
    """

    ticket_type_id: UUID | None = None
    amount_minor: int | None = None
    with_fees: bool = True
    message: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as stored (`tables.BulkRun`)."""

    id: UUID
    organiser_id: UUID
    event_id: UUID
    kind: RunKind
    wish: RunWish
    currency: str
    estimate_minor: int
    state: RunState
    total: int
    done: int
    skipped: int
    failed: int
    after_id: UUID | None
    actor: str
    started_at: datetime
    touched_at: datetime
    done_at: datetime | None

    @property
    def left(self) -> int:
        """About how many orders are still to come."""
        return max(self.total - self.done - self.skipped - self.failed, 0)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What a run did to an order (`tables.BulkItem`)."""

    order_id: UUID
    outcome: str
    amount_minor: int = 0
    reversal_id: UUID | None = None
    reason: str | None = None


_COLUMNS = ", ".join(RunRow.__dataclass_fields__)


def _run(row: RowMapping) -> RunRow:
    wish = msgspec.convert(row["wish"], RunWish)
    known = {"kind": RunKind(row["kind"]), "state": RunState(row["state"]), "wish": wish}
    return RunRow(**{**row, **known})


_INSERT = text(
    """
    INSERT INTO orders_bulk_run (id, organiser_id, event_id, kind, wish, currency, estimate_minor, state, total, actor,
        started_at, touched_at)
    VALUES (:id, :organiser_id, :event_id, :kind, :wish, :currency, :estimate_minor, :state, :total, :actor,
        clock_timestamp(), :touched_at)
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("wish", type_=JSONB))


async def insert_run(tx: Transaction, run: RunRow) -> bool:
    """Write a new run, begun now by the database's clock, as orders are placed; False when it is there, or its event is
    called off by another one.
    """
    fields = {name: getattr(run, name) for name in RunRow.__dataclass_fields__}
    fields["wish"] = msgspec.to_builtins(run.wish)
    return (await tx.execute(_INSERT, fields)).rowcount == 1


async def run_by_id(reader: Reader, run_id: UUID) -> RunRow | None:
    """The run with this id."""
    found = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM orders_bulk_run WHERE id = :id"), {"id": run_id}
    )
    row = found.mappings().one_or_none()
    return None if row is None else _run(row)


async def runs_of(reader: Reader, event_id: UUID) -> list[RunRow]:
    """Every run over the orders of this event, newest first."""
    wanted = f"SELECT {_COLUMNS} FROM orders_bulk_run WHERE event_id = :event_id ORDER BY id DESC"
    return [_run(row) for row in (await reader.execute(text(wanted), {"event_id": event_id})).mappings()]


_LATE = text(
    """
    SELECT run.id, sum(item.amount_minor)::bigint AS minor
    FROM orders_bulk_run AS run JOIN orders_bulk_item AS item ON item.run_id = run.id AND item.outcome = 'done'
    JOIN orders_order AS o ON o.id = item.order_id AND o.paid_at > run.started_at
    WHERE run.event_id = :event_id GROUP BY run.id
    """
)


async def given_late(reader: Reader, event_id: UUID) -> dict[UUID, int]:
    """What runs of this event gave back of orders that were paid after they began, so that no estimate had them: minor
    units, by run.
    """
    return {row.id: row.minor for row in await reader.execute(_LATE, {"event_id": event_id})}


async def next_runs(reader: Reader, most: int) -> list[RunRow]:
    """Runs that go on, the one longest not touched first: they take turns."""
    wanted = (
        f"SELECT {_COLUMNS} FROM orders_bulk_run WHERE state = 'running' ORDER BY touched_at, id LIMIT :most"
    )
    return [_run(row) for row in (await reader.execute(text(wanted), {"most": most})).mappings()]


_LOCK = text(f"SELECT {_COLUMNS} FROM orders_bulk_run WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED")


async def lock_run(tx: Transaction, run_id: UUID) -> RunRow | None:
    """The run, locked; None while another worker has it."""
    row = (await tx.execute(_LOCK, {"id": run_id})).mappings().one_or_none()
    return None if row is None else _run(row)


_ITEMS = text(
    """
    WITH made AS (
        INSERT INTO orders_bulk_item (run_id, order_id, outcome, amount_minor, reversal_id, reason, at)
        SELECT :run_id, i.order_id, i.outcome, i.amount_minor, i.reversal_id, i.reason, :now
        FROM jsonb_to_recordset(CAST(:items AS jsonb)) AS i (order_id uuid, outcome text, amount_minor bigint,
            reversal_id uuid, reason text)
    )
    UPDATE orders_bulk_run SET done = done + :done, skipped = skipped + :skipped, failed = failed + :failed,
        after_id = :after_id, touched_at = :now
    WHERE id = :run_id
    """
)


async def record_items(
    tx: Transaction, run_id: UUID, items: Sequence[ItemRow], after_id: UUID, now: datetime
) -> None:
    """Write what was done to these orders, count it, and that the run (locked) has come as far as `after_id`."""
    outcomes = [one.outcome for one in items]
    await tx.execute(
        _ITEMS,
        {
            "run_id": run_id,
            "items": msgspec.json.encode(items).decode(),
            "done": outcomes.count("done"),
            "skipped": outcomes.count("skipped"),
            "failed": outcomes.count("failed"),
            "after_id": after_id,
            "now": now,
        },
    )


_MOVE = text(
    f"""
    UPDATE orders_bulk_run SET state = :to_state, touched_at = :now, done_at = CASE WHEN :to_state = 'done' THEN
        CAST(:now AS timestamptz) END
    WHERE id = :id AND state = ANY(:from_states) RETURNING {_COLUMNS}
    """
)


async def move_run(
    tx: Transaction, run_id: UUID, from_states: Collection[RunState], to_state: RunState, now: datetime
) -> RunRow | None:
    """Change a run's state; None when it is in none of `from_states`."""
    params = {
        "id": run_id,
        "from_states": [one.value for one in from_states],
        "to_state": to_state.value,
        "now": now,
    }
    row = (await tx.execute(_MOVE, params)).mappings().one_or_none()
    return None if row is None else _run(row)


async def begin_again(tx: Transaction, run_id: UUID) -> None:
    """The next pass over the orders begins: those without an item that have come into scope meanwhile are found."""
    await tx.execute(text("UPDATE orders_bulk_run SET after_id = NULL WHERE id = :id"), {"id": run_id})


async def forget_failed(tx: Transaction, run_id: UUID) -> int:
    """The orders that failed are to be tried again; how many."""
    gone = await tx.execute(
        text("DELETE FROM orders_bulk_item WHERE run_id = :id AND outcome = 'failed'"), {"id": run_id}
    )
    await tx.execute(
        text("UPDATE orders_bulk_run SET failed = 0, after_id = NULL WHERE id = :id"), {"id": run_id}
    )
    return gone.rowcount


_IN_SCOPE = """
    FROM orders_order AS o
    WHERE o.event_id = :event_id AND (o.state = 'paid' OR (:is_whole AND o.state = 'pending'))
      AND (:is_whole OR o.placed_at <= :started_at) AND (:is_whole OR EXISTS (
          SELECT FROM orders_line AS l WHERE l.order_id = o.id AND l.kind <> 'donation' AND l.cancelled < l.quantity
            AND (CAST(:type_id AS uuid) IS NULL OR l.ticket_type_id = :type_id)
      ))
"""
_NEXT = text(
    f"""
    SELECT o.id {_IN_SCOPE}
      AND (CAST(:after_id AS uuid) IS NULL OR o.id > :after_id)
      AND NOT EXISTS (SELECT FROM orders_bulk_item AS i WHERE i.run_id = :run_id AND i.order_id = o.id)
    ORDER BY o.id LIMIT :most
    """
)


async def next_in_run(reader: Reader, run: RunRow, most: int) -> list[UUID]:
    """Up to `most` orders the run has still to look at in this pass, in the order of their ids."""
    params = {
        **_scope(run),
        "started_at": run.started_at,
        "run_id": run.id,
        "after_id": run.after_id,
        "most": most,
    }
    return list((await reader.execute(_NEXT, params)).scalars())


def _scope(run: RunRow) -> dict[str, object]:
    is_whole = run.kind is RunKind.CANCEL_EVENT
    return {
        "event_id": run.event_id,
        "is_whole": is_whole,
        "type_id": None if is_whole else run.wish.ticket_type_id,
    }


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run would touch: orders, and at most how much goes back."""

    orders: int
    most_minor: int


_MEASURE = text(
    """
    SELECT count(DISTINCT o.id) AS orders,
        coalesce(sum((l.quantity - l.cancelled) * CASE
            -- Fees that stay are those on top of the price: one inside it comes back, from the organiser.
            WHEN :with_fees THEN least(CAST(:amount_minor AS bigint), l.unit_total_minor)
            ELSE least(CAST(:amount_minor AS bigint), l.unit_total_minor, l.unit_price_minor + l.unit_tax_minor) END
        ) FILTER (WHERE o.state = 'paid'), 0) AS most_minor
    FROM orders_order AS o JOIN orders_line AS l ON l.order_id = o.id
    WHERE o.event_id = :event_id AND (o.state = 'paid' OR (:is_whole AND o.state = 'pending'))
      AND (:is_whole OR (l.kind <> 'donation' AND l.cancelled < l.quantity
          AND (CAST(:type_id AS uuid) IS NULL OR l.ticket_type_id = :type_id)))
    """
)


async def measure(reader: Reader, run: RunRow) -> Scope:
    """What this run, not begun yet, would touch now."""
    params = {**_scope(run), "amount_minor": run.wish.amount_minor, "with_fees": run.wish.with_fees}
    row = (await reader.execute(_MEASURE, params)).one()
    return Scope(int(row.orders), int(row.most_minor))


_HAS = text(
    "SELECT order_id FROM orders_bulk_item WHERE run_id = :run_id AND order_id = ANY(:ids)"
).bindparams(bindparam("ids", type_=IDS))


async def done_in_run(reader: Reader, run_id: UUID, order_ids: Collection[UUID]) -> set[UUID]:
    """Which of these orders the run has dealt with."""
    return set((await reader.execute(_HAS, {"run_id": run_id, "ids": list(order_ids)})).scalars())
