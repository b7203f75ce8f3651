"""Bitcoin goes back where the buyer says: a payment in bitcoin does not tell where it came from.

A refund is kept here and waits (`waits_for_buyer`, announced: they get a letter). When they have named an invoice or an
address (`claims`), it is sent once: that we are about to is stored first, whoever sends holds the row meanwhile, what
nobody could answer is asked about and never sent anew to another place. What could not be sent is asked for once more.

An adapter gives a `Sender` and calls `SendsBack` from its `refund` and `refund_status`. Amounts are whole satoshi, in
msat: of what came, as much as the refund is of what was paid, and never more than came.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from admitone.payments import refund_store
from admitone.payments.bitcoin import sending_store
from admitone.payments.bitcoin.facts import DestinationWanted
from admitone.payments.bitcoin.quotes import DUST_SAT
from admitone.payments.bitcoin.sending_store import TOO_SMALL, Sending, SendingState
from admitone.payments.provider import KEPT, NOT_FOUND, RefundAsk, RefundOutcome, RefundStatus
from admitone.plumbing.database import Database, Transaction, require_no_transaction
from admitone.plumbing.failpoints import hit
from admitone.plumbing.journal import announce
from admitone.values.clock import Clock
from admitone.values.currencies import MSAT_PER_SAT

WAITS_FOR_BUYER: Final = "waits_for_buyer"
ON_ITS_WAY: Final = "on_its_way"
MORE_THAN_CAME: Final = "more_than_received"
DISPUTED: Final = "payment_disputed"
EXPIRED: Final = "invoice_expired"
BUSY: Final = timedelta(minutes=3)
"""So long whoever sends has the row. A sender answers well before that."""
IN_TIME: Final = timedelta(seconds=45)
"""An invoice that ends sooner is not paid any more."""


FOR_GOOD: Final = timedelta(days=14)
"""So long after an invoice's end nobody can take a payment of it any more: the longest that one on its way is locked
(BOLT 4, `max_htlc_cltv`: 2016 blocks)."""


class Rail(StrEnum):
    """What a destination is: an invoice, or an address."""

    LIGHTNING = "lightning"
    ONCHAIN = "onchain"


_FEE_PARTS: Final = {Rail.LIGHTNING: 100, Rail.ONCHAIN: 10}
_FEE_ALWAYS_SATS: Final = {Rail.LIGHTNING: 10, Rail.ONCHAIN: 5_000}


def fee_most_msat(rail: Rail, amount_msat: int) -> int:
    """What it may cost to send so much, in whole satoshi: a hundredth of it over Lightning, a tenth on the chain; and
    always ten satoshi, or 5,000 on the chain, where the size of a transaction counts and not its amount.
    """
    share_sats = amount_msat // (_FEE_PARTS[rail] * MSAT_PER_SAT)
    return max(share_sats, _FEE_ALWAYS_SATS[rail]) * MSAT_PER_SAT


class SendOutcome(StrEnum):
    """`NOT_FOUND`: never heard of, so nothing was sent. `LATER`: nothing was sent, and it may work another time (too
    little money there). `FAILED`: it did not and will not arrive. `UNKNOWN`: it may have been sent; asked again.
    """

    NOT_FOUND = "not_found"
    IN_FLIGHT = "in_flight"
    SENT = "sent"
    LATER = "later"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What to send where. `key` is the idempotency key, with the destination; fees come on top, at most so much."""

    key: UUID
    destination: str
    amount_msat: int
    fee_most_msat: int


@dataclass(frozen=True, slots=True)
class SendStatus:
    """What is known of it. `ref` (SENT): payment hash or transaction id; `proof`: the preimage; `reason`: our word."""

    outcome: SendOutcome
    ref: str | None = None
    proof: bytes | None = None
    fee_msat: int | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        assert self.outcome is not SendOutcome.SENT or self.ref is not None, "what was sent has a name"


class Sender(Protocol):
    """A node or a chain from which money is sent. All verbs talk to the network, and none raises but `ConnectionError`,
    after which nothing is known.
    """

    @property
    def rail(self) -> Rail:
        """What its destinations are."""
        ...

    async def network(self) -> str:
        """The chain it is on: `mainnet`, `testnet`, `signet`, `regtest`."""
        ...

    async def send(self, out: Outgoing) -> SendStatus:
        """Send it once, or say what became of it: the same again sends nothing again. Answers within two minutes."""
        ...

    async def look(self, out: Outgoing) -> SendStatus:
        """What became of it."""
        ...


@dataclass(frozen=True, slots=True)
class Came:
    """A payment that arrived, as its provider knows it: `amount_msat` came, worth `amount_minor` of `currency`."""

    attempt_id: UUID
    currency: str
    amount_minor: int
    amount_msat: int


