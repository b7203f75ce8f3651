"""A bank statement is shown before it is booked: what it would do, then a yes, a yes to some of it, or a no.

Shown: read, look for orders, change nothing. Booked: the lines are written in one transaction (with it the draft is
gone, so of two who say yes one is heard), then each line that was said yes to is settled by itself, as by hand. A line
whose order is not as it was shown is not settled: it waits for a person. If the process dies in between, so do those
it did not come to.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from admitone import accounts, statements
from admitone.flows.received_money import KNOWN_FOR, ReceivedMoney
from admitone.plumbing.database import Database, Transaction
from admitone.reads.received_money import transfer_candidates
from admitone.statements import CsvReading, Draft, DraftName, Imported, Proposal, ReadStatement
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal

# So many orders are settled at the same time: their settlements share transactions.
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Preview:
    """What booking this file would do. `digest` is the same only while nothing of it is different."""

    read: ReadStatement
    proposals: tuple[Proposal, ...]
    digest: str

    @property
    def known(self) -> int:
        """Lines that an earlier file had."""
        return sum(one.is_known for one in self.proposals)

    @property
    def new(self) -> int:
        """Lines that are not there yet."""
        return len(self.proposals) - self.known

    @property
    def in_minor(self) -> int:
        """The sum of what came in, whole minor units of the account's currency."""
        return sum(max(line.amount_minor, 0) for line in self.read.lines)

    @property
    def period(self) -> tuple[date, date] | None:
        """The first and the last day of its lines."""
        days = [line.booked_on for line in self.read.lines]
        return (min(days), max(days)) if days else None


@dataclass(frozen=True, slots=True)
class Booked:
    """What was done. `settled` lines are for their orders now; `changed` ones were said yes to and wait all the same,
    because their orders are not as they were shown.
    """

    imported: Imported
    settled: int
    changed: int


