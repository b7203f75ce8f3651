"""What happened to bitcoin that goes back."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationWanted(Fact):
    """Bitcoin has to go back and nobody knows where to: the buyer is asked. The subject is the refund.

    `round` counts how often; `reason` says why the place they named before did not work.
    """

    kind: ClassVar[str] = "payments.destination_wanted"
    round: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationNamed(Fact):
    """The buyer has said where to; the subject is the refund."""

    kind: ClassVar[str] = "payments.destination_named"
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartArrived(Fact):
    """Less than an order's price has arrived in bitcoin, and waits for the rest. The subject is the attempt."""

    kind: ClassVar[str] = "payments.part_arrived"
    order_id: UUID
