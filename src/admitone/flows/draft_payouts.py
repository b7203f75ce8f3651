"""Payouts are asked for by themselves: when what is available reaches the agreed minimum, and nothing speaks against
it. They wait for a yes like any other, so nothing leaves without a person.
"""

import functools

import structlog

from admitone import payouts
from admitone.flows.payout import DRAFTED_BY, PayingOut
from admitone.payouts import Payout, Purse
from admitone.plumbing.database import Database, Transaction
from admitone.reads.payouts_due import purses_due
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Busy, Refusal

log = structlog.get_logger(__name__)
PAGE = 200


class DraftPayouts:
    """Run by the timetable."""

    def __init__(self, database: Database, clock: Clock, paying_out: PayingOut) -> None:
        self._database = database
        self._clock = clock
        self._paying_out = paying_out

    async def run_due(self) -> int:
        """Ask for what can be paid out, of all organisers; how many payouts were drafted."""
        drafted, after = 0, None
        while True:
            async with self._database.reading() as reader:
                page = await purses_due(reader, after, self._clock.now(), PAGE)
            for purse in page:
                drafted += await self._tried(purse)
            if len(page) < PAGE:
                return drafted
            after = page[-1]

    async def _tried(self, purse: Purse) -> bool:
        try:
            return await self._database.run(functools.partial(self._draft, purse=purse)) is not None
        except Busy:
            raise
        except Exception:
            # Whatever is wrong with one organiser's money must not keep all others from theirs.
            log.exception("payout.drafting_stopped", organiser_id=str(purse.organiser_id))
            return False

    async def _draft(self, tx: Transaction, purse: Purse) -> Payout | None:
        terms = await payouts.lock_terms(tx, purse.organiser_id)
        try:
            return await self._paying_out.ask_within(tx, terms, purse, uuid7(), None, DRAFTED_BY)
        except Refusal as refusal:
            # Too little, paused, disputed: the organiser's page says so, and the next run looks again.
            log.debug("payout.not_drafted", organiser_id=str(purse.organiser_id), code=refusal.code)
            return None
