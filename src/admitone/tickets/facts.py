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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipProved(Fact):
    """Somebody showed that the ticket is theirs: `way` account, preimage or signature; `purpose` show or pass_on."""

    kind: ClassVar[str] = "tickets.ownership_proved"
    event_id: UUID
    way: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOnTicketGone(Fact):
    """A ticket that had been passed on was cancelled: its owner is no buyer, and hears of it in no other way."""

    kind: ClassVar[str] = "tickets.passed_on_gone"
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPassedOn(Fact):
    """The ticket has a new owner; `before_id` names the one before, if it was passed on to them, too."""

    kind: ClassVar[str] = "tickets.passed_on"
    event_id: UUID
    owner_id: UUID
    before_id: UUID | None
