"""What of ours the lines of a provider's books name: attempts, refunds, disputes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, text

from admitone.payments.store import IDS, WORDS
from admitone.plumbing.database import Reader

_FOUND_ATTEMPTS = text(
    """
    SELECT provider_ref, id, account_id, organiser_id, state, paid_minor, paid_currency FROM payments_attempt
    WHERE account_id = ANY(:accounts) AND provider_ref = ANY(:refs)
    """
).bindparams(bindparam("accounts", type_=IDS), bindparam("refs", type_=WORDS))
_FOUND_REFUNDS = text(
    """
    SELECT refund.provider_ref, refund.id, attempt.account_id, refund.state, refund.currency, refund.amount_minor
    FROM payments_refund AS refund JOIN payments_attempt AS attempt ON attempt.id = refund.attempt_id
    WHERE attempt.account_id = ANY(:accounts) AND refund.provider_ref = ANY(:refs)
    """
).bindparams(bindparam("accounts", type_=IDS), bindparam("refs", type_=WORDS))
_FOUND_DISPUTES = text(
    """
    SELECT d.ref, a.provider_ref AS payment_ref, d.id, d.organiser_id, d.currency, d.amount_minor
    FROM payments_dispute AS d JOIN payments_attempt AS a ON a.id = d.attempt_id
    WHERE d.account_id = ANY(:accounts) AND (d.ref = ANY(:refs) OR a.provider_ref = ANY(:refs))
    UNION ALL
    -- PayPal names neither: what a bank took is about the line in which the payment came.
    SELECT d.ref, m.ref, d.id, d.organiser_id, d.currency, d.amount_minor
    FROM payments_movement AS m JOIN payments_dispute AS d ON d.attempt_id = m.explained_id
    WHERE m.account_id = ANY(:accounts) AND m.explained_as = 'attempt' AND m.ref = ANY(:refs)
    """
).bindparams(bindparam("accounts", type_=IDS), bindparam("refs", type_=WORDS))


@dataclass(frozen=True, slots=True)
class KnownAttempt:
    """An attempt a line may be about."""

    id: UUID
    account_id: UUID
    organiser_id: UUID
    is_paid: bool
    is_open: bool
    paid_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class KnownRefund:
    """A refund a line may be about."""

    id: UUID
    account_id: UUID
    is_done: bool
    is_open: bool
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class KnownDispute:
    """A dispute a line may be about."""

    id: UUID
    organiser_id: UUID
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is ours of what some references name, by reference."""

    attempts: Mapping[str, KnownAttempt]
    refunds: Mapping[str, KnownRefund]
    disputes: Mapping[str, KnownDispute]


async def known(reader: Reader, account_ids: Collection[UUID], refs: Collection[str]) -> Known:
    """What these references name in these accounts."""
    params = {"accounts": list(account_ids), "refs": list(refs)}
    attempts = {
        row.provider_ref: KnownAttempt(
            row.id,
            row.account_id,
            row.organiser_id,
            row.state == "paid",
            row.state not in ("paid", "failed"),
            row.paid_minor,
            row.paid_currency,
        )
        for row in await reader.execute(_FOUND_ATTEMPTS, params)
    }
    refunds = {
        row.provider_ref: KnownRefund(
            row.id,
            row.account_id,
            row.state == "done",
            row.state in ("wanted", "unknown"),
            row.amount_minor,
            row.currency,
        )
        for row in await reader.execute(_FOUND_REFUNDS, params)
    }
    disputes: dict[str, KnownDispute] = {}
    for row in await reader.execute(_FOUND_DISPUTES, params):
        found = KnownDispute(row.id, row.organiser_id, row.amount_minor, row.currency)
        disputes.setdefault(row.payment_ref, found)
        disputes[row.ref] = found
    return Known(attempts, refunds, disputes)
