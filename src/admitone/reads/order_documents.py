"""Everything a ticket, a calendar entry and a letter about an order say, in one look."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from admitone.accounts.tables import Organiser
from admitone.events.tables import Event
from admitone.orders.tables import Order, OrderLine
from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A ticket type of the order; the price is all-in, in minor units. `left`: how many are not cancelled."""

    id: UUID
    name: str
    quantity: int
    unit_total_minor: int
    left: int
    kind: str


@dataclass(frozen=True, slots=True)
class OrderDocuments:
    """An order with its event and organiser. `is_test`: placed in test mode."""

    order_id: UUID
    code: str
    state: str
    email: str
    email_key: str
    buyer_name: str
    currency: str
    total_minor: int
    is_test: bool
    pay_until: datetime
    organiser_id: UUID
    organiser_name: str
    organiser_email: str
    event_id: UUID
    event_title: str
    event_state: str
    slug: str
    accent: str
    poster_style: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None
    venue_name: str | None
    venue_address: str | None
    city: str | None
    online_url: str | None
    refund_text: str
    event_changed_at: datetime
    terms_version: int
    lines: tuple[DocumentLine, ...]

    @property
    def is_online_only(self) -> bool:
        """It is watched, and there is no door to come to."""
        return self.venue_name is None and self.online_url is not None


async def order_documents(reader: Reader, order_id: UUID) -> OrderDocuments | None:
    """The order with this id; the caller has shown that it may be seen."""
    return (await many_order_documents(reader, [order_id])).get(order_id)


async def many_order_documents(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, OrderDocuments]:
    """The orders with these ids, by id; the caller has shown that they may be seen."""
    rows = (
        await reader.execute(
            select(
                Order.id.label("order_id"),
                Order.code,
                Order.state,
                Order.email,
                Order.email_key,
                Order.name.label("buyer_name"),
                Order.currency,
                Order.total_minor,
                Order.is_test,
                Order.pay_until,
                Organiser.id.label("organiser_id"),
                Organiser.name.label("organiser_name"),
                Organiser.contact_email.label("organiser_email"),
                Event.id.label("event_id"),
                Event.title.label("event_title"),
                Event.state.label("event_state"),
                Event.slug,
                Event.accent,
                Event.poster_style,
                Event.zone,
                Event.starts_at,
                Event.ends_at,
                Event.doors_at,
                Event.venue_name,
                Event.venue_address,
                Event.city,
                Event.online_url,
                Event.refund_text,
                Event.updated_at.label("event_changed_at"),
                Event.terms_version,
            )
            .join(Event, Event.id == Order.event_id)
            .join(Organiser, Organiser.id == Order.organiser_id)
            .where(Order.id.in_(order_ids))
        )
    ).all()
    found = await reader.execute(
        select(
            OrderLine.order_id,
            OrderLine.id,
            OrderLine.name,
            OrderLine.quantity,
            OrderLine.unit_total_minor,
            (OrderLine.quantity - OrderLine.cancelled).label("left"),
            OrderLine.kind,
        )
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.number)
    )
    lines: dict[UUID, list[DocumentLine]] = {}
    for line in found:
        lines.setdefault(line.order_id, []).append(DocumentLine(*line[1:]))
    return {
        row.order_id: OrderDocuments(**row._mapping, lines=tuple(lines.get(row.order_id, ()))) for row in rows
    }
