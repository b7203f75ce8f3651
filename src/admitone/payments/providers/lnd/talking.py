"""What a `LightningNode` does, said to an LND. Loaded by `node` on the first call.

Source: lnd's API reference (https://lightning.engineering/api-docs/api/lnd/), v0.20.0-beta.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import aclosing
from typing import Final

from admitone.payments.bitcoin.bolt11 import BadBolt11, decode
from admitone.payments.providers.lightning.node import (
    BadNodeKeys,
    Balance,
    Invoice,
    NewInvoice,
    NodeAway,
    NodeInfo,
    NodeRefused,
    SendState,
    Sent,
)
from admitone.payments.providers.lnd import answers
from admitone.payments.providers.lnd.following import Following, News, index_in
from admitone.payments.providers.lnd.keys import LndKeys
from admitone.payments.providers.lnd.reading import info_of, invoice_of, sent_of
from admitone.payments.providers.lnd.vendor import invoices_pb2, lightning_pb2, router_pb2
from admitone.payments.providers.lnd.wire import Wire
from admitone.plumbing.public_addresses import Address
from admitone.values.clock import Clock
from admitone.values.currencies import MSAT_PER_SAT

HELD_BLOCKS: Final = 80
"""What is held may stay so for about this many blocks. Lnd's default, said so that nobody's settings shorten it."""
LONGER_SECONDS: Final = 5
"""So much longer than the node tries we wait for its last word."""
MEMO_BYTES_MOST: Final = 639
NOBODYS_HASH: Final = bytes(32)


class Talking:
    """The verbs of `LightningNode` over one connection. `has_hints`: invoices name channels that are not announced."""

    def __init__(
        self,
        keys: LndKeys,
        address: Address,
        clock: Clock,
        waiting: Callable[[], Awaitable[Collection[str]]],
        *,
        has_hints: bool,
    ) -> None:
        self._wire = Wire(keys, address)
        self._clock = clock
        self._waiting = waiting
        self._has_hints = has_hints
        self._under_way: set[asyncio.Task[Sent]] = set()

    async def close(self) -> None:
        """Give the connection back."""
        await self._wire.close()

    @property
    def is_paying(self) -> bool:
        """A payment is under way whose caller may have given up: its last word is waited for."""
        return bool(self._under_way)

    async def create(self, new: NewInvoice) -> Invoice:
        """As `LightningNode.create`."""
        assert new.preimage is not None, "LND takes ours"
        payment_hash = hashlib.sha256(new.preimage).digest()
        expiry = max(1, int((new.expires_at - self._clock.now()).total_seconds()))
        memo = new.memo.encode()[:MEMO_BYTES_MOST].decode(errors="ignore")
        try:
            if new.is_hold:
                await self._wire.add_hold(
                    invoices_pb2.AddHoldInvoiceRequest(
                        hash=payment_hash,
                        memo=memo,
                        description_hash=new.description_hash,
                        value_msat=new.amount_msat,
                        expiry=expiry,
                        cltv_expiry=HELD_BLOCKS,
                        private=self._has_hints,
                    )
                )
            else:
                await self._wire.add(
                    lightning_pb2.Invoice(
                        r_preimage=new.preimage,
                        memo=memo,
                        description_hash=new.description_hash,
                        value_msat=new.amount_msat,
                        private=self._has_hints,
                        expiry=expiry,
                    )
                )
        except BadNodeKeys:
            raise
        except NodeRefused:
            # Perhaps it is there, from a call whose answer was lost: then it is the one.
            there = await self.look_up(payment_hash.hex())
            if there is None:
                raise
            return there
        made = await self.look_up(payment_hash.hex())
        if made is None:
            raise NodeAway("LookupInvoiceV2: what was just made is not there")
        return made

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """As `LightningNode.look_up`."""
        wanted = bytes.fromhex(payment_hash)
        try:
            return invoice_of(await self._wire.look_up(wanted), wanted)
        except NodeRefused as no:
            if no.code == answers.NOT_FOUND:
                return None
            raise

    async def take(self, preimage: bytes) -> None:
        """As `LightningNode.take`. Raises `NodeRefused("open")` when nothing has arrived."""
        try:
            await self._wire.settle(preimage)
        except NodeRefused as no:
            if no.code == answers.NOT_FOUND:
                raise NodeRefused("gone") from None
            if no.code != "paid":
                raise

    async def cancel(self, payment_hash: str) -> None:
        """As `LightningNode.cancel`."""
        try:
            await self._wire.cancel(bytes.fromhex(payment_hash))
        except NodeRefused as no:
            if no.code not in (answers.NOT_FOUND, "gone"):
                raise

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """As `LightningNode.pay`. The call goes on when its caller gives up: money may be on its way."""
        try:
            asked = decode(bolt11)
        except BadBolt11:
            raise NodeRefused("bad_invoice") from None
        if asked.amount_msat not in (None, amount_msat):
            raise NodeRefused("another_amount")
        request = router_pb2.SendPaymentRequest(
            payment_request=bolt11,
            amt_msat=amount_msat if asked.amount_msat is None else 0,
            fee_limit_msat=fee_most_msat,
            timeout_seconds=seconds,
            no_inflight_updates=True,
        )
        task = asyncio.create_task(self._send(request, asked.payment_hash.hex(), seconds + LONGER_SECONDS))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task.result() if done else Sent(SendState.UNKNOWN, asked.payment_hash.hex(), reason="time_out")

    def _ended(self, task: "asyncio.Task[Sent]") -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Said to whoever waited, if anybody did.
            task.exception()

    async def _send(self, request: router_pb2.SendPaymentRequest, payment_hash: str, seconds: float) -> Sent:
        last = None
        try:
            async for said in self._wire.send(request, seconds):
                last = said
            if last is not None:
                return sent_of(last, payment_hash)
        except BadNodeKeys:
            raise
        except NodeRefused as no:
            known = await self._sent_or_unknown(payment_hash)
            if known.state is SendState.NOT_FOUND:
                # LND writes a payment down before it sends anything.
                raise NodeRefused(no.code) from None
            return known
        except NodeAway:
            pass
        return Sent(SendState.UNKNOWN, payment_hash, reason="no_answer")

    async def _sent_or_unknown(self, payment_hash: str) -> Sent:
        """Both "is already paid" and "is on its way" come as ALREADY_EXISTS: the payment itself tells."""
        try:
            return await self.sent(payment_hash)
        except (NodeAway, NodeRefused):
            return Sent(SendState.UNKNOWN, payment_hash, reason="no_answer")

    async def sent(self, payment_hash: str) -> Sent:
        """As `LightningNode.sent`."""
        try:
            return sent_of(await self._wire.track(bytes.fromhex(payment_hash)), payment_hash)
        except NodeRefused as no:
            if no.code == answers.NOT_FOUND:
                return Sent(SendState.NOT_FOUND, payment_hash)
            raise

    async def watch(self, cursor: str | None) -> AsyncGenerator[News, None]:
        """As `LightningNode.watch`."""
        pubkey = (await self._wire.info()).identity_pubkey
        following = Following(self._wire, pubkey, self._waiting)
        try:
            async with aclosing(following.news(index_in(cursor, pubkey))) as stream:
                async for news in stream:
                    yield news
        except NodeRefused as no:
            raise NodeAway(f"SubscribeInvoices: {no.code}") from None

    async def balance(self) -> Balance:
        """As `LightningNode.balance`."""
        channels = await self._wire.channels()
        try:
            onchain = (await self._wire.onchain()).confirmed_balance * MSAT_PER_SAT
        except BadNodeKeys:
            onchain = None
        return Balance(channels.local_balance.msat, channels.remote_balance.msat, onchain)

    async def info(self) -> NodeInfo:
        """As `LightningNode.info`."""
        try:
            return info_of(await self._wire.info())
        except BadNodeKeys:
            raise BadNodeKeys("it does not permit info:read, or is of another node", "macaroon") from None

    async def try_permissions(self) -> None:
        """As `TriesPermissions.try_permissions`: by asking for what is not there."""
        missing = []
        tries: tuple[tuple[str, Callable[[], Awaitable[object]]], ...] = (
            ("invoices:read", lambda: self._wire.look_up(NOBODYS_HASH)),
            ("invoices:write", lambda: self._wire.cancel(NOBODYS_HASH)),
            ("offchain:read", self._wire.channels),
            ("offchain:write", self._send_nothing),
        )
        for name, attempt in tries:
            try:
                await attempt()
            except BadNodeKeys:
                missing.append(name)
            except NodeRefused:
                # It may, and there is no such thing.
                continue
        if missing:
            raise BadNodeKeys(f"it does not permit {', '.join(missing)}", "macaroon")

    async def _send_nothing(self) -> None:
        async for _ in self._wire.send(router_pb2.SendPaymentRequest(timeout_seconds=1), LONGER_SECONDS):
            return
