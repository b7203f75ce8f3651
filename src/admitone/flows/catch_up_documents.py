"""Paid orders that have no document get theirs: those that were paid before there were any, and any that was missed.

One after the other in the order in which they were paid, each in a transaction of its own: so numbers follow payments,
a counter is held for a moment only, and stopping anywhere loses nothing. Orders paid just now are left to the reaction.
"""

from datetime import timedelta

import structlog

from admitone.flows.invoicing import Invoicing
from admitone.plumbing.database import Database
from admitone.reads.orders_documented import Undocumented, undocumented
from admitone.values.clock import Clock
from admitone.values.refusals import Busy

log = structlog.get_logger(__name__)
PAGE = 200
LATE = timedelta(minutes=10)


class CatchUpDocuments:
    """Run by the timetable. Run again, it finds nothing to do."""

    def __init__(self, database: Database, clock: Clock, invoicing: Invoicing) -> None:
        self._database = database
        self._clock = clock
        self._invoicing = invoicing

    async def run(self) -> int:
        """Write what is missing; how many documents were written."""
        written, after = 0, None
        until = self._clock.now() - LATE
        while True:
            async with self._database.reading() as reader:
                page = await undocumented(reader, until, after, PAGE)
            for one in page:
                written += await self._one(one)
            if len(page) < PAGE:
                return written
            after = page[-1]

    async def _one(self, one: Undocumented) -> int:
        try:
            return len(await self._invoicing.write([one.order_id]))
        except Busy:
            raise
        except Exception:
            # One order that cannot have its document must not keep all later ones from theirs.
            log.exception("documents.not_written", order_id=str(one.order_id))
            return 0