class BookStatement:
    """Shows, books and throws away. Raises `Forbidden` everywhere, and what `read_statement` raises."""

    def __init__(self, database: Database, clock: Clock, received_money: ReceivedMoney) -> None:
        self._database = database
        self._clock = clock
        self._received_money = received_money

    async def draft(
        self,
        actor: Actor,
        organiser_id: UUID,
        account_id: UUID,
        file_name: str,
        data: bytes,
        reading: CsvReading | None = None,
    ) -> UUID:
        """Keep a file that can be read until somebody says yes or no to it. Raises `AccountNotFound`."""
        await self._received_money.read_file(actor, organiser_id, account_id, data, reading)
        draft = Draft(
            id=uuid7(),
            organiser_id=organiser_id,
            account_id=account_id,
            file_name=statements.tidy_name(file_name),
            file_digest=hashlib.sha256(data).digest(),
            data=data,
            reading=reading or CsvReading(),
            drafted_by=actor.label,
            drafted_at=self._clock.now(),
        )
        await self._database.run(lambda tx: statements.keep_draft(tx, draft))
        return draft.id

    async def drafts(self, actor: Actor, organiser_id: UUID) -> list[DraftName]:
        """Files that wait for a yes, newest first."""
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await statements.draft_names(reader, organiser_id)

    async def show_draft(self, actor: Actor, organiser_id: UUID, draft_id: UUID) -> tuple[Draft, Preview]:
        """The file, and what booking it would do. Raises `DraftNotFound`, `AccountNotFound`."""
        draft = await self._draft(actor, organiser_id, draft_id)
        shown = await self.show(actor, organiser_id, draft.account_id, draft.data, draft.reading)
        return draft, shown

    async def book_draft(
        self, actor: Actor, organiser_id: UUID, draft_id: UUID, tokens: Collection[str]
    ) -> Booked:
        """Book the file and settle the lines of these tokens (`Proposal.token`), where all is as they say.

        Raises `DraftNotFound`, `AccountNotFound`.
        """
        draft = await self._draft(actor, organiser_id, draft_id)
        read = await self._received_money.read_file(
            actor, organiser_id, draft.account_id, draft.data, draft.reading
        )
        return await self._book(actor, draft, read, tokens, draft_id)

    async def throw_away(self, actor: Actor, organiser_id: UUID, draft_id: UUID) -> None:
        """Nothing of the file is kept. Raises `DraftNotFound`."""
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        await self._database.run(lambda tx: statements.take_draft(tx, organiser_id, draft_id))

    async def forget_old(self) -> int:
        """Files nobody booked within a day are gone; how many."""
        now = self._clock.now()
        return await self._database.run(lambda tx: statements.forget_drafts(tx, now))

    async def show(
        self,
        actor: Actor,
        organiser_id: UUID,
        account_id: UUID,
        data: bytes,
        reading: CsvReading | None = None,
    ) -> Preview:
        """What booking a file would do; nothing is changed. Raises `AccountNotFound`."""
        read = await self._received_money.read_file(actor, organiser_id, account_id, data, reading)
        proposals = await self._propose(organiser_id, read)
        return Preview(read, proposals, statements.digest_of(data, proposals))

    async def book_shown(
        self,
        actor: Actor,
        organiser_id: UUID,
        account_id: UUID,
        file_name: str,
        data: bytes,
        *,
        digest: str,
        leave_out: Collection[UUID] = (),
    ) -> Booked:
        """Book a file as `show` showed it, and settle what it would settle but the lines left out (fingerprints).

        Raises `PreviewChanged` when it would do anything else by now, `AccountNotFound`.
        """
        shown = await self.show(actor, organiser_id, account_id, data)
        if shown.digest != digest:
            raise statements.PreviewChanged
        tokens = [one.token for one in shown.proposals if one.is_wanted and one.mark not in leave_out]
        draft = Draft(
            uuid7(),
            organiser_id,
            account_id,
            file_name,
            b"",
            data,
            CsvReading(),
            actor.label,
            self._clock.now(),
        )
        return await self._book(actor, draft, shown.read, tokens, None)

    async def _draft(self, actor: Actor, organiser_id: UUID, draft_id: UUID) -> Draft:
        accounts.permit(actor, Action.CHANGE_ORDERS, organiser_id)
        async with self._database.reading() as reader:
            return await statements.read_draft(reader, organiser_id, draft_id)

    async def _propose(
        self, organiser_id: UUID, read: ReadStatement, only: Collection[UUID] | None = None
    ) -> tuple[Proposal, ...]:
        """What would become of the lines now, or of these (fingerprints) if no others were booked."""
        marked = await asyncio.to_thread(statements.fingerprints, read.account, read.lines)
        pairs = [
            (mark, line)
            for mark, line in zip(marked, read.lines, strict=True)
            if only is None or mark in only
        ]
        async with self._database.reading() as reader:
            marks = [mark for mark, _ in pairs]
            known = await statements.seen_before(reader, organiser_id, read.account, marks)
            since = self._clock.now() - KNOWN_FOR
            candidates = await transfer_candidates(reader, organiser_id, since) if pairs else []
        return await asyncio.to_thread(statements.propose, pairs, candidates, known)

    async def _book(
        self,
        actor: Actor,
        file: Draft,
        read: ReadStatement,
        tokens: Collection[str],
        draft_id: UUID | None,
    ) -> Booked:
        chosen = frozenset(tokens)
        only = {mark for token in chosen if (mark := statements.mark_of(token)) is not None}
        now_so = await self._propose(file.organiser_id, read, only) if only else ()
        as_shown = [one for one in now_so if one.order is not None and one.token in chosen]

        async def story(tx: Transaction) -> Imported:
            if draft_id is not None:
                await statements.take_draft(tx, file.organiser_id, draft_id)
            return await statements.import_statement(
                tx,
                read,
                organiser_id=file.organiser_id,
                file_name=file.file_name,
                data=file.data,
                now=self._clock.now(),
                actor=actor.label,
            )

        imported = await self._database.run(story)
        settled = await self._settle(actor, file.organiser_id, imported, as_shown)
        return Booked(imported, settled, len(only) - settled)

    async def _settle(
        self, actor: Actor, organiser_id: UUID, imported: Imported, wanted: Collection[Proposal]
    ) -> int:
        """Each order's lines one after the other, in the file's order; how many were settled."""
        by_order: dict[str, list[tuple[UUID, Proposal]]] = defaultdict(list)
        for one in wanted:
            # A line that is not new was booked by a colleague in this moment.
            if one.order is not None and one.mark in imported.new_ids:
                by_order[one.order.code].append((imported.new_ids[one.mark], one))
        gate = asyncio.Semaphore(_AT_ONCE)

        async def settle(code: str, mine: Collection[tuple[UUID, Proposal]]) -> int:
            done = 0
            async with gate:
                for line_id, shown in mine:
                    try:
                        await self._received_money.settle_line(
                            actor, organiser_id, line_id, code, shown=shown
                        )
                    except Refusal:
                        continue  # a colleague was faster, or the order is not to be paid so: a person looks at it
                    done += 1
            return done

        return sum(await asyncio.gather(*(settle(code, mine) for code, mine in by_order.items())))
