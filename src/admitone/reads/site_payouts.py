"""All organisers' money on its way to them, for those who run the site: balances, and payouts that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from admitone import accounts
from admitone.payouts import PayoutState
from admitone.plumbing.database import Reader
from admitone.values.actor import Actor

PAGE: Final = 50
OPEN_MOST: Final = 500
_BALANCES = text(
    """
    WITH page AS (
        SELECT o.id, o.slug, o.name FROM accounts_organiser o WHERE o.slug > :after
            AND (o.slug = :only OR :only = '') AND EXISTS (
                SELECT FROM ledger_account a WHERE a.organiser_id = o.id AND a.is_test = :is_test
                    AND split_part(a.name, ':', 3) IN ('pending', 'tax', 'available', 'reserve'))
        ORDER BY o.slug LIMIT :most
    )
    SELECT page.id, page.slug, page.name, a.currency,
        coalesce(sum(minor) FILTER (WHERE part = 'pending'), 0) AS pending,
        coalesce(sum(minor) FILTER (WHERE part = 'available'), 0) AS available,
        coalesce(sum(minor) FILTER (WHERE part = 'reserve'), 0) AS reserve,
        (SELECT coalesce(sum(p.amount_minor), 0) FROM payouts_payout p WHERE p.organiser_id = page.id
            AND p.currency = a.currency AND p.is_test = :is_test AND p.state = 'sending') AS under_way
    FROM page JOIN LATERAL (
        SELECT l.currency, split_part(l.name, ':', 3) AS part, b.credits_minor - b.debits_minor AS minor
        FROM ledger_account l JOIN ledger_balance b ON b.account_id = l.id
        WHERE l.organiser_id = page.id AND l.is_test = :is_test
            AND split_part(l.name, ':', 3) IN ('pending', 'available', 'reserve')
    ) a ON true
    GROUP BY page.id, page.slug, page.name, a.currency ORDER BY page.slug, a.currency
    """
)
# Payouts that are not over, and those that failed with nothing asked for since.
_OPEN = text(
    """
    SELECT p.id, p.organiser_id, o.slug, o.name, p.currency, p.amount_minor, p.state, p.asked_at, p.reason, p.ended_at,
        p.account_id IS NULL AS is_by_file, r.holder, r.hint
    FROM payouts_payout p JOIN accounts_organiser o ON o.id = p.organiser_id
    JOIN payouts_receiver r ON r.id = p.receiver_id
    WHERE p.is_test = :is_test AND (p.state IN ('asked', 'sending') OR (p.state = 'failed' AND NOT EXISTS (
        SELECT FROM payouts_payout later WHERE later.organiser_id = p.organiser_id AND later.currency = p.currency
            AND later.is_test = p.is_test AND later.asked_at > p.asked_at
    )) OR (p.state = 'done' AND p.account_id IS NULL AND p.ended_at > CAST(:now AS timestamptz) - interval '45 days'))
    ORDER BY p.state = 'done', p.asked_at, p.id LIMIT :most
    """
)


@dataclass(frozen=True, slots=True)
class SiteBalance:
    """An organiser's money of one currency, minor units; `available_minor` below zero: refunds took more than there
    was.
    """

    organiser_id: UUID
    slug: str
    name: str
    currency: str
    pending_minor: int
    available_minor: int
    reserve_minor: int
    under_way_minor: int


@dataclass(frozen=True, slots=True)
class OpenPayout:
    """A payout that waits for somebody, or that failed; `is_by_file`: a person sends it from the site's bank account.

    Those sent by file are listed for 45 days after, since banks send some back.
    """

    id: UUID
    organiser_id: UUID
    slug: str
    name: str
    currency: str
    amount_minor: int
    state: PayoutState
    asked_at: datetime
    reason: str | None
    ended_at: datetime | None
    is_by_file: bool
    receiver: str


async def site_balances(
    reader: Reader, actor: Actor, *, is_test: bool, after: str = "", only: str = ""
) -> tuple[Sequence[SiteBalance], str]:
    """A page of organisers by their address, after this one, or `only` this one; and where the next begins ("": it is
    the last). Raises `NotOperator`.
    """
    accounts.permit_operator(actor)
    rows = await reader.execute(
        _BALANCES, {"after": after, "only": only, "is_test": is_test, "most": PAGE + 1}
    )
    found = [
        SiteBalance(
            row.id,
            row.slug,
            row.name,
            row.currency,
            int(row.pending),
            int(row.available),
            int(row.reserve),
            int(row.under_way),
        )
        for row in rows
    ]
    slugs = sorted({one.slug for one in found})
    if len(slugs) <= PAGE:
        return found, ""
    return [one for one in found if one.slug <= slugs[PAGE - 1]], slugs[PAGE - 1]


async def open_payouts(reader: Reader, actor: Actor, *, is_test: bool, now: datetime) -> Sequence[OpenPayout]:
    """Payouts somebody has to look at, longest waiting first, at most 500. Raises `NotOperator`."""
    accounts.permit_operator(actor)
    rows = await reader.execute(_OPEN, {"is_test": is_test, "now": now, "most": OPEN_MOST})
    return [
        OpenPayout(
            row.id,
            row.organiser_id,
            row.slug,
            row.name,
            row.currency,
            row.amount_minor,
            PayoutState(row.state),
            row.asked_at,
            row.reason,
            row.ended_at,
            row.is_by_file,
            f"{row.holder}, {row.hint}",
        )
        for row in rows
    ]
