"""The sandbox bank's desk: open a payment, decide it, send money back. It keeps merchant keys as real ones
do.

Its transactions are its own: no transaction of ours is ever open while it is asked. Opening and
sending back are group-committed, so that a crowd is not held up by a pretended bank.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from admitone.payments.providers.sandbox import store
from admitone.payments.providers.sandbox.notices import NoticeSecret, write_body
from admitone.payments.providers.sandbox.store import BankRefund, Delivery, Payment, PaymentState
from admitone.plumbing.database import Database, RunAgain, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.values.clock import Clock, epoch_ms
from admitone.values.ids import uuid7
from admitone.values.refusals import Conflict, Invalid, NotFound, Refusal

__all__ = [
    "Bank",
    "BankRefused",
    "Decision",
    "Habits",
    "Opening",
    "Payment",
    "PaymentNotFound",
    "PaymentState",
]

PAGE = 200
# How much later than the newer one an older webhook comes when the bank mixes up their order.
MIXED_UP_SECONDS = 5
BETWEEN_COPIES_SECONDS = 2


class BankRefused(Conflict):
    """The bank says no; `reason` is its word for why."""

    code = "sandbox.refused"
    text = "The bank says no: {reason}."


class PaymentNotFound(NotFound):
    """The bank has no such payment."""

    code = "sandbox.payment_not_found"
    text = "The Sandbox Bank knows no such payment."


class BadDecision(Invalid):
    """More copies or a longer delay than the bank offers."""

    code = "sandbox.bad_decision"
    text = "The Sandbox Bank does not offer that."


@dataclass(frozen=True, slots=True)
class Habits:
    """How the bank treats payments it decides by itself, and how it sends webhooks.

    `copies` of each webhook are sent (0: none ever comes), each `delay_seconds` late; `is_mixed_up` sends
    them out of order. A slow payment takes `slow_seconds`.
    """

    copies: int = 1
    delay_seconds: int = 0
    is_mixed_up: bool = False
    slow_seconds: int = 20


@dataclass(frozen=True, slots=True)
class Decision:
    """What the payer does on the bank's page. A delayed payment is seen at once and paid `delay_seconds`
    later.
    """

    pays: bool
    delay_seconds: int = 0
    copies: int = 1
    is_mixed_up: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.delay_seconds <= 86_400 and 0 <= self.copies <= 10):
            raise BadDecision


@dataclass(frozen=True, slots=True)
class Opening:
    """A merchant's request. The same `merchant_key` again is the same payment. Whole minor units."""

    merchant_key: str
    method: str
    currency: str
    amount_minor: int
    description: str
    return_url: str


