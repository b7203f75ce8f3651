"""What is known of a payment: the word every provider answers in, by whatever port."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

# The reason of a PENDING status when a payment that was SEEN will not come: its sender spent the money otherwise.
REPLACED = "replaced"


class Outcome(StrEnum):
    """What a provider says about a payment. `SEEN`: on its way, not ours yet. `UNKNOWN`: nobody could say."""

    PENDING = "pending"
    SEEN = "seen"
    PAID = "paid"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a payment now.

    `paid_minor` and `currency` say what really arrived, set when the outcome is PAID (and SEEN, where known).
    `attempt_id` is the key we had sent, where the provider gives it back: it finds an attempt whose reference
    was lost, and one that contradicts the attempt being settled belongs to another order. `is_held`: it is SEEN, and
    ours as soon as we say so (`roles.HoldsMoney`).
    """

    provider_ref: str | None
    outcome: Outcome
    paid_minor: int | None = None
    currency: str | None = None
    reason: str | None = None
    attempt_id: UUID | None = None
    is_held: bool = False

    def __post_init__(self) -> None:
        assert not self.is_held or self.outcome is Outcome.SEEN, "what is held is not ours yet"
        known = self.provider_ref is not None and self.paid_minor is not None and self.currency is not None
        assert self.outcome is not Outcome.PAID or known, "a paid status says what was paid"
