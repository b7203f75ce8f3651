"""Whether to open the door, given what is known of the ticket. Pure.

Whether it was used before is not asked here: that is settled by the insert of the admission, which only one
scan wins. The time window inside a code is for doors without network; with the database at hand the event
decides, so a ticket stays good when its event is moved by months.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from admitone.checkin.verdicts import Reason, Verdict


class CodeRead(msgspec.Struct, frozen=True):
    """What was presented.

    `digest` is the SHA-256 of the text; `serial` the ticket it claims to be, None if it is no code.

    `is_current(stored_digest)` says whether it is the ticket's code now; `was_replaced(reissue)` whether it
    is a code we once signed and the ticket, `reissue` codes on, has a newer one. `is_short` is a code typed
    by hand without a signature: good only at its own organiser's doors. `beginning()` is as much of it as may be kept.
    """

    digest: bytes
    serial: int | None
    is_short: bool
    is_current: Callable[[bytes], bool]
    was_replaced: Callable[[int], bool]
    beginning: Callable[[], str] = str


class ScanRequest(msgspec.Struct, frozen=True):
    """One scan. `scan_id` is made by the scanner: the same id again gets the same answer.

    `actor` names who holds the scanner for the journal; `device_at` is the scanner's own clock, kept and
    never believed.
    """

    scan_id: UUID
    event_id: UUID
    organiser_id: UUID
    person_id: UUID | None
    actor: str
    code: CodeRead
    door: str
    device_at: datetime | None = None


class TicketState(Protocol):
    """What a door must know of a ticket. `reissue` counts its codes after the first."""

    @property
    def id(self) -> UUID: ...
    @property
    def event_id(self) -> UUID: ...
    @property
    def organiser_id(self) -> UUID: ...
    @property
    def is_cancelled(self) -> bool: ...
    @property
    def is_changed(self) -> bool: ...
    @property
    def is_disputed(self) -> bool: ...
    @property
    def reissue(self) -> int: ...
    @property
    def code_digest(self) -> bytes: ...


class Judgement(msgspec.Struct, frozen=True):
    """`admitted` here means: if nobody was before.

    `ticket_id` only where the asking organiser may know the ticket.
    """

    verdict: Verdict
    reason: Reason | None = None
    ticket_id: UUID | None = None


def judge(request: ScanRequest, ticket: TicketState | None) -> Judgement:
    """The verdict on a code, `ticket` being the one with its serial, if there is one."""
    code = request.code
    if code.serial is None:
        return Judgement(Verdict.NOT_VALID, Reason.UNREADABLE)
    if ticket is None:
        return Judgement(Verdict.NOT_VALID, Reason.UNKNOWN)
    is_own = ticket.organiser_id == request.organiser_id
    if code.is_short and not is_own:
        return Judgement(Verdict.NOT_VALID, Reason.UNKNOWN)
    is_current = code.is_current(ticket.code_digest)
    if not is_current and not code.was_replaced(ticket.reissue):
        return Judgement(Verdict.NOT_VALID, Reason.NOT_OURS)
    if ticket.event_id != request.event_id:
        return Judgement(Verdict.WRONG_EVENT, ticket_id=ticket.id if is_own else None)
    if not is_current:
        return Judgement(Verdict.CANCELLED, Reason.REPLACED, ticket.id)
    if ticket.is_cancelled:
        return Judgement(
            Verdict.CANCELLED, Reason.CHANGED if ticket.is_changed else Reason.TAKEN_BACK, ticket.id
        )
    if ticket.is_disputed:
        return Judgement(Verdict.NOT_VALID, Reason.DISPUTED, ticket.id)
    return Judgement(Verdict.ADMITTED, ticket_id=ticket.id)
