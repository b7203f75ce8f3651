"""What tickets tell the journal.

`subject_id` is the ticket. Issuing and cancelling are told by the order's facts.
"""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReissued(Fact):
    """The ticket has a new code; every code before it is dead. `reissue` counts the codes after the first."""

    kind: ClassVar[str] = "tickets.reissued"
    event_id: UUID
    reissue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRenamed(Fact):
    """Another name stands on the ticket (or none)."""

    kind: ClassVar[str] = "tickets.holder_renamed"
    event_id: UUID
