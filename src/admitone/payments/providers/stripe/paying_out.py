"""Money to organisers: transfers from the site's balance to connected accounts, whose banks Stripe pays by itself.

Source: docs.stripe.com/connect/separate-charges-and-transfers.
"""

from uuid import UUID

from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.stripe import wire
from admitone.payments.providers.stripe.amounts import NotPayable, to_stripe
from admitone.payments.providers.stripe.answers import No, NoAnswer, SaysNo
from admitone.payments.providers.stripe.line import Line
from admitone.payments.roles import NOT_FOUND, BadReceiver, PayoutAsk, PayoutOutcome, PayoutStatus, Receiver

TRANSFERS = "/v1/transfers"
_BANK = {
    "paid": PayoutOutcome.DONE,
    "pending": PayoutOutcome.PENDING,
    "in_transit": PayoutOutcome.PENDING,
    "failed": PayoutOutcome.FAILED,
    "canceled": PayoutOutcome.FAILED,
}


class PayingOut:
    """Implements `PaysOut`. `account` is the connected account's name (`acct_...`)."""

    receiver_fields = ("account",)

    def __init__(self, line: Line) -> None:
        self._line = line

    async def receiver(self, receiver: Receiver) -> str:
        """As `PaysOut.receiver`: it has to be known already (`Onboards`), and to be able to receive."""
        ref = receiver.details.get("account", "")
        if not ref.startswith("acct_") or not ref.removeprefix("acct_").isalnum():
            raise BadReceiver(reason="no_account")
        try:
            account = await self._line.find("/v1/accounts", ref, wire.Account)
        except NoAnswer as lost:
            raise ProviderAway from lost
        except SaysNo as no:
            # Stripe answers like this for accounts that are not connected to these keys.
            raise BadReceiver(reason=no.reason) from None
        if account is None:
            raise BadReceiver(reason="no_such_account")
        if (account.capabilities or {}).get("transfers") != "active":
            raise BadReceiver(reason="transfers_not_active")
        return account.id

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        """As `PaysOut.pay_out`."""
        try:
            made = await self._made(ask.payout_id)
            if made is None:
                made = await self._line.keyed(
                    TRANSFERS,
                    wire.Transfer,
                    str(ask.payout_id),
                    amount=to_stripe(ask.amount_minor, ask.currency),
                    currency=ask.currency.lower(),
                    destination=ask.to_ref,
                    description=ask.description or "Payout",
                    transfer_group=str(ask.payout_id),
                    metadata={wire.PAYOUT: str(ask.payout_id)},
                )
            return _status(made)
        except NotPayable:
            return PayoutStatus(PayoutOutcome.FAILED, reason="amount_not_payable")
        except NoAnswer as lost:
            return PayoutStatus(PayoutOutcome.UNKNOWN, reason=lost.reason)
        except SaysNo as no:
            return PayoutStatus(_outcome(no), reason=no.reason)

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        """As `PaysOut.payout_status`; also for a payout to a bank (`po_...`), which webhooks may name."""
        try:
            if payout_ref is not None and payout_ref.startswith("po_"):
                return await self._bank_status(payout_ref)
            if payout_ref is not None:
                found = await self._line.find(TRANSFERS, payout_ref, wire.Transfer)
            else:
                found = await self._made(payout_id)
        except (NoAnswer, SaysNo) as lost:
            return PayoutStatus(PayoutOutcome.UNKNOWN, payout_ref, lost.reason)
        if found is None:
            return PayoutStatus(PayoutOutcome.UNKNOWN, payout_ref, NOT_FOUND)
        return _status(found)

    async def _made(self, payout_id: UUID) -> wire.Transfer | None:
        async for transfer in self._line.pages(TRANSFERS, wire.Transfer, transfer_group=str(payout_id)):
            if (transfer.metadata or {}).get(wire.PAYOUT) == str(payout_id):
                return transfer
        return None

    async def _bank_status(self, ref: str) -> PayoutStatus:
        payout = await self._line.find("/v1/payouts", ref, wire.BankPayout)
        if payout is None:
            return PayoutStatus(PayoutOutcome.UNKNOWN, ref, NOT_FOUND)
        return PayoutStatus(_BANK.get(payout.status, PayoutOutcome.UNKNOWN), ref, payout.failure_code)


def _status(transfer: wire.Transfer) -> PayoutStatus:
    if transfer.reversed:
        return PayoutStatus(PayoutOutcome.FAILED, transfer.id, "reversed")
    return PayoutStatus(PayoutOutcome.DONE, transfer.id)


def _outcome(no: SaysNo) -> PayoutOutcome:
    if no.kind is No.LATER:
        return PayoutOutcome.LATER
    return PayoutOutcome.FAILED if no.kind in (No.REFUSED, No.MISSING) else PayoutOutcome.UNKNOWN
