"""The events somebody may open a door for: on sale, or ended within the last day; soonest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from admitone import events
from admitone.events.tables import Event
from admitone.plumbing.database import Reader
from admitone.values.actor import Action, Actor

_AFTER = timedelta(hours=24)
_MOST = 50


@dataclass(frozen=True, slots=True)
class DoorEvent:
    """An event, for a list. `zone` is an IANA name."""

    id: UUID
    title: str
    starts_at: datetime
    zone: str


async def door_events(reader: Reader, actor: Actor, now: datetime) -> list[DoorEvent]:
    """Up to 50 events this actor may check in for."""
    organisers = [held_in for held_in, _ in actor.roles if actor.may(Action.CHECK_IN, held_in)]
    rows = await reader.execute(
        select(Event.id, Event.title, Event.starts_at, Event.zone)
        .where(
            Event.organiser_id.in_(organisers),
            Event.state.in_([events.EventState.ON_SALE.value, events.EventState.ENDED.value]),
            Event.ends_at > now - _AFTER,
        )
        .order_by(Event.starts_at, Event.id)
        .limit(_MOST)
    )
    return [DoorEvent(*row) for row in rows]
