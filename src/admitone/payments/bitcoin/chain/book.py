"""The chain as far as it concerns us: read from the node, compared with what was known, written down.

A *sync* asks the node what happened since the block up to which it was read, and applies it in one transaction; two at
once for an account apply one after the other, and the one whose ground has moved begins anew. Whoever asks for a sync
of an account while one runs shares it.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from admitone.payments.bitcoin.chain import giving_store, store
from admitone.payments.bitcoin.chain.applying import Applied, Known, apply, lacking_prices
from admitone.payments.bitcoin.chain.credits import Credit, CreditState, Tiers, Undone, UndoneState
from admitone.payments.bitcoin.chain.port import Chain, ChainAway, News, Standing, Tip
from admitone.payments.bitcoin.chain.store import ReadUpTo
from admitone.payments.bitcoin.desk import BitcoinBook
from admitone.payments.bitcoin.quotes import Price
from admitone.payments.bitcoin.refusals import NoRate
from admitone.payments.bitcoin.store import Request, requests, requests_by_address
from admitone.plumbing.database import Database, Transaction, require_no_transaction
from admitone.plumbing.shared_look import SharedLook

log = structlog.get_logger(__name__)
T = TypeVar("T")
TRIES: Final = 5
# An account nobody paid to is marked as read this often at most: nothing else is written while nothing happens.
MARK_EVERY: Final = timedelta(seconds=30)
# A stranger, or a node that wishes us ill, can name as many payments as fit into an answer: they are taken in parts.
PART_MOST: Final = 5_000
# What takes longer to reckon than anybody may wait for is reckoned beside everybody else.
AT_ONCE: Final = 500


class _Stale(Exception):
    """Somebody else has written since we read."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What came for a request beside what settled it, and was not given to an attempt yet; the first names it.

    `times`: so often there was something before.
    """

    request: Request
    came: tuple[Credit, ...]
    times: int

    @property
    def amount_msat(self) -> int:
        """How much came."""
        return sum(one.amount_msat for one in self.came)

    @property
    def worth_minor(self) -> int:
        """What all of it is worth."""
        return sum(one.worth_minor or 0 for one in self.came)


class ChainBook:
    """Keeps credits for every account. What was read less than `fresh_seconds` ago is not read again by `fresh`."""

    def __init__(self, database: Database, bitcoin: BitcoinBook, *, fresh_seconds: float = 1.0) -> None:
        self._database = database
        self._looks: SharedLook[UUID, None] = SharedLook()
        self._synced: dict[UUID, float] = {}
        self._fresh_seconds = fresh_seconds
        self.bitcoin = bitcoin
        self.clock = bitcoin.clock

    async def fresh(self, account_id: UUID, chain: Chain, tiers: Tiers, *, is_test: bool) -> None:
        """Have what happened read a moment ago; `is_test`: it is play money. Raises `ChainAway`, `ChainRefused`."""
        synced = self._synced.get(account_id)
        if synced is None or asyncio.get_running_loop().time() - synced >= self._fresh_seconds:
            await self.sync(account_id, chain, tiers, is_test=is_test)

    def synced(self, account_id: UUID) -> float | None:
        """Which reading of the chain was the last, by this process; another one has another number."""
        return self._synced.get(account_id)

    async def sync(self, account_id: UUID, chain: Chain, tiers: Tiers, *, is_test: bool) -> None:
        """Read what happened; `is_test`: it is play money. Raises `ChainAway`, `ChainRefused`."""
        require_no_transaction("the chain")
        await self._looks.at(account_id, lambda: self._sync(account_id, chain, tiers, is_test=is_test))

    async def _sync(self, account_id: UUID, chain: Chain, tiers: Tiers, *, is_test: bool) -> None:
        began = asyncio.get_running_loop().time()
        for _ in range(TRIES):
            try:
                await self._sync_once(account_id, chain, tiers, is_test=is_test)
            except _Stale:
                continue
            self._synced[account_id] = began
            return
        raise ChainAway("busy")

    async def _sync_once(self, account_id: UUID, chain: Chain, tiers: Tiers, *, is_test: bool) -> None:
        async with self._database.reading() as reader:
            read = await store.read_up_to(reader, account_id)
        if read is None:
            # No address was given to anybody yet: what was before is no business of ours.
            tip = await chain.tip()
            now = self.clock.now()
            await self._database.run(lambda tx: store.begin(tx, account_id, tip, now))
            return
        news = await chain.since(read.tip.hash)
        known = await self._known(account_id, news, read)
        standings = await _standings(chain, known, news)
        news, is_all = _part(known, news)
        now, size = self.clock.now(), len(known.credits) + len(news.outputs)
        lacking = await _reckoned(size, lambda: lacking_prices(known, news, standings, tiers, now))
        prices = await self._prices(lacking, is_test=is_test)
        applied = await _reckoned(size, lambda: apply(known, news, standings, prices, tiers, now))
        for txid in applied.resend:
            await chain.resend(txid)
        if applied.is_empty and news.tip == read.tip and self.clock.now() - read.at < MARK_EVERY:
            return
        # What is left is in the same news again at the next look, as long as the chain is not marked as read.
        marked = news.tip if is_all else None
        await self._database.run(lambda tx: self._write(tx, account_id, read, marked, applied))

    async def _known(self, account_id: UUID, news: News, read: ReadUpTo) -> Known:
        async with self._database.reading() as reader:
            addressed = await requests_by_address(reader, account_id, {one.address for one in news.outputs})
            credits_ = await store.to_look_at(
                reader,
                account_id,
                {one.attempt_id for one in addressed.values()},
                has_blocks=news.tip != read.tip,
            )
            by_attempt = await requests(reader, {one.attempt_id for one in credits_})
            undone = await store.undone_open(reader, account_id)
            given = {one.outpoint for one in credits_ if one.given_to is not None}
            times = await store.undone_times(reader, account_id, given)
            taken = await store.taken_back(reader, account_id, times)
        asked = by_attempt | {one.attempt_id: one for one in addressed.values()}
        lost = {outpoint for outpoint, state in taken.items() if state is UndoneState.LOST}
        return Known(account_id, credits_, asked, addressed, undone, times, read.at, read.tip, lost)

    async def _prices(self, currencies: Collection[str], *, is_test: bool) -> Mapping[str, Price]:
        """What a bitcoin costs now, in these currencies, as far as anybody says."""
        found: dict[str, Price] = {}
        for currency in currencies:
            try:
                found[currency] = await self.bitcoin.price(currency, is_test=is_test)
            except NoRate:
                log.warning("chain.no_rate", currency=currency)
        return found

    async def _write(
        self, tx: Transaction, account_id: UUID, read: ReadUpTo, tip: Tip | None, applied: Applied
    ) -> None:
        if await store.lock_read(tx, account_id) != read:
            raise _Stale
        if applied.credits and not await store.write(tx, applied.credits):
            raise _Stale
        if applied.undone:
            await store.write_undone(tx, applied.undone)
        if tip is not None:
            await store.move_read(tx, account_id, tip, self.clock.now())

    async def given_to(self, account_id: UUID, attempt_id: UUID) -> list[Credit]:
        """The credits that settle this attempt; the first names it."""
        async with self._database.reading() as reader:
            return await giving_store.given_to(reader, account_id, attempt_id)

    async def taken_back(self, account_id: UUID, these: Sequence[Credit]) -> dict[str, UndoneState]:
        """Which of these the network took back, for good (LOST) or perhaps not (OPEN), by outpoint."""
        given = {one.outpoint for one in these if one.given_to is not None}
        if not given:
            return {}
        async with self._database.reading() as reader:
            return await store.taken_back(reader, account_id, given)

    async def by_outpoint(self, account_id: UUID, outpoint: str) -> Credit | None:
        """The credit with this outpoint."""
        async with self._database.reading() as reader:
            return await store.by_outpoint(reader, account_id, outpoint)

    async def of_request(
        self, account_id: UUID, attempt_id: UUID, address: str | None
    ) -> tuple[Request | None, list[Credit]]:
        """The request of this attempt, or with this address, and what came for it."""
        async with self._database.reading() as reader:
            if address is None:
                request = (await requests(reader, [attempt_id])).get(attempt_id)
            else:
                request = (await requests_by_address(reader, account_id, [address])).get(address)
            if request is None or request.account_id != account_id or request.address is None:
                return None, []
            return request, await store.credits_of(reader, account_id, [request.attempt_id])

    async def of_requests(
        self, account_id: UUID, addresses: Collection[str]
    ) -> dict[str, tuple[Request, list[Credit]]]:
        """The requests with these addresses, and what came for each, by address."""
        async with self._database.reading() as reader:
            asked = await requests_by_address(reader, account_id, addresses)
            came = await store.credits_of(reader, account_id, {one.attempt_id for one in asked.values()})
        found = {one.attempt_id: (one, list[Credit]()) for one in asked.values()}
        for credit in came:
            found[credit.attempt_id][1].append(credit)
        return {address: found[one.attempt_id] for address, one in asked.items()}

    async def found(self, account_id: UUID) -> list[Beside]:
        """What is final, and nobody's attempt yet: together what came for the same request."""
        async with self._database.reading() as reader:
            these = await giving_store.found(reader, account_id)
            attempt_ids = {one.attempt_id for one in these}
            asked = await requests(reader, attempt_ids)
            times = await giving_store.times_found(reader, account_id, attempt_ids) if these else {}
        together: dict[UUID, list[Credit]] = {}
        for one in these:
            together.setdefault(one.attempt_id, []).append(one)
        return [Beside(asked[one], tuple(came), times.get(one, 0)) for one, came in together.items()]

    async def give(self, credit: Credit, attempt_id: UUID) -> None:
        """It settles this attempt from now on, with all that came beside it, unless it settles one."""
        await self._database.run(lambda tx: giving_store.give(tx, credit, attempt_id))

    async def changed(self, account_id: UUID, after: int, most: int) -> tuple[list[Credit], list[Undone]]:
        """What changed after this number."""
        async with self._database.reading() as reader:
            return await store.changed(reader, account_id, after, most)

    async def since(self, account_id: UUID, since: datetime) -> list[tuple[Credit, Request]]:
        """What came, or became final, since then."""
        async with self._database.reading() as reader:
            these = await store.final_since(reader, account_id, since)
            asked = await requests(reader, {one.attempt_id for one in these})
        return [(one, asked[one.attempt_id]) for one in these]

    async def undone(self, account_id: UUID, ref: str) -> tuple[Undone, Credit, Request] | None:
        """What the network took back under this name."""
        async with self._database.reading() as reader:
            found = await store.undone_by_ref(reader, account_id, ref)
            if found is None:
                return None
            credit = await store.by_outpoint(reader, account_id, f"{found.txid}:{found.vout}")
            assert credit is not None, "a foreign key says so"
            asked = await requests(reader, [credit.attempt_id])
        return found, credit, asked[credit.attempt_id]

    async def undone_since(self, account_id: UUID, since: datetime) -> list[str]:
        """The names of what was taken back, or decided about, since then."""
        async with self._database.reading() as reader:
            return [one.ref for one in await store.undone_since(reader, account_id, since)]


