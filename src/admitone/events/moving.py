"""When and where an event is: what ticket holders go by, and are told of when it changes."""

from dataclasses import dataclass, fields
from datetime import datetime

from admitone.events.details import EventDetails


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """When and where, as ticket holders know it. Instants are aware; `zone` (IANA) says how to show them.

    `online_url` is for ticket holders only, which is why none of this goes into the journal.
    """

    starts_at: datetime
    ends_at: datetime
    doors_at: datetime | None
    zone: str
    venue_name: str | None
    venue_address: str | None
    city: str | None
    online_url: str | None


MOVING = tuple(field.name for field in fields(Whereabouts))


def whereabouts(details: EventDetails) -> Whereabouts:
    """Those of an event with these details."""
    return Whereabouts(**{name: getattr(details, name) for name in MOVING})
