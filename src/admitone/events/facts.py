"""What events announce. Each names things by id only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from admitone.plumbing.journal import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDrafted(Fact):
    """A draft was made."""

    kind: ClassVar[str] = "events.drafted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPublished(Fact):
    """The event went on sale."""

    kind: ClassVar[str] = "events.published"
    terms_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventUnpublished(Fact):
    """The event went back to being a draft, with nothing sold."""

    kind: ClassVar[str] = "events.unpublished"
    terms_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChanged(Fact):
    """Something about the event or its tickets was changed. `changed` names the fields."""

    kind: ClassVar[str] = "events.changed"
    changed: tuple[str, ...]
    terms_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMoved(Fact):
    """The event is at another time or place than ticket holders know. `changed` names the fields.

    Written some minutes after the first edit, for all edits until then; `move_id` keeps before and after.
    """

    kind: ClassVar[str] = "events.moved"
    move_id: UUID
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDeleted(Fact):
    """A draft that nobody ever ordered from is gone, with all that belonged to it."""

    kind: ClassVar[str] = "events.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEnded(Fact):
    """The sale has ended, by the event's clock or by its organiser: nothing more is sold."""

    kind: ClassVar[str] = "events.ended"
    terms_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCancelled(Fact):
    """The event will not happen: whoever paid gets their money back."""

    kind: ClassVar[str] = "events.cancelled"
    terms_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesAgreed(Fact):
    """The site and an organiser have agreed on fees for events made from `valid_from` (RFC 3339) on."""

    kind: ClassVar[str] = "events.fees_agreed"
    valid_from: str
