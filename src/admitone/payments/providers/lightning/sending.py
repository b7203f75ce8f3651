"""Money sent back over Lightning (`payments.bitcoin.Sender`): an invoice of the buyer's is paid, once."""

from typing import Final

from admitone.payments.bitcoin import Outgoing, Rail, SendOutcome, SendStatus
from admitone.payments.bitcoin.bolt11 import BadBolt11, decode
from admitone.payments.providers.lightning.node import (
    BadNodeKeys,
    LightningNode,
    NodeAway,
    NodeRefused,
    SendState,
    Sent,
)

SECONDS: Final = 60
"""So long the node looks for a way."""
LATER: Final = frozenset({"insufficient_balance", "no_route", "timeout", "quota_exceeded", "rate_limited"})
"""Why a payment failed that may work another time, to the same invoice: BOLT 4, `PaymentFailureReason`, NIP-47."""
_OUTCOMES: Final = {
    SendState.NOT_FOUND: SendOutcome.NOT_FOUND,
    SendState.IN_FLIGHT: SendOutcome.IN_FLIGHT,
    SendState.SENT: SendOutcome.SENT,
    SendState.UNKNOWN: SendOutcome.UNKNOWN,
}


class LightningSender:
    """Implements `Sender` over a node. The payment hash of the invoice is the key at the node."""

    rail = Rail.LIGHTNING

    def __init__(self, node: LightningNode) -> None:
        self._node = node

    async def network(self) -> str:
        """As `Sender.network`."""
        try:
            return (await self._node.info()).network.value
        except (NodeAway, NodeRefused) as error:
            raise ConnectionError("no answer") from error

    async def send(self, out: Outgoing) -> SendStatus:
        """As `Sender.send`."""
        try:
            return _status(
                await self._node.pay(
                    out.destination,
                    amount_msat=out.amount_msat,
                    fee_most_msat=out.fee_most_msat,
                    seconds=SECONDS,
                )
            )
        except BadNodeKeys:
            return SendStatus(SendOutcome.LATER, reason="bad_keys")
        except NodeRefused as no:
            return SendStatus(SendOutcome.LATER if no.code in LATER else SendOutcome.FAILED, reason=no.code)
        except NodeAway as error:
            raise ConnectionError("no answer") from error

    async def look(self, out: Outgoing) -> SendStatus:
        """As `Sender.look`."""
        try:
            return _status(await self._node.sent(decode(out.destination).payment_hash.hex()))
        except BadBolt11:
            return SendStatus(SendOutcome.FAILED, reason="bad_invoice")
        except (NodeAway, NodeRefused) as error:
            raise ConnectionError("no answer") from error


def _status(sent: Sent) -> SendStatus:
    if sent.state is SendState.FAILED:
        outcome = SendOutcome.LATER if sent.reason in LATER else SendOutcome.FAILED
        return SendStatus(outcome, reason=sent.reason or "failed")
    if sent.state is SendState.SENT:
        return SendStatus(SendOutcome.SENT, sent.payment_hash, sent.preimage, sent.fee_msat)
    return SendStatus(_OUTCOMES[sent.state], reason=sent.reason)
