"""Sending money back. A refund is found by our id in its metadata before it is asked for, so that one that failed there
is tried anew under a new key, and none is made twice however old the key is.

Of a payment that was split, the part that went to a connected account is taken back with the refund, and our own fee
goes back to that account by as much as was decided here; Stripe's own proportion would round otherwise.
"""

from typing import Any
from uuid import UUID

from admitone.payments.kinds import AccountSheet
from admitone.payments.provider import NOT_FOUND, Outcome, RefundAsk, RefundOutcome, RefundStatus
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.amounts import NotPayable, to_stripe
from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.payments.providers.stripe.finding import Finding
from admitone.payments.providers.stripe.line import Line, named
from admitone.payments.providers.stripe.reading import status_of

REFUNDS = "/v1/refunds"
FEES = "/v1/application_fees"
_EXPAND = ["charge"]
_OUTCOMES = {
    "succeeded": RefundOutcome.DONE,
    "pending": RefundOutcome.PENDING,
    "requires_action": RefundOutcome.PENDING,
    "failed": RefundOutcome.FAILED,
    "canceled": RefundOutcome.FAILED,
}


class Refunding:
    """Sends back the money of one account."""

    def __init__(self, line: Line, sheet: AccountSheet, finding: Finding) -> None:
        self._line = line
        self._sheet = sheet
        self._finding = finding

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`."""
        try:
            return await self._refund(ask)
        except NotPayable:
            return RefundStatus(RefundOutcome.FAILED, reason="amount_not_payable")
        except NoAnswer as lost:
            return RefundStatus(RefundOutcome.UNKNOWN, reason=lost.reason)
        except SaysNo as no:
            return RefundStatus(_outcome(no), reason=no.reason)

    async def status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        try:
            if refund_ref is not None:
                found = await self._line.find(REFUNDS, refund_ref, wire.Refund, expand=_EXPAND)
            else:
                intent_id = await self._intent_of(payment_ref)
                made = [] if intent_id is None else await self._made(intent_id, refund_id)
                found = made[0] if made else None
            if found is None:
                return RefundStatus(RefundOutcome.UNKNOWN, reason=NOT_FOUND)
            return await self._finished(found)
        except (NoAnswer, SaysNo) as lost:
            return RefundStatus(RefundOutcome.UNKNOWN, refund_ref, lost.reason)

    async def _refund(self, ask: RefundAsk) -> RefundStatus:
        payment = await self._finding.payment(ask.provider_ref)
        if payment is None:
            return RefundStatus(RefundOutcome.FAILED, reason="no_such_payment")
        status = status_of(payment, self._sheet)
        if status.outcome is not Outcome.PAID:
            outcome = RefundOutcome.LATER if status.outcome is Outcome.SEEN else RefundOutcome.FAILED
            unknown = status.outcome is Outcome.UNKNOWN
            reason = status.reason if unknown else "not_paid"
            return RefundStatus(RefundOutcome.UNKNOWN if unknown else outcome, reason=reason)
        intent = payment.payment_intent if isinstance(payment, wire.Session) else payment
        assert isinstance(intent, wire.Intent), "what is paid has an intent that says so"
        if intent.currency.upper() != ask.currency:
            return RefundStatus(RefundOutcome.FAILED, reason="other_currency")
        made = await self._made(intent.id, ask.refund_id)
        for one in made:
            if _OUTCOMES.get(one.status or "") is not RefundOutcome.FAILED:
                return await self._finished(one)
        # Each that failed used up its key.
        key = f"{ask.refund_id}:again{len(made)}" if made else str(ask.refund_id)
        asked = await self._line.keyed(REFUNDS, wire.Refund, key, **self._params(ask, intent.id))
        return await self._finished(asked)

    def _params(self, ask: RefundAsk, intent_id: str) -> dict[str, Any]:
        metadata = {wire.REFUND: str(ask.refund_id), wire.ACCOUNT: str(self._sheet.id)}
        params: dict[str, Any] = {
            "payment_intent": intent_id,
            "amount": to_stripe(ask.amount_minor, ask.currency),
            "metadata": metadata,
            "expand": _EXPAND,
        }
        if ask.split_back_minor is not None:
            metadata[wire.FEE_BACK] = str(to_stripe(ask.split_back_minor, ask.currency))
            params |= {"reverse_transfer": True, "refund_application_fee": False}
        return params

    async def _intent_of(self, payment_ref: str) -> str | None:
        if payment_ref.startswith("pi_"):
            return payment_ref
        payment = await self._finding.payment(payment_ref)
        intent = payment.payment_intent if isinstance(payment, wire.Session) else None
        return intent.id if isinstance(intent, wire.Intent) else None

    async def _made(self, intent_id: str, refund_id: UUID) -> list[wire.Refund]:
        """The refunds made for this id, newest first."""
        made = self._line.pages(REFUNDS, wire.Refund, payment_intent=intent_id, expand=["data.charge"])
        return [one async for one in made if (one.metadata or {}).get(wire.REFUND) == str(refund_id)]

    async def _finished(self, refund: wire.Refund) -> RefundStatus:
        """Where a refund stands; not done before our fee has gone back with it."""
        outcome = _OUTCOMES.get(refund.status or "")
        if outcome is None:
            raise NoAnswer("unreadable")
        fee_back = (refund.metadata or {}).get(wire.FEE_BACK, "0")
        if outcome is not RefundOutcome.FAILED and fee_back != "0":
            try:
                await self._give_fee_back(refund, fee_back)
            except (NoAnswer, SaysNo) as lost:
                return RefundStatus(RefundOutcome.UNKNOWN, refund.id, f"fee_not_back_{lost.reason}")
        reason = refund.failure_reason or refund.status if outcome is RefundOutcome.FAILED else None
        return RefundStatus(outcome, refund.id, reason)

    async def _give_fee_back(self, refund: wire.Refund, fee_back: str) -> None:
        fee = refund.charge.application_fee if isinstance(refund.charge, wire.Charge) else None
        if fee is None:
            raise NoAnswer("no_fee_found")
        path = f"{named(FEES, fee)}/refunds"
        mark = (refund.metadata or {}).get(wire.REFUND, "")
        async for back in self._line.pages(path, wire.FeeRefund):
            if (back.metadata or {}).get(wire.REFUND) == mark:
                return
        metadata = {wire.REFUND: mark}
        await self._line.keyed(
            path, wire.FeeRefund, f"{refund.id}:fee", amount=int(fee_back), metadata=metadata
        )


def _outcome(no: SaysNo) -> RefundOutcome:
    if no.kind is No.LATER:
        return RefundOutcome.LATER
    # Keys that do not work say nothing about the refund.
    return RefundOutcome.FAILED if no.kind in (No.REFUSED, No.MISSING) else RefundOutcome.UNKNOWN
