"""The SQL of orders. Lock order within this slice: orders by id, then allowances by (ticket type, address)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from admitone.plumbing.database import Reader, Transaction
from admitone.plumbing.direct import Direct

IDS = ARRAY(Uuid)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as stored. Amounts are minor units of `currency`."""

    id: UUID
    code: str
    event_id: UUID
    organiser_id: UUID
    hold_id: UUID
    person_id: UUID | None
    email: str
    email_key: str
    name: str
    state: str
    currency: str
    total_minor: int
    fee_minor: int
    tax_minor: int
    quote: dict[str, Any]
    is_test: bool
    root_id: UUID | None
    received_minor: int
    graced: int
    buyer: dict[str, Any] | None
    policy: dict[str, Any] | None
    placed_at: datetime
    pay_until: datetime
    paid_at: datetime | None
    version: int
    is_due: bool
    exchanged_minor: int = 0

    @property
    def ready_minor(self) -> int:
        """What needs no payment any more: parts that have come, store credit, and what exchanged tickets are worth."""
        return self.received_minor + self.exchanged_minor

    @property
    def due_minor(self) -> int:
        """What is still to be paid: the total without what is ready."""
        return max(self.total_minor - self.ready_minor, 0)

    @property
    def family_id(self) -> UUID:
        """The first order of those that add to it or change it: this one, if it is none of them."""
        return self.root_id or self.id

    @property
    def organiser_minor(self) -> int:
        """What is left for the organiser after fee and tax."""
        return self.total_minor - self.fee_minor - self.tax_minor


@dataclass(frozen=True, slots=True)
class LineRow:
    """One ticket type of an order."""

    id: UUID
    order_id: UUID
    event_id: UUID
    ticket_type_id: UUID
    number: int
    name: str
    quantity: int
    unit_price_minor: int
    unit_fee_minor: int
    unit_tax_minor: int
    unit_total_minor: int
    total_minor: int
    attendee_names: list[str]
    kind: str = "ticket"
    unit_list_minor: int | None = None
    unit_organiser_fee_minor: int = 0
    tax_bps: int | None = None
    tax_name: str = ""
    labels: Sequence[str] = ()
    cancelled: int = 0

    @property
    def left(self) -> int:
        """How many units have not been cancelled."""
        return self.quantity - self.cancelled


_COLUMNS = """id, code, event_id, organiser_id, hold_id, person_id, email, email_key, name, state, currency,
    total_minor, fee_minor, tax_minor, quote, is_test, root_id, received_minor, graced, buyer, policy, placed_at,
    pay_until, paid_at, version, pay_until <= clock_timestamp() AS is_due, exchanged_minor"""
_LINE_COLUMNS = """id, order_id, event_id, ticket_type_id, number, name, quantity, unit_price_minor,
    unit_fee_minor, unit_tax_minor, unit_total_minor, total_minor, attendee_names, kind, unit_list_minor,
    unit_organiser_fee_minor, tax_bps, tax_name, labels, cancelled"""

