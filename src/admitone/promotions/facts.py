"""What promo codes tell the journal. `subject_id` is the code, or the batch."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoCodeChanged(Fact):
    """`what` is created, edited, paused, resumed or deleted."""

    kind: ClassVar[str] = "promotions.code_changed"
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChanged(Fact):
    """`what` is created, paused, resumed or deleted; `quantity` codes were concerned."""

    kind: ClassVar[str] = "promotions.batch_changed"
    what: str
    quantity: int
