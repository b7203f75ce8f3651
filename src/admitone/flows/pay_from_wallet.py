"""An order's Lightning invoice is paid by the wallet its buyer has connected.

What is to be paid is written down first, one row for an attempt, with the one invoice it will ever be asked for. The
worker takes a row on, opens the connection, asks the wallet, and writes down what it said. Where the outcome is unknown
(no answer, a proof that does not fit) the wallet is asked about this very invoice again. What it says is a hint in any
case: settlement asks our own node, whose word ends the row too. A wallet that refuses has paid nothing: what follows
of that (the buyer's UMA address, `pay_at_once`) follows from the fact in the journal.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from admitone import accounts, payments
from admitone.flows.settlement import Settlement
from admitone.flows.wallet_connections import WalletConnections
from admitone.payments import nwc, uma
from admitone.payments.bitcoin import LIGHTNING
from admitone.payments.nwc import NotAsked as NotAsked
from admitone.payments.nwc import Told, WalletPaymentState
from admitone.payments.nwc import WalletPayment as WalletPayment
from admitone.plumbing.database import Database, Transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import announce
from admitone.plumbing.limiter import Limiter, Rule
from admitone.plumbing.side_by_side import SideBySide
from admitone.reads.bitcoin_page import bitcoin_page
from admitone.values.actor import SYSTEM, Actor
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
ASKS: Final = Rule("pay_from_wallet.ask", 20, 600)
PAY_SECONDS: Final = 75
"""So long a wallet may take to pay: longer than any route across the network does (72 s were seen)."""
TAKEN_ON: Final = timedelta(seconds=PAY_SECONDS + 45)
"""So long a row is left to who took it on: all it may take to connect, pay and look up."""
PAUSE_LEAST: Final = timedelta(seconds=5)
PAUSE_MOST: Final = timedelta(minutes=5)
_NOT_FOUND: Final = "NOT_FOUND"
_EXPIRED: Final = "expired"
_DISCONNECTED: Final = "disconnected"


class PayFromWallet:
    """Has invoices paid, and follows what becomes of it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connections: WalletConnections,
        connected: nwc.ConnectedWallets,
        settlement: Settlement,
        limiter: Limiter,
    ) -> None:
        self._database = database
        self._clock = clock
        self._connections = connections
        self._connected = connected
        self._settlement = settlement
        self._limiter = limiter
        self._asking = SideBySide("wallet_payment")

    async def ask(self, actor: Actor, order_id: UUID, fallback_address: str | None = None) -> WalletPayment:
        """The person's wallet is to pay what this order can be paid by now; how that stands.

        Again: nothing more happens while it is under way, and a refused one is tried anew with the same invoice.
        Raises `NotSignedIn`, `BadUmaAddress`, `NotConnected`, `NothingToPay`, `OrderNotFound`, `TooMany`.
        """
        person_id = accounts.person_id_of(actor)
        if fallback_address is not None:
            uma.uma_address(fallback_address)
        await self._limiter.take(ASKS, str(person_id))
        return await self._database.run(
            lambda tx: self._write(tx, actor.label, person_id, order_id, fallback_address)
        )

    async def begin(self, person_id: UUID, order_id: UUID, fallback_address: str | None) -> WalletPayment:
        """As `ask`, by itself and once: whatever became of an earlier payment for this order stays as it is.

        Raises `NotConnected`, `NothingToPay`, `OrderNotFound`.
        """

        async def story(tx: Transaction) -> WalletPayment:
            await nwc.lock_person(tx, person_id)
            known = await nwc.of_order(tx, order_id)
            if known:
                return known[0]
            return await self._write(tx, SYSTEM.label, person_id, order_id, fallback_address)

        return await self._database.run(story)

    async def _write(
        self, tx: Transaction, label: str, person_id: UUID, order_id: UUID, fallback_address: str | None
    ) -> WalletPayment:
        now = self._clock.now()
        await nwc.lock_person(tx, person_id)
        under_way = next((one for one in await nwc.of_order(tx, order_id) if one.is_open), None)
        if under_way is not None:
            # It may be paid yet: a newer invoice of this order is for somebody else, never for the same wallet.
            return under_way
        connection = await nwc.of_person(tx, person_id)
        if connection is None:
            raise nwc.NotConnected
        way = (await bitcoin_page(tx, order_id, now)).way(LIGHTNING)
        request = None if way is None else way.request
        if request is None or request.bolt11 is None or request.payment_hash is None:
            raise nwc.NothingToPay
        is_new = await nwc.ask(
            tx,
            attempt_id=request.attempt_id,
            order_id=order_id,
            connection_id=connection.id,
            bolt11=request.bolt11,
            payment_hash=request.payment_hash,
            amount_msat=request.amount_msat,
            fallback_address=fallback_address,
            expires_at=request.expires_at,
            now=now,
        )
        if is_new:
            fact = nwc.WalletPaymentAsked(
                subject_id=request.attempt_id, connection_id=connection.id, order_id=order_id
            )
            await announce(tx, [fact], label)
        asked = await nwc.read(tx, request.attempt_id)
        assert asked is not None, "it was just stored, or was there"
        return asked

    async def of_order(self, order_id: UUID) -> WalletPayment | None:
        """The newest that was asked for this order."""
        async with self._database.reading() as reader:
            found = await nwc.of_order(reader, order_id)
        return found[0] if found else None

    async def ask_due(self, most: int = 20) -> int:
        """Ask wallets that are due, side by side: a slow one holds up nobody else. How many."""
        async with self._database.reading() as reader:
            due = await nwc.due(reader, self._clock.now(), most)
        busy = set(self._asking.busy)
        wanted = [one for one in due if one not in busy]
        await self._asking.run({one: self.carry(one) for one in wanted})
        return len(wanted)

    async def carry(self, attempt_id: UUID) -> None:
        """Ask the wallet about this attempt's invoice, if nobody else does, and keep what it said."""
        now = self._clock.now()
        taken = await self._database.run(lambda tx: nwc.take(tx, attempt_id, now, now + TAKEN_ON))
        if taken is None:
            return
        asked, may_have_been_asked = taken
        await hit("wallet_payment.after_take")
        told = await self._told(asked, may_have_been_asked=may_have_been_asked)
        await hit("wallet_payment.after_wallet")
        await self._keep(asked, told)
        await hit("wallet_payment.after_commit")
        log.info(
            "wallet_payment.told", attempt_id=str(attempt_id), state=told.state.value, reason=told.reason
        )
        if told.state is not WalletPaymentState.REFUSED:
            await self._ask_node(attempt_id)

    async def _told(self, asked: WalletPayment, *, may_have_been_asked: bool) -> Told:
        """What is true of it now, as far as anybody says."""
        async with self._database.reading() as reader:
            attempt = await payments.read(reader, asked.attempt_id)
            connection = await nwc.by_id(reader, asked.connection_id)
        assert connection is not None, "a payment names its connection"
        is_over = self._clock.now() >= asked.expires_at
        if attempt.state is payments.AttemptState.PAID:
            return Told(WalletPaymentState.PAID, asked.fees_msat)
        if not attempt.is_open or (is_over and not may_have_been_asked):
            # Our node lets nobody pay it any more.
            return Told(WalletPaymentState.REFUSED, reason=_EXPIRED)
        if connection.sealed is None:
            state = WalletPaymentState.UNKNOWN if may_have_been_asked else WalletPaymentState.REFUSED
            return Told(state, reason=_DISCONNECTED)
        uri = self._connections.open(connection)
        if may_have_been_asked:
            told = await self._connected.look_up(uri, asked.bolt11, asked.payment_hash)
            if told.reason != _NOT_FOUND or is_over:
                return told
        told = await self._connected.pay(uri, asked.bolt11, asked.payment_hash, seconds=PAY_SECONDS)
        if may_have_been_asked and told.state is WalletPaymentState.REFUSED:
            # A no to the second question is none to the first, which may be on its way (and use up the budget).
            return Told(WalletPaymentState.UNKNOWN, reason=told.reason)
        return told

    async def _keep(self, asked: WalletPayment, told: Told) -> None:
        now = self._clock.now()

        async def story(tx: Transaction) -> None:
            if await nwc.tell(tx, asked.attempt_id, told, now, _next(asked, now)):
                fact = nwc.WalletPaymentMoved(
                    subject_id=asked.attempt_id,
                    connection_id=asked.connection_id,
                    order_id=asked.order_id,
                    state=told.state.value,
                    reason=told.reason,
                )
                await announce(tx, [fact], "system")
            await hit("wallet_payment.before_commit")

        await self._database.run(story)

    async def _ask_node(self, attempt_id: UUID) -> None:
        async with self._database.reading() as reader:
            attempt = await payments.read(reader, attempt_id)
        if attempt.is_open:
            await self._settlement.ask(attempt)


def _next(asked: WalletPayment, now: datetime) -> datetime:
    """When it is asked about again, if still unknown: later each time, as long again as it has lasted."""
    return now + min(max(PAUSE_LEAST, now - asked.asked_at), PAUSE_MOST)
