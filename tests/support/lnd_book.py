"""What an LND knows, for `lnd_server`: invoices with all their states, payments it makes, blocks. Written after lnd
v0.20.0-beta (`invoices/invoiceregistry.go`, `invoices/update.go`); never compared with a real one.
"""

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from admitone.payments.bitcoin.bolt11 import NewBolt11, decode, encode
from admitone.payments.providers.lnd.vendor import lightning_pb2

OPEN, SETTLED, CANCELED, ACCEPTED = (
    lightning_pb2.Invoice.OPEN,
    lightning_pb2.Invoice.SETTLED,
    lightning_pb2.Invoice.CANCELED,
    lightning_pb2.Invoice.ACCEPTED,
)
DEFAULT_CLTV = 80


class Refused(Exception):
    """The text lnd says no with; its code is UNKNOWN unless another is given."""

    def __init__(self, text: str, code: str = "UNKNOWN") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Way(StrEnum):
    """What becomes of a payment we ask for."""

    ARRIVES = "arrives"
    NO_ROUTE = "no_route"
    STUCK = "stuck"
    SLOW = "slow"
    ARRIVES_UNHEARD = "arrives_unheard"
    LIES = "lies"


@dataclass
class Watcher:
    """A stream: of one invoice, or of all above its indices."""

    payment_hash: bytes | None
    add_index: int
    settle_index: int
    queue: "asyncio.Queue[lightning_pb2.Invoice | None]" = field(default_factory=asyncio.Queue)


