"""What an organiser's promo codes can be about: their events and the ticket types of those."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from admitone.plumbing.database import Reader


@dataclass(frozen=True, slots=True)
class ScopeType:
    """A ticket type or add-on; `is_locked`: nobody sees it until a code unlocks it."""

    id: UUID
    name: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class ScopeEvent:
    """An event with its types, in their order."""

    id: UUID
    slug: str
    title: str
    state: str
    currency: str
    zone: str
    starts_at: datetime
    types: tuple[ScopeType, ...]


@dataclass(frozen=True, slots=True)
class PromoScope:
    """The events, latest start first."""

    events: tuple[ScopeEvent, ...]

    def event_ids(self) -> frozenset[UUID]:
        """Those there are."""
        return frozenset(event.id for event in self.events)

    def type_ids(self, event_ids: frozenset[UUID] | None) -> frozenset[UUID]:
        """The types of these events; of all, when None."""
        return frozenset(
            one.id
            for event in self.events
            if event_ids is None or event.id in event_ids
            for one in event.types
        )

    @property
    def zone(self) -> str:
        """The zone that times of codes are written in: that of the latest event."""
        return self.events[0].zone if self.events else "UTC"


_EVENTS = text(
    """
    SELECT id, slug, title, state, currency, zone, starts_at FROM events_event
    WHERE organiser_id = :organiser_id ORDER BY starts_at DESC, id DESC
    """
)
_TYPES = text(
    """
    SELECT t.id, t.event_id, t.name, coalesce((t.prices ->> 'is_locked')::boolean, false) AS is_locked
    FROM events_ticket_type AS t
    WHERE t.organiser_id = :organiser_id AND t.kind <> 'donation' ORDER BY t.position, t.id
    """
)


def _event(row: Row[Any], types: Sequence[ScopeType]) -> ScopeEvent:
    return ScopeEvent(
        id=row.id,
        slug=row.slug,
        title=row.title,
        state=row.state,
        currency=row.currency,
        zone=row.zone,
        starts_at=row.starts_at,
        types=tuple(types),
    )


async def promo_scope(reader: Reader, organiser_id: UUID) -> PromoScope:
    """Everything of this organiser's that a code can name. Donations are never discounted."""
    asked = {"organiser_id": organiser_id}
    types: dict[UUID, list[ScopeType]] = {}
    for row in await reader.execute(_TYPES, asked):
        types.setdefault(row.event_id, []).append(ScopeType(row.id, row.name, row.is_locked))
    found = (await reader.execute(_EVENTS, asked)).all()
    return PromoScope(tuple(_event(row, types.get(row.id, ())) for row in found))
