"""A payment counts once: what a provider says about an attempt becomes tickets, a part that waits, or a refund.

Everything that is heard, from a webhook, a returning buyer, the timetable or the provider's first answer, comes through
`Settlement.hear`. One transaction (shared by everybody heard in the same moment) locks the orders, then the attempts,
and applies the news; news that says nothing new changes nothing, so any order and any repetition end in the same state.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from admitone import events, ledger, orders, payments
from admitone.flows.awaited_money import Awaited, wait_for_money
from admitone.flows.credit_uses import credit_used
from admitone.flows.exchange_done import GONE, Ready, end_gone, finish_all, lock_places, look_again, take_old
from admitone.flows.fulfilment import Money, Paid, fulfil, sales
from admitone.flows.held_payments import HeldPayments
from admitone.flows.money_in import Case, Heard, keep_parts, newly_paid, send_back
from admitone.flows.offer_book import OfferBook
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import Outcome, SettledAs, Status
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit, OneByOne
from admitone.plumbing.side_by_side import few_at_once
from admitone.plumbing.signing import KeyRing
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal

__all__ = ["Heard", "Settled", "Settlement"]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The attempt and its order as they stand after the news."""

    attempt: payments.Attempt
    order_state: str


@dataclass(frozen=True, slots=True)
class _Asked:
    heard: Heard
    order_id: UUID
    is_direct: bool
    seen_waits: timedelta | None = None
    event_id: UUID | None = None


