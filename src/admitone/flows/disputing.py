"""A buyer's bank wants money back: the organiser cannot count on it until it is decided, and loses it once at most.

What a dispute moves: opened, the organiser's money is held in `disputes`; what the bank takes or gives back leaves or
comes to the account there when its books say so (`provider_books`); won, the organiser has what was held again; lost,
it stays gone. A refund that was owed and not yet sent when the bank took the same money is done by that, as far as it
goes; then store credit ends that was made of the payment (`disputed_credit.py`).
"""

import asyncio
from dataclasses import replace
from functools import partial
from uuid import UUID

import structlog

from admitone import accounts, ledger, payments
from admitone.flows.dispute_paper import Prepared, evidence_of, paper_of
from admitone.flows.disputed_credit import take_credit
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.refund_policy import rule_words
from admitone.flows.set_against import set_against
from admitone.flows.undone_payments import book_lost
from admitone.payments import Case, CaseKind, DisputeState, DisputeStatus, OpenAccount, Run
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Transaction
from admitone.reads.dispute_evidence import dispute_records
from admitone.values import formats
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7

log = structlog.get_logger(__name__)


class Disputing:
    """Hears of disputes."""

    def __init__(self, database: Database, clock: Clock, accounts: PaymentAccounts) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts

    async def spoken_of(self, entry: journal.Entry) -> None:
        """A provider spoke of a dispute: it is asked where that stands. Raises what stops it: it is tried again."""
        fact = entry.read_as(payments.ProviderSpoke)
        await self.ask(fact.account_id, fact.provider_ref)

    async def ask(self, account_id: UUID, dispute_ref: str) -> None:
        """Ask where a dispute stands, and apply it. Raises what stops it."""
        opened = await self._accounts.find(account_id)
        role = None if opened is None else opened.provider.roles.disputes
        if opened is None or role is None:
            return
        status = await role.dispute(dispute_ref)
        if status is not None:
            await self.hear(opened, status)

    async def ask_recent(self, opened: OpenAccount, run: Run) -> int:
        """Hear of all that changed since then, and ask about all that are not decided; how many."""
        role = opened.provider.roles.disputes
        if role is None or opened.account.is_connected:
            return 0
        heard: set[str] = set()
        async for status in role.recent_disputes(run.since):
            heard.add(status.ref)
            await self.hear(opened, status)
        async with self._database.reading() as reader:
            waiting = await payments.undecided_disputes(reader, opened.account.id)
        for dispute in waiting:
            if dispute.ref not in heard:
                found = await role.dispute(dispute.ref)
                if found is not None:
                    await self.hear(opened, found)
        return len(heard)

    async def hear(self, opened: OpenAccount, status: DisputeStatus) -> None:
        """Apply what the account's provider says of a dispute; one about no payment of ours becomes a case."""
        account_id = opened.account.id
        async with self._database.reading() as reader:
            under = await payments.connected_accounts(reader, account_id)
            known = await payments.known_to_books(reader, [account_id, *under], [status.payment_ref])
            attempt = known.attempts.get(status.payment_ref)
            whose = None if attempt is None else (attempt.id, attempt.account_id)
            if status.attempt_id is not None:
                keyed = (await payments.read_many(reader, [status.attempt_id])).get(status.attempt_id)
                is_here = keyed is not None and keyed.account_id in (account_id, *under)
                whose = (keyed.id, keyed.account_id) if keyed is not None and is_here else None
        if whose is None:
            case = _unknown(status)
            await self._database.run(
                lambda tx: payments.open_cases(tx, account_id, [(uuid7(), case)], self._clock.now())
            )
            return
        attempt_id, paid_at = whose
        is_direct = await self._accounts.is_direct(paid_at)
        await self._database.run(lambda tx: self._apply(tx, opened, attempt_id, status, is_direct=is_direct))

    async def look(self, actor: Actor, organiser_id: UUID, dispute_id: UUID) -> Prepared:
        """The dispute, and the answer our records give. Raises `Forbidden`, `DisputeNotFound`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            dispute = await payments.own_dispute(reader, organiser_id, dispute_id)
            records = await dispute_records(reader, dispute.order_id)
        shown = rule_words(records.policy_record, records.policy, records.currency)
        records = replace(records, policy=shown)
        return Prepared(dispute, records)

    async def paper(self, prepared: Prepared) -> bytes:
        """The answer as a PDF."""
        return await asyncio.to_thread(payments.render_evidence, paper_of(prepared, self._clock.now()))

    async def answer(self, actor: Actor, organiser_id: UUID, dispute_id: UUID) -> None:
        """Send the answer, once. If the provider's word on it is lost, it is sent again by whoever tries two minutes
        later, which changes nothing there.

        Raises `Forbidden`, `DisputeNotFound`, `DisputeDecided`, `DisputeNotAnswerable`, `ProviderAway`.
        """
        prepared = await self.look(actor, organiser_id, dispute_id)
        dispute, now = prepared.dispute, self._clock.now()
        if dispute.reason == payments.UNDONE:
            raise payments.DisputeNotAnswerable
        opened = await self._accounts.find(dispute.account_id)
        role = None if opened is None else opened.provider.roles.disputes
        if opened is None or role is None:
            raise payments.DisputeNotAnswerable
        content = await self.paper(prepared)
        await self._database.run(lambda tx: payments.begin_answer(tx, dispute, actor.label, now=now))
        await self.hear(opened, await role.answer(dispute.ref, evidence_of(prepared, content)))

    async def _apply(
        self,
        tx: Transaction,
        opened: OpenAccount,
        attempt_id: UUID,
        status: DisputeStatus,
        *,
        is_direct: bool,
    ) -> None:
        now = self._clock.now()
        attempt = (await payments.lock_many(tx, [attempt_id]))[attempt_id]
        if status.reason == payments.UNDONE and attempt.state is not payments.AttemptState.PAID:
            # It makes no tickets while it is in doubt; should it be paid after all, this is told again.
            return
        heard = await payments.hear_dispute(tx, opened.account.id, attempt, status, now=now)
        if not heard.is_news:
            return
        dispute = heard.dispute
        moves = [ledger.dispute_held] if heard.was is None else []
        if dispute.state is DisputeState.WON:
            moves.append(ledger.dispute_won)
        posted = [
            transfer
            for move in moves
            for transfer in move(
                dispute_id=dispute.id,
                organiser_id=dispute.organiser_id,
                currency=dispute.currency,
                amount_minor=dispute.held_minor,
                is_direct=is_direct,
                is_test=opened.account.is_test,
            )
        ]
        if dispute.state is DisputeState.LOST:
            done, left = await set_against(
                tx,
                dispute,
                dispute.held_minor,
                is_direct=is_direct,
                is_test=opened.account.is_test,
                now=now,
            )
            posted += done + await take_credit(tx, dispute, left)
            posted += await book_lost(tx, opened, dispute)
        log.info("dispute.moved", dispute_id=str(dispute.id), state=dispute.state.value)
        await ledger.post(tx, posted)

    async def end_unsent(self) -> int:
        """Refunds in bitcoin that were on their way when their payment was lost, and did not arrive, are done by that
        loss; how many payments.
        """
        async with self._database.reading() as reader:
            found = await payments.lost_with_unsent(reader)
        for dispute in found:
            opened = await self._accounts.find(dispute.account_id)
            assert opened is not None, "a dispute is of an account"
            is_direct = await self._accounts.is_direct(dispute.account_id)
            await self._database.run(
                partial(
                    self._end_unsent, dispute=dispute, is_direct=is_direct, is_test=opened.account.is_test
                )
            )
        return len(found)

    async def _end_unsent(
        self, tx: Transaction, *, dispute: payments.Dispute, is_direct: bool, is_test: bool
    ) -> None:
        attempt = (await payments.lock_many(tx, [dispute.attempt_id]))[dispute.attempt_id]
        left = await payments.owed_too_much(tx, attempt)
        posted, _ = await set_against(
            tx, dispute, left, is_direct=is_direct, is_test=is_test, now=self._clock.now()
        )
        await ledger.post(tx, posted)


def _unknown(status: DisputeStatus) -> Case:
    amount = formats.money(status.amount_minor, status.currency)
    words = f"A bank wants {amount} back, of a payment that is not of any order here."
    return Case(CaseKind.UNKNOWN_DISPUTE, status.ref, status.currency, status.amount_minor, words)