class Bank:
    """The bank. `database` is its own handle, never shared with a transaction of ours."""

    def __init__(
        self, database: Database, clock: Clock, secret: NoticeSecret, habits: Habits | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.secret = secret
        self.habits = habits or Habits()
        self._openings: GroupCommit[Opening, Payment] = GroupCommit(
            database, self._open_batch, failpoint="sandbox_open"
        )
        self._refunds: GroupCommit[tuple[BankRefund, str], BankRefund] = GroupCommit(
            database, self._refund_batch, failpoint="sandbox_refund"
        )

    async def open(self, opening: Opening) -> Payment:
        """Open a payment, or give the one this key opened. Raises `BankRefused` or a busy refusal."""
        if opening.amount_minor <= 0:
            raise BankRefused(reason="amount_too_small")
        return await self._openings.ask(opening)

    async def _open_batch(self, tx: Transaction, openings: Sequence[Opening]) -> list[Payment | Refusal]:
        now = self.clock.now()
        fresh = [self._fresh(opening, now) for opening in openings]
        told = [delivery for payment in fresh for delivery in self._told_at_opening(payment, now)]
        opened = await store.open_payments(tx, fresh, told, now)
        by_key = {payment.merchant_key: payment for payment in fresh if payment.ref in opened}
        known = {opening.merchant_key for opening in openings} - by_key.keys()
        if known:
            by_key |= await store.payments_by_key(tx, known)
        return [_same_or_refused(opening, by_key[opening.merchant_key]) for opening in openings]

    def _fresh(self, opening: Opening, now: datetime) -> Payment:
        state = {
            "push": PaymentState.PAID,
            "slow": PaymentState.SEEN,
            "failing": PaymentState.FAILED,
        }.get(opening.method, PaymentState.OPEN)
        is_slow = state is PaymentState.SEEN
        return Payment(
            ref="sb_" + secrets.token_hex(16),
            merchant_key=opening.merchant_key,
            method=opening.method,
            currency=opening.currency,
            amount_minor=opening.amount_minor,
            refunded_minor=0,
            state=state,
            description=opening.description,
            return_url=opening.return_url,
            created_at=now,
            decided_at=None if state is PaymentState.OPEN else now,
            due_at=now + timedelta(seconds=self.habits.slow_seconds) if is_slow else None,
        )

    def _told_at_opening(self, payment: Payment, now: datetime) -> list[Delivery]:
        if payment.state is PaymentState.OPEN:
            return []
        habits = self.habits
        decision = Decision(payment.state is not PaymentState.FAILED, 0, habits.copies, habits.is_mixed_up)
        late = now + timedelta(seconds=habits.delay_seconds)
        paid_at = payment.due_at + timedelta(seconds=habits.delay_seconds) if payment.due_at else late
        return _told(payment, decision, late, paid_at)

    async def payment(self, ref: str) -> Payment:
        """The payment. Raises `PaymentNotFound`."""
        async with self.database.reading() as reader:
            found = await store.payment_by_ref(reader, ref)
        if found is None:
            raise PaymentNotFound
        return found

    async def payment_by_key(self, merchant_key: str) -> Payment | None:
        """The payment this merchant key opened."""
        async with self.database.reading() as reader:
            return (await store.payments_by_key(reader, [merchant_key])).get(merchant_key)

    async def decide(self, ref: str, decision: Decision) -> Payment:
        """The payer decides; the payment as it is then. Deciding again changes nothing. Raises
        `PaymentNotFound`.
        """

        async def story(tx: Transaction) -> Payment | None:
            now = self.clock.now()
            due_at = now + timedelta(seconds=decision.delay_seconds)
            if not decision.pays:
                decided = await store.decide(tx, ref, PaymentState.FAILED, now, None)
            elif decision.delay_seconds:
                decided = await store.decide(tx, ref, PaymentState.SEEN, now, due_at)
            else:
                decided = await store.decide(tx, ref, PaymentState.PAID, now, None)
            if decided is not None:
                await store.tell(tx, _told(decided, decision, now, due_at))
            return decided

        return await self.database.run(story) or await self.payment(ref)

    async def arrive_due(self) -> int:
        """Seen payments whose time has come are paid now; how many."""
        now = self.clock.now()
        return await self.database.run(lambda tx: store.arrive(tx, now))

    async def refund(
        self, merchant_key: str, payment_ref: str, currency: str, amount_minor: int
    ) -> BankRefund:
        """Send money back, or give the refund this key made. Raises `BankRefused`; then nothing was sent."""

        wanted = BankRefund("sr_" + secrets.token_hex(16), merchant_key, payment_ref, amount_minor)
        return await self._refunds.ask((wanted, currency))

    async def _refund_batch(
        self, tx: Transaction, asked: Sequence[tuple[BankRefund, str]]
    ) -> list[BankRefund | Refusal]:
        """Refunds that were asked for in the same moment, each decided after those before it."""
        now = self.clock.now()
        payments = await store.lock_payments(tx, {wanted.payment_ref for wanted, _ in asked})
        known = await store.refunds_by_key(tx, {wanted.merchant_key for wanted, _ in asked})
        verdicts: list[BankRefund | Refusal] = []
        made: list[BankRefund] = []
        for wanted, currency in asked:
            earlier, payment = known.get(wanted.merchant_key), payments.get(wanted.payment_ref)
            if earlier is not None:
                is_same = (earlier.payment_ref, earlier.amount_minor) == (
                    wanted.payment_ref,
                    wanted.amount_minor,
                )
                verdicts.append(earlier if is_same else BankRefused(reason="key_reused"))
            elif payment is None or (no := _no_refund(payment, currency, wanted.amount_minor)) is not None:
                verdicts.append(BankRefused(reason="no_such_payment" if payment is None else no))
            else:
                refunded = payment.refunded_minor + wanted.amount_minor
                payments[payment.ref] = replace(payment, refunded_minor=refunded)
                known[wanted.merchant_key] = wanted
                made.append(wanted)
                verdicts.append(wanted)
        if not await store.refund_many(tx, made, now):
            raise RunAgain  # another process has used one of the keys in this moment
        copies = self.habits.copies
        told = [one for refund in made for one in _deliveries("refund.done", refund.payment_ref, now, copies)]
        await store.tell(tx, told)
        return verdicts

    async def refund_by_key(self, merchant_key: str) -> BankRefund | None:
        """The refund this merchant key made."""
        async with self.database.reading() as reader:
            return (await store.refunds_by_key(reader, {merchant_key})).get(merchant_key)

    async def changed_since(self, since: datetime) -> AsyncIterator[Payment]:
        """Every payment made or decided since then; each page is read when it is reached."""
        after = ""
        while True:
            async with self.database.reading() as reader:
                found = await store.changed_since(reader, since, after, PAGE)
            for payment in found:
                yield payment
            if len(found) < PAGE:
                return
            after = found[-1].ref


def _same_or_refused(opening: Opening, payment: Payment) -> Payment | Refusal:
    asked = (opening.method, opening.currency, opening.amount_minor)
    if asked != (payment.method, payment.currency, payment.amount_minor):
        return BankRefused(reason="key_reused")
    return payment


def _no_refund(payment: Payment, currency: str, amount_minor: int) -> str | None:
    """Why this much of the payment cannot go back; None when it can."""
    if payment.state is not PaymentState.PAID:
        return "not_paid"
    if payment.currency != currency:
        return "wrong_currency"
    if amount_minor <= 0 or payment.refunded_minor + amount_minor > payment.amount_minor:
        return "more_than_was_paid"
    return None


def _told(payment: Payment, decision: Decision, now: datetime, paid_at: datetime) -> list[Delivery]:
    """The webhooks of a decision: failed, or paid; `seen` comes before a delayed or a mixed-up `paid`."""
    if not decision.pays:
        return _deliveries("payment.failed", payment.ref, now, decision.copies)
    told = _deliveries("payment.paid", payment.ref, paid_at, decision.copies)
    if payment.state is PaymentState.SEEN or decision.is_mixed_up:
        late = timedelta(seconds=MIXED_UP_SECONDS if decision.is_mixed_up else 0)
        seen_at = (paid_at if decision.is_mixed_up else now) + late
        told += _deliveries("payment.seen", payment.ref, seen_at, decision.copies)
    return told


def _deliveries(kind: str, payment_ref: str, at: datetime, copies: int) -> list[Delivery]:
    event_id = "evt_" + secrets.token_hex(12)
    body = write_body(kind, payment_ref)
    return [
        Delivery(
            uuid7(epoch_ms(at)),
            event_id,
            payment_ref,
            body,
            at + timedelta(seconds=BETWEEN_COPIES_SECONDS * copy),
        )
        for copy in range(copies)
    ]
