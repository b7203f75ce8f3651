"""Money back through Paystack, which knows no key for it: whoever asks twice sends twice.

So our id is the first word of the refund's `merchant_note`, and before anything is sent the refunds there are searched
for it; askers of this process wait for each other (`memory`), and between processes the refund's own record does that
(it is postponed before anybody asks). How much has gone back in all, Paystack counts itself: never more than was paid.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from admitone.payments.kinds import Mode
from admitone.payments.provider import NOT_FOUND, Outcome, RefundAsk, RefundOutcome, RefundStatus
from admitone.payments.providers.paystack.memory import NOTES_MOST, Memory
from admitone.payments.providers.paystack.rows import (
    Refund,
    Transaction,
    moment,
    own_id,
    status_of,
    written,
)
from admitone.payments.providers.paystack.wire import NoAnswer, Said, Wire
from admitone.plumbing.database import require_no_transaction

# What is new may be listed late.
OVERLAP = timedelta(minutes=10)
# Their clock is not ours, and a refund that is not found is sent twice: not even a clock in another zone may do that.
CLOCKS_APART = timedelta(days=1)
TOO_LITTLE_MONEY = "too_little_money"
# Before anything was paid at Paystack.
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# `needs-attention`: the buyer's bank wants an account number, which the organiser gives on Paystack's own page.
_OUTCOMES = {
    "pending": RefundOutcome.PENDING,
    "processing": RefundOutcome.PENDING,
    "needs-attention": RefundOutcome.PENDING,
    "processed": RefundOutcome.DONE,
    "failed": RefundOutcome.FAILED,
}


class Refunds:
    """Sends money back, and finds what was sent."""

    def __init__(self, wire: Wire, memory: Memory, mode: Mode, account_id: UUID) -> None:
        self._wire = wire
        self._memory = memory
        self._mode = mode
        self._account_id = account_id

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`. What of a split payment goes back from whom, Paystack decides by itself."""
        require_no_transaction("Paystack")
        async with self._memory.lock(f"refund {ask.provider_ref}"):
            try:
                return await self._refund(ask)
            except NoAnswer as lost:
                return _lost(lost)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        require_no_transaction("Paystack")
        try:
            if refund_ref is not None and refund_ref.isdecimal():
                return await self._fetched(int(refund_ref), refund_id) or _not_found()
            payment = await self._payment(payment_ref)
            if isinstance(payment, RefundStatus):
                return payment
            return await self._by_key(payment, refund_id) or _not_found()
        except NoAnswer as lost:
            return RefundStatus(RefundOutcome.UNKNOWN, reason=lost.reason)

    async def _refund(self, ask: RefundAsk) -> RefundStatus:
        payment = await self._payment(ask.provider_ref)
        if isinstance(payment, RefundStatus):
            is_absent = payment.reason == NOT_FOUND
            return RefundStatus(RefundOutcome.FAILED, reason="payment_not_found") if is_absent else payment
        why_not = self._why_not(payment, ask)
        if why_not is not None:
            return RefundStatus(RefundOutcome.FAILED, reason=why_not)
        made = await self._by_key(payment, ask.refund_id)
        if made is not None and made.outcome is not RefundOutcome.FAILED:
            return made
        said = await self._wire.ask(
            "POST",
            "/refund",
            body={
                "transaction": ask.provider_ref,
                "amount": ask.amount_minor,
                "currency": ask.currency,
                "merchant_note": f"{ask.refund_id.hex} {ask.reason}"[:200],
            },
        )
        if said.is_good:
            row = said.read(Refund)
            self._note(row)
            return _status(row)
        return await self._after_no(said, payment, ask.refund_id)

    async def _after_no(self, said: Said, payment: Transaction, refund_id: UUID) -> RefundStatus:
        if said.lacks_money:
            return RefundStatus(RefundOutcome.LATER, reason=TOO_LITTLE_MONEY)
        if said.refuses_keys:
            return RefundStatus(RefundOutcome.LATER, reason=said.word)
        # "All of it was sent back already": perhaps by this very refund, listed too late to be found before.
        made = await self._by_key(payment, refund_id)
        if made is not None and made.outcome is not RefundOutcome.FAILED:
            return made
        return RefundStatus(RefundOutcome.FAILED, reason=said.word)

    def _why_not(self, payment: Transaction, ask: RefundAsk) -> str | None:
        status = status_of(payment, self._mode, self._account_id)
        if status.outcome is not Outcome.PAID:
            return "not_paid" if status.outcome is not Outcome.UNKNOWN else status.reason
        if status.currency != ask.currency:
            return "other_currency"
        return "more_than_paid" if ask.amount_minor > payment.arrived_minor else None

    async def _payment(self, reference: str) -> Transaction | RefundStatus:
        said = await self._wire.ask("GET", f"/transaction/verify/{quote(reference, safe='')}")
        if said.is_good:
            return said.read(Transaction)
        return _not_found() if said.is_absent else RefundStatus(RefundOutcome.UNKNOWN, reason=said.word)

    async def _by_key(self, payment: Transaction, refund_id: UUID) -> RefundStatus | None:
        """The newest refund with this key that did not fail, else the newest."""
        newest: RefundStatus | None = None
        for found_id in sorted(await self._listed(payment, refund_id), reverse=True):
            found = await self._fetched(found_id, refund_id)
            if found is None:
                continue
            if found.outcome is not RefundOutcome.FAILED:
                return found
            newest = newest or found
        return newest

    async def _fetched(self, theirs: int, refund_id: UUID) -> RefundStatus | None:
        said = await self._wire.ask("GET", f"/refund/{theirs}")
        if said.is_absent:
            return None
        if not said.is_good:
            raise NoAnswer(said.word)
        row = said.read(Refund)
        if _key(row) not in (None, refund_id.hex):
            return RefundStatus(RefundOutcome.UNKNOWN, str(theirs), "other_refund")
        return _status(row)

    async def _listed(self, payment: Transaction, refund_id: UUID) -> list[int]:
        """The refunds there with this key. What was listed before is not listed again: a cancelled event sends
        thousands back, and each of them comes by here.
        """
        book = self._memory.refunds
        async with self._memory.lock("refund book"):
            since = max(moment(payment.paid_at) or _EARLIEST, _made_at(refund_id) - CLOCKS_APART) - OVERLAP
            if len(book.ids_of) > NOTES_MOST:
                book.forget()
            start = since
            if book.listed_from is not None and book.listed_until is not None and book.listed_from <= since:
                start = max(since, book.listed_until - OVERLAP)
            newest = start
            async for row in self._wire.pages("/refund", Refund, {"from": written(start)}):
                self._note(row)
                newest = max(newest, row.made_at or start)
            book.listed_from = since if book.listed_from is None else min(since, book.listed_from)
            book.listed_until = newest if book.listed_until is None else max(newest, book.listed_until)
            return list(book.ids_of.get(refund_id.hex, ()))

    def _note(self, row: Refund) -> None:
        key = _key(row)
        if key is None:
            return
        ids = self._memory.refunds.ids_of.setdefault(key, [])
        if row.id not in ids:
            ids.append(row.id)


def _key(row: Refund) -> str | None:
    first = (row.merchant_note or "").partition(" ")[0]
    return None if own_id(first) is None else first


def _made_at(refund_id: UUID) -> datetime:
    """Before when no refund of this key can be: a version 7 id has the time in it (RFC 9562)."""
    return _EPOCH + timedelta(milliseconds=refund_id.int >> 80) if refund_id.version == 7 else _EARLIEST


def _status(row: Refund) -> RefundStatus:
    outcome = _OUTCOMES.get(row.status, RefundOutcome.UNKNOWN)
    reason = None if row.status in ("pending", "processing", "processed") else row.status.replace("-", "_")
    return RefundStatus(outcome, str(row.id), reason)


def _lost(lost: NoAnswer) -> RefundStatus:
    outcome = RefundOutcome.LATER if lost.reason == "too_many" else RefundOutcome.UNKNOWN
    return RefundStatus(outcome, reason=lost.reason)


def _not_found() -> RefundStatus:
    return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
