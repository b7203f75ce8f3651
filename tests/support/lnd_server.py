"""An LND to talk to: its gRPC interface over TLS with macaroons and permissions, on a book in memory (`lnd_book`).

It can drop streams, lose answers after the work was done, answer garbage, be locked, and be stopped and started again.
Our reading of lnd is held against an independent client of LND in `test_lnd_peer.py`.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Any

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.providers.lnd.vendor import invoices_pb2, lightning_pb2, router_pb2
from tests.support.lnd_book import LndBook, Refused, Watcher, Way

ALL = frozenset(
    {"info:read", "invoices:read", "invoices:write", "offchain:read", "offchain:write", "onchain:read"}
)


class Fault(StrEnum):
    """What goes wrong with a call. `LOST` and `GARBAGE`: the work was done all the same."""

    NEVER = "never"
    ERROR = "error"
    LOST = "lost"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class _Method:
    request: Any
    permission: str
    answer: Callable[..., Any]
    is_stream: bool = False


class LndServer:
    """`macaroons` are what each may do, by its hexadecimal form."""

    def __init__(self, book: LndBook) -> None:
        self.book = book
        self.macaroon = secrets.token_hex(60)
        self.macaroons: dict[str, frozenset[str]] = {self.macaroon: ALL}
        self.faults: dict[str, deque[Fault]] = {}
        self.calls: list[str] = []
        self.is_locked = False
        self.arrives = asyncio.Event()
        """What is slow on its way arrives when this is set."""
        self.network = "regtest"
        self.channels = 2
        self.is_synced = True
        self._key, self.certificate = _self_signed()
        self._server: Any = None
        self.port = 0

    @property
    def credentials(self) -> dict[str, str]:
        """What an organiser would type."""
        return {
            "host": f"127.0.0.1:{self.port}",
            "macaroon": self.macaroon,
            "certificate": self.certificate.decode(),
        }

    def bind(self) -> None:
        """Take a port, the same as before when there was one."""
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((_Handlers(self),))
        trusted = grpc.ssl_server_credentials([(self._key, self.certificate)])
        self.port = self._server.add_secure_port(f"127.0.0.1:{self.port}", trusted)

    async def start(self) -> None:
        """Answer from now on."""
        if self._server is None:
            self.bind()
        await self._server.start()

    async def stop(self) -> None:
        """Be gone; the book stays."""
        if self._server is not None:
            self.book.drop_streams()
            await self._server.stop(None)
            self._server = None

    def methods(self) -> dict[str, _Method]:
        """Every call it knows, with the permission it needs (lnd's `rpcserver.go` and sub-servers)."""
        return {
            "/lnrpc.Lightning/GetInfo": _Method(lightning_pb2.GetInfoRequest, "info:read", self._info),
            "/lnrpc.Lightning/AddInvoice": _Method(lightning_pb2.Invoice, "invoices:write", self._add),
            "/lnrpc.Lightning/LookupInvoice": _Method(
                lightning_pb2.PaymentHash, "invoices:read", self._look_up_old
            ),
            "/lnrpc.Lightning/ListInvoices": _Method(
                lightning_pb2.ListInvoiceRequest, "invoices:read", self._list
            ),
            "/lnrpc.Lightning/SubscribeInvoices": _Method(
                lightning_pb2.InvoiceSubscription, "invoices:read", self._subscribe, is_stream=True
            ),
            "/lnrpc.Lightning/ChannelBalance": _Method(
                lightning_pb2.ChannelBalanceRequest, "offchain:read", self._balance
            ),
            "/lnrpc.Lightning/WalletBalance": _Method(
                lightning_pb2.WalletBalanceRequest, "onchain:read", self._onchain
            ),
            "/invoicesrpc.Invoices/AddHoldInvoice": _Method(
                invoices_pb2.AddHoldInvoiceRequest, "invoices:write", self._add_hold
            ),
            "/invoicesrpc.Invoices/LookupInvoiceV2": _Method(
                invoices_pb2.LookupInvoiceMsg, "invoices:read", self._look_up
            ),
            "/invoicesrpc.Invoices/SettleInvoice": _Method(
                invoices_pb2.SettleInvoiceMsg, "invoices:write", self._settle
            ),
            "/invoicesrpc.Invoices/CancelInvoice": _Method(
                invoices_pb2.CancelInvoiceMsg, "invoices:write", self._cancel
            ),
            "/invoicesrpc.Invoices/SubscribeSingleInvoice": _Method(
                invoices_pb2.SubscribeSingleInvoiceRequest, "invoices:read", self._follow, is_stream=True
            ),
            "/routerrpc.Router/SendPaymentV2": _Method(
                router_pb2.SendPaymentRequest, "offchain:write", self._send, is_stream=True
            ),
            "/routerrpc.Router/TrackPaymentV2": _Method(
                router_pb2.TrackPaymentRequest, "offchain:read", self._track, is_stream=True
            ),
        }

    async def _info(self, request: Any) -> Any:
        pubkey = public_key_of(self.book.key)
        return lightning_pb2.GetInfoResponse(
            version="0.20.0-beta commit=v0.20.0-beta",
            identity_pubkey=pubkey,
            alias="mill-lane",
            color="#3399ff",
            num_active_channels=self.channels,
            num_peers=1,
            block_height=self.book.height,
            block_hash="00" * 32,
            best_header_timestamp=int(self.book.now().timestamp()),
            synced_to_chain=self.is_synced,
            synced_to_graph=True,
            chains=[lightning_pb2.Chain(chain="bitcoin", network=self.network)],
            uris=[f"{pubkey}@127.0.0.1:9735"],
            features={14: lightning_pb2.Feature(name="payment-addr", is_required=True, is_known=True)},
        )

    async def _add(self, request: Any) -> Any:
        preimage = request.r_preimage or secrets.token_bytes(32)
        made = self.book.add(request, payment_hash=_sha256(preimage), preimage=preimage)
        return lightning_pb2.AddInvoiceResponse(
            r_hash=made.r_hash,
            payment_request=made.payment_request,
            add_index=made.add_index,
            payment_addr=secrets.token_bytes(32),
        )

    async def _add_hold(self, request: Any) -> Any:
        wanted = lightning_pb2.Invoice(
            memo=request.memo,
            description_hash=request.description_hash,
            value_msat=request.value_msat,
            value=request.value,
            expiry=request.expiry,
            cltv_expiry=request.cltv_expiry,
            private=request.private,
        )
        made = self.book.add(wanted, payment_hash=request.hash, preimage=None)
        return invoices_pb2.AddHoldInvoiceResp(
            payment_request=made.payment_request,
            add_index=made.add_index,
            payment_addr=secrets.token_bytes(32),
        )

    async def _look_up(self, request: Any) -> Any:
        return self.book.look_up(request.payment_hash)

    async def _look_up_old(self, request: Any) -> Any:
        return self.book.look_up(request.r_hash)

    async def _list(self, request: Any) -> Any:
        found = list(self.book.invoices.values())[-request.num_max_invoices :]
        if not found:
            return lightning_pb2.ListInvoiceResponse()
        return lightning_pb2.ListInvoiceResponse(
            invoices=found, first_index_offset=found[0].add_index, last_index_offset=found[-1].add_index
        )

    async def _settle(self, request: Any) -> Any:
        self.book.settle(request.preimage)
        return invoices_pb2.SettleInvoiceResp()

    async def _cancel(self, request: Any) -> Any:
        self.book.cancel(request.payment_hash)
        return invoices_pb2.CancelInvoiceResp()

    async def _balance(self, request: Any) -> Any:
        def amount(msat: int) -> Any:
            return lightning_pb2.Amount(sat=msat // 1000, msat=msat)

        received = sum(one.amt_paid_msat for one in self.book.invoices.values() if one.settled)
        return lightning_pb2.ChannelBalanceResponse(
            balance=(received + 10**9 - self.book.sent_msat) // 1000,
            local_balance=amount(received + 10**9 - self.book.sent_msat),
            remote_balance=amount(10**9 - received),
            unsettled_local_balance=amount(0),
            unsettled_remote_balance=amount(0),
            pending_open_local_balance=amount(0),
            pending_open_remote_balance=amount(0),
        )

    async def _onchain(self, request: Any) -> Any:
        return lightning_pb2.WalletBalanceResponse(total_balance=70_000, confirmed_balance=50_000)

    def _subscribe(self, request: Any) -> AsyncIterator[Any]:
        return self._told(Watcher(None, request.add_index, request.settle_index))

    def _follow(self, request: Any) -> AsyncIterator[Any]:
        return self._told(Watcher(request.r_hash, 0, 0))

    async def _told(self, watcher: Watcher) -> AsyncIterator[Any]:
        self.book.watch(watcher)
        try:
            while True:
                told = await watcher.queue.get()
                if told is None:
                    raise Refused("the connection ended", "UNAVAILABLE")
                yield told
        finally:
            if watcher in self.book.watchers:
                self.book.watchers.remove(watcher)

    async def _send(self, request: Any) -> AsyncIterator[Any]:
        if not request.payment_request:
            raise Refused("amount must be specified when paying a zero amount invoice")
        way = self.book.send(request.payment_request, request.amt_msat, request.fee_limit_msat)
        if way is Way.ARRIVES_UNHEARD:
            raise Refused("the connection ended", "UNAVAILABLE")
        made = self.book.payments[decode(request.payment_request).payment_hash]
        if way is Way.SLOW:
            await self.arrives.wait()
            self.book.arrive(bytes.fromhex(made.payment_hash))
        if way is Way.STUCK:
            raise Refused("too late", "DEADLINE_EXCEEDED")
        yield made

    async def _track(self, request: Any) -> AsyncIterator[Any]:
        known = self.book.payments.get(request.payment_hash)
        if known is None:
            raise Refused("payment isn't initiated", "NOT_FOUND")
        yield known


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Checks the macaroon, plays faults, answers."""

    def __init__(self, server: LndServer) -> None:
        self._server = server
        self._methods = server.methods()

    def service(self, call: Any) -> Any:
        method = self._methods.get(call.method)
        if method is None:
            return None
        make = (
            grpc.unary_stream_rpc_method_handler if method.is_stream else grpc.unary_unary_rpc_method_handler
        )
        return make(
            self._streamed(call.method, method) if method.is_stream else self._answered(call.method, method),
            request_deserializer=method.request.FromString,
            response_serializer=lambda said: said if isinstance(said, bytes) else said.SerializeToString(),
        )

    def _check(self, method: _Method, context: Any) -> None:
        if self._server.is_locked:
            raise Refused("wallet locked, unlock it to enable full RPC access")
        shown = [value for name, value in context.invocation_metadata() if name == "macaroon"]
        if len(shown) != 1:
            raise Refused(f"expected 1 macaroon, got {len(shown)}")
        if shown[0] not in self._server.macaroons:
            raise Refused("verification failed: signature mismatch after caveat verification")
        if method.permission not in self._server.macaroons[shown[0]]:
            raise Refused("permission denied")

    def _answered(self, path: str, method: _Method) -> Callable[[Any, Any], Awaitable[Any]]:
        async def answer(request: Any, context: Any) -> Any:
            fault = await self._begin(path, context)
            try:
                self._check(method, context)
                said = await method.answer(request)
            except Refused as no:
                await context.abort(grpc.StatusCode[no.code], no.text)
            if fault is Fault.LOST:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the connection ended")
            return b"\xff\xff\xff\xff" if fault is Fault.GARBAGE else said

        return answer

    async def _begin(self, path: str, context: Any) -> Fault | None:
        """The fault planned for this call, unless nothing is done at all."""
        name = path.rpartition("/")[2]
        self._server.calls.append(name)
        waiting = self._server.faults.get(name)
        fault = waiting.popleft() if waiting else None
        if fault is Fault.NEVER:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "connection refused")
        if fault is Fault.ERROR:
            await context.abort(grpc.StatusCode.INTERNAL, "something is broken")
        return fault

    def _streamed(self, path: str, method: _Method) -> Callable[[Any, Any], AsyncIterator[Any]]:
        async def answer(request: Any, context: Any) -> AsyncIterator[Any]:
            fault = await self._begin(path, context)
            try:
                self._check(method, context)
                async for said in method.answer(request):
                    if fault is Fault.LOST:
                        await context.abort(grpc.StatusCode.UNAVAILABLE, "the connection ended")
                    yield b"\xff\xff\xff\xff" if fault is Fault.GARBAGE else said
            except Refused as no:
                await context.abort(grpc.StatusCode[no.code], no.text)

        return answer


def _sha256(preimage: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(preimage)
    return digest.finalize()


def public_key_of(key: bytes) -> str:
    """The public key of a secp256k1 private key, compressed, in hexadecimal."""
    secret = ec.derive_private_key(int.from_bytes(key), ec.SECP256K1())
    point = serialization.PublicFormat.CompressedPoint
    return secret.public_key().public_bytes(serialization.Encoding.X962, point).hex()


def _self_signed() -> tuple[bytes, bytes]:
    """Key and certificate as lnd makes them: P-256, its own authority, for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "lnd autogenerated cert")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=100))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )
