"""One order as its buyer or its organiser sees it: what was bought, paid, issued, admitted, sent back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from admitone import events, invoices, orders, payments, tickets
from admitone.checkin.tables import Admission
from admitone.orders.tables import OrderChange
from admitone.plumbing.database import Reader
from admitone.reads.order_documents import OrderDocuments, order_documents


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket of the order, the name of its type, which it is (`unit`) of how many the order has of that, and whether
    it was let in. `holder` is never empty.
    """

    ticket: tickets.Ticket
    type_name: str
    unit: int
    units: int
    holder: str
    admitted_at: datetime | None
    door: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the order's state."""

    from_state: str | None
    to_state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPage:
    """`about` has the event and the organiser; amounts are minor units of the order's currency."""

    order: orders.OrderRow
    about: OrderDocuments
    lines: tuple[orders.LineRow, ...]
    tickets: tuple[HeldTicket, ...]
    attempts: tuple[payments.Attempt, ...]
    refunds: tuple[payments.Refund, ...]
    history: tuple[Change, ...]
    reversals: tuple[orders.ReversalRow, ...] = ()
    documents: tuple[invoices.Document, ...] = ()

    @property
    def is_called_off(self) -> bool:
        """Does the event not take place?"""
        return self.about.event_state == events.EventState.CANCELLED

    @property
    def attempt(self) -> payments.Attempt | None:
        """The attempt that counts: the one that became the tickets, else the newest."""
        settled = [one for one in self.attempts if one.settled_as is payments.SettledAs.TICKETS]
        candidates = settled or list(self.attempts)
        return candidates[-1] if candidates else None


async def order_page(reader: Reader, order_id: UUID) -> OrderPage:
    """The order; the caller came by its token, or is the buyer. Raises `OrderNotFound`."""
    order = await orders.by_id(reader, order_id)
    return await _page_of(reader, order)


async def organiser_order(reader: Reader, organiser_id: UUID, code: str) -> OrderPage:
    """The organiser's order with this code. Raises `OrderNotFound`, also for another organiser's."""
    order = await orders.by_code(reader, organiser_id, code)
    return await _page_of(reader, order)


async def _page_of(reader: Reader, order: orders.OrderRow) -> OrderPage:
    about = await order_documents(reader, order.id)
    assert about is not None, "the order has just been read"
    lines = tuple(await orders.lines_of(reader, order.id))
    history = await reader.execute(
        select(OrderChange.from_state, OrderChange.to_state, OrderChange.reason, OrderChange.at)
        .where(OrderChange.order_id == order.id)
        .order_by(OrderChange.version)
    )
    return OrderPage(
        order=order,
        about=about,
        lines=lines,
        tickets=await _tickets(reader, order, lines),
        attempts=tuple(await payments.of_orders(reader, [order.id])),
        refunds=tuple(await payments.refunds_of(reader, [order.id])),
        history=tuple(Change(**row._mapping) for row in history),
        reversals=tuple((await orders.reversals(reader, [order.id])).get(order.id, ())),
        documents=tuple((await invoices.of_orders(reader, [order.id]))[order.id]),
    )


async def _tickets(
    reader: Reader, order: orders.OrderRow, lines: tuple[orders.LineRow, ...]
) -> tuple[HeldTicket, ...]:
    found = await tickets.by_order(reader, order.id)
    if not found:
        return ()
    line_of = {line.id: line for line in lines}
    counted: dict[UUID, int] = {}
    before: dict[UUID, int] = {}
    for line in lines:
        before[line.id] = counted.get(line.ticket_type_id, 0)
        counted[line.ticket_type_id] = before[line.id] + line.quantity
    rows = await reader.execute(
        select(Admission.ticket_id, Admission.at, Admission.door).where(
            Admission.ticket_id.in_([ticket.id for ticket in found])
        )
    )
    admitted = {row.ticket_id: row for row in rows}
    # Lines have random ids: the order in which they were chosen is their number.
    found.sort(key=lambda ticket: (line_of[ticket.order_line_id].number, ticket.unit))
    return tuple(
        HeldTicket(
            ticket=ticket,
            type_name=line_of[ticket.order_line_id].name,
            unit=before[ticket.order_line_id] + ticket.unit,
            units=counted[line_of[ticket.order_line_id].ticket_type_id],
            holder=ticket.holder_name or order.name,
            admitted_at=admitted[ticket.id].at if ticket.id in admitted else None,
            door=admitted[ticket.id].door if ticket.id in admitted else None,
        )
        for ticket in found
    )
