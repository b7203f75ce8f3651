"""Our side of the wire to the sandbox bank: the `Provider` that demos, tests and benchmarks are paid through.

The wire can be made to fail in the ways real ones do (`Faults`), so that "did the work, answer lost" can be
tried.
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

import structlog

from admitone.payments.account_status import AccountStatus
from admitone.payments.provider import (
    NOT_FOUND,
    Ask,
    Capabilities,
    Method,
    NoticeRead,
    Outcome,
    Prompt,
    RefundAsk,
    RefundOutcome,
    RefundStatus,
    Status,
)
from admitone.payments.providers.sandbox import notices
from admitone.payments.providers.sandbox.bank import (
    Bank,
    BankRefused,
    Opening,
    Payment,
    PaymentNotFound,
    PaymentState,
)
from admitone.payments.providers.sandbox.books import SandboxBooks
from admitone.payments.providers.sandbox.paying_out import SandboxPayouts
from admitone.payments.roles import PayoutAsk, PayoutOutcome, PayoutStatus, Receiver, Roles
from admitone.plumbing.database import require_no_transaction

log = structlog.get_logger(__name__)
T = TypeVar("T")

METHODS = (
    Method("card", "Card", "Play money, on the sandbox bank's page", "credit-card"),
    Method("push", "Instant bank push", "Paid the moment you choose it", "zap"),
    Method("slow", "Slow transfer", "Arrives after a little while", "hourglass"),
    Method("failing", "Card that is declined", "Always says no", "circle-x"),
)
CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType(
    {
        method.id: Capabilities(amount_max_minor=10**15, needs_redirect=method.id == "card")
        for method in METHODS
    }
)
_OUTCOMES = {
    PaymentState.OPEN: Outcome.PENDING,
    PaymentState.SEEN: Outcome.SEEN,
    PaymentState.PAID: Outcome.PAID,
    PaymentState.FAILED: Outcome.FAILED,
}


class Fault(StrEnum):
    """What goes wrong in one call. The bank did the work only in `TIME_OUT_AFTER` and `GARBAGE`.

    `NOT_NOW` and `REFUSED` are its own answers to `refund` and `pay_out`: come again later, and no for good.
    """

    NONE = "none"
    TIME_OUT_BEFORE = "time_out_before"
    TIME_OUT_AFTER = "time_out_after"
    SERVER_ERROR = "server_error"
    GARBAGE = "garbage"
    NOT_NOW = "not_now"
    REFUSED = "refused"


_REFUND_ANSWERS: Mapping[Fault, RefundStatus] = MappingProxyType(
    {
        Fault.NOT_NOW: RefundStatus(RefundOutcome.LATER, reason="too_little_money"),
        Fault.REFUSED: RefundStatus(RefundOutcome.FAILED, reason="account_closed"),
    }
)


_PAYOUT_ANSWERS: Mapping[Fault, PayoutStatus] = MappingProxyType(
    {
        Fault.NOT_NOW: PayoutStatus(PayoutOutcome.LATER, reason="too_little_money"),
        Fault.REFUSED: PayoutStatus(PayoutOutcome.FAILED, reason="account_closed"),
    }
)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong in the next calls of each kind, call by call; after that nothing does."""

    start: tuple[Fault, ...] = ()
    status: tuple[Fault, ...] = ()
    refund: tuple[Fault, ...] = ()
    refund_status: tuple[Fault, ...] = ()
    pay_out: tuple[Fault, ...] = ()
    payout_status: tuple[Fault, ...] = ()


