"""What store credit tells the journal. `subject_id` is the credit."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditGiven(Fact):
    """Somebody has new credit: a gift, or a refund left with the organiser (`order_id`, `cause_id`)."""

    kind: ClassVar[str] = "payments.credit_given"
    source: str
    currency: str
    amount_minor: int
    order_id: UUID | None = None
    cause_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditSetAside(Fact):
    """An order took some of it."""

    kind: ClassVar[str] = "payments.credit_set_aside"
    order_id: UUID
    use_id: UUID
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditReturned(Fact):
    """What an order took is back: it ended unpaid, or its buyer took the credit off."""

    kind: ClassVar[str] = "payments.credit_returned"
    order_id: UUID
    use_id: UUID
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEnded(Fact):
    """What was left of a gift ended: it ran out, or was taken away."""

    kind: ClassVar[str] = "payments.credit_ended"
    currency: str
    amount_minor: int
    reason: str
