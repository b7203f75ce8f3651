"""The connection to one LND: the only file that opens one. Loaded by `node` on the first call, as gRPC is large.

TLS with the node's own certificate, the macaroon with every call, bounded waits, a ping every half minute so that a
connection that died quietly is noticed. It goes to an address that was looked at, also when it is begun again, while
the certificate is held against the name. What goes wrong is said in the words of `lightning.node`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Final, Protocol, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from admitone.payments.providers.lightning.node import NodeAway
from admitone.payments.providers.lnd import answers
from admitone.payments.providers.lnd.keys import LndKeys
from admitone.payments.providers.lnd.vendor import invoices_pb2, lightning_pb2, router_pb2
from admitone.payments.providers.lnd.vendor.invoices_pb2_grpc import InvoicesStub
from admitone.payments.providers.lnd.vendor.lightning_pb2_grpc import LightningStub
from admitone.payments.providers.lnd.vendor.router_pb2_grpc import RouterStub
from admitone.plumbing.public_addresses import Address

T = TypeVar("T")
M = TypeVar("M", covariant=True)
ANSWER_SECONDS: Final = 10.0
OPTIONS: Final = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.enable_http_proxy", 0),
)


class _Streamed(Protocol[M]):
    """What generated code, which has no types, gives for a call that is answered with a stream."""

    def __aiter__(self) -> AsyncIterator[M]: ...

    def cancel(self) -> bool: ...


def _readable(name: str, answer: T | None) -> T:
    """The answer; gRPC gives None for one it cannot read."""
    if answer is None:
        raise NodeAway(f"{name}: an answer nobody can read")
    return answer


class Wire:
    """Calls by name. All raise what `answers.said` gives."""

    def __init__(self, keys: LndKeys, address: Address) -> None:
        self._macaroon = (("macaroon", keys.macaroon_hex),)
        # A scheme without a resolver: no name is ever looked up here.
        where = f"ipv6:[{address}]" if address.version == 6 else f"ipv4:{address}"
        self._channel = grpc.aio.secure_channel(
            f"{where}:{keys.port}",
            grpc.ssl_channel_credentials(root_certificates=keys.certificate),
            # What TLS is held against.
            options=(*OPTIONS, ("grpc.default_authority", keys.target)),
        )
        self._lightning = LightningStub(self._channel)
        self._invoices = InvoicesStub(self._channel)
        self._router = RouterStub(self._channel)

    async def close(self) -> None:
        """Give the connection back."""
        await self._channel.close()

    async def _ask(self, name: str, call: Callable[..., Awaitable[T]], request: Message) -> T:
        try:
            answer = await call(request, timeout=ANSWER_SECONDS, metadata=self._macaroon)
        except grpc.aio.AioRpcError as error:
            raise answers.said(name, error.code().name, error.details() or "") from None
        return _readable(name, answer)

    async def _stream(
        self, name: str, call: Callable[..., _Streamed[T]], request: Message, seconds: float | None
    ) -> AsyncGenerator[T, None]:
        answered = call(request, timeout=seconds, metadata=self._macaroon)
        try:
            async for one in answered:
                yield _readable(name, one)
        except grpc.aio.AioRpcError as error:
            raise answers.said(name, error.code().name, error.details() or "") from None
        finally:
            answered.cancel()

    async def info(self) -> lightning_pb2.GetInfoResponse:
        """`GetInfo`."""
        answer: lightning_pb2.GetInfoResponse = await self._ask(
            "GetInfo", self._lightning.GetInfo, lightning_pb2.GetInfoRequest()
        )
        return answer

    async def add(self, new: lightning_pb2.Invoice) -> None:
        """`AddInvoice`: one whose preimage the node has."""
        await self._ask("AddInvoice", self._lightning.AddInvoice, new)

    async def add_hold(self, new: invoices_pb2.AddHoldInvoiceRequest) -> None:
        """`AddHoldInvoice`: one whose preimage only we have."""
        await self._ask("AddHoldInvoice", self._invoices.AddHoldInvoice, new)

    async def look_up(self, payment_hash: bytes) -> lightning_pb2.Invoice:
        """`LookupInvoiceV2`."""
        answer: lightning_pb2.Invoice = await self._ask(
            "LookupInvoiceV2",
            self._invoices.LookupInvoiceV2,
            invoices_pb2.LookupInvoiceMsg(payment_hash=payment_hash),
        )
        return answer

    async def settle(self, preimage: bytes) -> None:
        """`SettleInvoice`."""
        await self._ask(
            "SettleInvoice", self._invoices.SettleInvoice, invoices_pb2.SettleInvoiceMsg(preimage=preimage)
        )

    async def cancel(self, payment_hash: bytes) -> None:
        """`CancelInvoice`."""
        await self._ask(
            "CancelInvoice",
            self._invoices.CancelInvoice,
            invoices_pb2.CancelInvoiceMsg(payment_hash=payment_hash),
        )

    async def newest(self) -> int:
        """The index of the newest invoice there is; 0 when there is none (`ListInvoices`)."""
        asked = lightning_pb2.ListInvoiceRequest(num_max_invoices=1, reversed=True)
        answer: lightning_pb2.ListInvoiceResponse = await self._ask(
            "ListInvoices", self._lightning.ListInvoices, asked
        )
        return answer.last_index_offset

    def subscribe(self, add_index: int, settle_index: int) -> AsyncGenerator[lightning_pb2.Invoice, None]:
        """`SubscribeInvoices`: what was added and settled since these indices, 0 for from now on, and what will be."""
        asked = lightning_pb2.InvoiceSubscription(add_index=add_index, settle_index=settle_index)
        return self._stream("SubscribeInvoices", self._lightning.SubscribeInvoices, asked, None)

    def follow(self, payment_hash: bytes) -> AsyncGenerator[lightning_pb2.Invoice, None]:
        """`SubscribeSingleInvoice`: as it is, then as it changes."""
        asked = invoices_pb2.SubscribeSingleInvoiceRequest(r_hash=payment_hash)
        return self._stream("SubscribeSingleInvoice", self._invoices.SubscribeSingleInvoice, asked, None)

    def send(
        self, asked: router_pb2.SendPaymentRequest, seconds: float
    ) -> AsyncGenerator[lightning_pb2.Payment, None]:
        """`SendPaymentV2`: the last message wins."""
        return self._stream("SendPaymentV2", self._router.SendPaymentV2, asked, seconds)

    async def track(self, payment_hash: bytes) -> lightning_pb2.Payment:
        """`TrackPaymentV2`: how a payment of ours stands now."""
        asked = router_pb2.TrackPaymentRequest(payment_hash=payment_hash)
        stream: AsyncGenerator[lightning_pb2.Payment, None] = self._stream(
            "TrackPaymentV2", self._router.TrackPaymentV2, asked, ANSWER_SECONDS
        )
        async with aclosing(stream):
            async for payment in stream:
                return payment
        raise NodeAway("TrackPaymentV2: no answer")

    async def channels(self) -> lightning_pb2.ChannelBalanceResponse:
        """`ChannelBalance`."""
        answer: lightning_pb2.ChannelBalanceResponse = await self._ask(
            "ChannelBalance", self._lightning.ChannelBalance, lightning_pb2.ChannelBalanceRequest()
        )
        return answer

    async def onchain(self) -> lightning_pb2.WalletBalanceResponse:
        """`WalletBalance`."""
        answer: lightning_pb2.WalletBalanceResponse = await self._ask(
            "WalletBalance", self._lightning.WalletBalance, lightning_pb2.WalletBalanceRequest()
        )
        return answer
