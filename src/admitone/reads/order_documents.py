"""Everything a ticket, a calendar entry and a letter about an order say, in one look."""

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


@dataclass(frozen=True, slots=True)
class OrderDocuments:
    """An order with its event and organiser."""

    order_id: UUID
    code: str
    state: str
    email: str
    email_key: str
    buyer_name: str
    currency: str
    total_minor: int
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


async def order_documents(reader: Reader, order_id: UUID) -> OrderDocuments | None:
    """The order with this id; the caller has shown that it may be seen."""
    row = (
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
            .where(Order.id == order_id)
        )
    ).one_or_none()
    if row is None:
        return None
    lines = await reader.execute(
        select(
            OrderLine.id,
            OrderLine.name,
            OrderLine.quantity,
            OrderLine.unit_total_minor,
            (OrderLine.quantity - OrderLine.cancelled).label("left"),
        )
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.number)
    )
    return OrderDocuments(**row._mapping, lines=tuple(DocumentLine(**line._mapping) for line in lines))
