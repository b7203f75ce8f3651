"""LND's interface in front of a real Lightning node: what our adapter of LND asks, a real Electrum does.

Built on the LND of tests (`lnd_server`): its book is kept as Electrum says. Electrum holds payments like LND does
(`add_hold_invoice`, `settle_hold_invoice`, `cancel_hold_invoice`), and knows neither notices nor invoices with a given
preimage that settle by themselves: so it is looked at often, and only invoices that hold are made.
"""

import asyncio
import contextlib
import hashlib
from decimal import Decimal
from typing import Any

from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.providers.lnd.vendor import invoices_pb2, lightning_pb2
from tests.support.electrum import Electrum, ElectrumError
from tests.support.lnd_book import ACCEPTED, CANCELED, OPEN, SETTLED, LndBook, Refused, system_now
from tests.support.lnd_server import LndServer

LOOK_SECONDS = 0.05
HELD_BLOCKS = 300
"""Electrum wants at least 288 for what it holds."""


class LndOverElectrum(LndServer):
    """Its invoices and payments are this node's."""

    def __init__(self, node: Electrum) -> None:
        super().__init__(LndBook(system_now))
        self._node = node
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Answer, and look at the node from now on."""
        await super().start()
        self._looking = asyncio.create_task(self._look_often())

    async def stop(self) -> None:
        """Be gone; node and book stay."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await super().stop()

    async def _ask(self, method: str, **named: Any) -> Any:
        try:
            return await asyncio.to_thread(lambda: self._node.of_wallet(method, **named))
        except ElectrumError as error:
            raise Refused(str(error)) from error

    async def _look_often(self) -> None:
        while True:
            for payment_hash, one in list(self.book.invoices.items()):
                if one.state in (OPEN, ACCEPTED):
                    with contextlib.suppress(Refused):
                        await self._look_at(payment_hash)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_at(self, payment_hash: bytes) -> None:
        """Bring the book to what the node says of this invoice."""
        said = await self._ask("check_hold_invoice", payment_hash=payment_hash.hex())
        one = self.book.invoices[payment_hash]
        if said["status"] == "paid" and one.state == OPEN:
            amount_msat = said["received_amount_sat"] * 1000
            one.htlcs.append(
                lightning_pb2.InvoiceHTLC(
                    chan_id=1,
                    amt_msat=amount_msat,
                    accept_height=self.book.height,
                    expiry_height=said["closest_htlc_expiry_height"],
                    state=lightning_pb2.ACCEPTED,
                )
            )
            one.amt_paid_msat, one.amt_paid_sat = amount_msat, amount_msat // 1000
            self.book._turn(one, ACCEPTED)
        if said["status"] == "settled" and one.state in (OPEN, ACCEPTED):
            one.r_preimage = bytes.fromhex(said["preimage"])
            self.book._turn(one, SETTLED)

    async def _info(self, request: Any) -> Any:
        self.book.height = (await asyncio.to_thread(self._node.rpc, "getinfo"))["blockchain_height"]
        return await super()._info(request)

    async def _add(self, request: Any) -> Any:
        raise Refused("this node makes invoices that hold only")

    async def _add_hold(self, request: Any) -> Any:
        if request.hash in self.book.invoices:
            raise Refused("invoice with payment hash already exists")
        amount = Decimal(request.value_msat or request.value * 1000).scaleb(-11)
        made = await self._ask(
            "add_hold_invoice",
            payment_hash=request.hash.hex(),
            amount=str(amount),
            memo=request.memo,
            expiry=request.expiry,
            min_final_cltv_expiry_delta=HELD_BLOCKS,
        )
        wanted = lightning_pb2.Invoice(
            memo=request.memo, value_msat=request.value_msat, expiry=request.expiry, cltv_expiry=HELD_BLOCKS
        )
        kept = self.book.add(wanted, payment_hash=request.hash, preimage=None)
        kept.payment_request = made["invoice"]
        return invoices_pb2.AddHoldInvoiceResp(payment_request=made["invoice"], add_index=kept.add_index)

    async def _look_up(self, request: Any) -> Any:
        if request.payment_hash in self.book.invoices:
            await self._look_at(request.payment_hash)
        return self.book.look_up(request.payment_hash)

    async def _settle(self, request: Any) -> Any:
        payment_hash = hashlib.sha256(request.preimage).digest()
        if self.book.look_up(payment_hash).state == ACCEPTED:
            await self._ask("settle_hold_invoice", preimage=request.preimage.hex())
        self.book.settle(request.preimage)
        return invoices_pb2.SettleInvoiceResp()

    async def _cancel(self, request: Any) -> Any:
        if self.book.look_up(request.payment_hash).state not in (CANCELED, SETTLED):
            await self._ask("cancel_hold_invoice", payment_hash=request.payment_hash.hex())
        self.book.cancel(request.payment_hash)
        return invoices_pb2.CancelInvoiceResp()

    async def _send(self, request: Any) -> Any:
        if not request.payment_request:
            raise Refused("amount must be specified when paying a zero amount invoice")
        asked = decode(request.payment_request)
        if asked.payment_hash in self.book.payments:
            raise Refused("invoice is already paid", "ALREADY_EXISTS")
        made = lightning_pb2.Payment(
            payment_hash=asked.payment_hash.hex(),
            value_msat=asked.amount_msat or request.amt_msat,
            payment_request=request.payment_request,
            status=lightning_pb2.Payment.IN_FLIGHT,
        )
        self.book.payments[asked.payment_hash] = made
        said = await asyncio.to_thread(
            lambda: self._node.pay(request.payment_request, request.timeout_seconds or 60)
        )
        if said["success"]:
            made.status, made.payment_preimage = lightning_pb2.Payment.SUCCEEDED, said["preimage"]
        else:
            made.status, made.failure_reason = (
                lightning_pb2.Payment.FAILED,
                lightning_pb2.FAILURE_REASON_NO_ROUTE,
            )
        yield made

    async def _balance(self, request: Any) -> Any:
        [channel] = await self._ask("list_channels")
        local, remote = (int(channel[f"{side}_balance"]) * 1000 for side in ("local", "remote"))

        def amount(msat: int) -> Any:
            return lightning_pb2.Amount(sat=msat // 1000, msat=msat)

        return lightning_pb2.ChannelBalanceResponse(
            balance=local // 1000, local_balance=amount(local), remote_balance=amount(remote)
        )
