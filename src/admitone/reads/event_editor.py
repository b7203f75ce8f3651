"""Everything an organiser needs to change an event: its details, its ticket types with their pools, what is
missing.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from admitone import accounts, events, inventory
from admitone.events import ChecklistItem, OfferedType, SaleState, StoredEvent
from admitone.inventory import Level
from admitone.plumbing.database import Reader
from admitone.reads.exchange_targets import events_to_name
from admitone.reads.places_taken import Taken, places_taken
from admitone.reads.ticket_holders import count_holders
from admitone.values.actor import Action, Actor


@dataclass(frozen=True, slots=True)
class EditedType:
    """A ticket type as its form shows it. `capacity` is that of its own pool, None when it has none."""

    offered: OfferedType
    sale: SaleState
    capacity: int | None
    shared_pool_ids: tuple[UUID, ...]
    taken: Taken
    left: int


@dataclass(frozen=True, slots=True)
class EditedPool:
    """A shared pool. `is_used` says that a ticket type draws on it."""

    id: UUID
    level: Level
    is_used: bool


@dataclass(frozen=True, slots=True)
class EventEditor:
    """An event open for editing. `missing` is the publish checklist; empty means it may go (or stay) on
    sale. `holders` is how many addresses have valid tickets, who are told when time or place change. `others` are the
    events that tickets may be changed to, with their words.
    """

    event: StoredEvent
    types: tuple[EditedType, ...]
    pools: tuple[EditedPool, ...]
    missing: tuple[ChecklistItem, ...]
    holders: int = 0
    others: tuple[tuple[UUID, str], ...] = ()

    def type(self, type_id: UUID) -> EditedType:
        """The ticket type with this id. Raises `TypeNotFound`."""
        found = next((one for one in self.types if one.offered.id == type_id), None)
        if found is None:
            raise events.TypeNotFound
        return found

    def pool(self, pool_id: UUID) -> EditedPool:
        """The shared pool with this id. Raises `PoolNotFound`."""
        found = next((one for one in self.pools if one.id == pool_id), None)
        if found is None:
            raise inventory.PoolNotFound
        return found


async def event_editor(
    reader: Reader, actor: Actor, now: datetime, organiser_id: UUID, event_id: UUID
) -> EventEditor:
    """The event of this organiser. Raises `Forbidden`, `EventNotFound`."""
    accounts.permit(actor, Action.SEE_EVENTS, organiser_id)
    found = await events.own_event(reader, organiser_id, event_id)
    offered = await events.types(reader, event_id)
    levels = await inventory.levels(reader, event_id)
    draws = await inventory.draws(reader, event_id)
    taken = await places_taken(reader, event_id)
    offer = events.offer_of(found, offered)
    types = []
    for one in offered:
        drawn = draws.get(one.id, ())
        types.append(
            EditedType(
                offered=one,
                sale=events.sale_state(offer, one, now),
                capacity=next((levels[p].capacity for p in drawn if not levels[p].is_shared), None),
                shared_pool_ids=tuple(p for p in drawn if levels[p].is_shared),
                taken=taken.get(one.id, Taken(0, 0, False)),
                left=inventory.left(levels, drawn),
            )
        )
    used = {pool_id for drawn in draws.values() for pool_id in drawn}
    shared = [(pool_id, level) for pool_id, level in levels.items() if level.is_shared]
    capacities = {type_id: min(levels[p].capacity for p in drawn) for type_id, drawn in draws.items()}
    return EventEditor(
        event=found,
        types=tuple(types),
        pools=tuple(EditedPool(pool_id, level, pool_id in used) for pool_id, level in shared),
        missing=events.checklist(found.details, offered, capacities, now),
        holders=await count_holders(reader, event_id),
        others=await events_to_name(reader, organiser_id, event_id, found.details.currency, now),
    )
