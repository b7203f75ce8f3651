"""Tickets paid on Bitcoin's chain: an address for each attempt, and what came to it as the chain book knows it.

Seen is not paid: nothing is final before as many blocks are on it as its value asks for (`Tiers`). The first credit
that is final settles the attempt whose address it pays; each further one is *found* and gets an attempt of its own,
named by its outpoint. Addresses are watched for good. What was final and is so no longer is a dispute of reason
`UNDONE`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

import structlog

from admitone.payments.account_status import AccountStatus, ProviderAway
from admitone.payments.bitcoin import (
    DUST_SAT,
    ONCHAIN,
    RATE_HOLDS,
    Came,
    NoRate,
    Quote,
    Request,
    Sender,
    SendsBack,
    btc_text,
    msat_of,
    rate_until,
)
from admitone.payments.bitcoin.chain import Chain, ChainAway, ChainBook, ChainRefused, Credit, Tiers
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
from admitone.payments.providers.onchain.looking import Looking
from admitone.payments.providers.onchain.standing import settling, standing
from admitone.payments.providers.onchain.undone import UndonePayments
from admitone.payments.providers.onchain.watching import Waker, Watching, sleeping
from admitone.payments.roles import Found, KnowsTransactions, Roles
from admitone.plumbing.database import Database, require_no_transaction
from admitone.values.currencies import BITCOIN, MSAT_PER_SAT

log = structlog.get_logger(__name__)
T = TypeVar("T")
METHOD: Final = Method(ONCHAIN, "Bitcoin", "From any wallet app, confirmed within the hour", "bitcoin")
ADDRESS: Final = "Bitcoin address"
LABEL: Final = "admitone:"
LITTLE_MSAT: Final = 1_000_000
"""What comes beside a payment and is less is not worth the fee of its own refund."""
_TIMES_MOST: Final = 32
CAPABILITIES: Final = Capabilities(
    # One of most currencies' major units, and 1,000 satoshi: less is not worth the fee of its own payment.
    amount_min_minor=100,
    amount_min_minor_in=MappingProxyType({BITCOIN: 1_000_000}),
    partial_payments=True,
    # The next block comes after ten minutes on average, six after an hour; a small fee waits for a quiet hour.
    seen_waits=timedelta(hours=12),
)


@dataclass(frozen=True, slots=True)
class Onchain:
    """What all accounts on a chain share."""

    database: Database
    book: ChainBook

    def provider(
        self,
        sheet: AccountSheet,
        chain: Chain,
        sender: Sender,
        look: Callable[[], Awaitable[AccountStatus]],
        *,
        tiers: Tiers,
        wakers: Callable[[], AbstractAsyncContextManager[Waker]] = sleeping,
    ) -> "OnchainProvider":
        """The provider of this account. `look` as `Provider.look`; `wakers` say when something may have happened."""
        return OnchainProvider(self, sheet, chain, sender, look, tiers, wakers)


class OnchainProvider:
    """Implements `Provider` with one method, over a chain."""

    methods = (METHOD,)
    capabilities: Mapping[str, Capabilities] = MappingProxyType({METHOD.id: CAPABILITIES})

    def __init__(
        self,
        shared: Onchain,
        sheet: AccountSheet,
        chain: Chain,
        sender: Sender,
        look: Callable[[], Awaitable[AccountStatus]],
        tiers: Tiers,
        wakers: Callable[[], AbstractAsyncContextManager[Waker]],
    ) -> None:
        self.name = sheet.provider
        self.chain = chain
        self._sheet = sheet
        self._is_test = sheet.mode is Mode.TEST
        self._book = shared.book
        self._tiers = tiers
        self._look = look
        self._nothing_found: float | None = None
        self._starting: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._sends_back = SendsBack(shared.database, shared.book.clock, sheet.id, sender)
        undone = UndonePayments(sheet.id, shared.book, self._fresh)
        watching = Watching(sheet.id, shared.book, self._sync, wakers)
        shown = Looking(chain, look)
        self.roles = Roles(
            watches=watching,
            tells_many=self,
            finds=self,
            disputes=undone,
            knows_payers=self,
            shows_node=shown,
            knows_transactions=sender if isinstance(sender, KnowsTransactions) else None,
        )

    async def _fresh(self) -> None:
        await self._book.fresh(self._sheet.id, self.chain, self._tiers, is_test=self._is_test)

    async def _sync(self) -> None:
        await self._book.sync(self._sheet.id, self.chain, self._tiers, is_test=self._is_test)

    async def start(self, ask: Ask) -> Prompt:
        """As `Provider.start`. UNKNOWN with `no_rate` while nobody can say what a bitcoin costs."""
        # Two at once would get an address each: only one is ever shown, and the node keeps both.
        async with self._starting.setdefault(ask.attempt_id, asyncio.Lock()):
            return await self._call(lambda: self._start(ask), lambda reason: _unknown(None, reason))

    async def _start(self, ask: Ask) -> Prompt:
        known, _ = await self._book.of_request(self._sheet.id, ask.attempt_id, None)
        if known is None:
            try:
                known = await self._ask_for(ask)
            except NoRate:
                return _unknown(None, "no_rate")
            if known is None:
                return Prompt(None, None, {}, Status(None, Outcome.FAILED, reason="too_small"))
            status = standing(known, (), {}, self._book.clock.now())
        else:
            # Also without its node, the address can be shown again.
            status = await self.status(known.attempt_id, known.address)
        if (known.currency, known.amount_minor) != (ask.currency, ask.amount_minor):
            return _unknown(None, "another_amount")
        assert known.address is not None, "a request on the chain has its address"
        told = {ADDRESS: known.address, "Amount": f"{btc_text(known.amount_msat)} BTC"}
        return Prompt(known.address, None, told, status)

    async def _ask_for(self, ask: Ask) -> Request | None:
        """Get an address and keep it; None when it is too little for the chain. Raises `NoRate` and the chain's."""
        order_id = ask.order_id or ask.attempt_id
        now = self._book.clock.now()
        quote = await self._book.bitcoin.quote(
            order_id, ask.currency, rate_until(now, ask.pay_until), is_test=self._is_test
        )
        amount_msat = msat_of(ask.amount_minor, ask.currency, quote.price, whole_sats=True)
        if amount_msat < DUST_SAT * MSAT_PER_SAT:
            return None
        # From here on the chain is read: what is paid to the address cannot be missed.
        await self._fresh()
        address = await self.chain.address(f"{LABEL}{ask.attempt_id}")
        ends = min(quote.until, now + RATE_HOLDS)
        return await self._book.bitcoin.keep(self._request(ask, order_id, quote, amount_msat, address, ends))

    def _request(
        self, ask: Ask, order_id: UUID, quote: Quote, amount_msat: int, address: str, ends: datetime
    ) -> Request:
        return Request(
            attempt_id=ask.attempt_id,
            account_id=self._sheet.id,
            order_id=order_id,
            quote_id=quote.id,
            rail=ONCHAIN,
            currency=ask.currency,
            amount_minor=ask.amount_minor,
            amount_msat=amount_msat,
            payment_hash=None,
            bolt11=None,
            address=address,
            is_hold=False,
            expires_at=ends,
            given_up_at=None,
            created_at=self._book.clock.now(),
            price=quote.price,
        )

    async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.status`. The reference is the address, or for found money its outpoint."""

        async def work() -> Status:
            await self._fresh()
            return await self._stands(attempt_id, provider_ref)

        return await self._call(work, lambda reason: _unknown(provider_ref, reason).status)

    async def statuses(self, asked: Mapping[UUID, str]) -> Mapping[UUID, Status]:
        """As `TellsMany.statuses`."""

        async def work() -> Mapping[UUID, Status]:
            await self._fresh()
            now = self._book.clock.now()
            by_address = await self._book.of_requests(self._sheet.id, asked.values())
            came = [one for _, these in by_address.values() for one in these]
            taken = await self._book.taken_back(self._sheet.id, came)
            return {
                attempt_id: standing(*by_address[ref], taken, now)
                if ref in by_address
                else await self._stands(attempt_id, ref)
                for attempt_id, ref in asked.items()
            }

        return await self._call(
            work, lambda reason: {one: _unknown(ref, reason).status for one, ref in asked.items()}
        )

    async def _stands(self, attempt_id: UUID, ref: str | None) -> Status:
        is_outpoint = ref is not None and ":" in ref
        if not is_outpoint:
            request, came = await self._book.of_request(self._sheet.id, attempt_id, ref)
            if request is not None:
                taken = await self._book.taken_back(self._sheet.id, came)
                return standing(request, came, taken, self._book.clock.now())
        given = await self._given(attempt_id, ref if is_outpoint else None)
        if not given:
            return Status(None, Outcome.UNKNOWN, reason=NOT_FOUND)
        request, _ = await self._book.of_request(self._sheet.id, given[0].attempt_id, None)
        assert request is not None, "a credit is of a request"
        taken = await self._book.taken_back(self._sheet.id, given)
        return settling(request, given, taken, ref if is_outpoint else None)

    async def _given(self, attempt_id: UUID, outpoint: str | None) -> Sequence[Credit]:
        """What settles this attempt, or the one that what is named settles."""
        if outpoint is None:
            return await self._book.given_to(self._sheet.id, attempt_id)
        credit = await self._book.by_outpoint(self._sheet.id, outpoint)
        if credit is None or credit.given_to is None:
            return ()
        return await self._book.given_to(self._sheet.id, credit.given_to)

    async def cancel(self, attempt_id: UUID, provider_ref: str | None) -> Status:
        """As `Provider.cancel`: nobody waits for it any more. What comes to the address is found all the same."""

        async def work() -> Status:
            await self._book.bitcoin.give_up(attempt_id)
            await self._fresh()
            return await self._stands(attempt_id, provider_ref)

        return await self._call(work, lambda reason: _unknown(provider_ref, reason).status)

    async def found(self) -> Sequence[Found]:
        """As `Finds.found`: what is final and came beside the first payment to its address, together. It is little when
        it is not worth the fee of its own refund, and each time that there was something before doubles what is little:
        who sends crumbs to an address of somebody else's makes no letters.
        """
        require_no_transaction(self.name)
        await self._fresh()
        synced = self._book.synced(self._sheet.id)
        if synced is not None and synced == self._nothing_found:
            # A block with a thousand payments makes a thousand ask.
            return []
        found = [
            Found(
                one.came[0].outpoint,
                one.request.attempt_id,
                one.request.currency,
                one.worth_minor,
                is_little=one.amount_msat < LITTLE_MSAT << min(one.times, _TIMES_MOST),
            )
            for one in await self._book.found(self._sheet.id)
            if one.worth_minor
        ]
        # What is little is told once; when more comes, the chain is read anew.
        self._nothing_found = synced if all(one.is_little for one in found) else None
        return found

    async def give(self, source: str, attempt_id: UUID) -> None:
        """As `Finds.give`."""
        require_no_transaction(self.name)
        credit = await self._book.by_outpoint(self._sheet.id, source)
        assert credit is not None, "it was found here"
        await self._book.give(credit, attempt_id)

    async def payers(self, provider_ref: str, least_minor: int) -> Sequence[str]:
        """As `KnowsPayers.payers`: of what settled the payment, output by output. Others may send to its address
        whatever they like, and what they sent may have been the first that was final, or be counted with the rest.
        """
        require_no_transaction(self.name)
        if ":" in provider_ref:
            came = await self._given(UUID(int=0), provider_ref)
        else:
            request, all_ = await self._book.of_request(self._sheet.id, UUID(int=0), provider_ref)
            came = [one for one in all_ if request is not None and one.given_to == request.attempt_id]
        enough = [one for one in came if one.final_at is not None and (one.worth_minor or 0) >= least_minor]
        final = sorted({one.txid for one in enough})
        try:
            return sorted({address for txid in final for address in await self.chain.payers(txid)})
        except (ChainAway, ChainRefused):
            raise ProviderAway from None

    async def refund(self, ask: RefundAsk) -> RefundStatus:
        """As `Provider.refund`: it waits for the buyer to say where to, and is sent there."""

        async def work() -> RefundStatus:
            await self._fresh()
            return await self._sends_back.refund(ask, await self._came(ask.provider_ref))

        return await self._call(work, lambda reason: RefundStatus(RefundOutcome.UNKNOWN, reason=reason))

    async def _came(self, ref: str) -> Came | None:
        """All that was given to the attempt of this name, also what was taken back since: what goes back is a share of
        it, and whether it may is for the disputes to say (`SendsBack`).
        """
        if ":" in ref:
            given = await self._given(UUID(int=0), ref)
        else:
            request, _ = await self._book.of_request(self._sheet.id, UUID(int=0), ref)
            given = () if request is None else await self._given(request.attempt_id, None)
        if not given or given[0].given_to is None:
            return None
        request, _ = await self._book.of_request(self._sheet.id, given[0].attempt_id, None)
        assert request is not None, "a credit is of a request"
        worth_minor = sum(one.worth_minor or 0 for one in given)
        return Came(given[0].given_to, request.currency, worth_minor, sum(one.amount_msat for one in given))

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
        """As `Provider.recent`."""
        require_no_transaction(self.name)
        try:
            await self._sync()
        except (ChainAway, ChainRefused):
            raise ProviderAway from None
        these = await self._book.since(self._sheet.id, since)
        by_attempt = {credit.given_to: request for credit, request in these if credit.given_to is not None}
        for attempt_id, request in by_attempt.items():
            given = await self._book.given_to(self._sheet.id, attempt_id)
            status = settling(request, given, await self._book.taken_back(self._sheet.id, given))
            if status.outcome is Outcome.PAID:
                yield status

    async def look(self) -> AccountStatus:
        """As `Provider.look`."""
        require_no_transaction(self.name)
        return await self._look()

    async def _call(self, work: Callable[[], Awaitable[T]], unknown: Callable[[str], T]) -> T:
        require_no_transaction(self.name)
        try:
            return await work()
        except (ChainAway, ChainRefused) as error:
            log.warning("onchain.no_answer", provider=self.name, reason=str(error))
            return unknown("no_answer")


def _unknown(ref: str | None, reason: str) -> Prompt:
    return Prompt(ref, None, {}, Status(ref, Outcome.UNKNOWN, reason=reason))