class SendsBack:
    """The refunds of one payment account on a Bitcoin rail.

    `forgets`: that the sender does not find what it was asked to send does not say that nothing was sent.
    """

    def __init__(
        self, database: Database, clock: Clock, account_id: UUID, sender: Sender, *, forgets: bool = False
    ) -> None:
        self._forgets = forgets
        self._database = database
        self._clock = clock
        self._account_id = account_id
        self._sender = sender

    async def refund(self, ask: RefundAsk, came: Came | None) -> RefundStatus:
        """As `Provider.refund`: wait for the buyer to say where to, and send it when they have.

        `came` is the payment `ask.provider_ref` names, as the provider knows it; None when nothing has arrived.
        """
        require_no_transaction("bitcoin refund")
        if came is None:
            return RefundStatus(RefundOutcome.FAILED, reason="not_received")
        try:
            network = await self._sender.network()
        except ConnectionError:
            return RefundStatus(RefundOutcome.UNKNOWN, reason="no_answer")
        found = await self._database.run(lambda tx: self._want(tx, ask, came, network))
        return await self._go_on(found) if isinstance(found, Sending) else found

    async def refund_status(self, refund_id: UUID) -> RefundStatus:
        """As `Provider.refund_status`. What the buyer has named meanwhile is not there yet: `refund` sends it."""
        require_no_transaction("bitcoin refund")
        async with self._database.reading() as reader:
            found = (await sending_store.sendings(reader, [refund_id])).get(refund_id)
        if found is None or found.account_id != self._account_id or found.state is SendingState.NAMED:
            return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
        return await self._go_on(found, may_send=False)

    async def _want(
        self, tx: Transaction, ask: RefundAsk, came: Came, network: str
    ) -> Sending | RefundStatus:
        await sending_store.lock_attempt(tx, came.attempt_id)
        known = {one.refund_id: one for one in await sending_store.sendings_of(tx, came.attempt_id)}
        if ask.refund_id in known:
            return known[ask.refund_id]
        refund = (await refund_store.refunds(tx, [ask.refund_id])).get(ask.refund_id)
        if refund is not None and refund.amount_minor != ask.amount_minor:
            # A part of the payment was lost since the caller read how much is to go back.
            return RefundStatus(RefundOutcome.LATER, reason=DISPUTED)
        before = sum(one.amount_minor for one in known.values())
        if ask.currency != came.currency or before + ask.amount_minor > came.amount_minor:
            return RefundStatus(RefundOutcome.FAILED, reason=MORE_THAN_CAME)
        msat = _of_what_came(came, before + ask.amount_minor) - _of_what_came(came, before)
        least_sats = 1 if self._sender.rail is Rail.LIGHTNING else DUST_SAT
        if msat < least_sats * MSAT_PER_SAT:
            return _KEPT
        new = Sending(
            refund_id=ask.refund_id,
            attempt_id=came.attempt_id,
            account_id=self._account_id,
            rail=self._sender.rail.value,
            network=network,
            currency=ask.currency,
            amount_minor=ask.amount_minor,
            amount_msat=msat,
            fee_most_msat=fee_most_msat(self._sender.rail, msat),
            state=SendingState.WAITS,
            round=1,
            destination=None,
            payment_hash=None,
            named_as=None,
            send_until=None,
            busy_until=None,
            sent_ref=None,
            proof=None,
            fee_msat=None,
            reason=None,
            asked_at=self._clock.now(),
            named_at=None,
            sending_at=None,
            ended_at=None,
        )
        await sending_store.insert(tx, new)
        await _ask_buyer(tx, new)
        return new

    async def _go_on(self, found: Sending, *, may_send: bool = True) -> RefundStatus:
        if found.state is SendingState.SENT:
            return RefundStatus(RefundOutcome.DONE, found.sent_ref)
        if found.reason == TOO_SMALL:
            return _KEPT
        if found.can_be_named:
            return RefundStatus(RefundOutcome.PENDING, reason=WAITS_FOR_BUYER)
        now = self._clock.now()
        mine = await self._database.run(
            lambda tx: self._begin(tx, found.refund_id, is_new=found.state is SendingState.NAMED)
        )
        if mine is None:
            # Somebody else asks at this moment, or it has just ended; the next look says how.
            return RefundStatus(RefundOutcome.PENDING, reason=ON_ITS_WAY)
        if isinstance(mine, RefundStatus):
            return mine
        await hit("sending_back.after_begin")
        said = await self._ask(mine, is_new=found.state is SendingState.NAMED, may_send=may_send)
        await hit("sending_back.after_sender")
        if said.outcome is SendOutcome.NOT_FOUND and self._is_over(mine, now):
            said = SendStatus(SendOutcome.FAILED, reason=EXPIRED)
        return await self._database.run(lambda tx: self._record(tx, mine, said))

    def _is_over(self, mine: Sending, now: datetime) -> bool:
        """What is not found cannot arrive any more."""
        margin = FOR_GOOD if self._forgets else timedelta()
        return mine.send_until is not None and now >= mine.send_until + margin

    async def _begin(
        self, tx: Transaction, refund_id: UUID, *, is_new: bool
    ) -> Sending | RefundStatus | None:
        now = self._clock.now()
        mine = await sending_store.begin(tx, refund_id, now=now, until=now + BUSY)
        if mine is None or not is_new:
            return mine
        # Nothing of it was sent yet.
        if await sending_store.is_disputed(tx, mine.attempt_id):
            await sending_store.end(tx, mine, SendingState.NAMED, now=now, reason=DISPUTED)
            return RefundStatus(RefundOutcome.LATER, reason=DISPUTED)
        if mine.send_until is not None and now + IN_TIME >= mine.send_until:
            return await self._record(tx, mine, SendStatus(SendOutcome.FAILED, reason=EXPIRED))
        return mine

    async def _ask_sender(self, mine: Sending, *, is_new: bool, may_send: bool) -> SendStatus:
        assert mine.destination is not None, "it was named"
        out = Outgoing(mine.refund_id, mine.destination, mine.amount_msat, mine.fee_most_msat)
        try:
            said = SendStatus(SendOutcome.NOT_FOUND) if is_new else await self._sender.look(out)
            may_send = may_send and (mine.send_until is None or self._clock.now() < mine.send_until)
            if said.outcome is not SendOutcome.NOT_FOUND or not may_send:
                return said
            if is_new:
                return await self._sender.send(out)
            if await self._is_disputed(mine):
                # Begun before the payment was taken back, and never sent.
                return self._once_more(SendStatus(SendOutcome.LATER, reason=DISPUTED))
            return self._once_more(await self._sender.send(out))
        except ConnectionError:
            return SendStatus(SendOutcome.UNKNOWN, reason="no_answer")

    def _once_more(self, said: SendStatus) -> SendStatus:
        """A no to the second question about the same invoice is none to the first, which may be on its way."""
        if self._forgets and said.outcome in (SendOutcome.LATER, SendOutcome.FAILED):
            return SendStatus(SendOutcome.UNKNOWN, reason=said.reason)
        return said

    async def _is_disputed(self, mine: Sending) -> bool:
        async with self._database.reading() as reader:
            return await sending_store.is_disputed(reader, mine.attempt_id)

    async def _ask(self, mine: Sending, *, is_new: bool, may_send: bool) -> SendStatus:
        said = await self._ask_sender(mine, is_new=is_new, may_send=may_send)
        if said.proof is None or hashlib.sha256(said.proof).hexdigest() == mine.payment_hash:
            return said
        # Who says that it paid an invoice has what only the payee knew.
        return SendStatus(SendOutcome.UNKNOWN, reason="false_proof")

    async def _record(self, tx: Transaction, mine: Sending, said: SendStatus) -> RefundStatus:
        state, answer = _MEANS[said.outcome]
        ended = await sending_store.end(
            tx,
            mine,
            state,
            now=self._clock.now(),
            reason=said.reason,
            sent_ref=said.ref if state is SendingState.SENT else None,
            proof=said.proof,
            fee_msat=said.fee_msat,
        )
        if ended is None:
            # We took longer than we may, and somebody else asks by now: what counts is what they are told.
            return RefundStatus(RefundOutcome.PENDING, reason=ON_ITS_WAY)
        if state is SendingState.FAILED:
            await _ask_buyer(tx, ended)
        await hit("sending_back.before_commit")
        if answer is RefundOutcome.DONE:
            return RefundStatus(answer, said.ref)
        if said.outcome is SendOutcome.NOT_FOUND:
            # Nothing was sent: `refund` may be called again.
            return RefundStatus(answer, reason=NOT_FOUND)
        reason = WAITS_FOR_BUYER if state is SendingState.FAILED else said.reason or ON_ITS_WAY
        return RefundStatus(answer, reason=reason)


