"""The desk: many scans, one transaction, each with its own answer.

Exactly one scan lets a ticket in, whatever the number of doors and processes: the admission's primary key is
the ticket, and an answer is given only after the commit that makes it true. A scan sent again, with its id,
is answered from the record.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from admitone.checkin import store
from admitone.checkin.deciding import ScanRequest, TicketState, judge
from admitone.checkin.facts import TicketAdmitted
from admitone.checkin.refusals import ScanIdReused
from admitone.checkin.store import AdmissionRow, ScanRow
from admitone.checkin.verdicts import Reason, Verdict
from admitone.plumbing.database import Database, RunAgain, Transaction
from admitone.plumbing.group_commit import GroupCommit
from admitone.plumbing.journal import announcement
from admitone.values.clock import Clock
from admitone.values.refusals import Refusal


class Guest(msgspec.Struct, frozen=True):
    """Whose ticket it is, for the person at the door: ticket `unit` of `units` in its order line."""

    name: str
    type_name: str
    unit: int
    units: int


class ScanAnswer(msgspec.Struct, frozen=True):
    """What was answered, at `at`. `first_at` and `first_door` come with `already_used`.

    `guest` comes when the ticket is one of this event, `other_event_id` when it is one of another event of the same
    organiser.
    """

    scan_id: UUID
    event_id: UUID
    verdict: Verdict
    reason: Reason | None
    door: str
    at: datetime
    ticket_id: UUID | None
    first_at: datetime | None
    first_door: str | None
    guest: Guest | None
    other_event_id: UUID | None = None


class Seen(msgspec.Struct, frozen=True):
    """All that is known of one scan before it is decided: the answer its id got before, the ticket its code names,
    how that went in, and whose it is.
    """

    stored: ScanRow | None = None
    ticket: TicketState | None = None
    entry: AdmissionRow | None = None
    guest: Guest | None = None


LookOf = Callable[[Transaction, Sequence[tuple[UUID, int | None]]], Awaitable[Sequence[Seen]]]
_SHOWS_GUEST = frozenset({Verdict.ADMITTED, Verdict.ALREADY_USED, Verdict.CANCELLED})


class Desk:
    """Answers scans.

    `look_at` sees (scan id, serial) pairs, in their order, and locks the tickets against change.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        look_at: LookOf,
        *,
        batch_max: int = 256,
        queue_max: int = 4096,
    ) -> None:
        self._clock = clock
        self._look_at = look_at
        self._queue: GroupCommit[ScanRequest, ScanAnswer] = GroupCommit(
            database, self.run, failpoint="admit", batch_max=batch_max, queue_max=queue_max
        )

    async def scan(self, request: ScanRequest) -> ScanAnswer:
        """The answer to this scan, durable.

        Raises `ScanIdReused`, `QueueFull`, `DatabaseBusy` (then: unknown, ask again).
        """
        return await self._queue.ask(request)

    async def run(self, tx: Transaction, requests: Sequence[ScanRequest]) -> list[ScanAnswer | Refusal]:
        """One batch, in order of arrival. The caller commits.

        Raises `RunAgain` when another process answered one of these scans, or let one of these tickets in, since we
        looked: its answer stands.
        """
        seen = await self._look_at(tx, [(request.scan_id, request.code.serial) for request in requests])
        at = self._clock.now()
        entered: dict[UUID, AdmissionRow] = {}
        rows: dict[UUID, ScanRow] = {}
        fresh: list[tuple[ScanRequest, ScanRow]] = []
        for request, one in zip(requests, seen, strict=True):
            if request.scan_id in rows:
                continue
            row = one.stored
            if row is None:
                row = _decide(request, one, entered, at)
                fresh.append((request, row))
            rows[request.scan_id] = row
        if fresh:
            await _record(tx, fresh)
        return [
            _given(request, rows[request.scan_id], one) for request, one in zip(requests, seen, strict=True)
        ]


def _decide(request: ScanRequest, seen: Seen, entered: dict[UUID, AdmissionRow], at: datetime) -> ScanRow:
    """The answer; a ticket it lets in is noted in `entered`."""
    judgement = judge(request, seen.ticket)
    verdict, first = judgement.verdict, None
    if verdict is Verdict.ADMITTED:
        assert judgement.ticket_id is not None, "only a ticket is admitted"
        first = seen.entry or entered.get(judgement.ticket_id)
        if first is None:
            entered[judgement.ticket_id] = AdmissionRow(
                judgement.ticket_id, request.event_id, request.scan_id, request.door, at
            )
        else:
            verdict = Verdict.ALREADY_USED
    return ScanRow(
        id=request.scan_id,
        event_id=request.event_id,
        organiser_id=request.organiser_id,
        person_id=request.person_id,
        code_digest=request.code.digest,
        ticket_id=judgement.ticket_id,
        door=request.door,
        verdict=verdict.value,
        reason=None if judgement.reason is None else judgement.reason.value,
        first_at=None if first is None else first.at,
        first_door=None if first is None else first.door,
        device_at=request.device_at,
        at=at,
        # A ticket has a name and a place in the record; what is none is recognised by its first letters only.
        presented=request.code.beginning() or None if verdict is Verdict.NOT_VALID else None,
    )


async def _record(tx: Transaction, fresh: Sequence[tuple[ScanRequest, ScanRow]]) -> None:
    """Write scans, admissions and tallies, and say who went in."""
    admitted = [(request, row) for request, row in fresh if row.verdict == Verdict.ADMITTED.value]
    facts = [
        TicketAdmitted(
            subject_id=row.ticket_id,
            organiser_id=row.organiser_id,
            event_id=row.event_id,
            scan_id=row.id,
        )
        for _, row in admitted
        if row.ticket_id is not None
    ]
    told = announcement(facts, [request.actor for request, _ in admitted])
    if not await store.record(tx, [row for _, row in fresh], len(admitted), told):
        raise RunAgain


def _given(request: ScanRequest, row: ScanRow, seen: Seen) -> ScanAnswer | Refusal:
    is_same = (
        row.event_id == request.event_id
        and row.organiser_id == request.organiser_id
        and row.code_digest == request.code.digest
    )
    if not is_same:
        return ScanIdReused(field="scan_id")
    verdict = Verdict(row.verdict)
    # The ticket's id is in the record only where this organiser may know the ticket.
    knows = row.ticket_id is not None
    is_elsewhere = verdict is Verdict.WRONG_EVENT and knows and seen.ticket is not None
    return ScanAnswer(
        scan_id=row.id,
        event_id=row.event_id,
        verdict=verdict,
        reason=None if row.reason is None else Reason(row.reason),
        door=row.door,
        at=row.at,
        ticket_id=row.ticket_id,
        first_at=row.first_at,
        first_door=row.first_door,
        guest=seen.guest if knows and verdict in _SHOWS_GUEST else None,
        other_event_id=seen.ticket.event_id if is_elsewhere and seen.ticket is not None else None,
    )
