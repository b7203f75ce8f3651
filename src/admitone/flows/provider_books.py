"""A provider's books are read line by line: each line is kept once, explained by what we know, and posted.

What a payment or refund moved was posted when we heard of it, so its line brings only the fee the provider kept. Lines
about what only the provider does (paying out by itself, fees, money banks take) bring the money itself. A line nobody
can explain moves nothing and is looked at again in every run, until it is explained or a person has looked at it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from admitone import ledger, payments
from admitone.payments import Explained, ExplainedAs, Known, Movement, MovementKind, Run
from admitone.plumbing.database import Database, Reader, Transaction
from admitone.values.clock import Clock

PAGE = 500
# So often is the balance read again when it moved while the lines were read.
TRIES = 3
_OUT = (MovementKind.PAYOUT, MovementKind.TRANSFER)

# Finds our payouts by what providers call them: id by reference. None: one is on its way from this account, and what
# it is called there is not known yet.
FindPayouts = Callable[[Reader, UUID, Collection[str]], Awaitable[Mapping[str, UUID] | None]]


async def no_payouts(_reader: Reader, _account_id: UUID, _refs: Collection[str]) -> Mapping[str, UUID] | None:
    """For a site that pays nobody out."""
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BooksRead:
    """How many lines were told, how many were explained now, and what lies there (None: it moved all the time).

    `strange` are the lines nobody can explain.
    """

    told: int
    explained: int
    balances: Mapping[str, int | None]
    strange: tuple[Movement, ...]


class ProviderBooks:
    """Reads the books of one account after the other."""

    def __init__(self, database: Database, clock: Clock, find_payouts: FindPayouts = no_payouts) -> None:
        self._database = database
        self._clock = clock
        self._find_payouts = find_payouts

    async def read(self, run: Run, opened: payments.OpenAccount, mirrored: payments.Mirrored) -> BooksRead:
        """Keep, explain and post everything since the run's beginning. Raises what the provider's port raises."""
        told = 0
        before: Mapping[str, int] | None = None
        balances = await mirrored.balances()
        for _ in range(TRIES):
            before = balances
            told = await self._keep(run, mirrored)
            balances = await mirrored.balances()
            if balances == before:
                break
        explained, strange = await self._explain(run, opened)
        if explained and any(one.kind is MovementKind.DISPUTE for one in strange):
            # What a bank took may be about a line that was explained only now.
            more, strange = await self._explain(run, opened)
            explained += more
        is_still = balances == before
        return BooksRead(
            told, explained, {name: balances[name] if is_still else None for name in balances}, strange
        )

    async def _keep(self, run: Run, mirrored: payments.Mirrored) -> int:
        told, page = 0, list[Movement]()
        async for line in mirrored.movements(run.since):
            page.append(line)
            if len(page) == PAGE:
                told += await self._store(run, page)
                page = []
        return told + await self._store(run, page)

    async def _store(self, run: Run, page: list[Movement]) -> int:
        if page:
            now = self._clock.now()
            await self._database.run(lambda tx: payments.keep_lines(tx, run.account_id, page, now))
        return len(page)

    async def _explain(self, run: Run, opened: payments.OpenAccount) -> tuple[int, tuple[Movement, ...]]:
        explained, strange, after = 0, list[Movement](), ""
        async with self._database.reading() as reader:
            under = await payments.connected_accounts(reader, run.account_id)
        books = books_of(opened.account)
        while True:
            async with self._database.reading() as reader:
                page = await payments.unexplained_lines(reader, run.account_id, after, PAGE)
            if not page:
                return explained, tuple(strange)
            after = page[-1].ref
            done = await self._explain_page(books, [run.account_id, *under], page)
            explained += len(done)
            strange += [one for one in page if one.ref not in done]

    async def _explain_page(
        self, books: ledger.Books, account_ids: list[UUID], page: list[Movement]
    ) -> set[str]:
        refs = {name for one in page for name in (one.ref, one.about_ref) if name is not None}

        async def story(tx: Transaction) -> set[str]:
            known = await payments.known_to_books(tx, account_ids, refs)
            payouts = await self._find_payouts(tx, books.account_id, refs)
            found = {
                one.ref: reason
                for one in page
                if not (payouts is None and one.kind in _OUT)
                and (reason := explain(one, known, payouts or {}, books)) is not None
            }
            new = await payments.explain_lines(tx, books.account_id, [why for why, _ in found.values()])
            await ledger.post(tx, [transfer for ref in sorted(new) for transfer in found[ref][1]])
            # Another run may have been faster with some; others wait for something of ours that is not decided yet.
            return {*found, *(one.ref for one in page if _is_under_way(one, known))}

        return await self._database.run(story)


def books_of(account: payments.Account) -> ledger.Books:
    """The account as the ledger knows it."""
    return ledger.Books(
        account_id=account.id,
        name=payments.books_of(account.provider, account.id),
        direct_to=account.organiser_id,
        is_test=account.is_test,
    )


def explain(
    line: Movement, known: Known, payouts: Mapping[str, UUID], books: ledger.Books
) -> tuple[Explained, list[ledger.NewTransfer]] | None:
    """Why the line is there, and what it moves; None when nobody can say. Pure."""
    names = [name for name in (line.about_ref, line.ref) if name is not None]
    if line.kind is MovementKind.PAYMENT:
        return _payment(line, known, names, books)
    if line.kind is MovementKind.REFUND:
        return _refund(line, known, names, books)
    if line.kind is MovementKind.DISPUTE:
        dispute = next((known.disputes[name] for name in names if name in known.disputes), None)
        if dispute is None or dispute.currency != line.currency:
            return None
        taken = ledger.disputed_taken(books, line.ref, line.currency, line.amount_minor, dispute.id)
        return _because(line, ExplainedAs.DISPUTE, dispute.id, taken + _fee(books, line, dispute.id))
    if line.kind is MovementKind.FEE:
        kept = ledger.fee_kept(books, line.ref, line.currency, line.fee_minor - line.amount_minor)
        return _because(line, ExplainedAs.FEE, None, kept)
    if line.kind in _OUT:
        ours = next((payouts[name] for name in names if name in payouts), None)
        if ours is not None:
            return _because(line, ExplainedAs.PAYOUT, ours, _fee(books, line, None))
        passed_on = _passed_on(known, names, books)
        if passed_on is not None:
            return _because(line, ExplainedAs.CONNECTED, passed_on, [])
        left = ledger.left_to_bank(books, line.ref, line.currency, line.amount_minor)
        return _because(line, ExplainedAs.BANK, None, left + _fee(books, line, None))
    return None


def _passed_on(known: Known, names: list[str], books: ledger.Books) -> UUID | None:
    """The payment or refund of an account below this one that the line passes on: it is in that account's books."""
    for name in names:
        for ours in (known.attempts.get(name), known.refunds.get(name)):
            if ours is not None and ours.account_id != books.account_id:
                return ours.id
    return None