# Nobody could ever end such a debt: it stays with whoever was paid, and is not owed any more.
_KEPT: Final = RefundStatus(RefundOutcome.DONE, f"{KEPT}{TOO_SMALL}", TOO_SMALL)
_MEANS: Final = {
    SendOutcome.SENT: (SendingState.SENT, RefundOutcome.DONE),
    SendOutcome.IN_FLIGHT: (SendingState.SENDING, RefundOutcome.PENDING),
    SendOutcome.LATER: (SendingState.NAMED, RefundOutcome.LATER),
    SendOutcome.FAILED: (SendingState.FAILED, RefundOutcome.PENDING),
    SendOutcome.UNKNOWN: (SendingState.UNKNOWN, RefundOutcome.UNKNOWN),
    SendOutcome.NOT_FOUND: (SendingState.UNKNOWN, RefundOutcome.UNKNOWN),
}


def _of_what_came(came: Came, minor: int) -> int:
    """So much of what came, in msat, is the share of these minor units: whole satoshi, rounded down."""
    return came.amount_msat * minor // (came.amount_minor * MSAT_PER_SAT) * MSAT_PER_SAT


async def _ask_buyer(tx: Transaction, one: Sending) -> None:
    refund = (await refund_store.refunds(tx, [one.refund_id])).get(one.refund_id)
    if refund is not None:
        fact = DestinationWanted(
            subject_id=one.refund_id, organiser_id=refund.organiser_id, round=one.round, reason=one.reason
        )
        await announce(tx, [fact], "system")
