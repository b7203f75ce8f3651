"""What the door tells the journal. `subject_id` is the ticket."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAdmitted(Fact):
    """The ticket let its one person in."""

    kind: ClassVar[str] = "checkin.admitted"
    event_id: UUID
    scan_id: UUID
