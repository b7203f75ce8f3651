"""An organiser's money on its way to them: what is to come, can be paid out, is kept back, on its way, was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, payouts
from admitone.payouts import Payout, Receiver, Terms
from admitone.plumbing.database import Reader
from admitone.reads.payable import EventMoney, money_of_events
from admitone.values.actor import Action, Actor

PAYOUTS_MOST = 100
_SUMS = text(
    """
    SELECT currency, sum(available) AS available, sum(reserve) AS reserve, sum(under_way) AS under_way,
        sum(paid) AS paid
    FROM (
        SELECT a.currency, b.credits_minor - b.debits_minor AS available, 0 AS reserve, 0 AS under_way, 0 AS paid
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.organiser_id = :organiser_id AND a.is_test = :is_test AND split_part(a.name, ':', 3) = 'available'
        UNION ALL
        SELECT a.currency, 0, b.credits_minor - b.debits_minor, 0, 0
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.organiser_id = :organiser_id AND a.is_test = :is_test AND split_part(a.name, ':', 3) = 'reserve'
        UNION ALL
        SELECT currency, 0, 0, CASE WHEN state = 'sending' THEN amount_minor ELSE 0 END,
            CASE WHEN state = 'done' THEN amount_minor ELSE 0 END
        FROM payouts_payout WHERE organiser_id = :organiser_id AND is_test = :is_test
    ) AS parts GROUP BY currency
    """
)


@dataclass(frozen=True, slots=True)
class PurseSums:
    """One currency, minor units. `pending_minor` becomes available; the next of it at `next_at` (None: nothing waits
    for its day).
    """

    currency: str
    pending_minor: int
    available_minor: int
    reserve_minor: int
    under_way_minor: int
    paid_minor: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """All of it, of play money or of real money. `events` are those that moved money, by their end."""

    terms: Terms
    purses: Sequence[PurseSums]
    events: Sequence[EventMoney]
    receivers: Sequence[Receiver]
    payouts: Sequence[Payout]


async def payout_account(reader: Reader, actor: Actor, organiser_id: UUID, *, is_test: bool) -> PayoutAccount:
    """Read it. Raises `Forbidden`."""
    accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    terms = await payouts.terms(reader, organiser_id)
    events = [one for one in await money_of_events(reader, organiser_id) if one.is_test == is_test]
    rows = {
        row.currency: row
        for row in await reader.execute(_SUMS, {"organiser_id": organiser_id, "is_test": is_test})
    }
    purses = []
    for currency in sorted({*rows, *(one.currency for one in events)}):
        mine = [one for one in events if one.currency == currency]
        waiting = [
            one.payable_at(terms.delay_days)
            for one in mine
            if one.number == 0 and (one.earned_left_minor or one.tax_left_minor)
        ]
        row = rows.get(currency)
        purses.append(
            PurseSums(
                currency=currency,
                pending_minor=sum(one.earned_left_minor + one.tax_left_minor for one in mine),
                available_minor=0 if row is None else int(row.available),
                reserve_minor=0 if row is None else int(row.reserve),
                under_way_minor=0 if row is None else int(row.under_way),
                paid_minor=0 if row is None else int(row.paid),
                next_at=min(waiting, default=None),
            )
        )
    receivers = [one for one in await payouts.receivers(reader, organiser_id) if one.is_test == is_test]
    sent = await payouts.payouts_of(reader, organiser_id, is_test=is_test, most=PAYOUTS_MOST)
    return PayoutAccount(terms, tuple(purses), tuple(events), tuple(receivers), tuple(sent))
