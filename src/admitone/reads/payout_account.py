"""An organiser's money on its way to them: what is to come, can be paid out, is kept back, on its way, was paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


# Accounts of the organiser's own: what came into them and left them again, by the ledger.
_DIRECT = text(
    """
    SELECT a.currency, b.credits_minor AS came, b.debits_minor AS went
    FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
    WHERE a.organiser_id = :organiser_id AND a.is_test = :is_test AND split_part(a.name, ':', 3) = 'direct'
        AND (b.credits_minor <> 0 OR b.debits_minor <> 0)
    ORDER BY a.currency
    """
)
_HAS_OWN = text(
    "SELECT EXISTS (SELECT FROM payments_account WHERE organiser_id = :organiser_id AND mode = :mode) AS has_own"
)
_RESERVES = text(
    """
    SELECT currency, reserve_until AS until, sum(reserved_minor) AS minor FROM payouts_release
    WHERE organiser_id = :organiser_id AND is_test = :is_test AND reserve_until IS NOT NULL AND reserve_ended_at IS NULL
    GROUP BY currency, reserve_until ORDER BY reserve_until, currency LIMIT 50
    """
)
_DESTINATIONS = text("SELECT id, holder, hint FROM payouts_receiver WHERE organiser_id = :organiser_id")


@dataclass(frozen=True, slots=True)
class Reserve:
    """What is kept back until then, minor units."""

    currency: str
    amount_minor: int
    until: datetime


@dataclass(frozen=True, slots=True)
class DirectSums:
    """One currency in the organiser's own payment accounts, minor units: what was earned there, and what left again
    (refunds, the provider's fees and its payouts, as far as they are known).
    """

    currency: str
    came_minor: int
    went_minor: int


@dataclass(frozen=True, slots=True)
class PayoutAccount:
    """All of it, of play money or of real money. `events` are those that moved money, by their end; `reserves` by
    theirs. `destinations` say in words where each payout went, by its receiver's id. `direct` is what never comes this
    way; `has_own`: there are payment accounts of the organiser's own.
    """

    terms: Terms
    purses: Sequence[PurseSums]
    events: Sequence[EventMoney]
    receivers: Sequence[Receiver]
    payouts: Sequence[Payout]
    reserves: Sequence[Reserve] = ()
    destinations: Mapping[UUID, str] = field(default_factory=dict)
    direct: Sequence[DirectSums] = ()
    has_own: bool = False


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
    kept = await reader.execute(_RESERVES, {"organiser_id": organiser_id, "is_test": is_test})
    reserves = [Reserve(row.currency, int(row.minor), row.until) for row in kept]
    went = await reader.execute(_DESTINATIONS, {"organiser_id": organiser_id})
    direct = await reader.execute(_DIRECT, {"organiser_id": organiser_id, "is_test": is_test})
    mode = "test" if is_test else "live"
    has_own = await reader.execute(_HAS_OWN, {"organiser_id": organiser_id, "mode": mode})
    return PayoutAccount(
        terms,
        tuple(purses),
        tuple(events),
        tuple(receivers),
        tuple(sent),
        tuple(reserves),
        {row.id: f"{row.holder}, {row.hint}" for row in went},
        tuple(DirectSums(row.currency, int(row.came), int(row.went)) for row in direct),
        bool(has_own.scalar_one()),
    )


async def payout_terms(reader: Reader, actor: Actor, organiser_id: UUID) -> Terms:
    """What is agreed with the organiser, for its team and for those who run the site.

    Raises `Forbidden`, `OrganiserNotFound`.
    """
    if not actor.is_operator:
        accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
    await accounts.organiser(reader, organiser_id)
    return await payouts.terms(reader, organiser_id)
