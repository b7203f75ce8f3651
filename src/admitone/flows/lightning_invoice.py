"""The one Lightning invoice of an order, for whoever asks: a UMA provider, a Lightning Address, a connected wallet.

It is the invoice the page shows. Nobody gets a second one, so an order cannot be paid twice by two ways of asking.
"""

from uuid import UUID

from admitone import orders, payments
from admitone.flows.pay_with_bitcoin import PayWithBitcoin
from admitone.payments.bitcoin import LIGHTNING, BitcoinBook, Request
from admitone.values.refusals import Busy


class NodeSilent(Busy):
    """The organiser's Lightning node gives no invoice now."""

    code = "lightning.node_silent"
    text = "The organiser's Lightning node does not answer at the moment. Please try again in a minute."


class LightningInvoices:
    """Finds and makes them."""

    def __init__(self, bitcoin: PayWithBitcoin, book: BitcoinBook) -> None:
        self._bitcoin = bitcoin
        self._book = book

    async def may_be_paid(self, order_id: UUID) -> orders.OrderRow:
        """The order, if it waits and can be paid over Lightning; nothing is made.

        Raises `OrderNotFound`, `OrderNotPending`, `OrderExpired`, `MethodNotOffered`.
        """
        order, rails = await self._bitcoin.payable(order_id)
        if not any(one.method.id == LIGHTNING for one in rails):
            raise payments.MethodNotOffered(field="method")
        return order

    async def of_order(
        self, order_id: UUID, description_hash: bytes | None = None, *, by_stranger: bool = False
    ) -> Request:
        """The invoice for what is due of this order now, made if there is none, and then with `description_hash`.
        `by_stranger`: for somebody who need not be its buyer.

        Raises `TooManyAttempts`, `NoRate`, `NodeSilent`, and as `may_be_paid`.
        """
        opened = await self._bitcoin.open(
            order_id, description_hash=description_hash, by_stranger=by_stranger
        )
        found = [one for one in opened.attempts if one.method == LIGHTNING]
        if not found:
            if any(key.endswith(f":{LIGHTNING}") for key in opened.away):
                raise NodeSilent
            raise payments.MethodNotOffered(field="method")
        request = await self._book.request(found[0].id)
        if request is None or request.bolt11 is None:
            raise NodeSilent
        return request
