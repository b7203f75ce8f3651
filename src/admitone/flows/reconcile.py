"""Every night, and whenever somebody asks: what providers say is held against what we know, account by account.

A run hears everything that changed there since the last one, asks about all that is open, reads the provider's books
(where they can be read) and says by name what does not agree. Whatever it does has its effect once, so a run that died,
or two at once, do no harm; the next one begins where the last whole one had begun.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from admitone import accounts, payments
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.provider_books import BooksRead, ProviderBooks
from admitone.flows.reconcile_cases import cases_of
from admitone.flows.refund import Refunding
from admitone.flows.settlement import Settlement
from admitone.payments import Case, OpenAccount, Outcome, Run, Status
from admitone.plumbing import journal
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.reads.provider_mirror import Mirror, MirrorLine, provider_mirror
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

log = structlog.get_logger(__name__)
CHUNK = 100
# Cases that are closed when a run does not find them any more.
BY_THEMSELVES = tuple(kind for kind in payments.CaseKind if kind is not payments.CaseKind.UNKNOWN_DISPUTE)
EVERY = timedelta(hours=24)
AGAIN_AFTER = timedelta(hours=1)
# More to ask about an account: its disputes, its payouts. Answers how many there were.
AskMore = Callable[[OpenAccount, Run], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a run found. `error`: why it could not be finished; `mirror` None where books cannot be read."""

    account: payments.Account
    counts: Mapping[str, int]
    mirror: Mirror | None = None
    cases: Sequence[Case] = ()
    error: str | None = None

    @property
    def agrees(self) -> bool:
        """Nothing to look at."""
        return self.error is None and not self.cases


@dataclass(slots=True)
class _Found:
    counts: Counter[str] = field(default_factory=Counter)
    strangers: list[Status] = field(default_factory=list)
    books: BooksRead | None = None


