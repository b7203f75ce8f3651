"""How one event sells: by ticket type, in money, and its latest orders."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, events
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor
from admitone.values.money import Money


@dataclass(frozen=True, slots=True)
class TypeSales:
    """Tickets of one type in paid orders, and what was paid for them with everything, in minor units."""

    type_id: UUID
    name: str
    sold: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """What paid orders in one currency came to: `total` is `organiser` plus `fee` plus `tax`."""

    total: Money
    organiser: Money
    fee: Money
    tax: Money
    orders: int


@dataclass(frozen=True, slots=True)
class LatestOrder:
    """One order, as a line in a list. Amounts in minor units."""

    code: str
    name: str
    state: str
    quantity: int
    currency: str
    total_minor: int
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class SalesReport:
    """All of it. `types` are in the organiser's order, those nobody bought included."""

    types: tuple[TypeSales, ...]
    revenue: tuple[Revenue, ...]
    latest: tuple[LatestOrder, ...]


_BY_TYPE = text(
    """
    WITH back AS (
        SELECT unit.order_line_id, sum(unit.price_minor + unit.fees_minor) AS minor
        FROM orders_order AS paid JOIN orders_reversal AS reversal ON reversal.order_id = paid.id
        JOIN orders_reversal_unit AS unit ON unit.reversal_id = reversal.id
        WHERE paid.event_id = :event_id GROUP BY unit.order_line_id
    )
    SELECT type.id, type.name, coalesce(sum(line.quantity - line.cancelled), 0)::bigint AS sold,
        coalesce(sum(line.total_minor - coalesce(back.minor, 0)), 0)::bigint AS total_minor
    FROM events_ticket_type AS type
    LEFT JOIN (
        orders_line AS line JOIN orders_order AS paid ON paid.id = line.order_id AND paid.state = 'paid'
        LEFT JOIN back ON back.order_line_id = line.id
    ) ON line.ticket_type_id = type.id AND paid.event_id = type.event_id
    WHERE type.event_id = :event_id
    GROUP BY type.id ORDER BY type.position, type.number
    """
)
_REVENUE = text(
    """
    WITH back AS (
        SELECT paid.id, sum(organiser_minor + reversal.fee_minor + reversal.tax_minor) AS total,
            sum(reversal.fee_minor) AS fee, sum(reversal.tax_minor) AS tax
        FROM orders_order AS paid JOIN orders_reversal AS reversal ON reversal.order_id = paid.id
        WHERE paid.event_id = :event_id GROUP BY paid.id
    )
    SELECT currency, sum(total_minor - coalesce(back.total, 0))::bigint AS total,
        sum(fee_minor - coalesce(back.fee, 0))::bigint AS fee, sum(tax_minor - coalesce(back.tax, 0))::bigint AS tax,
        count(*) AS orders
    FROM orders_order AS paid LEFT JOIN back ON back.id = paid.id
    WHERE event_id = :event_id AND state = 'paid' GROUP BY currency ORDER BY currency
    """
)
_LATEST = text(
    """
    SELECT code, name, state, currency, total_minor, placed_at,
        (SELECT coalesce(sum(quantity), 0)::bigint FROM orders_line
            WHERE order_id = latest.id AND kind <> 'donation') AS quantity
    FROM orders_order AS latest WHERE event_id = :event_id ORDER BY id DESC LIMIT :most
    """
)


async def sales_report(
    reader: Reader, actor: Actor, organiser_id: UUID, event_id: UUID, *, most: int = 10
) -> SalesReport:
    """The report of one event of the organiser. Raises `Forbidden`, `EventNotFound`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    await events.own_event(reader, organiser_id, event_id)
    by_type = await reader.execute(_BY_TYPE, {"event_id": event_id})
    revenue = await reader.execute(_REVENUE, {"event_id": event_id})
    latest = await reader.execute(_LATEST, {"event_id": event_id, "most": most})
    return SalesReport(
        types=tuple(TypeSales(row.id, row.name, row.sold, row.total_minor) for row in by_type),
        revenue=tuple(
            Revenue(
                total=Money(row.currency, row.total),
                organiser=Money(row.currency, row.total - row.fee - row.tax),
                fee=Money(row.currency, row.fee),
                tax=Money(row.currency, row.tax),
                orders=row.orders,
            )
            for row in revenue
        ),
        latest=tuple(LatestOrder(**row._mapping) for row in latest),
    )
