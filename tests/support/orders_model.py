"""Orders and money in plain Python, as they should be: what the state machine compares the site with."""

from dataclasses import dataclass, field
from uuid import UUID

from admitone.values.ids import derived_id

PLACES = 6
PRICE = 2500
LIMIT = 4


@dataclass
class ModelAttempt:
    """A try at paying. `at_bank`: open, paid, failed, or None while the bank has not heard of it.

    `is_made_up`: the bank never had the money we heard of.
    """

    order_id: UUID
    minor: int
    at_bank: str | None
    is_known: bool
    heard: str | None = None
    settled_as: str | None = None
    paid_minor: int | None = None
    excess_minor: int = 0
    is_made_up: bool = False


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
    received_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What it costs."""
        return self.quantity * PRICE


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
        """Money arrived: tickets, or it waits for the rest, or back it goes."""
        attempt = self.attempts[attempt_id]
        if attempt.heard == "paid":
            return
        order = self.orders[attempt.order_id]
        together = order.received_minor + minor
        reason = None
        if order.state == "paid":
            reason = "paid_twice"
        elif order.state == "cancelled":
            reason = "order_cancelled"
        elif order.state == "expired" and together < order.total_minor:
            reason = "wrong_amount"
        elif order.state == "expired" and self.left() < order.quantity:
            reason = "paid_too_late"
        attempt.heard, attempt.paid_minor = "paid", minor
        if reason is not None:
            attempt.settled_as = "refund"
            self.refunds[refund_id(attempt_id)] = ModelRefund(reason, minor)
        elif together < order.total_minor:
            attempt.settled_as = "part"
            order.received_minor = together
        else:
            self._complete(attempt_id, together - order.total_minor)

    def _complete(self, attempt_id: UUID, excess_minor: int) -> None:
        attempt = self.attempts[attempt_id]
        order = self.orders[attempt.order_id]
        order.state, attempt.settled_as = "paid", "tickets"
        for part in self.parts(attempt.order_id):
            self.attempts[part].settled_as = "tickets"
        attempt.excess_minor = excess_minor
        if excess_minor:
            excess = derived_id("refund of the excess", attempt_id.bytes)
            self.refunds[excess] = ModelRefund("overpaid", excess_minor)

    def parts(self, order_id: UUID) -> list[UUID]:
        """The attempts that wait for the rest of an order's price."""
        return [
            one
            for one, attempt in self.attempts.items()
            if attempt.order_id == order_id and attempt.settled_as == "part"
        ]

    def end(self, order_id: UUID, state: str, reason: str) -> None:
        """An order ends unpaid: what came of its price goes back."""
        order = self.orders[order_id]
        order.state = state
        for part in self.parts(order_id):
            attempt = self.attempts[part]
            attempt.settled_as = "refund"
            self.refunds[refund_id(part)] = ModelRefund(reason, attempt.paid_minor or 0)
        order.received_minor = 0

    def take_back(self, order_id: UUID) -> None:
        """A paid order is taken back: each payment gives what it brought."""
        self.orders[order_id].state = "cancelled"
        for one, attempt in self.attempts.items():
            if attempt.order_id == order_id and attempt.settled_as == "tickets":
                minor = (attempt.paid_minor or 0) - attempt.excess_minor
                if minor:
                    self.refunds[refund_id(one)] = ModelRefund("organiser", minor)


def refund_id(attempt_id: UUID) -> UUID:
    """The one refund of all of it that an attempt can have."""
    return derived_id("refund", attempt_id.bytes)
