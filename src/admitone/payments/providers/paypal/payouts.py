"""Money to organisers by PayPal: a batch with one item, to an e-mail address.

`sender_batch_id` is our payout's id. PayPal refuses it the second time (for thirty days) and names the payout it made
the first time, which is then read: so a lost answer never pays twice.

Source: PayPal payouts v1 (OpenAPI document 1.9).
"""

import re
from typing import Protocol
from urllib.parse import quote, urlsplit
from uuid import UUID

from admitone.payments.providers.paypal import amounts, happenings
from admitone.payments.providers.paypal.shapes import Fault, PayoutAnswer, PayoutBatch
from admitone.payments.providers.paypal.wire import NoAnswer, Wire
from admitone.payments.roles import (
    NOT_FOUND,
    BadReceiver,
    PayoutAsk,
    PayoutOutcome,
    PayoutStatus,
    Receiver,
)
from admitone.plumbing.database import require_no_transaction

_PAYOUTS = "/v1/payments/payouts"
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,62}\.[^@\s.]{2,}")
_BATCH = re.compile(r"[A-Za-z0-9_-]{1,30}")
_ITEM_OUTCOMES = {
    "SUCCESS": PayoutOutcome.DONE,
    "FAILED": PayoutOutcome.FAILED,
    "RETURNED": PayoutOutcome.FAILED,
    "REFUNDED": PayoutOutcome.FAILED,
    "REVERSED": PayoutOutcome.FAILED,
    # Not taken yet by its receiver (thirty days), looked at, or stopped: not ours again before PayPal says so.
    "PENDING": PayoutOutcome.PENDING,
    "UNCLAIMED": PayoutOutcome.PENDING,
    "ONHOLD": PayoutOutcome.PENDING,
    "BLOCKED": PayoutOutcome.PENDING,
}
_LATER = frozenset({"INSUFFICIENT_FUNDS", "AUTHORIZATION_ERROR", "NOT_AUTHORIZED", "RATE_LIMIT_REACHED"})


class Memory(Protocol):
    """Remembers PayPal's name for what we started."""

    def keep(self, key: UUID, ref: str) -> None:
        """Remember a name."""
        ...

    def find(self, key: UUID) -> str | None:
        """The name, if known."""
        ...


class PayPalPayouts:
    """Implements `roles.PaysOut`. A receiver is named by its e-mail address."""

    receiver_fields = ("email",)

    def __init__(self, wire: Wire, memory: Memory) -> None:
        self._wire = wire
        self._memory = memory

    async def receiver(self, receiver: Receiver) -> str:
        """As `PaysOut.receiver`. PayPal is not asked: it takes any address, and an unknown one gets a letter."""
        require_no_transaction("PayPal")
        address = receiver.details.get("email", "").strip()
        if len(address) > 127 or not address.isascii() or not _ADDRESS.fullmatch(address):
            raise BadReceiver(field="email", reason="email")
        if receiver.currency not in amounts.CURRENCIES:
            raise BadReceiver(field="currency", reason="currency")
        return address

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """As `PaysOut.pay_out`."""
        require_no_transaction("PayPal")
        value = amounts.written(ask.currency, ask.amount_minor)
        if value is None:
            return PayoutStatus(PayoutOutcome.FAILED, reason="DECIMALS_NOT_SUPPORTED")
        item = {
            "recipient_type": "EMAIL",
            "receiver": ask.to_ref,
            "amount": {"currency": ask.currency, "value": value},
            "note": ask.description[:1000],
            "sender_item_id": str(ask.payout_id),
        }
        body = {"sender_batch_header": {"sender_batch_id": str(ask.payout_id)}, "items": [item]}
        try:
            answer = await self._wire.post(_PAYOUTS, body, key=str(ask.payout_id))
            if answer.is_done:
                ref = answer.read(PayoutAnswer).batch_header.payout_batch_id
                self._memory.keep(ask.payout_id, ref)
                return await self._read(ask.payout_id, ref)
            fault = answer.fault()
            earlier = _earlier(fault)
            if earlier is not None:
                self._memory.keep(ask.payout_id, earlier)
                return await self._read(ask.payout_id, earlier)
        except NoAnswer as silence:
            return PayoutStatus(PayoutOutcome.UNKNOWN, reason=silence.reason)
        word = fault.word()
        if answer.status == 429 or word in _LATER or fault.name in _LATER:
            return PayoutStatus(PayoutOutcome.LATER, reason=word)
        # "Business error" is also what PayPal says of an id used before, when it forgets to name the payout.
        is_final = answer.status in (400, 403, 422) and fault.name not in (
            "USER_BUSINESS_ERROR",
            "DUPLICATE_REQUEST_ID",
        )
        return PayoutStatus(PayoutOutcome.FAILED if is_final else PayoutOutcome.UNKNOWN, reason=word)

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        """As `PaysOut.payout_status`."""
        require_no_transaction("PayPal")
        try:
            ref = payout_ref or self._memory.find(payout_id) or await self._found(payout_id)
            if ref is None:
                return PayoutStatus(PayoutOutcome.UNKNOWN, reason=NOT_FOUND)
            return await self._read(payout_id, ref)
        except NoAnswer as silence:
            return PayoutStatus(PayoutOutcome.UNKNOWN, payout_ref, silence.reason)

    async def _found(self, payout_id: UUID) -> str | None:
        now = self._wire.now()
        begun = happenings.begun_at(payout_id)
        first = begun - happenings.SKEW if begun is not None and begun < now else now - happenings.KEPT
        async for one in happenings.since(self._wire, first, now):
            ref = happenings.payout_named(one, str(payout_id))
            if ref is not None:
                return ref
        return None

    async def _read(self, payout_id: UUID, ref: str) -> PayoutStatus:
        """What became of it. A payout that was made is UNKNOWN under its name when it cannot be read now."""
        if not _BATCH.fullmatch(ref):
            return PayoutStatus(PayoutOutcome.UNKNOWN, reason=NOT_FOUND)
        try:
            answer = await self._wire.get(f"{_PAYOUTS}/{quote(ref, safe='')}")
            if answer.status == 404:
                return PayoutStatus(PayoutOutcome.UNKNOWN, reason=NOT_FOUND)
            if not answer.is_done:
                raise NoAnswer(answer.fault().word())
            batch = answer.read(PayoutBatch)
        except NoAnswer as silence:
            return PayoutStatus(PayoutOutcome.UNKNOWN, ref, silence.reason)
        items = [one for one in batch.items if one.payout_item.sender_item_id == str(payout_id)]
        if batch.items and len(items) != 1:
            return PayoutStatus(PayoutOutcome.UNKNOWN, ref, "other_payout")
        status = batch.batch_header.batch_status
        if status in ("DENIED", "CANCELED"):
            return PayoutStatus(
                PayoutOutcome.FAILED, ref, items[0].errors.name or status if items else status
            )
        if not items or not items[0].transaction_status:
            return PayoutStatus(PayoutOutcome.PENDING, ref)
        outcome = _ITEM_OUTCOMES.get(items[0].transaction_status, PayoutOutcome.UNKNOWN)
        word = items[0].errors.name or items[0].transaction_status
        return PayoutStatus(outcome, ref, None if outcome is PayoutOutcome.DONE else word)


def _earlier(fault: Fault) -> str | None:
    """The payout PayPal made for this id before, from the link in its refusal."""
    for link in fault.links:
        path = urlsplit(link.href).path
        ref = path.removeprefix(f"{_PAYOUTS}/")
        if path.startswith(f"{_PAYOUTS}/") and _BATCH.fullmatch(ref):
            return ref
    return None