class SandboxProvider:
    """Implements `Provider` and `PaysOut`. `origin` (`https://host`) is where the bank's page is."""

    name = "sandbox"
    methods = METHODS
    capabilities = CAPABILITIES
    receiver_fields = ("account_number",)

    def __init__(self, bank: Bank, origin: str) -> None:
        self._bank = bank
        self._payouts = SandboxPayouts(bank.database, bank.clock)
        self._origin = origin.rstrip("/")
        self.roles = Roles(mirrored=SandboxBooks(bank.database), pays_out=self)
        self._faults: dict[str, deque[Fault]] = {}

    def suffer(self, faults: Faults) -> None:
        """Let the next calls go wrong in these ways, forgetting what was planned before."""
        self._faults = {
            "start": deque(faults.start),
            "status": deque(faults.status),
            "refund": deque(faults.refund),
            "refund_status": deque(faults.refund_status),
            "pay_out": deque(faults.pay_out),
            "payout_status": deque(faults.payout_status),
        }

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`."""

        def unknown(reason: str) -> Prompt:
            return Prompt(None, None, {}, Status(None, Outcome.UNKNOWN, reason=reason))

        return await self._call("start", lambda: self._start(ask), unknown)

    async def _start(self, ask: Ask) -> Prompt:
        payment = await self._bank.open(
            Opening(
                merchant_key=str(ask.attempt_id),
                method=ask.method,
                currency=ask.currency,
                amount_minor=ask.amount_minor,
                description=ask.description,
                return_url=ask.return_url,
            )
        )
        redirect = f"{self._origin}/sandbox/{payment.ref}" if ask.method == "card" else None
        return Prompt(payment.ref, redirect, {}, _status(payment))

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""

        def unknown(reason: str) -> Status:
            return Status(provider_ref, Outcome.UNKNOWN, reason=reason)

        return await self._call("status", lambda: self._look(attempt_id, provider_ref), unknown)

    async def _look(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        if provider_ref is None:
            payment = await self._bank.payment_by_key(str(attempt_id))
            return Status(None, Outcome.UNKNOWN, reason=NOT_FOUND) if payment is None else _status(payment)
        try:
            return _status(await self._bank.payment(provider_ref))
        except PaymentNotFound:
            return Status(provider_ref, Outcome.UNKNOWN, reason=NOT_FOUND)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`."""
        planned = self._faults.get("refund")
        if planned and planned[0] in _REFUND_ANSWERS:
            require_no_transaction("the sandbox bank")
            return _REFUND_ANSWERS[planned.popleft()]
        return await self._call("refund", lambda: self._refund(ask), _unknown_refund)

    async def _refund(self, ask: RefundAsk) -> RefundStatus:
        try:
            made = await self._bank.refund(
                str(ask.refund_id), ask.provider_ref, ask.currency, ask.amount_minor
            )
        except BankRefused as refused:
            return RefundStatus(RefundOutcome.FAILED, reason=str(refused.data["reason"]))
        return RefundStatus(RefundOutcome.DONE, made.ref)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        return await self._call("refund_status", lambda: self._refund_look(refund_id), _unknown_refund)

    async def _refund_look(self, refund_id: UUID) -> RefundStatus:
        made = await self._bank.refund_by_key(str(refund_id))
        if made is None:
            return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
        return RefundStatus(RefundOutcome.DONE, made.ref)

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`."""
        return notices.read(self._bank.secret, headers, body, self._bank.clock.now())

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`: the bank cannot close a payment, so money may still come."""
        return await self.status(attempt_id, provider_ref)

    async def look(self) -> AccountStatus:
        """As `Provider.look`: the site's account at the bank is always there."""
        require_no_transaction("the sandbox bank")
        return AccountStatus("sandbox", can_take=True, can_pay_out=True, label="Sandbox bank")

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`."""
        require_no_transaction("the sandbox bank")
        async for payment in self._bank.changed_since(since):
            yield _status(payment)

    async def receiver(self, receiver: Receiver) -> str:
        """As `PaysOut.receiver`: any number of letters and digits is an account."""
        require_no_transaction("the sandbox bank")
        return self._payouts.receiver(receiver)

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """As `PaysOut.pay_out`."""
        planned = self._faults.get("pay_out")
        if planned and planned[0] in _PAYOUT_ANSWERS:
            require_no_transaction("the sandbox bank")
            return _PAYOUT_ANSWERS[planned.popleft()]
        return await self._call("pay_out", lambda: self._payouts.pay_out(ask), _unknown_payout)

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        """As `PaysOut.payout_status`."""
        return await self._call("payout_status", lambda: self._payouts.status(payout_id), _unknown_payout)

    async def _call(self, verb: str, work: Callable[[], Awaitable[T]], unknown: Callable[[str], T]) -> T:
        require_no_transaction("the sandbox bank")
        planned = self._faults.get(verb)
        fault = planned.popleft() if planned else Fault.NONE
        if fault is Fault.TIME_OUT_BEFORE:
            return unknown("time_out")
        if fault in (Fault.SERVER_ERROR, *_REFUND_ANSWERS):
            return unknown("server_error")
        try:
            answer = await work()
        except BankRefused as refused:
            # What this key did before stands at the bank, so the answer is found by asking, not by giving up.
            return unknown(str(refused.data["reason"]))
        except AssertionError:
            raise
        except Exception as error:
            log.warning("sandbox.no_answer", verb=verb, error=type(error).__name__)
            return unknown("no_answer")
        if fault is Fault.NONE:
            return answer
        return unknown("unreadable" if fault is Fault.GARBAGE else "time_out")


def _unknown_refund(reason: str) -> RefundStatus:
    return RefundStatus(RefundOutcome.UNKNOWN, reason=reason)


def _unknown_payout(reason: str) -> PayoutStatus:
    return PayoutStatus(PayoutOutcome.UNKNOWN, reason=reason)


def _status(payment: Payment) -> Status:
    is_paid = payment.state is PaymentState.PAID
    return Status(
        provider_ref=payment.ref,
        outcome=_OUTCOMES[payment.state],
        paid_minor=payment.amount_minor if is_paid else None,
        currency=payment.currency if is_paid else None,
        reason="declined" if payment.state is PaymentState.FAILED else None,
        attempt_id=_key(payment.merchant_key),
    )


def _key(merchant_key: str) -> UUID | None:
    try:
        return UUID(merchant_key)
    except ValueError:
        return None
