"""What has come back of a paid order before, unit by unit, and what is left of it to give back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from admitone import ledger, orders, pricing
from admitone.flows.giving_back import times, together, unit_parts
from admitone.plumbing.database import Reader


def ledger_parts(parts: pricing.Parts) -> ledger.Parts:
    """The same amount, by who gives it."""
    return ledger.Parts(parts.organiser_minor, parts.site_minor, parts.tax_minor)


def parts_of_unit(row: orders.UnitRow) -> pricing.Parts:
    """What reversals gave back of a unit."""
    return pricing.Parts(
        row.price_minor,
        row.price_tax_minor,
        row.fees_minor,
        row.fees_tax_minor,
        row.site_on_top_minor,
        row.site_inside_minor,
    )


def paid_by_line(order: orders.OrderRow, lines: Sequence[orders.LineRow]) -> dict[UUID, pricing.PaidUnit]:
    """What one unit of each line was paid with, from the order's record, by line id."""
    by_number = {unit.line_number: unit for unit in pricing.paid_units(order.quote)}
    found = {}
    for line in lines:
        unit = by_number[line.number]
        assert unit.ticket_type_id == line.ticket_type_id, "lines stand in the record's order"
        assert ledger_parts(unit.paid) == unit_parts(line), "the record says what the line says"
        found[line.id] = unit
    return found


async def rest_of(
    reader: Reader,
    whole: Sequence[orders.OrderRow],
    lines: Mapping[UUID, Sequence[orders.LineRow]],
    *,
    with_fees: bool = True,
) -> dict[UUID, ledger.Parts]:
    """What is left to give back of these orders (locked by the caller), by order id: the price of every unit that is
    not cancelled, without what came back of it before; without its fees when they stay.
    """
    returned = await orders.returned(reader, [order.id for order in whole])
    rest = _rest if with_fees else _rest_without_fees
    return {order.id: rest(order, lines[order.id], returned.get(order.id, ())) for order in whole}


def _rest(
    order: orders.OrderRow, lines: Sequence[orders.LineRow], returned: Sequence[orders.UnitRow]
) -> ledger.Parts:
    touched = [one for one in returned if not one.is_cancelled]
    count: dict[UUID, int] = {}
    for one in touched:
        count[one.order_line_id] = count.get(one.order_line_id, 0) + 1
    parts = [times(unit_parts(line), line.left - count.get(line.id, 0)) for line in lines]
    if touched:
        paid = paid_by_line(order, lines)
        units = [replace(paid[one.order_line_id], returned=parts_of_unit(one)) for one in touched]
        parts.append(ledger_parts(pricing.refund(units, pricing.ALL_BACK).total))
    return together(parts)


def _rest_without_fees(
    order: orders.OrderRow, lines: Sequence[orders.LineRow], returned: Sequence[orders.UnitRow]
) -> ledger.Parts:
    """The same of the prices alone."""
    if not order.total_minor:
        return ledger.Parts(0, 0, 0)
    paid = paid_by_line(order, lines)
    touched = [one for one in returned if not one.is_cancelled]
    count = Counter(one.order_line_id for one in touched)
    units = [replace(paid[one.order_line_id], returned=parts_of_unit(one)) for one in touched]
    units += [paid[line.id] for line in lines for _ in range(line.left - count[line.id])]
    return ledger_parts(pricing.refund(units, pricing.PRICE_BACK).total)
