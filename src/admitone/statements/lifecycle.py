"""The life of a line of a bank statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class LineState(StrEnum):
    """OPEN waits for somebody. MATCHED is for an order. IGNORED is not for us. RETURNED went back to its payer."""

    OPEN = "open"
    MATCHED = "matched"
    IGNORED = "ignored"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as stored. `amount_minor`: whole minor units of `currency`, positive in, negative out.

    `settled_at`: when its money became tickets or a refund. `raw`: as it came.
    """

    id: UUID
    statement_id: UUID
    organiser_id: UUID
    account: str
    bank_ref: str | None
    booked_on: date
    currency: str
    amount_minor: int
    payer_name: str | None
    payer_iban: str | None
    text: str
    raw: Mapping[str, str]
    state: LineState
    order_id: UUID | None
    attempt_id: UUID | None
    settled_at: datetime | None
    version: int

    @property
    def is_incoming(self) -> bool:
        """Only what came in can pay for an order."""
        return self.amount_minor > 0
