"""The SQL of the sandbox bank's books, on its own tables only."""

from datetime import datetime

from sqlalchemy import text

from admitone.payments.roles import Movement, MovementKind
from admitone.plumbing.database import Reader

PAGE = 500
_BALANCES = text(
    """
    SELECT currency, sum(minor) AS minor FROM (
        SELECT currency, amount_minor - refunded_minor AS minor FROM sandbox_payment WHERE state = 'paid'
        UNION ALL SELECT currency, -amount_minor FROM sandbox_payout
    ) AS lies GROUP BY currency
    """
)
_MOVEMENTS = text(
    """
    SELECT ref, kind, currency, amount, about, at FROM (
        SELECT 'in_' || ref AS ref, 'payment' AS kind, currency, amount_minor AS amount, ref AS about,
            coalesce(decided_at, created_at) AS at
        FROM sandbox_payment WHERE state = 'paid'
        UNION ALL
        SELECT r.ref, 'refund', p.currency, -r.amount_minor, r.ref, r.created_at
        FROM sandbox_refund r JOIN sandbox_payment p ON p.ref = r.payment_ref
        UNION ALL
        SELECT ref, 'payout', currency, -amount_minor, ref, created_at FROM sandbox_payout
    ) AS line
    WHERE at >= :first AND (at, ref) > (:first, :after) ORDER BY at, ref LIMIT :most
    """
)


async def balances(reader: Reader) -> dict[str, int]:
    """What lies at the bank, by currency."""
    return {row.currency: int(row.minor) for row in await reader.execute(_BALANCES)}


async def movements(reader: Reader, first: datetime, after: str, most: int) -> list[Movement]:
    """Lines from then on, oldest first, after this one."""
    rows = await reader.execute(_MOVEMENTS, {"first": first, "after": after, "most": most})
    return [
        Movement(row.ref, MovementKind(row.kind), row.currency, int(row.amount), 0, row.about, row.at)
        for row in rows
    ]