class LndBook:
    """`now` is the node's clock."""

    def __init__(self, now: Callable[[], datetime], prefix: str = "lnbcrt") -> None:
        self.now = now
        self.prefix = prefix
        self.key = secrets.token_bytes(32)
        self.invoices: dict[bytes, lightning_pb2.Invoice] = {}
        self.payments: dict[bytes, lightning_pb2.Payment] = {}
        self.settled: list[bytes] = []
        self.watchers: list[Watcher] = []
        self.height = 800_000
        self.takes_expired = False
        """An old node goes on accepting after an invoice has ended (lnd#3448)."""
        self.ways: deque[Way] = deque()
        self.others: dict[bytes, bytes] = {}
        """Preimages of other nodes' invoices, by hash."""

    def add(
        self, wanted: lightning_pb2.Invoice, *, payment_hash: bytes, preimage: bytes | None
    ) -> lightning_pb2.Invoice:
        """A new invoice."""
        if payment_hash in self.invoices:
            raise Refused("invoice with payment hash already exists")
        made_at = self.now()
        expiry = wanted.expiry or 86_400
        cltv = wanted.cltv_expiry or DEFAULT_CLTV
        written = encode(
            NewBolt11(
                self.prefix,
                wanted.value_msat or wanted.value * 1000 or None,
                made_at,
                payment_hash,
                secrets.token_bytes(32),
                None if wanted.description_hash else wanted.memo,
                wanted.description_hash or None,
                expiry,
                cltv,
            ),
            self.key,
        )
        value_msat = wanted.value_msat or wanted.value * 1000
        made = lightning_pb2.Invoice(
            memo=wanted.memo,
            r_hash=payment_hash,
            r_preimage=preimage or b"",
            value=value_msat // 1000,
            value_msat=value_msat,
            creation_date=int(made_at.timestamp()),
            payment_request=written,
            description_hash=wanted.description_hash,
            expiry=expiry,
            cltv_expiry=cltv,
            add_index=len(self.invoices) + 1,
            state=OPEN,
            private=wanted.private,
        )
        self.invoices[payment_hash] = made
        self._tell(made)
        return made

    def look_up(self, payment_hash: bytes) -> lightning_pb2.Invoice:
        """As it is now."""
        found = self.invoices.get(payment_hash)
        if found is None:
            raise Refused("unable to locate invoice", "NOT_FOUND")
        ends_at = found.creation_date + found.expiry
        if found.state == OPEN and not self.takes_expired and self.now().timestamp() >= ends_at:
            self._turn(found, CANCELED)
        return found

    def pay(self, payment_hash: bytes, msat: int | None = None) -> None:
        """Somebody pays: held where only we have the preimage, else settled at once."""
        found = self.look_up(payment_hash)
        if found.state != OPEN:
            raise Refused("incorrect_or_unknown_payment_details")
        amount = msat or found.value_msat
        found.htlcs.append(
            lightning_pb2.InvoiceHTLC(
                chan_id=1,
                htlc_index=len(found.htlcs),
                amt_msat=amount,
                accept_height=self.height,
                accept_time=int(self.now().timestamp()),
                expiry_height=self.height + found.cltv_expiry,
                state=lightning_pb2.ACCEPTED,
            )
        )
        found.amt_paid_msat, found.amt_paid_sat = amount, amount // 1000
        self._turn(found, SETTLED if found.r_preimage else ACCEPTED)

    def settle(self, preimage: bytes) -> None:
        """`SettleInvoice`: again changes nothing."""
        found = self.look_up(hashlib.sha256(preimage).digest())
        if found.state == OPEN:
            raise Refused("invoice still open")
        if found.state == CANCELED:
            raise Refused("invoice already canceled")
        if found.state == ACCEPTED:
            found.r_preimage = preimage
            self._turn(found, SETTLED)

    def cancel(self, payment_hash: bytes) -> None:
        """`CancelInvoice`: again changes nothing."""
        found = self.look_up(payment_hash)
        if found.state == SETTLED:
            raise Refused("invoice already settled")
        if found.state != CANCELED:
            self._turn(found, CANCELED)

    def mine(self, blocks: int) -> None:
        """The chain grows. What is held too long is lost with its channel: `AssertionError`."""
        self.height += blocks
        for one in self.invoices.values():
            for htlc in one.htlcs:
                assert one.state != ACCEPTED or htlc.expiry_height > self.height, (
                    "the channel was closed over it"
                )

    def _turn(self, invoice: lightning_pb2.Invoice, state: "lightning_pb2.Invoice.InvoiceState") -> None:
        invoice.state = state
        for one in invoice.htlcs:
            one.state = {SETTLED: lightning_pb2.SETTLED, CANCELED: lightning_pb2.CANCELED}.get(
                state, one.state
            )
        if state == SETTLED:
            invoice.settled = True
            invoice.settle_date = int(self.now().timestamp())
            self.settled.append(invoice.r_hash)
            invoice.settle_index = len(self.settled)
        if state == CANCELED:
            invoice.amt_paid_msat = invoice.amt_paid_sat = 0
        self._tell(invoice)

    def watch(self, watcher: Watcher) -> None:
        """Begin a stream, with what it has missed. An index of 0 means from now on (lnd#2469)."""
        if watcher.payment_hash is not None:
            watcher.queue.put_nowait(_copy(self.look_up(watcher.payment_hash)))
        else:
            if watcher.add_index:
                for one in self.invoices.values():
                    if one.add_index > watcher.add_index:
                        as_added = _copy(one)
                        as_added.state = OPEN
                        watcher.queue.put_nowait(as_added)
            if watcher.settle_index:
                for payment_hash in self.settled[watcher.settle_index :]:
                    watcher.queue.put_nowait(_copy(self.invoices[payment_hash]))
        self.watchers.append(watcher)

    def _tell(self, invoice: lightning_pb2.Invoice) -> None:
        for one in self.watchers:
            # Who watches all is told of invoices that are made and settled, never of held and cancelled ones.
            is_for_all = one.payment_hash is None and (
                (invoice.state == OPEN and invoice.add_index > one.add_index)
                or (invoice.state == SETTLED and invoice.settle_index > one.settle_index)
            )
            if is_for_all or one.payment_hash == invoice.r_hash:
                one.queue.put_nowait(_copy(invoice))

    def drop_streams(self) -> None:
        """The connection ends under everybody who listens."""
        for one in self.watchers:
            one.queue.put_nowait(None)
        self.watchers.clear()

    def others_invoice(
        self, amount_msat: int | None, *, seconds: int = 3600, prefix: str | None = None
    ) -> str:
        """An invoice of another node, which can be paid from here."""
        preimage = secrets.token_bytes(32)
        payment_hash = hashlib.sha256(preimage).digest()
        self.others[payment_hash] = preimage
        new = NewBolt11(
            prefix or self.prefix,
            amount_msat,
            self.now(),
            payment_hash,
            secrets.token_bytes(32),
            "refund",
            expiry_seconds=seconds,
        )
        return encode(new, secrets.token_bytes(32))

    def send(self, bolt11: str, amt_msat: int, fee_limit_msat: int) -> Way:
        """A payment of ours begins; how it goes on is the next of `ways`."""
        asked = decode(bolt11)
        if asked.expires_at <= self.now():
            raise Refused("invoice expired. Valid until ...")
        known = self.payments.get(asked.payment_hash)
        if known is not None and known.status == lightning_pb2.Payment.SUCCEEDED:
            raise Refused("invoice is already paid", "ALREADY_EXISTS")
        if known is not None and known.status == lightning_pb2.Payment.IN_FLIGHT:
            raise Refused("payment is in transition", "ALREADY_EXISTS")
        amount = asked.amount_msat or amt_msat
        assert amount > 0 and (asked.amount_msat is None or amt_msat == 0), "as lnd wants it"
        way = self.ways.popleft() if self.ways else Way.ARRIVES
        made = lightning_pb2.Payment(
            payment_hash=asked.payment_hash.hex(),
            value_msat=amount,
            value_sat=amount // 1000,
            payment_request=bolt11,
            status=lightning_pb2.Payment.IN_FLIGHT,
            creation_time_ns=int(self.now().timestamp()) * 10**9,
            payment_index=len(self.payments) + 1,
        )
        self.payments[asked.payment_hash] = made
        if way is Way.NO_ROUTE:
            made.status = lightning_pb2.Payment.FAILED
            made.failure_reason = lightning_pb2.FAILURE_REASON_NO_ROUTE
        elif way not in (Way.STUCK, Way.SLOW):
            self.arrive(asked.payment_hash, fee_msat=min(1000, fee_limit_msat))
        if way is Way.LIES:
            made.payment_preimage = secrets.token_hex(32)
        return way

    def arrive(self, payment_hash: bytes, fee_msat: int = 0) -> None:
        """What was on its way has arrived."""
        made = self.payments[payment_hash]
        made.status = lightning_pb2.Payment.SUCCEEDED
        made.payment_preimage = self.others[payment_hash].hex()
        made.fee_msat, made.fee_sat = fee_msat, fee_msat // 1000
        hop = lightning_pb2.Hop(
            chan_id=1,
            chan_capacity=2_000_000,
            amt_to_forward_msat=made.value_msat,
            pub_key="02" * 33,
            expiry=self.height + DEFAULT_CLTV,
            tlv_payload=True,
        )
        route = lightning_pb2.Route(
            total_time_lock=self.height + DEFAULT_CLTV,
            total_fees_msat=fee_msat,
            total_amt_msat=made.value_msat + fee_msat,
            hops=[hop],
        )
        made.htlcs.append(
            lightning_pb2.HTLCAttempt(
                status=lightning_pb2.HTLCAttempt.SUCCEEDED,
                route=route,
                attempt_time_ns=made.creation_time_ns,
                resolve_time_ns=made.creation_time_ns,
                preimage=self.others[payment_hash],
            )
        )

    @property
    def sent_msat(self) -> int:
        """How much left the node, without fees."""
        done = lightning_pb2.Payment.SUCCEEDED
        return sum(one.value_msat for one in self.payments.values() if one.status == done)


def _copy(invoice: lightning_pb2.Invoice) -> lightning_pb2.Invoice:
    copied = lightning_pb2.Invoice()
    copied.CopyFrom(invoice)
    return copied


def system_now() -> datetime:
    """The machine's clock, for peers that have no other."""
    return datetime.now(UTC)
