"""What of an organiser's money belongs to which event, and what becomes payable when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from admitone.plumbing.database import Reader
from admitone.values.clock import epoch_ms

# What sales, refunds and disputes did to `pending` and `tax`, by event. Releases themselves are left out: they are what
# is held against it. Tax of orders paid to the organiser's own accounts is theirs already.
_OF_EVENTS = text(
    """
    WITH own AS (
        SELECT id, currency, is_test, split_part(name, ':', 3) AS part FROM ledger_account
        WHERE organiser_id = :organiser_id AND split_part(name, ':', 1) = 'organiser'
            AND split_part(name, ':', 3) IN ('pending', 'tax')
    ), sides AS (
        SELECT t.group_id, own.currency, own.is_test, own.part, -t.amount_minor AS minor
        FROM ledger_transfer t JOIN own ON own.id = t.debit_id WHERE t.kind NOT LIKE 'release%'
        UNION ALL
        SELECT t.group_id, own.currency, own.is_test, own.part, t.amount_minor
        FROM ledger_transfer t JOIN own ON own.id = t.credit_id WHERE t.kind NOT LIKE 'release%'
    ), sums AS (
        SELECT group_id, currency, is_test, part, sum(minor) AS minor FROM sides GROUP BY 1, 2, 3, 4
    ), found AS (
        SELECT sums.*, coalesce(o.id, a.order_id, r.order_id, v.order_id, d.order_id) AS order_id FROM sums
        LEFT JOIN orders_order o ON o.id = sums.group_id
        LEFT JOIN payments_attempt a ON a.id = sums.group_id
        LEFT JOIN payments_refund r ON r.id = sums.group_id
        LEFT JOIN orders_reversal v ON v.id = sums.group_id
        LEFT JOIN payments_dispute d ON d.id = sums.group_id
    ), earned AS (
        SELECT o.event_id, f.currency, f.is_test,
            coalesce(sum(f.minor) FILTER (WHERE f.part = 'pending'), 0) AS earned,
            coalesce(sum(f.minor) FILTER (WHERE f.part = 'tax' AND NOT EXISTS (
                SELECT FROM payments_attempt a JOIN payments_account p ON p.id = a.account_id
                WHERE a.order_id = o.id AND a.state = 'paid' AND p.organiser_id IS NOT NULL
            )), 0) AS tax
        FROM found f JOIN orders_order o ON o.id = f.order_id GROUP BY 1, 2, 3
    ), before AS (
        SELECT event_id, currency, is_test, sum(earned_minor) AS earned, sum(tax_minor) AS tax, max(number) AS number
        FROM payouts_release WHERE organiser_id = :organiser_id GROUP BY 1, 2, 3
    )
    SELECT e.id, e.title, e.ends_at, n.currency, n.is_test, n.earned, n.tax, coalesce(b.earned, 0) AS earned_before,
        coalesce(b.tax, 0) AS tax_before, coalesce(b.number, 0) AS number
    FROM earned n JOIN events_event e ON e.id = n.event_id
    LEFT JOIN before b ON b.event_id = n.event_id AND b.currency = n.currency AND b.is_test = n.is_test
    ORDER BY e.ends_at, e.id, n.currency, n.is_test
    """
)
_HOLDERS = text(
    """
    SELECT DISTINCT a.organiser_id FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
    WHERE a.organiser_id > :after AND split_part(a.name, ':', 1) = 'organiser'
        AND split_part(a.name, ':', 3) IN ('pending', 'tax') AND b.credits_minor <> b.debits_minor
    ORDER BY a.organiser_id LIMIT :most
    """
)
_DISPUTED = text(
    """
    SELECT (SELECT count(*) FROM orders_order o JOIN payments_attempt a ON a.order_id = o.id AND a.state = 'paid'
            WHERE o.organiser_id = :organiser_id AND o.id >= :first_id) AS paid,
        (SELECT count(*) FROM payments_dispute d WHERE d.organiser_id = :organiser_id AND d.opened_at >= :since
            AND d.state <> 'won') AS disputed
    """
)


@dataclass(frozen=True, slots=True)
class EventMoney:
    """What an event earned and collected as tax through the site's accounts, and how much of both became available
    before, in `number` steps. Minor units.
    """

    event_id: UUID
    title: str
    ends_at: datetime
    currency: str
    is_test: bool
    earned_minor: int
    tax_minor: int
    earned_before_minor: int
    tax_before_minor: int
    number: int

    @property
    def earned_left_minor(self) -> int:
        """What has not become available; negative when refunds came after it had."""
        return self.earned_minor - self.earned_before_minor

    @property
    def tax_left_minor(self) -> int:
        """As `earned_left_minor`, of tax."""
        return self.tax_minor - self.tax_before_minor

    def payable_at(self, delay_days: int) -> datetime:
        """When it becomes available."""
        return self.ends_at + timedelta(days=delay_days)


async def money_of_events(reader: Reader, organiser_id: UUID) -> list[EventMoney]:
    """Every event that moved the organiser's money, by its end."""
    rows = await reader.execute(_OF_EVENTS, {"organiser_id": organiser_id})
    return [
        EventMoney(
            row.id,
            row.title,
            row.ends_at,
            row.currency,
            row.is_test,
            int(row.earned),
            int(row.tax),
            int(row.earned_before),
            int(row.tax_before),
            row.number,
        )
        for row in rows
    ]


async def holders(reader: Reader, after: UUID, most: int) -> Sequence[UUID]:
    """Organisers who have something that may become available, by id, after this one."""
    return list((await reader.execute(_HOLDERS, {"after": after, "most": most})).scalars())


async def disputed_share(reader: Reader, organiser_id: UUID, since: datetime) -> tuple[int, int]:
    """How many payments there were of orders placed since then, and how many disputes that were not won."""
    # Order ids are UUIDv7, which begin with their milliseconds: an index finds an organiser's latest ones.
    first_id = UUID(int=epoch_ms(since) << 80)
    asked = {"organiser_id": organiser_id, "since": since, "first_id": first_id}
    row = (await reader.execute(_DISPUTED, asked)).one()
    return row.paid, row.disputed
