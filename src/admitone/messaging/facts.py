"""What messaging announces. Words are never in it: the journal is kept for ever."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularWritten(Fact):
    """An organiser wrote to everybody with a ticket for the event."""

    kind: ClassVar[str] = "messaging.circular_written"
    event_id: UUID