class Settlement:
    """Hears, asks, settles."""

    def __init__(
        self, database: Database, clock: Clock, accounts: PaymentAccounts, offers: OfferBook, ring: KeyRing
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._offers = offers
        self._ring = ring
        self._held = HeldPayments(database, clock)
        self._desk: GroupCommit[_Asked, Settled] = GroupCommit(
            database, self._settle_batch, failpoint="settlement"
        )

    async def hear(self, heard: Heard) -> Settled:
        """Apply what was said about an attempt. Raises `AttemptNotFound`."""
        async with self._database.reading() as reader:
            attempt = await payments.read(reader, heard.attempt_id)
        return await self.hear_at_once(heard, attempt)

    async def hear_at_once(
        self, heard: Heard, attempt: payments.Attempt, event_id: UUID | None = None
    ) -> Settled:
        """`hear`, for a caller that has the attempt at hand, and perhaps knows its order's event.

        How the attempt stands is read again under its lock: here only what never changes of it is looked at.
        """
        is_direct = await self._accounts.is_direct(attempt.account_id)
        waits = await self._seen_waits(attempt) if heard.status.outcome is Outcome.SEEN else None
        return await self._desk.ask(_Asked(heard, attempt.order_id, is_direct, waits, event_id))

    async def _seen_waits(self, attempt: payments.Attempt) -> timedelta | None:
        """How long an order waits on whose payment was seen, in this way of paying."""
        opened = await self._accounts.find(attempt.account_id)
        known = None if opened is None else opened.provider.capabilities.get(attempt.method)
        return None if known is None else known.seen_waits

    async def ask(self, attempt: payments.Attempt) -> Settled | None:
        """Ask the provider about an attempt and apply the answer; None when the provider is no longer set up."""
        opened = await self._accounts.find(attempt.account_id)
        if opened is None:
            log.error("settlement.no_provider", provider=attempt.provider, attempt_id=str(attempt.id))
            return None
        return await self._hear_said(
            opened, attempt, await opened.provider.status(attempt.id, attempt.provider_ref)
        )

    async def _hear_said(
        self, opened: payments.OpenAccount, attempt: payments.Attempt, status: Status
    ) -> Settled:
        if status.is_held:
            status = await self._held.close(opened, attempt, status)
        return await self.hear_at_once(Heard(attempt.id, status), attempt)

    async def ask_about_order(self, order_id: UUID) -> None:
        """Ask about every attempt of this order that is still open."""
        async with self._database.reading() as reader:
            attempts = await payments.of_orders(reader, [order_id])
        for attempt in attempts:
            if attempt.is_open:
                await self.ask(attempt)

    async def ask_by_ref(self, account_id: UUID, provider_ref: str) -> bool:
        """Ask about the attempt a provider knows by this reference in this account, or in one under it; False when we
        know none (yet).
        """
        async with self._database.reading() as reader:
            attempt = await payments.find_by_ref(reader, account_id, provider_ref)
        if attempt is not None:
            await self.ask(attempt)
            return True
        # The prompt that carries the reference may not be stored yet: the provider knows which key it was started with.
        opened = await self._accounts.find(account_id)
        if opened is None:
            return False
        status = await opened.provider.status(UUID(int=0), provider_ref)
        if status.attempt_id is None:
            return False
        async with self._database.reading() as reader:
            under = await payments.connected_accounts(reader, account_id)
        return await self.hear_of([account_id, *under], status)

    async def ask_by_refs(self, account_id: UUID, refs: Collection[str]) -> None:
        """`ask_by_ref` for each of these. Raises the first error, after all have been tried."""
        async with self._database.reading() as reader:
            attempts = await payments.find_by_refs(reader, account_id, refs)
        try:
            await self.ask_all(account_id, list(attempts.values()))
        finally:
            await few_at_once(
                [ref for ref in refs if ref not in attempts], lambda ref: self.ask_by_ref(account_id, ref)
            )

    async def ask_all(self, account_id: UUID, attempts: Sequence[payments.Attempt]) -> None:
        """`ask` about each of these attempts of one account, with one question where the provider tells of many.

        What says nothing new is not heard: it could change nothing. Raises the first error, after all have been tried.
        """
        opened = await self._accounts.find(account_id)
        if opened is None:
            log.error("settlement.no_provider", account_id=str(account_id), attempts=len(attempts))
            return
        many = opened.provider.roles.tells_many
        refs = {
            one.id: one.provider_ref for one in attempts if one.provider_ref is not None and many is not None
        }
        known = [one for one in attempts if one.id in refs]
        try:
            if many is not None and refs:
                said = await many.statuses(refs)
                # They share transactions: to hear a few at a time would make many small ones.
                await few_at_once(known, lambda one: self._hear_news(opened, one, said[one.id]), len(known))
        finally:
            rest = [one for one in attempts if one.id not in refs]
            await few_at_once(rest, lambda one: self._ask_one(opened, one))

    async def _ask_one(self, opened: payments.OpenAccount, attempt: payments.Attempt) -> None:
        await self._hear_news(opened, attempt, await opened.provider.status(attempt.id, attempt.provider_ref))

    async def _hear_news(
        self, opened: payments.OpenAccount, attempt: payments.Attempt, status: Status
    ) -> None:
        if payments.is_news(attempt, status, self._clock.now()):
            await self._hear_said(opened, attempt, status)

    async def hear_of(self, account_ids: Collection[UUID], status: Status) -> bool:
        """Apply what a provider says of a payment it started by a key of ours; False when the key is not of an
        attempt in one of these accounts: somebody else's, or another site's.
        """
        assert status.attempt_id is not None, "the key we had sent"
        async with self._database.reading() as reader:
            attempt = (await payments.read_many(reader, [status.attempt_id])).get(status.attempt_id)
        if attempt is None or attempt.account_id not in account_ids:
            return False
        await self.hear_at_once(Heard(attempt.id, status), attempt)
        return True

    async def _settle_batch(self, tx: Transaction, asked: Sequence[_Asked]) -> list[Settled | Refusal]:
        now = self._clock.now()
        offers = await self._offers_of(tx, asked)
        sales = await events.kept_sales(tx, {one.event_id for one in offers.values()})
        exchanges = await orders.exchanges(tx, {one.order_id for one in asked})
        # An exchange takes tickets of another order: both are locked in one order with all others.
        locked = await orders.lock(
            tx, {one.order_id for one in asked} | {one.from_order_id for one in exchanges.values()}
        )
        prompts = [
            payments.Prompted(one.heard.attempt_id, one.heard.prompt)
            for one in asked
            if one.heard.prompt is not None
        ]
        if prompts:
            await payments.record_prompts(tx, prompts)
        attempts = await payments.lock_many(tx, {one.heard.attempt_id for one in asked})
        asked = [replace(one, heard=_concluded(one.heard, attempts, now)) for one in asked]
        heards = [one.heard for one in asked]
        found = newly_paid(heards, attempts, locked, sales)
        cases, ready, posted = await _exchanges_left(tx, found, exchanges, locked, now)
        paid = _paid(cases, asked, offers)
        completed, sold = await self._fulfil(tx, paid, ready, now)
        posted += sold
        verdicts = {case.attempt.id: _settled_as(case, completed) for case in cases}
        applied = [
            payments.Applied(heard.attempt_id, heard.status)
            for heard in heards
            if heard.attempt_id in attempts and heard.status.outcome is not Outcome.PAID
        ]
        applied += [
            payments.Applied(case.attempt.id, case.heard.status, verdicts[case.attempt.id]) for case in cases
        ]
        moved = await payments.apply_many(tx, applied, now=now)
        await orders.grace(tx, _failed(moved, locked))
        await wait_for_money(tx, _awaited(asked, attempts, moved, locked, offers), now)
        posted += await keep_parts(tx, [case for case in cases if case.is_part])
        posted += await send_back(tx, cases, verdicts, now)
        await ledger.post(tx, posted)
        after = attempts | {
            case.attempt.id: _paid_now(case, verdicts[case.attempt.id], now) for case in cases
        }
        return [_answer(heard, after, moved, locked, completed) for heard in heards]

    async def _offers_of(self, tx: Transaction, asked: Sequence[_Asked]) -> dict[UUID, events.Offer]:
        """What each order is for, by order. Before the first lock: an offer may have to be read."""
        event_of = {one.order_id: one.event_id for one in asked if one.event_id is not None}
        event_of |= await orders.events_of(tx, {one.order_id for one in asked} - event_of.keys())
        offers = {one: (await self._offers.current(one)).offer for one in set(event_of.values())}
        return {order_id: offers[event_id] for order_id, event_id in event_of.items()}

    async def _fulfil(
        self, tx: Transaction, paid: Sequence[Paid], ready: Mapping[UUID, Ready], now: datetime
    ) -> tuple[set[UUID], list[ledger.NewTransfer]]:
        """Turn into tickets what may become tickets; the orders for which that was possible, and what to post."""
        if not paid:
            return set(), []
        for order_id in sorted(ready):
            await take_old(tx, ready[order_id])
        if ready:
            await lock_places(tx, ready.values(), [one.order.hold_id for one in paid])
        fulfilled = await fulfil(tx, self._ring, paid)
        await payments.complete_parts(tx, fulfilled)
        won = [one for one in paid if one.order.id in fulfilled]
        posted = await finish_all(tx, self._accounts, ready, won, now) if ready else []
        posted += [transfer for one in won for transfer in sales(one)]
        return fulfilled, posted + await credit_used(tx, won, now=now)


async def _exchanges_left(
    tx: Transaction,
    cases: Sequence[Case],
    exchanges: Mapping[UUID, orders.ExchangeRow],
    locked: Mapping[UUID, orders.OrderRow],
    now: datetime,
) -> tuple[Sequence[Case], Mapping[UUID, Ready], list[ledger.NewTransfer]]:
    """The cases, without money for exchanges that cannot be carried out any more: it goes back, and their orders end.

    Also those that can, by new order, and what to post. Raises `OneByOne` when two of them are of one old order.
    """
    mine = {case.order.id: exchanges[case.order.id] for case in cases if case.order.id in exchanges}
    if not mine:
        return cases, {}, []
    good = await look_again(tx, mine, locked)
    gone = {case.order.id: case.order for case in cases if case.order.id in mine.keys() - good.keys()}
    posted = await end_gone(tx, list(gone.values()), now=now)
    left = [
        replace(case, refund_reason=case.refund_reason or GONE) if case.order.id in gone else case
        for case in cases
    ]
    completing = {case.order.id for case in left if case.completes}
    ready = {order_id: one for order_id, one in good.items() if order_id in completing}
    if len({one.exchange.from_order_id for one in ready.values()}) < len(ready):
        # What is left of an order's tickets after one exchange decides what the next one of them does.
        raise OneByOne
    return left, ready, posted


def _concluded(heard: Heard, attempts: Mapping[UUID, payments.Attempt], now: datetime) -> Heard:
    """What this news means for the attempt as it stands under its lock."""
    attempt = attempts.get(heard.attempt_id)
    return heard if attempt is None else replace(heard, status=payments.conclude(attempt, heard.status, now))


def _paid(cases: Sequence[Case], asked: Sequence[_Asked], offers: Mapping[UUID, events.Offer]) -> list[Paid]:
    """What may become tickets."""
    direct = {one.heard.attempt_id: one.is_direct for one in asked}
    return [
        Paid(
            case.order,
            offers[case.order.id],
            Money(case.attempt.id, case.attempt.books, case.ready_minor, case.excess_minor),
            is_direct=direct[case.attempt.id],
        )
        for case in cases
        if case.completes
    ]


def _failed(moved: Mapping[UUID, payments.Moved], locked: Mapping[UUID, orders.OrderRow]) -> set[UUID]:
    """The orders that wait for money and have just heard that a payment failed."""
    return {
        one.order_id
        for one in moved.values()
        if one.state is payments.AttemptState.FAILED
        and locked[one.order_id].state == orders.OrderState.PENDING
    }


def _awaited(
    asked: Sequence[_Asked],
    attempts: Mapping[UUID, payments.Attempt],
    moved: Mapping[UUID, payments.Moved],
    locked: Mapping[UUID, orders.OrderRow],
    offers: Mapping[UUID, events.Offer],
) -> list[Awaited]:
    """What was said of each attempt that is there, with how it stands then."""
    states = {one.id: one.state for one in attempts.values()} | {
        one.attempt_id: one.state for one in moved.values()
    }
    return [
        Awaited(
            one.heard,
            locked[one.order_id],
            states[one.heard.attempt_id],
            one.seen_waits,
            offers[one.order_id].ends_at,
        )
        for one in asked
        if one.heard.attempt_id in states
    ]


def _settled_as(case: Case, completed: set[UUID]) -> SettledAs:
    if case.completes:
        return SettledAs.TICKETS if case.order.id in completed else SettledAs.REFUND
    if case.is_part:
        # The rest of the price may have come in this very moment.
        return SettledAs.TICKETS if case.order.id in completed else SettledAs.PART
    return SettledAs.REFUND


def _paid_now(case: Case, settled_as: SettledAs, now: datetime) -> payments.Attempt:
    """The attempt as it was just stored."""
    status = case.heard.status
    return replace(
        case.attempt,
        state=payments.AttemptState.PAID,
        settled_as=settled_as,
        paid_minor=status.paid_minor,
        paid_currency=status.currency,
        provider_ref=case.attempt.provider_ref or status.provider_ref,
        reason=status.reason,
        closed_at=now,
    )


def _answer(
    heard: Heard,
    attempts: Mapping[UUID, payments.Attempt],
    moved: Mapping[UUID, payments.Moved],
    locked: Mapping[UUID, orders.OrderRow],
    paid_orders: set[UUID],
) -> Settled | Refusal:
    attempt = attempts.get(heard.attempt_id)
    if attempt is None:
        return payments.AttemptNotFound()
    after = moved.get(attempt.id)
    # Those that are paid now say so already (`_paid_now`).
    if after is not None and after.state is not attempt.state:
        attempt = replace(attempt, state=after.state)
    state = "paid" if attempt.order_id in paid_orders else locked[attempt.order_id].state
    return Settled(attempt, state)