# One JSON document carries the whole batch: fewer parameters to bind than an array per column, and still one statement.
_INSERT = Direct(
    text(
        """
    WITH doc AS (SELECT CAST(:doc AS jsonb) AS d), placed AS (
        INSERT INTO orders_order (id, code, event_id, organiser_id, hold_id, person_id, email, email_key, name, state,
            currency, total_minor, fee_minor, tax_minor, quote, is_test, root_id, received_minor, buyer, policy,
            placed_at, pay_until, paid_at, version, exchanged_minor)
        SELECT o.id, o.code, o.event_id, o.organiser_id, o.hold_id, o.person_id, o.email, o.email_key, o.name,
            'pending', o.currency,
            o.total_minor, o.fee_minor, o.tax_minor, o.quote, o.is_test, o.root_id, o.received_minor, o.buyer,
            o.policy, clock_timestamp(), o.pay_until, NULL, 1, o.exchanged_minor
        FROM doc, jsonb_to_recordset(doc.d -> 'orders') AS o (id uuid, code text, event_id uuid, organiser_id uuid,
            hold_id uuid, person_id uuid, email text, email_key text, name text, currency text, total_minor bigint,
            fee_minor bigint, tax_minor bigint, quote jsonb, is_test boolean, root_id uuid, received_minor bigint,
            buyer jsonb, policy jsonb, pay_until timestamptz, exchanged_minor bigint)
        RETURNING id, placed_at
    ), lines AS (
        INSERT INTO orders_line (id, order_id, event_id, ticket_type_id, number, name, quantity, unit_price_minor,
            unit_fee_minor, unit_tax_minor, unit_total_minor, total_minor, attendee_names, kind, unit_list_minor,
            unit_organiser_fee_minor, tax_bps, tax_name, labels)
        SELECT l.id, l.order_id, l.event_id, l.ticket_type_id, l.number, l.name, l.quantity, l.unit_price_minor,
            l.unit_fee_minor, l.unit_tax_minor, l.unit_total_minor, l.total_minor, l.attendee_names,
            l.kind, l.unit_list_minor, l.unit_organiser_fee_minor, l.tax_bps, l.tax_name, l.labels
        FROM doc, jsonb_to_recordset(doc.d -> 'lines') AS l (id uuid, order_id uuid, event_id uuid, ticket_type_id uuid,
            number smallint, name text, quantity int, unit_price_minor bigint, unit_fee_minor bigint,
            unit_tax_minor bigint, unit_total_minor bigint, total_minor bigint, attendee_names text[],
            kind text, unit_list_minor bigint, unit_organiser_fee_minor bigint, tax_bps int, tax_name text,
            labels text[])
    ), history AS (
        INSERT INTO orders_change (order_id, version, from_state, to_state, reason, at)
        SELECT id, 1, NULL, 'pending', 'placed', placed_at FROM placed
    )
    SELECT id, placed_at FROM placed
    """
    )
)


async def insert(
    tx: Transaction, orders: Sequence[dict[str, object]], lines: Sequence[dict[str, object]]
) -> dict[UUID, datetime]:
    """Write orders, their lines and the first row of their history; when each was placed."""
    ran = await _INSERT.run(tx, {"doc": msgspec.json.encode({"orders": orders, "lines": lines}).decode()})
    return {row.id: row.placed_at for row in ran.rows}


_LOCK = Direct(
    text(
        f"SELECT {_COLUMNS} FROM orders_order WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE"
    ).bindparams(bindparam("ids", type_=IDS))
)


async def lock(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, OrderRow]:
    """Lock these orders in the order of their ids."""
    rows = (await _LOCK.run(tx, {"ids": list(ids)})).rows
    return {row.id: OrderRow(*row) for row in rows}