class Reconciling:
    """`more` are further things to ask about, by the name they are counted under."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        opened: PaymentAccounts,
        settlement: Settlement,
        refunding: Refunding,
        books: ProviderBooks,
        more: Mapping[str, AskMore],
    ) -> None:
        self._database = database
        self._clock = clock
        self._opened = opened
        self._settlement = settlement
        self._refunding = refunding
        self._books = books
        self._more = more
        self._under_way: set[asyncio.Task[list[Reconciled]]] = set()

    async def run_due(self) -> int:
        """Look at an account nobody has looked at for a day; how many (0 or 1)."""
        now = self._clock.now()
        async with self._database.reading() as reader:
            due = await payments.to_reconcile(reader, now - EVERY, now - AGAIN_AFTER, 1)
        for account_id in due:
            await self._run_quietly(account_id)
        return len(due)

    async def run_all(self, only: UUID | None = None) -> list[Reconciled]:
        """Look at every account in use, or at one."""
        done = [
            await self._run_quietly(one.account.id)
            for one in await self._opened.in_use()
            if only is None or one.account.id == only
        ]
        return [one for one in done if one is not None]

    async def run_for(self, actor: Actor, organiser_id: UUID) -> list[Reconciled]:
        """Look at the organiser's own accounts. Raises `Forbidden`."""
        accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
        async with self._database.reading() as reader:
            mine = await payments.accounts_of(reader, organiser_id)
        # That the site's own account is not used is kept as an account: there is nothing in it to look at.
        done = [await self._run_quietly(one.id) for one in mine if not one.is_set_aside]
        return [one for one in done if one is not None]

    async def begin_for(
        self, actor: Actor, organiser_id: UUID, patience_seconds: float = 15.0
    ) -> list[Reconciled] | None:
        """`run_for`, for somebody who waits; None when it takes longer and goes on without them."""
        accounts.permit(actor, Action.SEE_REPORTS, organiser_id)
        task = asyncio.create_task(self.run_for(actor, organiser_id))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        done, _ = await asyncio.wait({task}, timeout=patience_seconds)
        return task.result() if done else None

    async def close_case(self, actor: Actor, organiser_id: UUID, case_id: UUID) -> None:
        """Somebody has looked at it; it comes back only if it changes. Raises `Forbidden`, `CaseNotFound`."""
        accounts.permit(actor, Action.REFUND_ORDERS, organiser_id)
        now = self._clock.now()

        async def story(tx: Transaction) -> None:
            if not await payments.close_case(tx, organiser_id, case_id, actor.label, now):
                raise payments.CaseNotFound

        await self._database.run(story)

    async def refund_spoken_of(self, entry: journal.Entry) -> None:
        """A provider spoke of a refund, by its own name for it or for the payment: every undecided one it may be about
        is asked about.
        """
        fact = entry.read_as(payments.ProviderSpoke)
        async with self._database.reading() as reader:
            # Accounts under a site's own hear by the site's.
            told = [fact.account_id, *await payments.connected_accounts(reader, fact.account_id)]
            ids = await payments.refunds_spoken_of(reader, told, fact.provider_ref)
        for refund_id in ids:
            await self._refunding.ask_now(refund_id)

    async def _run_quietly(self, account_id: UUID) -> Reconciled | None:
        try:
            return await self.run(account_id)
        except payments.ReconciliationRuns:
            return None

    async def run(self, account_id: UUID) -> Reconciled:
        """Look at one account. Raises `AccountNotFound`, and `ReconciliationRuns` while somebody does so."""
        opened = await self._opened.find(account_id)
        if opened is None:
            raise payments.AccountNotFound
        now = self._clock.now()
        run = await self._database.run(lambda tx: payments.begin_run(tx, account_id, now=now))
        found = _Found()
        error = None
        try:
            await self._look(run, opened, found)
        except AssertionError:
            raise
        except Refusal as refusal:
            error = str(refusal.data.get("reason") or refusal.code)
        except Exception as fault:
            # A provider that does not answer, in whatever way: the next run sees the same again.
            error = type(fault).__name__
            log.exception("reconcile.stopped", account_id=str(account_id), provider=opened.account.provider)
        return await self._database.run(lambda tx: self._end(tx, run, opened, found, error))

    async def _look(self, run: Run, opened: OpenAccount, found: _Found) -> None:
        if opened.account.is_connected:
            # Its payments and books are among those of the site's own account, over which it was opened.
            await self._ask_open(run, found)
            return
        await self._hear_recent(run, opened, found)
        await self._ask_open(run, found)
        for name, ask in self._more.items():
            found.counts[name] += await ask(opened, run)
        mirrored = opened.provider.roles.mirrored
        if mirrored is not None:
            found.books = await self._books.read(run, opened, mirrored)
            found.counts["lines"] = found.books.told
            found.counts["explained"] = found.books.explained

    async def _hear_recent(self, run: Run, opened: OpenAccount, found: _Found) -> None:
        chunk: list[Status] = []
        async for status in opened.provider.recent(run.since):
            chunk.append(status)
            if len(chunk) == CHUNK:
                await self._hear(run, chunk, found)
                chunk = []
        await self._hear(run, chunk, found)

    async def _hear(self, run: Run, chunk: list[Status], found: _Found) -> None:
        keys = {one.attempt_id for one in chunk if one.attempt_id is not None}
        async with self._database.reading() as reader:
            under = await payments.connected_accounts(reader, run.account_id)
            attempts = await payments.read_many(reader, keys)
        for status in chunk:
            found.counts["payments"] += 1
            attempt = None if status.attempt_id is None else attempts.get(status.attempt_id)
            if attempt is None or attempt.account_id not in (run.account_id, *under):
                if status.outcome is Outcome.PAID:
                    found.strangers.append(status)
                continue
            if payments.advance(attempt.state, payments.says(status.outcome)) is not attempt.state:
                await self._settlement.hear_of([attempt.account_id], status)
                found.counts["payments_moved"] += 1

    async def _ask_open(self, run: Run, found: _Found) -> None:
        after = UUID(int=0)
        while ids := await self._page(payments.open_attempts, run.account_id, after):
            after = ids[-1]
            async with self._database.reading() as reader:
                attempts = await payments.read_many(reader, ids)
            for attempt in attempts.values():
                await self._settlement.ask(attempt)
                found.counts["payments_asked"] += 1
        after = UUID(int=0)
        while ids := await self._page(payments.open_refunds, run.account_id, after):
            after = ids[-1]
            for refund_id in ids:
                await self._refunding.ask_now(refund_id)
                found.counts["refunds_asked"] += 1

    async def _page(
        self, read: Callable[[Reader, UUID, UUID, int], Awaitable[list[UUID]]], account_id: UUID, after: UUID
    ) -> list[UUID]:
        async with self._database.reading() as reader:
            return await read(reader, account_id, after, CHUNK)

    async def _end(
        self, tx: Transaction, run: Run, opened: OpenAccount, found: _Found, error: str | None
    ) -> Reconciled:
        """Hold ours against theirs as they are now, open and close cases, and write the run down."""
        now, account = self._clock.now(), opened.account
        mirror, cases = None, list[Case]()
        if error is None:
            mirror = None if found.books is None else await _mirror(tx, run, account, found.books)
            before = await payments.last_balances(tx, account.id)
            strange = () if found.books is None else found.books.strange
            cases = cases_of(run, found.strangers, strange, mirror, before)
            await payments.open_cases(tx, account.id, [(uuid7(), one) for one in cases], now)
            if mirror is not None:
                still = [(one.kind, one.ref) for one in cases]
                await payments.close_other_cases(tx, account.id, BY_THEMSELVES, still, now)
        await payments.end_run(
            tx,
            run,
            counts=found.counts,
            differences={"missing": _missing(mirror)},
            balances={} if mirror is None else {one.currency: _kept(one) for one in mirror.lines},
            error=error,
            now=now,
        )
        return Reconciled(account, dict(found.counts), mirror, cases, error)


async def _mirror(tx: Transaction, run: Run, account: payments.Account, books: BooksRead) -> Mirror:
    """Both sides as they are now. What lay there before us is what is over once both know the same payments."""
    name = payments.books_of(account.provider, account.id)

    async def look() -> Mirror:
        return await provider_mirror(tx, account.id, name, is_test=account.is_test, balances=books.balances)

    mirror = await look()
    waiting = {one.currency for one in mirror.missing if not one.is_wrong_amount}
    openings = {
        one.currency: one.there_minor - one.lines_minor
        for one in mirror.lines
        if one.opening_minor is None and one.there_minor is not None and one.currency not in waiting
    }
    for currency, minor in openings.items():
        await payments.keep_opening(tx, account.id, currency, minor, run.until)
    return await look() if openings else mirror


def _kept(line: MirrorLine) -> dict[str, int | None]:
    return {**asdict(line), "lag_minor": line.lag_minor, "difference_minor": line.difference_minor}


def _missing(mirror: Mirror | None) -> list[dict[str, object]]:
    if mirror is None:
        return []
    return [{**asdict(one), "id": str(one.id), "since": one.since.isoformat()} for one in mirror.missing]
