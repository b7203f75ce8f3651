"""Prices that are computed again: what no query can say, because the rules are in the program."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader
from admitone.pricing import UnknownRules, any_from_record, recompute
from admitone.reads.invariants.invariant import Invariant

RECOMPUTED = Invariant(
    "I-16 recomputed",
    "what an order costs, and each of its lines, follows from the basket and the rules stored with it",
    "",
)
"""Without a query: `recomputed` asks."""
_AT_ONCE = 500
_ORDERS = text(
    """
    SELECT o.id, o.code, o.currency, o.total_minor, o.fee_minor, o.tax_minor, o.quote, (
        SELECT jsonb_agg(jsonb_build_array(l.ticket_type_id, l.quantity, l.unit_price_minor, l.unit_fee_minor,
            l.unit_tax_minor, l.unit_total_minor, l.total_minor) ORDER BY l.number)
        FROM orders_line l WHERE l.order_id = o.id
    ) AS lines
    FROM orders_order o WHERE o.id > :after ORDER BY o.id LIMIT :most
    """
)
_LINE = (
    "quantity",
    "unit_price_minor",
    "unit_fee_minor",
    "unit_tax_minor",
    "unit_total_minor",
    "total_minor",
)


async def recomputed(reader: Reader, most: int) -> tuple[str, ...]:
    """The first orders whose prices do not follow from their records. Reads all orders, some at a time."""
    found: list[str] = []
    after = UUID(int=0)
    while len(found) < most:
        rows = (await reader.execute(_ORDERS, {"after": after, "most": _AT_ONCE})).all()
        for row in rows:
            totals = row.currency, row.total_minor, row.fee_minor, row.tax_minor
            if not _follows(row.quote, row.lines or [], totals):
                found.append(f"order {row.code}")
        if len(rows) < _AT_ONCE:
            break
        after = rows[-1].id
    return tuple(found[:most])


def _follows(stored: Mapping[str, Any], lines: Sequence[Sequence[Any]], kept: tuple[Any, ...]) -> bool:
    """Whether the record, computed again, says what the order and its lines say."""
    try:
        priced = recompute(stored)
        if priced != any_from_record(stored):
            return False
    except (UnknownRules, AssertionError, KeyError, TypeError, ValueError):
        return False
    expected = [[str(line.ticket_type_id), *(getattr(line, name) for name in _LINE)] for line in priced.lines]
    totals = priced.currency, priced.total_minor, priced.fee_minor, priced.tax_minor
    # Lines of version 1 were put into the order of the event's page after they were priced.
    return totals == kept and sorted(expected) == sorted([list(line) for line in lines])
