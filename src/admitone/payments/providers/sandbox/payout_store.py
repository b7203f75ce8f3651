"""The SQL of money the sandbox bank sends out, on its own table only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader, Transaction


async def send(
    tx: Transaction,
    ref: str,
    merchant_key: UUID,
    to_ref: str,
    currency: str,
    amount_minor: int,
    now: datetime,
) -> str:
    """Send it, or find what this key sent before; its reference."""
    await tx.execute(
        text(
            "INSERT INTO sandbox_payout (ref, merchant_key, to_ref, currency, amount_minor, created_at) "
            "VALUES (:ref, :key, :to_ref, :currency, :amount_minor, :now) ON CONFLICT (merchant_key) DO NOTHING"
        ),
        {
            "ref": ref,
            "key": str(merchant_key),
            "to_ref": to_ref,
            "currency": currency,
            "amount_minor": amount_minor,
            "now": now,
        },
    )
    sent = await by_key(tx, merchant_key)
    assert sent is not None, "sent now or before"
    return sent


async def by_key(reader: Reader, merchant_key: UUID) -> str | None:
    """The reference of what this key sent."""
    found = await reader.execute(
        text("SELECT ref FROM sandbox_payout WHERE merchant_key = :key"), {"key": str(merchant_key)}
    )
    ref: str | None = found.scalar_one_or_none()
    return ref
