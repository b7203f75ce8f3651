"""Orders and money in plain Python, as they should be: what the state machine compares the site with."""

from dataclasses import dataclass, field
from uuid import UUID

from admitone.values.ids import derived_id

PLACES = 6
PRICE = 2500
LIMIT = 4


@dataclass
class ModelAttempt:
    """A try at paying. `at_bank`: open, paid, failed, or None while the bank has not heard of it."""

    order_id: UUID
    minor: int
    at_bank: str | None
    is_known: bool
    heard: str | None = None
    settled_as: str | None = None
    paid_minor: int | None = None


@dataclass
class ModelRefund:
    """Money on its way back. `is_sent` by the bank, `is_done` or `is_failed` as far as we know."""

    reason: str
    minor: int
    is_sent: bool = False
    is_done: bool = False
    is_failed: bool = False
    was_asked: bool = False


@dataclass
class ModelOrder:
    """An order as it should be."""

    code: str
    buyer: str
    quantity: int
    state: str = "pending"


@dataclass
class Model:
    """All of it."""

    orders: dict[UUID, ModelOrder] = field(default_factory=dict)
    attempts: dict[UUID, ModelAttempt] = field(default_factory=dict)
    refunds: dict[UUID, ModelRefund] = field(default_factory=dict)
    words_in_mouth: bool = False

    def left(self) -> int:
        """Places nobody has."""
        return PLACES - sum(one.quantity for one in self.orders.values() if one.state in ("pending", "paid"))

    def has(self, buyer: str) -> int:
        """Tickets counted for a buyer."""
        mine = [one for one in self.orders.values() if one.buyer == buyer]
        return sum(one.quantity for one in mine if one.state in ("pending", "paid"))

    def hear_paid(self, attempt_id: UUID, minor: int) -> None:
        """Money arrived: tickets, or back it goes."""
        attempt = self.attempts[attempt_id]
        if attempt.heard == "paid":
            return
        order = self.orders[attempt.order_id]
        reason = None
        if minor != attempt.minor:
            reason = "wrong_amount"
        elif order.state == "paid":
            reason = "paid_twice"
        elif order.state == "cancelled":
            reason = "order_cancelled"
        elif order.state == "expired" and self.left() < order.quantity:
            reason = "paid_too_late"
        attempt.heard, attempt.paid_minor = "paid", minor
        if reason is None:
            order.state, attempt.settled_as = "paid", "tickets"
        else:
            attempt.settled_as = "refund"
            self.refunds[refund_id(attempt_id)] = ModelRefund(reason, minor)


def refund_id(attempt_id: UUID) -> UUID:
    """The one refund an attempt can have."""
    return derived_id("refund", attempt_id.bytes)
