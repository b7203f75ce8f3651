"""An organiser's own wallet as a Lightning node, reached by Nostr Wallet Connect: for those who run no node.

NIP-47 lets nobody choose the preimage, cancel an invoice or say what a payment's fees may be at most: the wallet's own
limits hold. What it says failed may have been paid before, so it is looked up before it counts as a no.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from admitone.payments.account_status import ConnectedAway
from admitone.payments.bitcoin.bolt11 import BadBolt11, decode
from admitone.payments.nwc import ConnectionUri
from admitone.payments.providers.lightning.node import (
    Abilities,
    BadNodeKeys,
    Balance,
    Invoice,
    InvoiceState,
    Network,
    NewInvoice,
    NodeAway,
    NodeInfo,
    NodeRefused,
    SendState,
    Sent,
)
from admitone.payments.providers.nwc.answers import (
    NOT_FOUND,
    NOTHING_DONE,
    PAYMENT_FAILED,
    Listed,
    ListedState,
    Misread,
    RelayAway,
    WalletSaidNo,
    WalletSilent,
    proves,
    read_balance,
    read_listed,
    read_look,
    read_paid,
)
from admitone.payments.providers.nwc.lines import open_line
from admitone.plumbing.database import require_no_transaction
from admitone.plumbing.public_fetch import AddressRefused, PublicFetch
from admitone.values.clock import Clock

if TYPE_CHECKING:
    from admitone.payments.providers.nwc.line import Line

# Many wallets list a payment only once it has arrived, or forget one that failed.
ABILITIES: Final = Abilities(
    own_preimage=False, holds=False, description_hash=True, pays=True, watches=True, remembers=False
)
ANSWER_SECONDS: Final = 10.0
# Wallets that tell nothing by themselves are asked about the newest invoices so often; the timetable asks about all.
POLL_SECONDS: Final = 5.0
_REFUSES_US: Final = frozenset({"UNAUTHORIZED", "RESTRICTED"})
# Something broke there: whether it was done before that, nobody says.
_NOBODY_KNOWS: Final = frozenset({"INTERNAL", "OTHER"})
_STATES: Final = {
    ListedState.PENDING: InvoiceState.OPEN,
    ListedState.ACCEPTED: InvoiceState.OPEN,
    ListedState.SETTLED: InvoiceState.PAID,
    ListedState.EXPIRED: InvoiceState.EXPIRED,
    ListedState.FAILED: InvoiceState.CANCELLED,
}
Waiting = Callable[[], Awaitable[Sequence[str]]]


class NwcNode:
    """Implements `LightningNode`. `uri` None: what was typed is no connection, and nothing works but being told so
    (`wrong`, a sentence).

    `waiting` gives the payment hashes of invoices that may be paid by now, newest first.
    """

    abilities = ABILITIES

    def __init__(
        self,
        uri: ConnectionUri | None,
        fetch: PublicFetch,
        clock: Clock,
        waiting: Waiting,
        *,
        wrong: str = "",
    ) -> None:
        self.uri = uri
        self._wrong = wrong
        self._fetch = fetch
        self._clock = clock
        self.waiting = waiting
        self.answer_seconds = ANSWER_SECONDS

    async def _ask(
        self, method: str, params: Mapping[str, object], seconds: float | None = None
    ) -> dict[str, Any]:
        """Raises `RelayAway`, `WalletSilent`, `WalletSaidNo`, `BadNodeKeys`."""
        require_no_transaction("a question to a wallet")
        if self.uri is None:
            raise BadNodeKeys(self._wrong or "no connection", field="uri", is_sentence=bool(self._wrong))
        try:
            async with open_line(self.uri, self._fetch, self._clock) as line:
                return await line.ask(method, params, seconds=seconds or self.answer_seconds)
        except AddressRefused:
            raise BadNodeKeys("the relay is on a private network", field="uri") from None

    async def _ask_plainly(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """Raises `NodeAway`, `NodeRefused`."""
        try:
            return await self._ask(method, params)
        except (RelayAway, WalletSilent) as error:
            raise NodeAway(method) from error
        except WalletSaidNo as no:
            raise _refused(no, method) from None

    def away(self) -> ConnectedAway:
        """As `SaysWhereItIs.away`: of the relay's name, which is no secret."""
        assert self.uri is not None, "it has just been asked"
        return ConnectedAway(field="uri", place=self.uri.relay_host)

    async def create(self, new: NewInvoice) -> Invoice:
        """As `LightningNode.create`. A lost answer leaves an invoice behind which nobody is shown."""
        assert new.preimage is None, "this wallet chooses its preimages"
        assert not new.is_hold, "this wallet holds nothing"
        seconds = math.ceil((new.expires_at - self._clock.now()) / timedelta(seconds=1))
        params: dict[str, object] = {"amount": new.amount_msat, "expiry": max(1, seconds)}
        if new.description_hash is None:
            params["description"] = new.memo
        else:
            params["description_hash"] = new.description_hash.hex()
        said = await self._ask_plainly("make_invoice", params)
        try:
            listed = read_listed(said)
            if listed.bolt11 is None:
                raise Misread("invoice")
            made = decode(listed.bolt11)
        except (Misread, BadBolt11) as error:
            raise NodeAway("make_invoice") from error
        if made.description_hash != new.description_hash:
            # Not every wallet can; this invoice is shown to nobody.
            raise NodeRefused("no_description_hash")
        return self._invoice(made.payment_hash.hex(), listed)

    async def look_up(self, payment_hash: str) -> Invoice | None:
        """As `LightningNode.look_up`."""
        listed = await self._listed(payment_hash)
        if listed is None or listed.is_incoming is False:
            return None
        if listed.payment_hash not in (None, payment_hash):
            raise NodeAway("lookup_invoice")
        return self._invoice(payment_hash, listed)

    async def _listed(self, payment_hash: str) -> Listed | None:
        try:
            return read_listed(await self._ask("lookup_invoice", {"payment_hash": payment_hash}))
        except (RelayAway, WalletSilent, Misread) as error:
            raise NodeAway("lookup_invoice") from error
        except WalletSaidNo as no:
            if no.code == NOT_FOUND:
                return None
            raise _refused(no, "lookup_invoice") from None

    def _invoice(self, payment_hash: str, listed: Listed) -> Invoice:
        state = _STATES[listed.state]
        ends = listed.expires_at
        if state is InvoiceState.OPEN and ends is not None and self._clock.now() >= ends:
            state = InvoiceState.EXPIRED
        return Invoice(
            payment_hash=payment_hash,
            bolt11=listed.bolt11 or "",
            amount_msat=listed.amount_msat,
            state=state,
            received_msat=listed.amount_msat if state is InvoiceState.PAID else 0,
            expires_at=ends,
            paid_at=listed.settled_at,
            preimage=listed.preimage if proves(listed.preimage, payment_hash) else None,
        )

    async def take(self, preimage: bytes) -> None:
        """As `LightningNode.take`: nothing is ever held here."""
        raise NodeRefused("unable")

    async def cancel(self, payment_hash: str) -> None:
        """As `LightningNode.cancel`: it ends by its own time only."""
        known = await self.look_up(payment_hash)
        if known is None or known.state in (InvoiceState.EXPIRED, InvoiceState.CANCELLED):
            return
        raise NodeRefused("paid" if known.state is InvoiceState.PAID else "unable")

    async def pay(self, bolt11: str, *, amount_msat: int, fee_most_msat: int, seconds: int) -> Sent:
        """As `LightningNode.pay`. The wallet keeps to a limit of fees of its own."""
        try:
            read = decode(bolt11)
        except BadBolt11:
            raise NodeRefused("bad_invoice") from None
        payment_hash = read.payment_hash.hex()
        params: dict[str, object] = {"invoice": bolt11}
        if read.amount_msat is None:
            params["amount"] = amount_msat
        try:
            preimage, fees_msat = read_paid(await self._ask("pay_invoice", params, seconds))
        except RelayAway as error:
            # It has not heard it: the same invoice may be tried again.
            raise NodeAway("pay_invoice") from error
        except (WalletSilent, Misread):
            return Sent(SendState.UNKNOWN, payment_hash, reason="no_answer")
        except WalletSaidNo as no:
            return await self._after_no(payment_hash, no)
        if not proves(preimage, payment_hash):
            return Sent(SendState.UNKNOWN, payment_hash, reason="no_proof")
        return Sent(SendState.SENT, payment_hash, preimage, fees_msat or 0)

    async def _after_no(self, payment_hash: str, no: WalletSaidNo) -> Sent:
        if no.code in _REFUSES_US:
            raise _refused(no, "pay_invoice")
        if no.code in NOTHING_DONE:
            return Sent(SendState.FAILED, payment_hash, reason=no.code.lower())
        known = await self.sent(payment_hash)
        # Not found is no no: that word is also said when looking for a way took too long, and it may arrive yet.
        if known.state is SendState.FAILED and no.code == PAYMENT_FAILED:
            return Sent(SendState.FAILED, payment_hash, reason=no.code.lower())
        if known.state is SendState.SENT:
            return known
        return Sent(SendState.UNKNOWN, payment_hash, reason=no.code.lower())

    async def sent(self, payment_hash: str) -> Sent:
        """As `LightningNode.sent`."""
        listed = await self._listed(payment_hash)
        if listed is None or listed.is_incoming:
            return Sent(SendState.NOT_FOUND, payment_hash)
        if listed.state is ListedState.SETTLED:
            if not proves(listed.preimage, payment_hash):
                return Sent(SendState.UNKNOWN, payment_hash, reason="no_proof")
            return Sent(SendState.SENT, payment_hash, listed.preimage, listed.fees_msat or 0)
        if listed.state is ListedState.FAILED:
            return Sent(SendState.FAILED, payment_hash, reason=PAYMENT_FAILED.lower())
        return Sent(SendState.IN_FLIGHT, payment_hash)

    async def watch(self, cursor: str | None) -> AsyncGenerator[tuple[str, str | None], None]:
        """As `LightningNode.watch`, without a cursor: what waits is looked up when the watch begins."""
        require_no_transaction("a watch of a wallet")
        if self.uri is None:
            raise NodeAway("no connection")
        try:
            while True:
                async with open_line(self.uri, self._fetch, self._clock) as line:
                    if (await line.read_announced()).notices:
                        async for payment_hash in self._told(line):
                            yield payment_hash, None
                        raise NodeAway("the relay ended the connection")
                # It tells nothing by itself, or has not said yet that it does.
                for payment_hash in await self._paid():
                    yield payment_hash, None
                await asyncio.sleep(POLL_SECONDS)
        except (RelayAway, AddressRefused) as error:
            raise NodeAway("watch") from error

    async def _told(self, line: "Line") -> AsyncIterator[str]:
        """What the wallet tells of, and what was paid before it was listened to."""
        async for notice in line.notices():
            if notice is None:
                for payment_hash in await self._paid():
                    yield payment_hash
            elif (told := _received(notice)) is not None:
                yield told

    async def _paid(self) -> list[str]:
        """Those that wait here and are paid there."""
        assert self.uri is not None, "a watch has begun"
        paid = []
        async with open_line(self.uri, self._fetch, self._clock) as line:
            for payment_hash in await self.waiting():
                try:
                    asked = {"payment_hash": payment_hash}
                    listed = read_listed(await line.ask("lookup_invoice", asked, seconds=self.answer_seconds))
                except (WalletSaidNo, Misread):
                    continue
                except WalletSilent as error:
                    raise NodeAway("lookup_invoice") from error
                if listed.state is ListedState.SETTLED:
                    paid.append(payment_hash)
        return paid

    async def balance(self) -> Balance:
        """As `LightningNode.balance`."""
        try:
            return Balance(local_msat=read_balance(await self._ask_plainly("get_balance", {})))
        except Misread as error:
            raise NodeAway("get_balance") from error

    async def info(self) -> NodeInfo:
        """As `LightningNode.info`. Raises `BadNodeKeys` too when the connection may not do what selling needs."""
        said = await self._ask_plainly("get_info", {})
        try:
            look = read_look(said)
            network = Network(look.network or Network.MAINNET)
        except (Misread, ValueError) as error:
            raise NodeAway("get_info") from error
        missing = [name for name in ("make_invoice", "lookup_invoice") if name not in look.methods]
        if missing:
            raise BadNodeKeys(f"the connection may not {' and '.join(missing)}", field="uri")
        assert self.uri is not None, "it has just been asked"
        pubkey, height = said.get("pubkey"), said.get("block_height")
        return NodeInfo(
            # Wallets of many people say the same key of a node, or none: the wallet's own tells them apart.
            pubkey=pubkey if isinstance(pubkey, str) and 0 < len(pubkey) <= 66 else self.uri.service,
            alias=look.alias,
            network=network,
            version="",
            block_height=height if isinstance(height, int) and height > 0 else None,
        )


def _refused(no: WalletSaidNo, method: str) -> NodeAway | NodeRefused:
    if no.code in _NOBODY_KNOWS:
        return NodeAway(method)
    if no.code in _REFUSES_US:
        return BadNodeKeys(f"the wallet refuses {method}", field="uri")
    return NodeRefused(no.code.lower(), f"the wallet refuses {method}")


def _received(notice: Mapping[str, Any]) -> str | None:
    """The payment hash of a payment that a notice tells of."""
    about = notice.get("notification")
    if notice.get("notification_type") != "payment_received" or not isinstance(about, Mapping):
        return None
    payment_hash = about.get("payment_hash")
    return payment_hash.lower() if isinstance(payment_hash, str) and len(payment_hash) == 64 else None
