"""A provider whose other end are people: what they wrote into the hand book is all that is known.

A payment is named by the key it was started with. Nobody signs notices here, so every notice is refused. A refund is
on the way from the moment it is on the list of what people have to send, and done when one of them says so.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

import structlog

from admitone.payments.account_status import AccountStatus
from admitone.payments.by_hand import STALE_AFTER, HandBook
from admitone.payments.hand_store import Expected, Received
from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import (
    NOT_FOUND,
    Ask,
    BadSignature,
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
from admitone.payments.roles import NO_ROLES
from admitone.plumbing.database import require_no_transaction

log = structlog.get_logger(__name__)
T = TypeVar("T")
Instructions = Callable[[Ask], Mapping[str, str]]
NOT_IN_TIME = "not_paid_in_time"


class HandProvider:
    """Implements `Provider` with one method. `instructions`: what its buyer is told; `looked`: what `look` says."""

    roles = NO_ROLES

    def __init__(
        self,
        sheet: AccountSheet,
        book: HandBook,
        method: Method,
        capabilities: Capabilities,
        instructions: Instructions,
        looked: Callable[[], AccountStatus],
    ) -> None:
        assert capabilities.confirmed_by_people, "whose money machines see has another adapter"
        self.name = sheet.provider
        self.methods = (method,)
        self.capabilities: Mapping[str, Capabilities] = MappingProxyType({method.id: capabilities})
        self._sheet = sheet
        self._book = book
        self._instructions = instructions
        self._looked = looked

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`."""

        def unknown(reason: str) -> Prompt:
            return Prompt(None, None, {}, Status(None, Outcome.UNKNOWN, reason=reason))

        return await self._call(lambda: self._start(ask, unknown), unknown)

    async def _start(self, ask: Ask, unknown: Callable[[str], Prompt]) -> Prompt:
        wanted = Expected(
            attempt_id=ask.attempt_id,
            account_id=self._sheet.id,
            method=ask.method,
            order_code=ask.order_code,
            currency=ask.currency,
            amount_minor=ask.amount_minor,
            instructions=self._instructions(ask),
            wait_until=ask.pay_until,
            expected_at=self._book.clock.now(),
        )
        known = await self._book.expect(wanted, self._sheet.organiser_id)
        if (known.currency, known.amount_minor) != (ask.currency, ask.amount_minor):
            return unknown("another_amount")
        status = await self._look(ask.attempt_id)
        return Prompt(str(ask.attempt_id), None, dict(known.instructions), status)

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""
        key = attempt_id if provider_ref is None else _key(provider_ref)
        return await self._call(
            lambda: self._look(key), lambda reason: Status(provider_ref, Outcome.UNKNOWN, reason=reason)
        )

    async def _look(self, key: UUID | None) -> Status:
        known, came = (None, None) if key is None else await self._book.look(key)
        if known is None or known.account_id != self._sheet.id:
            return Status(None, Outcome.UNKNOWN, reason=NOT_FOUND)
        if came is not None:
            return _arrived(came)
        ref, now = str(known.attempt_id), self._book.clock.now()
        if known.given_up_at is not None or now >= known.wait_until + STALE_AFTER:
            return Status(ref, Outcome.FAILED, reason=NOT_IN_TIME, attempt_id=known.attempt_id)
        return Status(ref, Outcome.PENDING, attempt_id=known.attempt_id)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`: it is put on the list of what people have to send."""
        return await self._call(lambda: self._refund(ask), _unknown_refund)

    async def _refund(self, ask: RefundAsk) -> RefundStatus:
        key = _key(ask.provider_ref)
        no = "not_received"
        if key is not None:
            no = await self._book.want_sent(ask.refund_id, key, ask.currency, ask.amount_minor)
        return RefundStatus(RefundOutcome.FAILED, reason=no) if no else await self._refund_look(ask.refund_id)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        return await self._call(lambda: self._refund_look(refund_id), _unknown_refund)

    async def _refund_look(self, refund_id: UUID) -> RefundStatus:
        found = await self._book.sending(refund_id)
        if found is None:
            return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
        if found.sent_at is not None:
            return RefundStatus(RefundOutcome.DONE, str(refund_id))
        return RefundStatus(RefundOutcome.PENDING, str(refund_id), reason="to_be_sent_by_people")

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`: nobody sends any, so none is genuine."""
        raise BadSignature

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`: it is not waited for any more; what comes all the same is written down all the same."""
        key = attempt_id if provider_ref is None else _key(provider_ref)

        async def work() -> Status:
            if key is not None:
                await self._book.give_up(key)
            return await self._look(key)

        return await self._call(work, lambda reason: Status(provider_ref, Outcome.UNKNOWN, reason=reason))

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`."""
        require_no_transaction(self.name)
        for came in await self._book.since(self._sheet.id, since):
            yield _arrived(came)

    async def look(self) -> AccountStatus:
        """As `Provider.look`: what was set is checked, as far as it can be."""
        require_no_transaction(self.name)
        return self._looked()

    async def _call(self, work: Callable[[], Awaitable[T]], unknown: Callable[[str], T]) -> T:
        require_no_transaction(self.name)
        try:
            return await work()
        except AssertionError:
            raise
        except Exception as error:
            log.warning("by_hand.no_answer", provider=self.name, error=type(error).__name__)
            return unknown("no_answer")


def _arrived(came: Received) -> Status:
    return Status(
        str(came.attempt_id), Outcome.PAID, came.amount_minor, came.currency, attempt_id=came.attempt_id
    )


def _key(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None


def _unknown_refund(reason: str) -> RefundStatus:
    return RefundStatus(RefundOutcome.UNKNOWN, reason=reason)
