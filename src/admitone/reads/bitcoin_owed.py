"""Refunds in bitcoin that have not gone out: of which the buyer has to say where to, on their way, or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from admitone import payments
from admitone.payments.bitcoin import WAITS_FOR_BUYER
from admitone.plumbing.database import Reader

MOST: Final = 50
_OWED = text(
    """
    SELECT r.id, o.code AS order_code, o.event_id, event.title AS event_title, attempt.method AS rail,
        r.currency, r.amount_minor, r.state, r.error, r.wanted_at
    FROM payments_refund r
    JOIN payments_attempt attempt ON attempt.id = r.attempt_id
    JOIN orders_order o ON o.id = r.order_id
    JOIN events_event event ON event.id = o.event_id
    WHERE r.organiser_id = :organiser_id AND r.state IN ('wanted', 'unknown', 'failed')
        AND attempt.method = ANY(:rails)
    ORDER BY r.wanted_at, r.id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class OwedBitcoin:
    """A refund that is not done, in whole minor units; `error` is the provider's word for why."""

    id: UUID
    order_code: str
    event_id: UUID
    event_title: str
    rail: str
    currency: str
    amount_minor: int
    state: str
    error: str | None
    wanted_at: datetime

    @property
    def waits_for_buyer(self) -> bool:
        """Its buyer was asked where it goes, and has not said."""
        return self.state != "failed" and self.error == WAITS_FOR_BUYER


async def owed_bitcoin(reader: Reader, organiser_id: UUID, *, most: int = MOST) -> Sequence[OwedBitcoin]:
    """The organiser's, longest waiting first."""
    params = {"organiser_id": organiser_id, "rails": list(payments.bitcoin.RAILS), "most": most}
    return [OwedBitcoin(**row._mapping) for row in await reader.execute(_OWED, params)]
