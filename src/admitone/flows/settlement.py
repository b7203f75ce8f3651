"""A payment counts once: what a provider says about an attempt becomes tickets, or a refund, or waits.

Everything that is heard, from a webhook, a returning buyer, the timetable or the provider's first answer, comes through
`Settlement.hear`. One transaction (shared by everybody heard in the same moment) locks the orders, then the attempts,
and applies the news; news that says nothing new changes nothing, so any order and any repetition end in the same state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from admitone import events, ledger, orders, payments
from admitone.flows.fulfilment import Paid, fulfil, sales
from admitone.flows.offer_book import OfferBook
from admitone.payments import Outcome, Prompt, SettledAs, Status
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.signing import KeyRing
from admitone.values.clock import Clock
from admitone.values.ids import derived_id
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """News about an attempt; `prompt` when it is the provider's answer to being asked for one."""

    attempt_id: UUID
    status: Status
    prompt: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The attempt and its order as they stand after the news."""

    attempt: payments.Attempt
    order_state: str


@dataclass(frozen=True, slots=True)
class _Asked:
    heard: Heard
    order_id: UUID
    offer: events.Offer


@dataclass(frozen=True, slots=True)
class _Case:
    """An attempt that turns out to be paid, and why its money must go back (None: it may become tickets)."""

    heard: Heard
    attempt: payments.Attempt
    order: orders.OrderRow
    refund_reason: str | None


class Settlement:
    """Hears, asks, settles."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        providers: Mapping[str, payments.Provider],
        offers: OfferBook,
        ring: KeyRing,
    ) -> None:
        self._database = database
        self._clock = clock
        self._providers = providers
        self._offers = offers
        self._ring = ring
        self._desk: GroupCommit[_Asked, Settled] = GroupCommit(
            database, self._settle_batch, failpoint="settlement"
        )

    async def hear(self, heard: Heard) -> Settled:
        """Apply what was said about an attempt. Raises `AttemptNotFound`."""
        async with self._database.reading() as reader:
            attempt = await payments.read(reader, heard.attempt_id)
            order = await orders.by_id(reader, attempt.order_id)
        status = payments.conclude(attempt, heard.status, self._clock.now())
        return await self.hear_at_once(
            Heard(heard.attempt_id, status, heard.prompt), order.id, order.event_id
        )

    async def hear_at_once(self, heard: Heard, order_id: UUID, event_id: UUID) -> Settled:
        """`hear`, for a caller that has just opened the attempt and knows its order."""
        on_offer = await self._offers.current(event_id)
        return await self._desk.ask(_Asked(heard, order_id, on_offer.offer))

    async def ask(self, attempt: payments.Attempt) -> Settled | None:
        """Ask the provider about an attempt and apply the answer; None when the provider is no longer set up."""
        provider = self._providers.get(attempt.provider)
        if provider is None:
            log.error("settlement.no_provider", provider=attempt.provider, attempt_id=str(attempt.id))
            return None
        status = await provider.status(attempt.id, attempt.provider_ref)
        return await self.hear(Heard(attempt.id, status))

    async def ask_about_order(self, order_id: UUID) -> None:
        """Ask about every attempt of this order that is still open."""
        async with self._database.reading() as reader:
            attempts = await payments.of_orders(reader, [order_id])
        for attempt in attempts:
            if attempt.is_open:
                await self.ask(attempt)

    async def ask_by_ref(self, provider: str, provider_ref: str) -> bool:
        """Ask about the attempt a provider knows by this reference; False when we know none (yet)."""
        async with self._database.reading() as reader:
            attempt = await payments.find_by_ref(reader, provider, provider_ref)
        if attempt is not None:
            await self.ask(attempt)
            return True
        # The prompt that carries the reference may not be stored yet: the provider knows which key it was started with.
        known = self._providers.get(provider)
        if known is None:
            return False
        status = await known.status(UUID(int=0), provider_ref)
        if status.attempt_id is None:
            return False
        await self.hear(Heard(status.attempt_id, status))
        return True

    async def _settle_batch(self, tx: Transaction, asked: Sequence[_Asked]) -> list[Settled | Refusal]:
        now = self._clock.now()
        states = await events.kept_states(tx, {one.offer.event_id for one in asked})
        locked = await orders.lock(tx, {one.order_id for one in asked})
        prompts = [
            payments.Prompted(one.heard.attempt_id, one.heard.prompt)
            for one in asked
            if one.heard.prompt is not None
        ]
        if prompts:
            await payments.record_prompts(tx, prompts)
        heards = [one.heard for one in asked]
        attempts = await payments.lock_many(tx, {heard.attempt_id for heard in heards})
        cases = _newly_paid(heards, attempts, locked, states)
        done, sold = await self._fulfil(tx, cases, {one.offer.event_id: one.offer for one in asked})
        applied = [
            payments.Applied(heard.attempt_id, heard.status)
            for heard in heards
            if heard.attempt_id in attempts and heard.status.outcome is not Outcome.PAID
        ]
        applied += [
            payments.Applied(case.attempt.id, case.heard.status, _settled_as(case, done))
            for case in cases.values()
        ]
        moved = await payments.apply_many(tx, applied, now=now)
        unearned = await self._send_back(tx, [case for case in cases.values() if case.attempt.id not in done])
        await ledger.post(tx, [*sold, *unearned])
        paid_orders = {case.order.id for case in cases.values() if case.attempt.id in done}
        after = attempts | {
            case.attempt.id: _paid_now(case, _settled_as(case, done), now) for case in cases.values()
        }
        return [_answer(heard, after, moved, locked, paid_orders) for heard in heards]

    async def _fulfil(
        self, tx: Transaction, cases: Mapping[UUID, _Case], offers: Mapping[UUID, events.Offer]
    ) -> tuple[set[UUID], list[ledger.NewTransfer]]:
        """Turn into tickets what may become tickets; the attempts for which that was possible, and what to post."""
        paid = [
            Paid(case.order, offers[case.order.event_id], case.attempt.id, case.attempt.provider)
            for case in cases.values()
            if case.refund_reason is None
        ]
        if not paid:
            return set(), []
        fulfilled = await fulfil(tx, self._ring, paid)
        won = [one for one in paid if one.order.id in fulfilled]
        done = {one.attempt_id for one in won if one.attempt_id is not None}
        return done, [transfer for one in won for transfer in sales(one)]

    async def _send_back(self, tx: Transaction, cases: Sequence[_Case]) -> list[ledger.NewTransfer]:
        """Hold the money for the buyer and want it refunded, in full; what to post."""
        if not cases:
            return []
        now = self._clock.now()
        transfers, refunds = [], []
        for case in cases:
            amount = case.heard.status.paid_minor
            currency = case.heard.status.currency
            assert amount is not None, "a paid status says what was paid"
            assert currency is not None, "and in which currency"
            transfers += ledger.unearned(
                attempt_id=case.attempt.id,
                provider=case.attempt.provider,
                currency=currency,
                amount_minor=amount,
            )
            reason = case.refund_reason or "paid_too_late"
            refunds.append(
                payments.NewRefund(
                    derived_id("refund", case.attempt.id.bytes), case.attempt.id, reason, amount
                )
            )
        verdicts = await payments.want_refunds(tx, refunds, now=now, actor="system")
        assert not any(isinstance(verdict, Refusal) for verdict in verdicts), "money that came in can go back"
        return transfers


