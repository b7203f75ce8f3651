"""What organisers earned becomes available when its event is over for so many days; some of it is kept back longer.

What an event earned is held against what of it became available before, and the difference is moved. So whatever
happens later (a refund, a dispute, a late payment) is set off by the next run, and a run that repeats moves nothing.
"""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog

from admitone import ledger, payouts
from admitone.payouts import MoneyReleased, Release
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.journal import announce
from admitone.reads.payable import EventMoney, holders, money_of_events
from admitone.values.clock import Clock
from admitone.values.ids import derived_id
from admitone.values.refusals import Busy

log = structlog.get_logger(__name__)
PAGE = 200


class ReleaseBalances:
    """Run by the timetable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run_due(self) -> int:
        """Everything that is due, of all organisers; how many releases and ended reserves."""
        moved, after = await self._end_reserves(), UUID(int=0)
        while True:
            async with self._database.reading() as reader:
                page = await holders(reader, after, PAGE)
            for organiser_id in page:
                moved += await self._tried(organiser_id, functools.partial(self._release, organiser_id))
            if len(page) < PAGE:
                return moved
            after = page[-1]

    async def of_organiser(self, organiser_id: UUID) -> int:
        """What is due of one organiser's events, in one transaction; how many releases."""
        return await self._database.run(functools.partial(self._release, organiser_id))

    async def _tried(self, organiser_id: UUID, story: Callable[[Transaction], Awaitable[int]]) -> int:
        try:
            return await self._database.run(story)
        except Busy:
            raise
        except Exception:
            # Whatever is wrong with one organiser's money must not keep all others from theirs.
            log.exception("release.stopped", organiser_id=str(organiser_id))
            return 0

    async def _release(self, organiser_id: UUID, tx: Transaction) -> int:
        terms = await payouts.lock_terms(tx, organiser_id)
        now = self._clock.now()
        made, posted = list[Release](), list[ledger.NewTransfer]()
        for money in await money_of_events(tx, organiser_id):
            is_due = money.payable_at(terms.delay_days) <= now or money.number > 0
            if not is_due or (money.earned_left_minor == 0 and money.tax_left_minor == 0):
                continue
            release = _step(terms, money, derived_id("release", _name(money)))
            release = replace(
                release,
                at=now,
                reserve_until=now + timedelta(days=terms.reserve_days) if release.reserved_minor else None,
            )
            await payouts.insert_release(tx, release)
            made.append(release)
            posted += ledger.released(
                release_id=release.id,
                organiser_id=organiser_id,
                currency=release.currency,
                earned_minor=release.earned_minor,
                tax_minor=release.tax_minor,
                reserved_minor=release.reserved_minor,
                is_test=release.is_test,
            )
        await announce(tx, [_fact(one) for one in made], "system")
        await ledger.post(tx, posted)
        return len(made)

    async def _end_reserves(self) -> int:
        async with self._database.reading() as reader:
            due = await payouts.reserves_due(reader, self._clock.now(), PAGE)
        ended = 0
        for release in due:
            ended += await self._tried(release.organiser_id, functools.partial(self._end_reserve, release))
        return ended

    async def _end_reserve(self, release: Release, tx: Transaction) -> int:
        await payouts.lock_terms(tx, release.organiser_id)
        if not await payouts.end_reserve(tx, release.id, self._clock.now()):
            return 0
        moved = ledger.reserve_ended(
            release_id=release.id,
            organiser_id=release.organiser_id,
            currency=release.currency,
            amount_minor=release.reserved_minor,
            is_test=release.is_test,
        )
        await ledger.post(tx, moved)
        return 1


def _name(money: EventMoney) -> str:
    mode = "test" if money.is_test else "live"
    return f"{money.event_id}:{money.currency}:{mode}:{money.number + 1}"


def _step(terms: payouts.Terms, money: EventMoney, release_id: UUID) -> Release:
    """The difference as a release. What is kept back is rounded down: never more than agreed. Pure."""
    earned = money.earned_left_minor
    return Release(
        id=release_id,
        organiser_id=terms.organiser_id,
        event_id=money.event_id,
        currency=money.currency,
        is_test=money.is_test,
        number=money.number + 1,
        earned_minor=earned,
        tax_minor=money.tax_left_minor,
        reserved_minor=max(earned, 0) * terms.reserve_bps // 10_000 if terms.reserve_days else 0,
        reserve_until=None,
        reserve_ended_at=None,
        at=money.ends_at,
    )


def _fact(release: Release) -> MoneyReleased:
    return MoneyReleased(
        subject_id=release.id,
        organiser_id=release.organiser_id,
        event_id=release.event_id,
        currency=release.currency,
        amount_minor=release.earned_minor + release.tax_minor,
    )
