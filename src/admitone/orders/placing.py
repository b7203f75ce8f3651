"""Placing orders, many in one statement, and counting what one buyer may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from admitone.orders import store
from admitone.orders.refusals import OverLimit
from admitone.orders.store import LineRow, OrderRow
from admitone.plumbing.database import Transaction
from admitone.pricing import PricedBasket
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to place. `record` is the quote with its rules, as stored; `pay_until` is database time.

    `root_id` is the first of the orders this one adds to or changes; `received_minor` the store credit set aside for
    it; `exchanged_minor` what of exchanged tickets counts towards it; `buyer` what an invoice needs; `policy` the
    policy that was shown.
    """

    id: UUID
    code: str
    event_id: UUID
    organiser_id: UUID
    hold_id: UUID
    person_id: UUID | None
    email: str
    email_key: str
    name: str
    quote: PricedBasket
    record: dict[str, Any]
    attendee_names: dict[UUID, tuple[str, ...]]
    pay_until: datetime
    is_test: bool = True
    root_id: UUID | None = None
    received_minor: int = 0
    buyer: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None
    exchanged_minor: int = 0


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order as it stands, with its lines."""

    order: OrderRow
    lines: tuple[LineRow, ...]


_WRITTEN = frozenset(LineRow.__dataclass_fields__) - {"cancelled"}


async def place_many(tx: Transaction, orders: Sequence[NewOrder]) -> list[PlacedOrder]:
    """Write the orders, pending. Their ids and holds are unique: the same again is a database error, not a second."""
    documents: list[dict[str, object]] = []
    line_documents: list[dict[str, object]] = []
    rows: list[tuple[LineRow, ...]] = []
    for new in orders:
        lines = _lines(new)
        documents.append(_document(new))
        line_documents.extend(lines)
        # mypy cannot see which of the names has which type.
        rows.append(tuple(LineRow(**{name: line[name] for name in _WRITTEN}) for line in lines))  # type: ignore[arg-type]
    at = await store.insert(tx, documents, line_documents)
    return [PlacedOrder(_row(new, at[new.id]), own) for new, own in zip(orders, rows, strict=True)]


def _document(new: NewOrder) -> dict[str, object]:
    quote = new.quote
    return {
        "id": new.id,
        "code": new.code,
        "event_id": new.event_id,
        "organiser_id": new.organiser_id,
        "hold_id": new.hold_id,
        "person_id": new.person_id,
        "email": new.email,
        "email_key": new.email_key,
        "name": new.name,
        "currency": quote.currency,
        "total_minor": quote.total_minor,
        "fee_minor": quote.fee_minor,
        "tax_minor": quote.tax_minor,
        "quote": new.record,
        "is_test": new.is_test,
        "root_id": new.root_id,
        "received_minor": new.received_minor,
        "exchanged_minor": new.exchanged_minor,
        "buyer": new.buyer,
        "policy": new.policy,
        "pay_until": new.pay_until.isoformat(),
    }


def _lines(new: NewOrder) -> list[dict[str, object]]:
    """The lines. Units of one type at other numbers are a line of their own; the names go to them in turn."""
    lines: list[dict[str, object]] = []
    named: dict[UUID, int] = {}
    for number, line in enumerate(new.quote.lines, start=1):
        first = named.get(line.ticket_type_id, 0)
        named[line.ticket_type_id] = first + line.quantity
        names = new.attendee_names.get(line.ticket_type_id, ())[first : first + line.quantity]
        lines.append(
            {
                "id": uuid7(),
                "order_id": new.id,
                "event_id": new.event_id,
                "ticket_type_id": line.ticket_type_id,
                "number": number,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price_minor": line.unit_price_minor,
                "unit_fee_minor": line.unit_fee_minor,
                "unit_tax_minor": line.unit_tax_minor,
                "unit_total_minor": line.unit_total_minor,
                "total_minor": line.total_minor,
                "attendee_names": [] if line.kind == "donation" else list(names),
                "kind": line.kind,
                "unit_list_minor": line.unit_list_minor,
                "unit_organiser_fee_minor": line.unit_organiser_fee_minor,
                "tax_bps": line.tax_rate_bps,
                "tax_name": line.tax_name,
                "labels": list(line.labels),
            }
        )
    return lines


def _row(new: NewOrder, placed_at: datetime) -> OrderRow:
    quote = new.quote
    return OrderRow(
        id=new.id,
        code=new.code,
        event_id=new.event_id,
        organiser_id=new.organiser_id,
        hold_id=new.hold_id,
        person_id=new.person_id,
        email=new.email,
        email_key=new.email_key,
        name=new.name,
        state="pending",
        currency=quote.currency,
        total_minor=quote.total_minor,
        fee_minor=quote.fee_minor,
        tax_minor=quote.tax_minor,
        quote=new.record,
        is_test=new.is_test,
        root_id=new.root_id,
        received_minor=new.received_minor,
        graced=0,
        buyer=new.buyer,
        policy=new.policy,
        placed_at=placed_at,
        pay_until=new.pay_until,
        paid_at=None,
        version=1,
        is_due=False,
        exchanged_minor=new.exchanged_minor,
    )


@dataclass(frozen=True, slots=True)
class AllowanceAsk:
    """A buyer wants `quantity` of a ticket type of which one person may have `limit`."""

    email_key: str
    wanted: tuple[tuple[UUID, int, int], ...]  # (ticket type, quantity, limit)


async def allow_many(tx: Transaction, asks: Sequence[AllowanceAsk]) -> list[Refusal | None]:
    """None where the buyer stays inside every limit (and is counted), else why not (and is not), in order of arrival.

    The counters are moved first and corrected after: the row locks make concurrent buyers with one address wait for
    each other, so the limit holds whatever the number of tabs.
    """
    asked: dict[tuple[UUID, str], int] = {}
    for ask in asks:
        for type_id, quantity, _ in ask.wanted:
            key = (type_id, ask.email_key)
            asked[key] = asked.get(key, 0) + quantity
    after = await store.count_up(tx, asked)
    taken = {key: after[key] - quantity for key, quantity in asked.items()}
    verdicts: list[Refusal | None] = []
    back: dict[tuple[UUID, str], int] = {}
    for ask in asks:
        refusal = next(
            (_over(ask.email_key, one, taken) for one in ask.wanted if _over(ask.email_key, one, taken)), None
        )
        for type_id, quantity, _ in ask.wanted:
            key = (type_id, ask.email_key)
            target = taken if refusal is None else back
            target[key] = target.get(key, 0) + quantity
        verdicts.append(refusal)
    await store.count_down(tx, back)
    return verdicts


def _over(
    email_key: str, wanted: tuple[UUID, int, int], taken: dict[tuple[UUID, str], int]
) -> Refusal | None:
    type_id, quantity, limit = wanted
    already = taken[(type_id, email_key)]
    if already + quantity <= limit:
        return None
    return OverLimit(field="quantity", limit=limit, already=already, ticket_type_id=str(type_id))


async def count_back(tx: Transaction, asks: Sequence[AllowanceAsk]) -> None:
    """Undo `allow_many` for those it allowed, in the same transaction."""
    counts: dict[tuple[UUID, str], int] = {}
    for ask in asks:
        for type_id, quantity, _ in ask.wanted:
            key = (type_id, ask.email_key)
            counts[key] = counts.get(key, 0) + quantity
    await store.count_down(tx, counts)


async def count_orders(
    tx: Transaction, orders: Sequence[OrderRow], lines: Mapping[UUID, Sequence[LineRow]], *, again: bool
) -> None:
    """Count these orders' tickets for their buyers again (late money) or no longer (expired, cancelled)."""
    counts: dict[tuple[UUID, str], int] = {}
    for order in orders:
        for line in lines.get(order.id, []):
            if line.kind == "donation":
                continue
            key = (line.ticket_type_id, order.email_key)
            counts[key] = counts.get(key, 0) + line.left
    await (store.count_up if again else store.count_down)(tx, counts)


async def count_units_down(tx: Transaction, order: OrderRow, units: Mapping[UUID, int]) -> None:
    """So many tickets of each type (by ticket type id) of this order no longer count for its buyer."""
    await store.count_down(tx, {(type_id, order.email_key): count for type_id, count in units.items()})