async def lock_due(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, OrderRow]:
    """Of these orders, those pending past their deadline (database time), skipping those somebody works on."""
    rows = await tx.execute(
        text(
            f"SELECT {_COLUMNS} FROM orders_order "
            "WHERE id = ANY(:ids) AND state = 'pending' AND pay_until <= clock_timestamp() "
            "ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(ids)},
    )
    return {row.id: OrderRow(**row._mapping) for row in rows}


async def due(reader: Reader, most: int) -> list[UUID]:
    """Orders pending past their deadline, longest first."""
    rows = await reader.execute(
        text(
            "SELECT id FROM orders_order WHERE state = 'pending' AND pay_until <= clock_timestamp() "
            "ORDER BY pay_until LIMIT :most"
        ),
        {"most": most},
    )
    return list(rows.scalars())


async def read(reader: Reader, *, where: str, value: object) -> list[OrderRow]:
    """Orders whose column `where` (one of a fixed few) is `value`."""
    assert where in {"id", "code", "hold_id", "event_id"}, "a column we look orders up by"
    rows = await reader.execute(
        text(f"SELECT {_COLUMNS} FROM orders_order WHERE {where} = :value"),
        {"value": value},
    )
    return [OrderRow(**row._mapping) for row in rows]


_BY_HOLDS = Direct(
    text(f"SELECT {_COLUMNS} FROM orders_order WHERE hold_id = ANY(:ids)").bindparams(
        bindparam("ids", type_=IDS)
    )
)


async def by_holds(reader: Reader, hold_ids: Collection[UUID]) -> dict[UUID, OrderRow]:
    """The orders made from these holds, by hold id."""
    rows = (await _BY_HOLDS.run(reader, {"ids": list(hold_ids)})).rows
    return {row.hold_id: OrderRow(*row) for row in rows}


_LINES = Direct(
    text(
        f"SELECT {_LINE_COLUMNS} FROM orders_line WHERE order_id = ANY(:ids) ORDER BY order_id, number"
    ).bindparams(bindparam("ids", type_=IDS))
)


async def lines(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[LineRow]]:
    """The lines of these orders, by order id, in their order."""
    found: dict[UUID, list[LineRow]] = {}
    for row in (await _LINES.run(reader, {"ids": list(order_ids)})).rows:
        found.setdefault(row.order_id, []).append(LineRow(*row))
    return found


_MOVE = Direct(
    text(
        """
    WITH locked AS (
        SELECT id, state, version FROM orders_order
        WHERE id = ANY(:ids) AND state = ANY(:from_states) ORDER BY id FOR NO KEY UPDATE
    ), moved AS (
        UPDATE orders_order AS o SET state = :to_state, version = o.version + 1,
            paid_at = CASE WHEN :to_state = 'paid' THEN clock_timestamp() ELSE o.paid_at END
        FROM locked WHERE o.id = locked.id RETURNING o.id, o.version
    ), history AS (
        INSERT INTO orders_change (order_id, version, from_state, to_state, reason, at)
        SELECT moved.id, moved.version, locked.state, :to_state, :reason, clock_timestamp()
        FROM moved JOIN locked ON locked.id = moved.id
    ), gone AS (
        UPDATE orders_exchange AS x SET state = 'gone', ended_at = clock_timestamp() FROM moved
        WHERE :to_state <> 'paid' AND x.order_id = moved.id AND x.state = 'open' RETURNING x.order_id
    ), let_go AS (
        UPDATE orders_exchange_unit AS u SET is_open = false FROM gone WHERE u.order_id = gone.order_id
    )
    SELECT id FROM moved
    """
    ).bindparams(
        bindparam("ids", type_=IDS),
        bindparam("from_states", type_=ARRAY(Text)),
        bindparam("to_state", type_=Text),
        bindparam("reason", type_=Text),
    )
)


async def move(
    tx: Transaction, ids: Collection[UUID], from_states: Sequence[str], to_state: str, reason: str
) -> set[UUID]:
    """Change the state of those orders that are in one of `from_states`, with a row of history each; which ones.

    The exchange of an order that ends unpaid ends with it.
    """
    params = {"ids": list(ids), "from_states": list(from_states), "to_state": to_state, "reason": reason}
    return {row.id for row in (await _MOVE.run(tx, params)).rows}


_RECEIVE = Direct(
    text(
        """
    UPDATE orders_order AS o SET received_minor = o.received_minor + came.minor
    FROM unnest(:ids, CAST(:minors AS bigint[])) AS came (id, minor) WHERE o.id = came.id
    RETURNING o.id
    """
    ).bindparams(bindparam("ids", type_=IDS))
)


async def receive(tx: Transaction, came: Mapping[UUID, int]) -> None:
    """Add to what lies ready for these orders (locked by the caller), in minor units; negative takes it away."""
    ran = await _RECEIVE.run(tx, {"ids": list(came), "minors": list(came.values())})
    assert len(ran.rows) == len(came), "the orders are there"


_GRACE = Direct(
    text(
        """
    UPDATE orders_order SET graced = graced + 1,
        pay_until = greatest(pay_until, clock_timestamp() + make_interval(secs => :seconds))
    WHERE id = ANY(:ids) AND state = 'pending' AND graced < :most AND pay_until > clock_timestamp()
      AND pay_until < clock_timestamp() + make_interval(secs => :seconds)
    RETURNING id
    """
    ).bindparams(bindparam("ids", type_=IDS))
)


async def grace(tx: Transaction, ids: Collection[UUID], seconds: int, most: int) -> set[UUID]:
    """Let pending orders (locked by the caller) wait `seconds` from now at least, `most` times each; which do."""
    ran = await _GRACE.run(tx, {"ids": list(ids), "seconds": seconds, "most": most})
    return {row.id for row in ran.rows}


async def wait_until(tx: Transaction, until: Mapping[UUID, datetime]) -> None:
    """Let pending orders (locked by the caller) wait until then, if that is later."""
    await tx.execute(
        text(
            "UPDATE orders_order AS o SET pay_until = greatest(o.pay_until, later.until) "
            "FROM unnest(:ids, CAST(:untils AS timestamptz[])) AS later (id, until) "
            "WHERE o.id = later.id AND o.state = 'pending'"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(until), "untils": list(until.values())},
    )


async def wait_no_longer(tx: Transaction, until: Mapping[UUID, datetime]) -> None:
    """Let pending orders (locked by the caller) wait until then at most."""
    await tx.execute(
        text(
            "UPDATE orders_order AS o SET pay_until = least(o.pay_until, sooner.until) "
            "FROM unnest(:ids, CAST(:untils AS timestamptz[])) AS sooner (id, until) "
            "WHERE o.id = sooner.id AND o.state = 'pending'"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(until), "untils": list(until.values())},
    )


async def cancel_units(tx: Transaction, units: Mapping[UUID, int]) -> set[UUID]:
    """So many units of each line (its order locked by the caller) are cancelled; the lines that had so many left."""
    rows = await tx.execute(
        text(
            "UPDATE orders_line AS l SET cancelled = l.cancelled + gone.quantity "
            "FROM unnest(:ids, CAST(:quantities AS int[])) AS gone (id, quantity) "
            "WHERE l.id = gone.id AND l.cancelled + gone.quantity <= l.quantity RETURNING l.id"
        ).bindparams(bindparam("ids", type_=IDS)),
        {"ids": list(units), "quantities": list(units.values())},
    )
    return set(rows.scalars())


_ALLOW = Direct(
    text(
        """
    INSERT INTO orders_allowance AS a (ticket_type_id, email_key, taken)
    SELECT * FROM unnest(:types, :keys, CAST(:counts AS int[])) AS asked (t, k, n) ORDER BY t, k
    ON CONFLICT (ticket_type_id, email_key) DO UPDATE SET taken = a.taken + EXCLUDED.taken
    RETURNING ticket_type_id, email_key, taken
    """
    ).bindparams(bindparam("types", type_=IDS), bindparam("keys", type_=ARRAY(Text)))
)


_DISALLOW = Direct(
    text(
        """
    UPDATE orders_allowance AS a SET taken = a.taken - locked.n
    FROM (
        SELECT b.ticket_type_id, b.email_key, asked.n
        FROM unnest(:types, :keys, CAST(:counts AS int[])) AS asked (t, k, n)
        JOIN orders_allowance AS b ON b.ticket_type_id = asked.t AND b.email_key = asked.k
        ORDER BY b.ticket_type_id, b.email_key FOR NO KEY UPDATE OF b
    ) AS locked
    WHERE a.ticket_type_id = locked.ticket_type_id AND a.email_key = locked.email_key
    RETURNING a.ticket_type_id
    """
    ).bindparams(bindparam("types", type_=IDS), bindparam("keys", type_=ARRAY(Text)))
)


def _columns(counts: Mapping[tuple[UUID, str], int]) -> dict[str, object]:
    return {
        "types": [key[0] for key in counts],
        "keys": [key[1] for key in counts],
        "counts": list(counts.values()),
    }


async def count_up(tx: Transaction, counts: Mapping[tuple[UUID, str], int]) -> dict[tuple[UUID, str], int]:
    """Add tickets per (ticket type, address); what each has now."""
    if not counts:
        return {}
    ran = await _ALLOW.run(tx, _columns(counts))
    return {(row.ticket_type_id, row.email_key): row.taken for row in ran.rows}


async def count_down(tx: Transaction, counts: Mapping[tuple[UUID, str], int]) -> None:
    """Take tickets away again that were counted up before."""
    if counts:
        changed = await _DISALLOW.run(tx, _columns(counts))
        assert len(changed.rows) == len(counts), "what is taken away was counted"
