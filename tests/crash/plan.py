"""What a story is told to do: made by the test, carried over to the story's process."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the site is, what is bought, what it may be changed for. `later_seconds`: how much later than now this run
    takes place.
    """

    url: str
    home: str
    event_id: UUID
    type_id: UUID
    organiser_id: UUID
    door_id: UUID
    quantity: int
    other_type_id: UUID | None = None
    later_seconds: int = 0