def _is_under_way(line: Movement, known: Known) -> bool:
    """The line is ahead of us: it is about a payment or refund of ours that is still asked about."""
    names = [name for name in (line.about_ref, line.ref) if name is not None]
    attempts = [known.attempts[name] for name in names if name in known.attempts]
    refunds = [known.refunds[name] for name in names if name in known.refunds]
    if line.kind is MovementKind.PAYMENT:
        return any(one.is_open for one in attempts)
    return line.kind is MovementKind.REFUND and any(one.is_open for one in refunds)


def _payment(
    line: Movement, known: Known, names: list[str], books: ledger.Books
) -> tuple[Explained, list[ledger.NewTransfer]] | None:
    attempt = next((known.attempts[name] for name in names if name in known.attempts), None)
    if attempt is None or not attempt.is_paid or attempt.currency != line.currency:
        return None
    if attempt.account_id != books.account_id:
        return _because(line, ExplainedAs.CONNECTED, attempt.id, [])
    return _because(line, ExplainedAs.ATTEMPT, attempt.id, _fee(books, line, attempt.id))


def _refund(
    line: Movement, known: Known, names: list[str], books: ledger.Books
) -> tuple[Explained, list[ledger.NewTransfer]] | None:
    refund = next((known.refunds[name] for name in names if name in known.refunds), None)
    if refund is None or not refund.is_done or refund.currency != line.currency:
        return None
    if refund.account_id != books.account_id:
        return _because(line, ExplainedAs.CONNECTED, refund.id, [])
    return _because(line, ExplainedAs.REFUND, refund.id, _fee(books, line, refund.id))


def _fee(books: ledger.Books, line: Movement, about: UUID | None) -> list[ledger.NewTransfer]:
    return ledger.fee_kept(books, line.ref, line.currency, line.fee_minor, about)


def _because(
    line: Movement, why: ExplainedAs, ours: UUID | None, posted: list[ledger.NewTransfer]
) -> tuple[Explained, list[ledger.NewTransfer]]:
    return Explained(line.ref, why, ours), posted
