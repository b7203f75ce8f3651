"""One order as its buyer or its organiser sees it: what was bought, paid, issued, admitted, sent back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from admitone import events, invoices, orders, payments, tickets
from admitone.checkin.tables import Admission
from admitone.orders.tables import OrderChange
from admitone.plumbing.database import Reader
from admitone.reads.came_in_bitcoin import CameInBitcoin, came_in_bitcoin
from admitone.reads.disputed import suspending_dispute
from admitone.reads.order_documents import OrderDocuments, order_documents
from admitone.reads.order_family import Relative, order_family
from admitone.values.contact import email_key

BESIDE_MOST = 10
"""So many orders are shown beside one; the others are links."""


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket of the order, the name of its type, which it is (`unit`) of how many the order has of that, and whether
    it was let in. `holder` is never empty. `changed_to`: the order it was changed for. `owner`: whose it is since its
    buyer passed it on; its code is for them alone.
    """

    ticket: tickets.Ticket
    type_name: str
    unit: int
    units: int
    holder: str
    admitted_at: datetime | None
    door: str | None
    changed_to: UUID | None = None
    owner: tickets.Owner | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the order's state."""

    from_state: str | None
    to_state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPage:
    """`about` has the event and the organiser; amounts are minor units of the order's currency.

    `disputed`: a dispute of its payment, or of its family's, that is not won; while there is one, unused tickets let
    nobody in.
    `credits`: store credit that counts for it, or paid for it. `refunds`: of its payments, and of those of its family
    (`others_attempts`) that gave back for its tickets. `beside_msat` came on the chain beside its payments, and is
    too little to be sent back. `sendings`: what goes back in bitcoin, by refund.
    """

    order: orders.OrderRow
    about: OrderDocuments
    lines: tuple[orders.LineRow, ...]
    tickets: tuple[HeldTicket, ...]
    attempts: tuple[payments.Attempt, ...]
    refunds: tuple[payments.Refund, ...]
    history: tuple[Change, ...]
    reversals: tuple[orders.ReversalRow, ...] = ()
    documents: tuple[invoices.Document, ...] = ()
    family: tuple[Relative, ...] = ()
    disputed: payments.StandingDispute | None = None
    credits: tuple[payments.CreditUse, ...] = ()
    others_attempts: tuple[payments.Attempt, ...] = ()
    beside_msat: int = 0
    in_bitcoin: Mapping[UUID, CameInBitcoin] = field(default_factory=dict)
    sendings: Mapping[UUID, payments.bitcoin.Sending] = field(default_factory=dict)

    def method_of(self, refund: payments.Refund) -> str:
        """The method by which the payment came that this refund sends back."""
        known = (*self.attempts, *self.others_attempts)
        return next((one.method for one in known if one.id == refund.attempt_id), "")

    @property
    def named(self) -> set[UUID]:
        """The refunds in bitcoin whose buyer has said where to."""
        return {one.refund_id for one in self.sendings.values() if not one.can_be_named}

    def changed_for(self, held: HeldTicket) -> str | None:
        """The code of the order that this ticket was changed for; None if it was not."""
        return next((one.code for one in self.family if one.id == held.changed_to), None)

    @property
    def dispute(self) -> payments.DisputeState | None:
        """How the dispute that is not won stands."""
        return None if self.disputed is None else self.disputed.state

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


async def pages_beside(reader: Reader, found: OrderPage) -> list[OrderPage]:
    """The paid orders of the same buyer that stand with this one and have tickets left, oldest first."""
    mine = email_key(found.order.email)
    ids = [
        one.id
        for one in found.family
        if one.id != found.order.id and one.state == "paid" and one.lines and email_key(one.email) == mine
    ]
    return [await order_page(reader, one) for one in ids[:BESIDE_MOST]]


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
    family = await order_family(reader, order)
    members = [one.id for one in family]
    reversals = tuple((await orders.reversals(reader, [order.id])).get(order.id, ()))
    attempts = await payments.of_orders(reader, members)
    on_chain = [
        one.id for one in attempts if one.order_id == order.id and one.method == payments.bitcoin.ONCHAIN
    ]
    refunds = _refunds(order.id, reversals, await payments.refunds_of(reader, members))
    return OrderPage(
        order=order,
        about=about,
        lines=lines,
        tickets=await _tickets(reader, order, lines),
        attempts=tuple(one for one in attempts if one.order_id == order.id),
        others_attempts=tuple(one for one in attempts if one.order_id != order.id),
        refunds=refunds,
        sendings=await _sendings(reader, attempts, refunds),
        in_bitcoin=await came_in_bitcoin(reader, [one for one in attempts if one.order_id == order.id]),
        history=tuple(Change(**row._mapping) for row in history),
        reversals=reversals,
        documents=tuple((await invoices.of_orders(reader, [order.id]))[order.id]),
        family=family,
        disputed=await suspending_dispute(reader, order),
        credits=tuple(
            one for one in await payments.credit.uses_of(reader, [order.id]) if one.state != "returned"
        ),
        beside_msat=await payments.bitcoin.lies_beside(reader, on_chain) if on_chain else 0,
    )


async def _sendings(
    reader: Reader, attempts: Sequence[payments.Attempt], refunds: Sequence[payments.Refund]
) -> dict[UUID, payments.bitcoin.Sending]:
    """Asked for only where bitcoin goes back."""
    paid = {one.id for one in attempts if one.method in payments.bitcoin.RAILS}
    ids = [one.id for one in refunds if one.attempt_id in paid]
    return await payments.bitcoin.sendings(reader, ids) if ids else {}


def _refunds(
    order_id: UUID, reversals: Sequence[orders.ReversalRow], refunds: Sequence[payments.Refund]
) -> tuple[payments.Refund, ...]:
    """Of the family's refunds those that are this order's: of its own payments, or for what was taken back of it."""
    # A cause ends with the id of what was decided: a reversal, or all of the order at once.
    decided = {str(order_id), *(str(one.id) for one in reversals)}
    return tuple(
        one for one in refunds if one.order_id == order_id or one.cause.rpartition(":")[2] in decided
    )


_CHANGED = text(
    "SELECT taken.ticket_id, taken.order_id FROM orders_exchange AS exchange "
    "JOIN orders_exchange_unit AS taken ON taken.order_id = exchange.order_id "
    "WHERE exchange.from_order_id = :id AND exchange.state = 'done'"
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
    changed = {row.ticket_id: row.order_id for row in await reader.execute(_CHANGED, {"id": order.id})}
    owners = await tickets.owners(reader, [ticket.id for ticket in found])
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
            changed_to=changed.get(ticket.id),
            owner=owners.get(ticket.id),
        )
        for ticket in found
    )
