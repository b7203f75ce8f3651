"""Money to organisers by Paystack's transfers: banks in Nigeria, Ghana, South Africa, mobile money in Ghana and Kenya.

Our payout's id is the transfer's `reference`, and used twice it is refused; then the transfer is looked up. Where the
account asks for a code before each transfer (`otp`), the organiser's people enter it on Paystack's page: until then
nothing was sent.
"""

import re
from uuid import UUID

import msgspec

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.paystack.wire import NoAnswer, Said, Wire
from admitone.payments.roles import (
    NOT_FOUND,
    BadReceiver,
    PayoutAsk,
    PayoutOutcome,
    PayoutStatus,
    Receiver,
)
from admitone.plumbing.database import require_no_transaction

OTP_REQUIRED = "otp_required"
_OUTCOMES = {
    "success": PayoutOutcome.DONE,
    "pending": PayoutOutcome.PENDING,
    "received": PayoutOutcome.PENDING,
    "queued": PayoutOutcome.PENDING,
    "processing": PayoutOutcome.PENDING,
    "otp": PayoutOutcome.LATER,
    "failed": PayoutOutcome.FAILED,
    "reversed": PayoutOutcome.FAILED,
    "abandoned": PayoutOutcome.FAILED,
    "blocked": PayoutOutcome.FAILED,
    "rejected": PayoutOutcome.FAILED,
}
# Where the name of an account's holder can be asked for.
_RESOLVED = frozenset({"NGN", "GHS"})
_TYPES = {"NGN": "nuban", "GHS": "ghipss", "ZAR": "basa", "KES": "kepss"}
_NUMBER = re.compile(r"[0-9]{5,20}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")
_WORD = re.compile(r"[^\W_]{3,}")


class _Bank(msgspec.Struct):
    code: str
    name: str = ""
    type: str | None = None


class _Resolved(msgspec.Struct):
    account_name: str


class _Recipient(msgspec.Struct):
    recipient_code: str


class _Named(msgspec.Struct):
    recipient_code: str | None = None


class _Transfer(msgspec.Struct):
    status: str
    reference: str
    amount: int
    currency: str
    reason: str | None = None
    recipient: object = None


class PaystackPayouts:
    """Implements `PaysOut`."""

    receiver_fields = ("account_number", "bank_code")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def receiver(self, receiver: Receiver) -> str:
        """As `PaysOut.receiver`. Paystack gives the same recipient for the same account each time."""
        require_no_transaction("Paystack")
        number = receiver.details.get("account_number", "").replace(" ", "")
        code = receiver.details.get("bank_code", "").strip()
        if receiver.currency not in _TYPES:
            raise BadReceiver(field="currency", reason="currency_not_supported")
        if not _NUMBER.fullmatch(number):
            raise BadReceiver(field="account_number", reason="account_number")
        if not _CODE.fullmatch(code):
            raise BadReceiver(field="bank_code", reason="bank_code")
        try:
            kind = await self._kind(receiver.currency, code)
            if receiver.currency in _RESOLVED and kind in ("nuban", "ghipss"):
                await self._check_name(receiver.holder, number, code)
            said = await self._wire.ask(
                "POST",
                "/transferrecipient",
                body={
                    "type": kind,
                    "name": receiver.holder,
                    "account_number": number,
                    "bank_code": code,
                    "currency": receiver.currency,
                },
            )
            if said.is_good:
                return said.read(_Recipient).recipient_code
        except NoAnswer as lost:
            raise ProviderAway(reason=lost.reason) from None
        raise _refused(said)

    async def _kind(self, currency: str, code: str) -> str:
        """What sort of receiver a bank's customers are: its list says it, as of mobile money, a bank there."""
        async for bank in self._wire.pages("/bank", _Bank, {"currency": currency}):
            if bank.code == code:
                return bank.type or _TYPES[currency]
        raise BadReceiver(field="bank_code", reason="bank_code")

    async def _check_name(self, holder: str, number: str, code: str) -> None:
        said = await self._wire.ask(
            "GET", "/bank/resolve", query={"account_number": number, "bank_code": code}
        )
        if not said.is_good:
            raise _refused(said)
        # Banks shorten and turn names round, so one word in common is what can be asked.
        if not _words(holder) & _words(said.read(_Resolved).account_name):
            raise BadReceiver(field="holder", reason="other_name")

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """As `PaysOut.pay_out`."""
        require_no_transaction("Paystack")
        body = {
            "source": "balance",
            "amount": ask.amount_minor,
            "currency": ask.currency,
            "recipient": ask.to_ref,
            "reference": ask.payout_id.hex,
            "reason": ask.description,
        }
        try:
            said = await self._wire.ask("POST", "/transfer", body=body)
            if said.is_duplicate:
                return await self._made_before(ask)
            if said.is_good:
                return _status(said.read(_Transfer), ask.payout_id)
        except NoAnswer as lost:
            is_later = lost.reason == "too_many"
            return PayoutStatus(
                PayoutOutcome.LATER if is_later else PayoutOutcome.UNKNOWN, reason=lost.reason
            )
        if said.lacks_money or said.refuses_keys:
            return PayoutStatus(
                PayoutOutcome.LATER, reason="too_little_money" if said.lacks_money else said.word
            )
        return PayoutStatus(PayoutOutcome.FAILED, reason=said.word)

    async def _made_before(self, ask: PayoutAsk) -> PayoutStatus:
        said = await self._wire.ask("GET", f"/transfer/verify/{ask.payout_id.hex}")
        if not said.is_good:
            return PayoutStatus(
                PayoutOutcome.UNKNOWN, reason="contradiction" if said.is_absent else said.word
            )
        found = said.read(_Transfer)
        to_ref = _recipient(found)
        if (found.amount, found.currency) != (ask.amount_minor, ask.currency) or to_ref not in (
            None,
            ask.to_ref,
        ):
            return PayoutStatus(PayoutOutcome.UNKNOWN, reason="other_payout")
        return _status(found, ask.payout_id)

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        """As `PaysOut.payout_status`: always by our key, which is the name it has there."""
        require_no_transaction("Paystack")
        try:
            said = await self._wire.ask("GET", f"/transfer/verify/{payout_id.hex}")
            if said.is_absent:
                return PayoutStatus(PayoutOutcome.UNKNOWN, payout_ref, NOT_FOUND)
            if not said.is_good:
                return PayoutStatus(PayoutOutcome.UNKNOWN, payout_ref, said.word)
            return _status(said.read(_Transfer), payout_id)
        except NoAnswer as lost:
            return PayoutStatus(PayoutOutcome.UNKNOWN, payout_ref, lost.reason)


def _status(found: _Transfer, payout_id: UUID) -> PayoutStatus:
    if found.reference != payout_id.hex:
        return PayoutStatus(PayoutOutcome.UNKNOWN, reason="other_payout")
    outcome = _OUTCOMES.get(found.status, PayoutOutcome.UNKNOWN)
    reason = None
    if outcome not in (PayoutOutcome.DONE, PayoutOutcome.PENDING):
        reason = OTP_REQUIRED if found.status == "otp" else found.status
    return PayoutStatus(outcome, found.reference, reason)


def _recipient(found: _Transfer) -> str | None:
    try:
        return msgspec.convert(found.recipient, _Named).recipient_code
    except msgspec.ValidationError:
        return None


def _refused(said: Said) -> BadReceiver | ProviderAway:
    return ProviderAway(reason=said.word) if said.refuses_keys else BadReceiver(reason=said.message)


def _words(name: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(name)}
