"""The sandbox bank's books as `roles.Mirrored`: a line for each payment that was paid,
each refund and each payout. No fees.

The line of a payment is named `in_<payment>`, that of a refund or payout by its own reference.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from admitone.payments.providers.sandbox import book_store
from admitone.payments.roles import Movement
from admitone.plumbing.database import Database, require_no_transaction


class SandboxBooks:
    """Implements `roles.Mirrored`. `database` is the bank's own handle."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def balances(self) -> Mapping[str, int]:
        """As `Mirrored.balances`."""
        require_no_transaction("the sandbox bank")
        async with self._database.reading() as reader:
            return await book_store.balances(reader)

    async def movements(self, since: datetime) -> AsyncIterator[Movement]:
        """As `Mirrored.movements`."""
        require_no_transaction("the sandbox bank")
        first, after = since, ""
        while True:
            async with self._database.reading() as reader:
                lines = await book_store.movements(reader, first, after, book_store.PAGE)
            for line in lines:
                yield line
            if len(lines) < book_store.PAGE:
                return
            first, after = lines[-1].at, lines[-1].ref
