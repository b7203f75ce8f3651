"""Money that came beside what was waited for: a second transaction to an order's address, the rest of a price, late.

It gets an attempt of its own for the same order, its id derived from its source (transaction 1), the provider is told
which (its own books), and settlement asks about it like about any payment. A process that dies in between is followed
by one that finds the same money again, and makes the same attempt.

What is little is left where it lies, unless it makes up a price: else whoever sends crumbs to an address that is on the
chain for everybody to see would make a payment, a refund and a letter of each.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog

from admitone import orders, payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.settlement import Settlement
from admitone.payments import Found, NewAttempt, OpenAccount, Outcome, Prompt, Status
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.side_by_side import SideBySide, few_at_once
from admitone.values.clock import Clock
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)


class FoundMoney:
    """Gives what was found to attempts of its own."""

    def __init__(
        self, database: Database, clock: Clock, accounts: PaymentAccounts, settlement: Settlement
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._settlement = settlement
        self._asking = SideBySide("found_money")

    async def look_everywhere(self) -> int:
        """`look` for every account that is watched and not closed, side by side; how many accounts were asked. What one
        of them meets is logged, and it is asked again the next time.
        """
        async with self._database.reading() as reader:
            watched = await payments.accounts_to_watch(reader, self._watched_kinds, self._clock.now())
            closed = set(await payments.closed_accounts(reader, self._watched_kinds))
        return await self._look_at([one for one in watched if one not in closed])

    async def look_at_closed(self) -> int:
        """As `look_everywhere`, for closed accounts: addresses are for good, and nodes of old accounts mostly gone."""
        async with self._database.reading() as reader:
            closed = await payments.closed_accounts(reader, self._watched_kinds)
        return await self._look_at(closed)

    @property
    def _watched_kinds(self) -> list[str]:
        return [name for name, kind in self._accounts.kinds.items() if kind.is_watched]

    async def _look_at(self, account_ids: Sequence[UUID]) -> int:
        opened = [
            one
            for one in [await self._accounts.find(account_id) for account_id in account_ids]
            if one is not None
        ]
        asked = {one.account.id: one for one in opened if one.provider.roles.finds is not None}
        await self._asking.run({one: self._look(one) for one in asked if one not in self._asking.busy})
        return len(asked)

    async def _look(self, account_id: UUID) -> None:
        await self.look(account_id)

    async def look(self, account_id: UUID) -> int:
        """Look for money of this account that belongs to nobody's attempt yet; how much was found. May raise: it is run
        again.
        """
        opened = await self._accounts.find(account_id)
        role = None if opened is None else opened.provider.roles.finds
        if opened is None or role is None:
            return 0
        found = await role.found()
        await few_at_once(found, lambda one: self._settle(opened, one))
        return len(found)

    async def _counts(self, found: Found) -> bool:
        """With it the price of its order is there."""
        async with self._database.reading() as reader:
            asked = await payments.read(reader, found.attempt_id)
            order = await orders.by_id(reader, asked.order_id)
        is_waiting = order.state in (orders.OrderState.PENDING, orders.OrderState.EXPIRED)
        return is_waiting and found.currency == order.currency and found.amount_minor >= order.due_minor

    async def _settle(self, opened: OpenAccount, found: Found) -> None:
        if found.is_little and not await self._counts(found):
            # It would cost more to send back than it is: it lies where it came to until there is more.
            return
        role = opened.provider.roles.finds
        assert role is not None, "it found this"
        attempt = await self._database.run(lambda tx: self._open(tx, opened, found))
        await hit("found.after_open")
        await role.give(found.source, attempt.id)
        await hit("found.after_given")
        await self._settlement.ask(attempt)

    async def _open(self, tx: Transaction, opened: OpenAccount, found: Found) -> payments.Attempt:
        asked = await payments.read(tx, found.attempt_id)
        order = (await orders.lock(tx, [asked.order_id]))[asked.order_id]
        new = NewAttempt(
            id=derived_id("payments.found", f"{opened.account.id}:{found.source}"),
            order_id=order.id,
            organiser_id=order.organiser_id,
            provider=asked.provider,
            method=asked.method,
            currency=found.currency,
            amount_minor=found.amount_minor,
            account_id=opened.account.id,
        )
        # It has come: no number of tries is too many to write it down.
        [verdict] = await payments.open_many(
            tx, [new], now=self._clock.now(), actor="system", is_limited=False
        )
        assert not isinstance(verdict, Refusal), "without a limit there is no refusal"
        if verdict.needs_prompt:
            # Nobody is to be shown anything: else whoever finds it here after a crash would ask to be paid once more.
            prompt = Prompt(found.source, None, {}, Status(found.source, Outcome.PENDING))
            await payments.record_prompts(tx, [payments.Prompted(verdict.id, prompt)])
        return verdict
