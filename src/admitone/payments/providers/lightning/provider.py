"""Tickets sold over Lightning, with whatever node the organiser has.

An attempt is one invoice, named by its payment hash. It is asked in whole satoshi, which every app can send, at the
order's quote, and ends with it. Where the node can, what arrives is held until one transaction has decided whose it is
(`flows/held_payments.py`): a payment in the moment of expiry goes back by itself. Sources: BOLT 2, 4 and 11.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from admitone.payments.account_status import AccountStatus, away
from admitone.payments.bitcoin import (
    RATE_HOLDS,
    BitcoinBook,
    Came,
    NoRate,
    Quote,
    Request,
    SendsBack,
    msat_of,
    rate_until,
)
from admitone.payments.bitcoin.bolt11 import BadBolt11, decode
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.provider import (
    NOT_FOUND,
    Ask,
    BadSignature,
    Capabilities,
    Method,
    NoticeRead,
    Outcome,
    Prompt,
    RefundAsk,
    RefundOutcome,
    RefundStatus,
    Status,
)
from admitone.payments.providers.lightning.holding import Holding, overstays
from admitone.payments.providers.lightning.looking import Looking, not_accepted
from admitone.payments.providers.lightning.node import (
    BadNodeKeys,
    Invoice,
    InvoiceState,
    LightningNode,
    Network,
    NewInvoice,
    NodeAway,
    NodeRefused,
    PaysInTestMode,
    TriesPermissions,
)
from admitone.payments.providers.lightning.playing import PlayedBuyer
from admitone.payments.providers.lightning.preimages import Preimages
from admitone.payments.providers.lightning.sending import LightningSender
from admitone.payments.providers.lightning.standing import is_late, is_overdue, settled, standing
from admitone.payments.providers.lightning.watching import Watching
from admitone.payments.roles import Roles
from admitone.plumbing.database import Database, require_no_transaction
from admitone.plumbing.side_by_side import few_at_once
from admitone.values.currencies import MSAT_PER_SAT

log = structlog.get_logger(__name__)
T = TypeVar("T")
METHOD: Final = Method("lightning", "Lightning", "Pay in seconds from any Lightning app", "zap")
CAPABILITIES: Final = Capabilities()
INVOICE: Final = "Lightning invoice"
_LOOKED_BACK: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lightning:
    """What all accounts on Lightning share."""

    database: Database
    book: BitcoinBook
    preimages: Preimages

    def provider(
        self, sheet: AccountSheet, node: LightningNode, *, holds: bool = True
    ) -> "LightningProvider":
        """The provider of this account, over its node. `holds`: what comes is held, where the node can."""
        return LightningProvider(self, sheet, node, holds=holds)


class LightningProvider:
    """Implements `Provider` with one method, over `node`."""

    methods = (METHOD,)
    capabilities: Mapping[str, Capabilities] = MappingProxyType({METHOD.id: CAPABILITIES})

    def __init__(self, shared: Lightning, sheet: AccountSheet, node: LightningNode, *, holds: bool) -> None:
        self.name = sheet.provider
        self.node = node
        self._sheet = sheet
        self._book = shared.book
        self._preimages = shared.preimages
        self._sends_back = SendsBack(
            shared.database,
            shared.book.clock,
            sheet.id,
            LightningSender(node),
            forgets=not node.abilities.remembers,
        )
        self._holds = holds and node.abilities.holds and node.abilities.own_preimage
        # A node that chooses the preimage would make an invoice for each start of the same attempt.
        self._starting: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self.roles = Roles(
            watches=Watching(sheet.id, node, shared.book) if node.abilities.watches else None,
            holds_money=Holding(sheet.id, node, shared.preimages) if node.abilities.holds else None,
            shows_node=Looking(node),
            plays_buyers=PlayedBuyer(node)
            if sheet.mode is Mode.TEST and isinstance(node, PaysInTestMode)
            else None,
        )

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`. UNKNOWN with `no_rate` while nobody can say what a bitcoin costs."""
        gate = self._starting.setdefault(ask.attempt_id, asyncio.Lock())
        async with gate:
            return await self._call(lambda: self._start(ask), lambda reason: _unknown(None, reason))

    async def _start(self, ask: Ask) -> Prompt:
        known = await self._book.request(ask.attempt_id)
        if known is None:
            try:
                known = await self._ask_for(ask)
            except BadNodeKeys:
                return _unknown(None, "bad_keys")
            except NodeRefused as no:
                return Prompt(None, None, {}, Status(None, Outcome.FAILED, reason=no.code))
            except NoRate:
                return _unknown(None, "no_rate")
            status = Status(known.payment_hash, Outcome.PENDING, attempt_id=known.attempt_id)
        else:
            status = await self._look_quietly(known)
        if (known.currency, known.amount_minor) != (ask.currency, ask.amount_minor):
            return _unknown(None, "another_amount")
        assert known.bolt11 is not None, "a request on Lightning has its invoice"
        return Prompt(known.payment_hash, None, {INVOICE: known.bolt11, "Amount": _amount(known)}, status)

    async def _ask_for(self, ask: Ask) -> Request:
        """Make the invoice and keep it. Raises `NoRate`, `NodeAway`, `NodeRefused`."""
        assert ask.order_id is not None, "bitcoin is quoted for an order"
        now = self._book.clock.now()
        quote = await self._book.quote(
            ask.order_id, ask.currency, rate_until(now, ask.pay_until), is_test=self._sheet.mode is Mode.TEST
        )
        amount_msat = msat_of(ask.amount_minor, ask.currency, quote.price, whole_sats=True)
        preimage = None
        if self.node.abilities.own_preimage:
            preimage = self._preimages.of(self._sheet.id, ask.attempt_id)
        new = NewInvoice(
            amount_msat,
            ask.description,
            min(quote.until, now + RATE_HOLDS),
            preimage,
            is_hold=self._holds,
            description_hash=ask.description_hash if self.node.abilities.description_hash else None,
        )
        invoice = await self.node.create(new)
        await self._check(invoice, amount_msat)
        return await self._book.keep(self._request(ask, quote, invoice, new.expires_at))

    def _request(self, ask: Ask, quote: Quote, invoice: Invoice, ends: datetime) -> Request:
        assert ask.order_id is not None, "bitcoin is quoted for an order"
        return Request(
            attempt_id=ask.attempt_id,
            account_id=self._sheet.id,
            order_id=ask.order_id,
            quote_id=quote.id,
            rail="lightning",
            currency=ask.currency,
            amount_minor=ask.amount_minor,
            amount_msat=invoice.amount_msat,
            payment_hash=invoice.payment_hash,
            bolt11=invoice.bolt11,
            address=None,
            is_hold=self._holds,
            expires_at=invoice.expires_at or ends,
            given_up_at=None,
            created_at=self._book.clock.now(),
            price=quote.price,
        )

    async def _check(self, invoice: Invoice, amount_msat: int) -> None:
        """The invoice asks for what was said, here and on our network; one that does not is never shown.

        Raises `NodeAway`, `NodeRefused`.
        """
        try:
            said = decode(invoice.bolt11)
        except BadBolt11 as bad:
            raise NodeAway("an invoice that cannot be read") from bad
        if said.payment_hash.hex() != invoice.payment_hash:
            raise NodeAway("an invoice with another payment hash")
        if (said.prefix == Network.MAINNET.prefix) != (self._sheet.mode is Mode.LIVE):
            raise NodeRefused("other_network")
        has_ended = invoice.state in (InvoiceState.CANCELLED, InvoiceState.EXPIRED)
        if has_ended or said.amount_msat != amount_msat:
            # From a start whose answer was lost, at a quote that has ended since: nobody has seen it.
            await self.node.cancel(invoice.payment_hash)
            raise NodeRefused("quote_ended")

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`."""

        async def work() -> Status:
            request = await self._find(attempt_id, provider_ref)
            return _no_such() if request is None else await self._look(request)

        return await self._call(work, lambda reason: _unknown(provider_ref, reason).status)

    async def _find(self, attempt_id: UUID, provider_ref: str | None) -> Request | None:
        found = await self._book.request(attempt_id)
        if found is None and provider_ref is not None:
            found = await self._book.by_hash(self._sheet.id, provider_ref)
        return found if found is not None and found.account_id == self._sheet.id else None

    async def _look_quietly(self, request: Request) -> Status:
        """`_look`; UNKNOWN when the node does not answer: its invoice can be shown all the same."""
        try:
            return await self._look(request)
        except (NodeAway, NodeRefused):
            return Status(request.payment_hash, Outcome.UNKNOWN, reason="no_answer")

    async def _look(self, request: Request) -> Status:
        assert request.payment_hash is not None, "a request on Lightning has its hash"
        now = self._book.clock.now()
        invoice = await self.node.look_up(request.payment_hash)
        if invoice is not None and invoice.payment_hash != request.payment_hash:
            raise NodeAway("about another invoice")
        if invoice is not None and is_overdue(invoice, now):
            await self.node.cancel(request.payment_hash)
            invoice = await self.node.look_up(request.payment_hash)
        if await overstays(self.node, invoice):
            log.warning("lightning.held_too_long", attempt_id=str(request.attempt_id))
            await self.node.cancel(request.payment_hash)
            invoice = await self.node.look_up(request.payment_hash)
        return await self._stands(request, invoice)

    async def _stands(self, request: Request, invoice: Invoice | None) -> Status:
        """Where the attempt stands; UNKNOWN while nobody can say what a late payment is worth.

        What it was settled with stays what was paid: some nodes know no better time of payment than that of their last
        change of the invoice, and what was in time may look late with the next one.
        """
        if invoice is not None and invoice.state is InvoiceState.PAID:
            settled_minor = await self._book.settled_minor(request.attempt_id)
            if settled_minor is not None:
                return settled(request, settled_minor)
        price = None
        if is_late(request, invoice):
            try:
                price = await self._book.late_price(request, is_test=self._sheet.mode is Mode.TEST)
            except NoRate:
                return Status(
                    request.payment_hash, Outcome.UNKNOWN, reason="no_rate", attempt_id=request.attempt_id
                )
        return standing(request, invoice, self._book.clock.now(), price)

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`: the invoice can no longer be paid, and what is held goes back."""

        async def work() -> Status:
            request = await self._find(attempt_id, provider_ref)
            if request is None:
                return _no_such()
            assert request.payment_hash is not None, "a request on Lightning has its hash"
            try:
                await self.node.cancel(request.payment_hash)
            except BadNodeKeys:
                raise
            except NodeRefused:
                # The buyer was faster, or this node cannot: what it says now is true.
                log.info("lightning.not_cancelled", attempt_id=str(request.attempt_id))
            await self._book.give_up(request.attempt_id)
            return await self._look(await self._book.request(request.attempt_id) or request)

        return await self._call(work, lambda reason: _unknown(provider_ref, reason).status)

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`: it waits for the buyer to say where to, and is sent there."""

        async def work() -> RefundStatus:
            return await self._sends_back.refund(ask, await self._came(ask.provider_ref))

        return await self._call(work, lambda reason: RefundStatus(RefundOutcome.UNKNOWN, reason=reason))

    async def _came(self, payment_hash: str) -> Came | None:
        request = await self._book.by_hash(self._sheet.id, payment_hash)
        invoice = None if request is None else await self.node.look_up(payment_hash)
        if request is None or invoice is None or invoice.state is not InvoiceState.PAID:
            return None
        status = await self._stands(request, invoice)
        if status.outcome is not Outcome.PAID:
            return None
        assert status.paid_minor is not None, "a paid status says what was paid"
        return Came(request.attempt_id, request.currency, status.paid_minor, invoice.received_msat)

    async def refund_status(self, refund_id: UUID, payment_ref: str, refund_ref: str | None) -> RefundStatus:
        """As `Provider.refund_status`."""
        return await self._call(
            lambda: self._sends_back.refund_status(refund_id),
            lambda reason: RefundStatus(RefundOutcome.UNKNOWN, reason=reason),
        )

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> NoticeRead | None:
        """As `Provider.read_notice`: nodes send none, so none is genuine."""
        raise BadSignature

    async def recent(self, since: datetime) -> AsyncIterator[Status]:
        """As `Provider.recent`: the invoices that may have been paid since then are asked about, each."""
        require_no_transaction(self.name)
        asked = await self._book.requests_since(self._sheet.id, "lightning", since - _LOOKED_BACK)
        paid: dict[UUID, Status] = {}

        async def look(request: Request) -> None:
            assert request.payment_hash is not None, "a request on Lightning has its hash"
            invoice = await self.node.look_up(request.payment_hash)
            if invoice is None or invoice.state is not InvoiceState.PAID:
                return
            if invoice.paid_at is None or invoice.paid_at >= since:
                status = await self._stands(request, invoice)
                if status.outcome is Outcome.PAID:
                    paid[request.attempt_id] = status

        await few_at_once(asked, look)
        for request in asked:
            if request.attempt_id in paid:
                yield paid[request.attempt_id]

    async def look(self) -> AccountStatus:
        """As `Provider.look`: which node it is, whether it keeps up with the chain, has channels, may do its work."""
        require_no_transaction(self.name)
        try:
            info = await self.node.info()
            if isinstance(self.node, TriesPermissions):
                await self.node.try_permissions()
        except BadNodeKeys as bad:
            raise not_accepted(bad) from None
        except (NodeAway, NodeRefused):
            raise away(self.node) from None
        wanted = {"synced_to_chain": info.is_synced, "open_channel": info.channels_open != 0}
        missing = tuple(name for name, is_there in wanted.items() if not is_there)
        return AccountStatus(
            ref=info.pubkey,
            can_take=not missing,
            is_live=info.network is Network.MAINNET,
            label=info.alias or info.pubkey[:12],
            missing=missing,
        )

    async def _call(self, work: Callable[[], Awaitable[T]], unknown: Callable[[str], T]) -> T:
        require_no_transaction(self.name)
        try:
            return await work()
        except BadNodeKeys:
            return unknown("bad_keys")
        except (NodeAway, NodeRefused) as error:
            log.warning("lightning.no_answer", provider=self.name, error=str(error))
            return unknown("no_answer")


def _unknown(ref: str | None, reason: str) -> Prompt:
    return Prompt(ref, None, {}, Status(ref, Outcome.UNKNOWN, reason=reason))


def _no_such() -> Status:
    return Status(None, Outcome.UNKNOWN, reason=NOT_FOUND)


def _amount(request: Request) -> str:
    sats, rest = divmod(request.amount_msat, MSAT_PER_SAT)
    return f"{sats:,}.{rest:03d} sat" if rest else f"{sats:,} sat"
