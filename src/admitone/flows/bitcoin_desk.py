"""Bitcoin as its organiser looks after it: what is waited for, asking again, how their nodes stand.

Nodes are asked side by side, with no transaction open; one that does not answer is shown as away.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from admitone import accounts, payments
from admitone.flows.payment import Payment
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.payments import NodeLook, OpenAccount
from admitone.plumbing.database import Database
from admitone.reads.bitcoin_owed import OwedBitcoin, owed_bitcoin
from admitone.reads.bitcoin_pending import PendingBitcoin, failed_bitcoin, pending_bitcoin
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Conflict, NotFound, Refusal

PATIENCE_SECONDS: Final = 8.0


@dataclass(frozen=True, slots=True)
class NodeOfAccount:
    """An account's node as it stands now; `look` None: it gave no answer, or does not accept our keys (`problem`)."""

    account: payments.Account
    look: NodeLook | None
    problem: str = ""


class NotPlayed(Conflict):
    """Only an open invoice of a test account whose network has play money is paid by a button."""

    code = "bitcoin.not_played"
    text = "Only an open invoice of an account in test mode can be paid with play money here."


class TransactionUnknown(NotFound):
    """The wallet knows none of this id, or is none of the chain."""

    code = "bitcoin.transaction_unknown"
    text = "The wallet of this account knows no such transaction."


class BitcoinDesk:
    """For members who see orders; nodes are shown to those who see reports."""

    def __init__(
        self, database: Database, clock: Clock, accounts_: PaymentAccounts, payment: Payment
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts_
        self._payment = payment

    async def pending(self, actor: Actor, organiser_id: UUID) -> Sequence[PendingBitcoin]:
        """What is waited for, newest first. Raises `Forbidden`."""
        accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await pending_bitcoin(reader, organiser_id)

    async def failed(self, actor: Actor, organiser_id: UUID) -> Sequence[PendingBitcoin]:
        """What was not paid within the last weeks, newest first. Raises `Forbidden`."""
        accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await failed_bitcoin(reader, organiser_id, self._clock.now())

    async def owed(self, actor: Actor, organiser_id: UUID) -> Sequence[OwedBitcoin]:
        """Refunds in bitcoin that have not gone out, longest waiting first. Raises `Forbidden`."""
        accounts.permit(actor, Action.SEE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await owed_bitcoin(reader, organiser_id)

    async def ask(self, actor: Actor, organiser_id: UUID, attempt_id: UUID) -> payments.Attempt:
        """Ask about a payment now, or try once more to start it; the attempt then. One that failed is asked about too:
        what was paid after all becomes tickets or goes back, as late money does.

        Raises `Forbidden`, `AttemptNotFound`, also for another organiser's; and `ProviderAway` when the node of one
        that failed gives no answer: it is not asked about again by itself.
        """
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        attempt = await self._own(organiser_id, attempt_id)
        if attempt.state is payments.AttemptState.FAILED:
            await self._answers(attempt)
        if attempt.state is not payments.AttemptState.PAID:
            await self._payment.ask_about(attempt)
        return await self._own(organiser_id, attempt_id)

    async def may_play(self, pending: Sequence[PendingBitcoin]) -> set[UUID]:
        """Which of these can be paid with play money by a button: invoices of test accounts whose network has some."""
        found = set()
        for one in pending:
            opened = await self._accounts.find(one.account_id)
            is_played = opened is not None and opened.provider.roles.plays_buyers is not None
            if is_played and one.rail == payments.bitcoin.LIGHTNING and one.state == "prompted":
                found.add(one.id)
        return found

    async def play(self, actor: Actor, organiser_id: UUID, attempt_id: UUID) -> payments.Attempt:
        """Have an invoice of a test account paid with play money, and ask about it; the attempt then.

        Raises `Forbidden`, `AttemptNotFound`, `NotPlayed`, `ProviderAway`.
        """
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        attempt = await self._own(organiser_id, attempt_id)
        opened = await self._accounts.find(attempt.account_id)
        role = None if opened is None else opened.provider.roles.plays_buyers
        async with self._database.reading() as reader:
            requests = await payments.bitcoin.requests_of_order(reader, attempt.order_id)
        bolt11 = next((one.bolt11 for one in requests if one.attempt_id == attempt_id), None)
        if role is None or bolt11 is None or not attempt.is_open:
            raise NotPlayed
        await role.pay_as_buyer(bolt11)
        await self._payment.ask_about(attempt)
        return await self._own(organiser_id, attempt_id)

    async def transaction(
        self, actor: Actor, organiser_id: UUID, account_id: UUID, txid: str
    ) -> payments.TransactionLook:
        """Where a transaction of the account's wallet stands. Raises `Forbidden`, `AccountNotFound`,
        `TransactionUnknown`, `ProviderAway`.
        """
        accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
        async with self._database.reading() as reader:
            mine = await payments.accounts_of(reader, organiser_id)
        account = next((one for one in mine if one.id == account_id), None)
        opened = None if account is None else self._accounts.open(account)
        if opened is None:
            raise payments.AccountNotFound
        role = opened.provider.roles.knows_transactions
        found = None if role is None else await role.transaction_status(txid.lower())
        if found is None:
            raise TransactionUnknown
        return found

    async def _answers(self, attempt: payments.Attempt) -> None:
        opened = await self._accounts.find(attempt.account_id)
        if opened is None:
            raise payments.ProviderAway
        said = await opened.provider.status(attempt.id, attempt.provider_ref)
        if said.outcome is payments.Outcome.UNKNOWN and said.reason != payments.NOT_FOUND:
            raise payments.ProviderAway

    async def _own(self, organiser_id: UUID, attempt_id: UUID) -> payments.Attempt:
        async with self._database.reading() as reader:
            attempt = await payments.read(reader, attempt_id)
        if attempt.organiser_id != organiser_id or attempt.method not in payments.bitcoin.RAILS:
            raise payments.AttemptNotFound
        return attempt

    async def nodes(self, actor: Actor, organiser_id: UUID) -> Sequence[NodeOfAccount]:
        """How the nodes of the organiser's accounts stand. Raises `Forbidden`."""
        accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
        async with self._database.reading() as reader:
            mine = await payments.accounts_of(reader, organiser_id)
        opened = [found for one in mine if (found := self._accounts.open(one)) is not None]
        shown = [one for one in opened if one.provider.roles.shows_node is not None]
        return await asyncio.gather(*(_look(one) for one in shown))


async def _look(opened: OpenAccount) -> NodeOfAccount:
    role = opened.provider.roles.shows_node
    assert role is not None, "only those that show one are asked"
    try:
        look = await asyncio.wait_for(role.node(), PATIENCE_SECONDS)
    except Refusal as refusal:
        return NodeOfAccount(opened.account, None, refusal.sentence)
    except TimeoutError:
        return NodeOfAccount(opened.account, None, role.away().sentence)
    return NodeOfAccount(opened.account, look)