def _part(known: Known, news: News) -> tuple[News, bool]:
    """The news with at most `PART_MOST` payments to us that are new, those that were in a block first; and whether that
    is all of them.
    """
    before = {one.outpoint for one in known.credits}
    ours = [one for one in news.outputs if one.address in known.addressed]
    new = [one for one in ours if one.outpoint not in before]
    if len(new) <= PART_MOST:
        return replace(news, outputs=ours), True
    new.sort(key=lambda one: (one.standing.height is None, one.standing.height or 0, one.txid, one.vout))
    log.warning("chain.in_parts", account_id=str(known.account_id), payments=len(new))
    return replace(news, outputs=[one for one in ours if one.outpoint in before] + new[:PART_MOST]), False


async def _reckoned(size: int, work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work) if size > AT_ONCE else work()


async def _standings(chain: Chain, known: Known, news: News) -> Mapping[str, Standing]:
    """Where those stand of which the news say nothing, though something may have happened to them."""
    named = {one.outpoint for one in news.outputs}
    undone = known.undone_outpoints()
    unnamed = [one for one in known.credits if one.outpoint not in named and known.is_open(one, undone)]
    doubtful = {one.txid for one in unnamed if one.state is not CreditState.MINED}
    doubtful |= {one.txid for one in unnamed if one.outpoint in news.removed}
    mined = [one for one in unnamed if one.height is not None and one.txid not in doubtful]
    if mined and news.tip != known.read_tip:
        hashes = await chain.blocks(_heights(mined))
        doubtful |= {one.txid for one in mined if hashes.get(one.height or 0) != one.block_hash}
    return await chain.standings(doubtful) if doubtful else {}


def _heights(mined: Sequence[Credit]) -> set[int]:
    return {one.height for one in mined if one.height is not None}
