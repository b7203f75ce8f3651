"""What orders tell the journal. `subject_id` is the order."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Fact):
    """An order stands, with its prices frozen."""

    kind: ClassVar[str] = "orders.placed"
    event_id: UUID
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Fact):
    """The order is paid (or free) and its tickets exist. `was_late`: after it had expired."""

    kind: ClassVar[str] = "orders.paid"
    event_id: UUID
    currency: str
    total_minor: int
    was_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpiredUnpaid(Fact):
    """The deadline passed without money; the places went back."""

    kind: ClassVar[str] = "orders.expired"
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Fact):
    """The order was taken back: by its buyer before paying, or by the organiser with a refund."""

    kind: ClassVar[str] = "orders.cancelled"
    event_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsCancelled(Fact):
    """Some tickets of the order were cancelled, so many; `amount_minor` goes back for them (0: nothing).

    When they were the last, `OrderCancelled` is told besides.
    """

    kind: ClassVar[str] = "orders.tickets_cancelled"
    event_id: UUID
    reversal_id: UUID
    quantity: int
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountGivenBack(Fact):
    """Some of the order's price goes back, and all its tickets stay as they are."""

    kind: ClassVar[str] = "orders.amount_given_back"
    event_id: UUID
    reversal_id: UUID
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsExchanged(Fact):
    """Tickets of the order were cancelled because they were changed for those of `to_order_id`.

    `amount_minor` goes back (0: nothing). When they were the last, `OrderCancelled` is told besides.
    """

    kind: ClassVar[str] = "orders.tickets_exchanged"
    event_id: UUID
    reversal_id: UUID
    to_order_id: UUID
    quantity: int
    currency: str
    amount_minor: int