def _newly_paid(
    asked: Sequence[Heard],
    attempts: Mapping[UUID, payments.Attempt],
    locked: Mapping[UUID, orders.OrderRow],
    states: Mapping[UUID, events.EventState],
) -> dict[UUID, _Case]:
    """The attempts that turn to paid by this news, in order of arrival, each once."""
    cases: dict[UUID, _Case] = {}
    taken: set[UUID] = set()
    for heard in asked:
        attempt = attempts.get(heard.attempt_id)
        if attempt is None or heard.status.outcome is not Outcome.PAID:
            continue
        if attempt.state is payments.AttemptState.PAID or attempt.id in cases:
            continue
        order = locked[attempt.order_id]
        reason = _refund_reason(attempt, heard.status, order, taken)
        if reason is None and states[order.event_id] is events.EventState.CANCELLED:
            reason = "event_cancelled"
        if reason is None:
            taken.add(order.id)
        cases[attempt.id] = _Case(heard, attempt, order, reason)
    return cases


def _refund_reason(
    attempt: payments.Attempt, status: Status, order: orders.OrderRow, taken: set[UUID]
) -> str | None:
    """Why this money cannot become tickets; None when it may."""
    if status.attempt_id is not None and status.attempt_id != attempt.id:
        return "other_order"
    if (status.paid_minor, status.currency) != (attempt.amount_minor, attempt.currency):
        return "wrong_amount"
    if order.state == orders.OrderState.PAID or order.id in taken:
        return "paid_twice"
    if order.state == orders.OrderState.CANCELLED:
        return "order_cancelled"
    return None


def _settled_as(case: _Case, done: set[UUID]) -> SettledAs:
    return SettledAs.TICKETS if case.attempt.id in done else SettledAs.REFUND


def _paid_now(case: _Case, settled_as: SettledAs, now: datetime) -> payments.Attempt:
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
    if attempt.id in moved:
        attempt = replace(attempt, state=moved[attempt.id].state)
    state = "paid" if attempt.order_id in paid_orders else locked[attempt.order_id].state
    return Settled(attempt, state)
