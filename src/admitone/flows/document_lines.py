"""What a document lists: lines of an order, or what went back of them, by rate of tax. Pure.

A unit whose fees are taxed otherwise than its price is two lines of a document: EN 16931 knows one rate per line. The
parts of the whole unit are those of the order's record, to the last minor unit; of a part of a unit, fees at several
rates are divided in proportion.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from admitone import orders, pricing
from admitone.flows.returned_parts import parts_of_unit
from admitone.invoices import Sold


@dataclass(frozen=True, slots=True)
class _Part:
    """So much of a unit is under this rate; the tax is inside."""

    tax_bps: int
    gross_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class SoldUnit:
    """One unit of a line: its price at one rate, its fees at one or several, and both together as they were sold."""

    name: str
    price_bps: int
    whole: tuple[_Part, ...]
    fees: tuple[_Part, ...]

    def all_of(self, quantity: int) -> list[Sold]:
        """So many whole units."""
        return [
            Sold(self._named(at), quantity, part.gross_minor, part.tax_minor, part.tax_bps)
            for at, part in enumerate(self.whole)
        ]

    def some_of(self, back: pricing.Parts) -> list[Sold]:
        """A part of one unit; nothing for a part of nothing."""
        parts = [_Part(self.price_bps, back.price_minor, back.price_tax_minor)]
        parts += _divided(self.fees, back.fees_minor, back.fees_tax_minor)
        joined = _joined(parts)
        return [
            Sold(self._named_at(part.tax_bps), 1, part.gross_minor, part.tax_minor, part.tax_bps)
            for part in joined
            if part.gross_minor
        ]

    def _named(self, at: int) -> str:
        return self.name if at == 0 else f"{self.name}, fees"

    def _named_at(self, tax_bps: int) -> str:
        return self.name if tax_bps == self.price_bps else f"{self.name}, fees"


def sold_units(order: orders.OrderRow, lines: Sequence[orders.LineRow]) -> dict[UUID, SoldUnit]:
    """One unit of each line, by line id. Raises `pricing.UnknownRules`."""
    priced = pricing.any_from_record(order.quote)
    found: dict[UUID, SoldUnit] = {}
    if isinstance(priced, pricing.PricedBasket):
        for line in lines:
            found[line.id] = _unit_v2(priced.lines[line.number - 1], priced.is_reverse_charged)
        return found
    _, tax = pricing.rules_from_record(order.quote)
    for line in lines:
        part = _Part(tax.rate_bps, line.unit_total_minor, line.unit_tax_minor)
        found[line.id] = SoldUnit(line.name, tax.rate_bps, (part,), (part,))
    return found


def is_reverse_charged(record: Mapping[str, Any]) -> bool:
    """Was the order priced without tax because the buyer, a business abroad, owes it?"""
    return bool(record.get("is_reverse_charged", False))


def whole_order(units: Mapping[UUID, SoldUnit], lines: Sequence[orders.LineRow]) -> list[Sold]:
    """All that was sold."""
    return [sold for line in lines for sold in units[line.id].all_of(line.quantity)]


def went_back(
    units: Mapping[UUID, SoldUnit],
    lines: Sequence[orders.LineRow],
    returned: Sequence[orders.UnitRow],
    before: Sequence[orders.UnitRow] = (),
) -> list[Sold]:
    """What a reversal gave back; `before` is what others gave back of the same order. Equal units are one line."""
    touched = {(one.order_line_id, one.unit) for one in before}
    paid = {line.id: line for line in lines}
    sold: list[Sold] = []
    for one in returned:
        is_whole = (one.order_line_id, one.unit) not in touched and (
            one.price_minor + one.fees_minor == paid[one.order_line_id].unit_total_minor
        )
        unit = units[one.order_line_id]
        back = unit.all_of(1) if is_whole else unit.some_of(parts_of_unit(one))
        sold += [part for part in back if part.unit_total_minor]
    return _counted(sold)


def rest_of_order(
    order: orders.OrderRow,
    units: Mapping[UUID, SoldUnit],
    lines: Sequence[orders.LineRow],
    returned: Sequence[orders.UnitRow],
) -> list[Sold]:
    """What is left of an order that reversals did not cancel: it went back when the whole order was taken back."""
    touched = [one for one in returned if not one.is_cancelled]
    paid = {unit.line_number: unit.paid for unit in pricing.paid_units(order.quote)}
    sold: list[Sold] = []
    for line in lines:
        mine = [one for one in touched if one.order_line_id == line.id]
        if line.left - len(mine) and line.unit_total_minor:
            sold += [part for part in units[line.id].all_of(line.left - len(mine)) if part.unit_total_minor]
        for one in mine:
            sold += units[line.id].some_of(_less(paid[line.number], parts_of_unit(one)))
    return _counted(sold)


def _unit_v2(line: pricing.PricedLine, is_reversed: bool) -> SoldUnit:
    own = 0 if is_reversed else line.tax_rate_bps
    taxes = _joined(
        [_Part(0 if is_reversed else one.rate_bps, one.gross_minor, one.tax_minor) for one in line.taxes]
    )
    # The price's own rate first; a fee's part of nothing is no line.
    ordered = sorted(taxes, key=lambda part: part.tax_bps != own)
    whole = tuple(part for at, part in enumerate(ordered) if at == 0 or part.gross_minor)
    price_minor = line.unit_total_minor - line.unit_fees_gross_minor
    price_tax_minor = line.unit_tax_minor - line.unit_fees_tax_minor
    fees = []
    for part in whole:
        is_own = part.tax_bps == own
        gross_minor = part.gross_minor - (price_minor if is_own else 0)
        if gross_minor > 0:
            tax_minor = max(part.tax_minor - (price_tax_minor if is_own else 0), 0)
            fees.append(_Part(part.tax_bps, gross_minor, tax_minor))
    return SoldUnit(line.name, own, whole, tuple(fees))


def _divided(fees: Sequence[_Part], gross_minor: int, tax_minor: int) -> list[_Part]:
    """So much of the fees, at their rates: in proportion, what is left over to those that have room."""
    if not gross_minor:
        return []
    assert fees, "fees came back, so fees were paid"
    whole_minor = sum(part.gross_minor for part in fees)
    grosses = [part.gross_minor * gross_minor // whole_minor for part in fees]
    grosses[0] += gross_minor - sum(grosses)
    taxes, left = [0] * len(fees), tax_minor
    # The highest rate bears tax first, up to its part; whatever is without a rate bears none.
    for at in sorted(range(len(fees)), key=lambda at: -fees[at].tax_bps):
        if fees[at].tax_bps:
            share = fees[at].tax_minor * grosses[at] // fees[at].gross_minor
            taxes[at] = min(left, share)
            left -= taxes[at]
    for at, part in enumerate(fees):
        more = min(left, grosses[at] - taxes[at]) if part.tax_bps else 0
        taxes[at] += more
        left -= more
    for at, part in enumerate(fees):
        # Rounding can leave a unit of tax for which the rated fees have no room: those without a rate make it.
        if left and not part.tax_bps:
            moved = min(left, grosses[at])
            top = max(range(len(fees)), key=lambda one: fees[one].tax_bps)
            grosses[at], grosses[top] = grosses[at] - moved, grosses[top] + moved
            taxes[top], left = taxes[top] + moved, left - moved
    assert left == 0, "the tax of a part fits into it"
    return [_Part(part.tax_bps, *pair) for part, *pair in zip(fees, grosses, taxes, strict=True)]


def _joined(parts: Sequence[_Part]) -> list[_Part]:
    """One part per rate, in the order of the first of each."""
    found: dict[int, _Part] = {}
    for part in parts:
        other = found.get(part.tax_bps, _Part(part.tax_bps, 0, 0))
        found[part.tax_bps] = _Part(
            part.tax_bps, other.gross_minor + part.gross_minor, other.tax_minor + part.tax_minor
        )
    return list(found.values())


def _counted(sold: Sequence[Sold]) -> list[Sold]:
    """Equal lines as one."""
    many: Counter[Sold] = Counter()
    for one in sold:
        many[Sold(one.name, 1, one.unit_total_minor, one.unit_tax_minor, one.tax_bps)] += one.quantity
    return [
        Sold(one.name, quantity, one.unit_total_minor, one.unit_tax_minor, one.tax_bps)
        for one, quantity in many.items()
    ]


def _less(paid: pricing.Parts, returned: pricing.Parts) -> pricing.Parts:
    """What is left of a unit; who bears it is not asked here."""
    return pricing.Parts(
        paid.price_minor - returned.price_minor,
        paid.price_tax_minor - returned.price_tax_minor,
        paid.fees_minor - returned.fees_minor,
        paid.fees_tax_minor - returned.fees_tax_minor,
    )
