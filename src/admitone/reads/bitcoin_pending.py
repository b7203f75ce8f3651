"""Payments in bitcoin that an organiser waits for (asked for, on their way, taken back by the network, or nobody
knows), and those that failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text

from admitone import payments
from admitone.plumbing.database import Reader

MOST: Final = 50
FAILED_SINCE: Final = timedelta(days=30)
"""Buyers who say that they have paid say so within weeks."""
_SELECT = """
    SELECT attempt.id, attempt.state, attempt.provider, attempt.account_id, attempt.method AS rail,
        attempt.currency, attempt.amount_minor, attempt.reason, attempt.opened_at, request.amount_msat,
        request.expires_at, o.code AS order_code, o.event_id, o.state AS order_state, event.title AS event_title,
        undone.is_undone
    FROM payments_attempt attempt
    JOIN orders_order o ON o.id = attempt.order_id
    JOIN events_event event ON event.id = o.event_id
    LEFT JOIN payments_bitcoin_request request ON request.attempt_id = attempt.id
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM payments_dispute dispute
            WHERE dispute.attempt_id = attempt.id AND dispute.reason = 'undone' AND dispute.state = 'open'
        ) AS is_undone
    ) undone
    WHERE attempt.organiser_id = :organiser_id AND attempt.method = ANY(:rails)
"""
_PENDING = text(
    _SELECT
    + """
        AND (undone.is_undone OR attempt.state IN ('opened', 'unknown', 'prompted', 'seen')
            AND (o.state = 'pending' OR attempt.state IN ('unknown', 'seen')))
        AND (CAST(:attempt_id AS uuid) IS NULL OR attempt.id = :attempt_id)
    ORDER BY attempt.opened_at DESC, attempt.id LIMIT :most
    """
)
_FAILED = text(
    _SELECT
    + """
        AND attempt.state = 'failed' AND request.attempt_id IS NOT NULL AND o.state <> 'paid'
        AND attempt.opened_at > :since
    ORDER BY attempt.opened_at DESC, attempt.id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class PendingBitcoin:
    """A payment that is not decided, or has failed. `amount_minor` of `currency` is asked as `amount_msat`, None when
    nothing was made by which it could be paid; `reason` is why nothing is known, or why it failed. `is_undone`: it was
    paid, and the network has taken back its block: whether it comes again is waited for.
    """

    id: UUID
    state: str
    provider: str
    account_id: UUID
    rail: str
    currency: str
    amount_minor: int
    reason: str | None
    opened_at: datetime
    amount_msat: int | None
    expires_at: datetime | None
    order_code: str
    event_id: UUID
    order_state: str
    event_title: str
    is_undone: bool = False


async def pending_bitcoin(
    reader: Reader, organiser_id: UUID, *, attempt_id: UUID | None = None, most: int = MOST
) -> Sequence[PendingBitcoin]:
    """The organiser's, newest first; or this one, if it is theirs and not decided."""
    rows = await reader.execute(
        _PENDING,
        {
            "organiser_id": organiser_id,
            "rails": list(payments.bitcoin.RAILS),
            "attempt_id": attempt_id,
            "most": most,
        },
    )
    return [PendingBitcoin(**row._mapping) for row in rows]


async def failed_bitcoin(
    reader: Reader, organiser_id: UUID, now: datetime, *, most: int = MOST
) -> Sequence[PendingBitcoin]:
    """The organiser's of orders that are not paid, which failed within `FAILED_SINCE`, newest first."""
    params = {"organiser_id": organiser_id, "rails": list(payments.bitcoin.RAILS)}
    rows = await reader.execute(_FAILED, {**params, "since": now - FAILED_SINCE, "most": most})
    return [PendingBitcoin(**row._mapping) for row in rows]
