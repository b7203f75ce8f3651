"""Whose balance could be paid out now, as far as sums say."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.payouts import Purse
from admitone.plumbing.database import Reader

# A purse with something available, a receiver that is verified, no payout that is open, and no payout declined or
# failed to the same receiver lately: whoever said no, or where it did not arrive, is not asked again at once.
_DUE = text(
    """
    SELECT a.organiser_id, a.currency, a.is_test FROM ledger_account a
    JOIN ledger_balance b ON b.account_id = a.id
    JOIN payouts_receiver r ON r.organiser_id = a.organiser_id AND r.currency = a.currency AND r.is_test = a.is_test
        AND r.replaced_at IS NULL AND r.verified_at IS NOT NULL
    LEFT JOIN payouts_terms t ON t.organiser_id = a.organiser_id
    WHERE (a.organiser_id, a.currency, a.is_test) > (:organiser_id, :currency, :is_test)
        AND split_part(a.name, ':', 1) = 'organiser' AND split_part(a.name, ':', 3) = 'available'
        AND b.credits_minor > b.debits_minor AND coalesce(t.is_drafting, true)
        AND (t.paused_until IS NULL OR t.paused_until <= :now)
        AND NOT EXISTS (
            SELECT FROM payouts_payout p WHERE p.organiser_id = a.organiser_id AND p.currency = a.currency
                AND p.is_test = a.is_test AND (p.state IN ('asked', 'sending')
                    OR (p.state = 'declined' AND p.ended_at > CAST(:now AS timestamptz) - interval '7 days')
                    OR (p.state = 'failed' AND p.receiver_id = r.id AND NOT EXISTS (
                        SELECT FROM payouts_payout later WHERE later.receiver_id = r.id AND later.state = 'done'
                            AND later.asked_at > p.asked_at)))
        )
    ORDER BY 1, 2, 3 LIMIT :most
    """
)


async def purses_due(reader: Reader, after: Purse | None, now: datetime, most: int) -> Sequence[Purse]:
    """Such purses in order, those after `after`."""
    rows = await reader.execute(
        _DUE,
        {
            "organiser_id": UUID(int=0) if after is None else after.organiser_id,
            "currency": "" if after is None else after.currency,
            "is_test": False if after is None else after.is_test,
            "now": now,
            "most": most,
        },
    )
    return [Purse(row.organiser_id, row.currency, row.is_test) for row in rows]
