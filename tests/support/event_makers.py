"""Organisers, people who work for them, and events on sale, made the way the program makes them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from admitone.events import EventDetails, StoredEvent, TypeDetails
from admitone.flows import publish_event
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.plumbing.database import Database, Transaction
from admitone.values.actor import Actor, Role
from admitone.values.clock import Clock
from admitone.values.ids import uuid7

DETAILS = EventDetails(
    title="Harbour Night",
    summary="One long evening by the water.",
    currency="EUR",
    zone="Europe/Berlin",
    venue_name="Pier 3",
    city="Hamburg",
    country="DE",
    starts_at=datetime(2026, 12, 4, 19, 0, tzinfo=UTC),
    ends_at=datetime(2026, 12, 4, 23, 0, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Team:
    """An organiser with an owner and somebody at the door."""

    id: UUID
    owner: Actor
    door: Actor


async def make_team(db: Database, name: str = "Pier Nights") -> Team:
    """A new organiser. Its people are actors with roles; they need no rows for what is tested here."""
    organiser_id = uuid7()
    async with db.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO accounts_organiser (id, slug, name, contact_email, created_at) "
                "VALUES (:id, :slug, :name, 'box@pier.example', now())"
            ),
            {"id": organiser_id, "slug": f"pier-{organiser_id.hex}", "name": name},
        )
    owner = Actor.person(uuid7(), roles=((organiser_id, Role.OWNER),))
    door = Actor.person(uuid7(), roles=((organiser_id, Role.DOOR),))
    return Team(organiser_id, owner, door)


def details(**changes: Any) -> EventDetails:
    """`DETAILS` with changes."""
    return replace(DETAILS, **changes)


async def make_draft(db: Database, clock: Clock, team: Team, **changes: Any) -> StoredEvent:
    """A draft of `DETAILS` with changes."""
    return await publish_event.create_draft(db, clock, team.owner, team.id, details(**changes))


async def make_on_sale(
    db: Database,
    clock: Clock,
    team: Team,
    *,
    types: tuple[TypePlan, ...] = (TypePlan(TypeDetails("Standard", 2_000), capacity=100),),
    **changes: Any,
) -> StoredEvent:
    """A published event with these ticket types, in this order."""
    draft = await make_draft(db, clock, team, **changes)
    for plan in types:
        await EventEdits(db, clock).add_type(team.owner, team.id, draft.id, plan)
    return await publish_event.publish(db, clock, team.owner, team.id, draft.id)


async def take_places(
    db: Database, event_id: UUID, type_id: UUID, quantity: int, *, state: str = "active"
) -> UUID:
    """A hold on `quantity` places of each pool of the type, in this state, with the counters moved to
    match.
    """
    async with db.transaction() as tx:
        return await take_places_in(tx, event_id, type_id, quantity, state=state)


async def take_places_in(
    tx: Transaction, event_id: UUID, type_id: UUID, quantity: int, *, state: str = "active"
) -> UUID:
    """As `take_places`, in a transaction that goes on."""
    hold_id = uuid7()
    column = "sold" if state == "sold" else "held"
    order_id = uuid7() if state in ("claimed", "sold") else None
    values = {
        "hold": hold_id,
        "event": event_id,
        "type": type_id,
        "n": quantity,
        "state": state,
        "order": order_id,
    }
    await tx.execute(
        text(
            "INSERT INTO inventory_hold "
            "(id, event_id, organiser_id, state, terms_version, order_id, created_at, held_until) "
            "SELECT :hold, id, organiser_id, :state, terms_version, CAST(:order AS uuid), now(), :until "
            "FROM events_event WHERE id = :event"
        ),
        values | {"until": datetime.now(UTC) + timedelta(minutes=15)},
    )
    await tx.execute(
        text(
            "INSERT INTO inventory_hold_line (hold_id, ticket_type_id, pool_id, quantity) "
            "SELECT :hold, :type, pool_id, :n FROM inventory_draw WHERE ticket_type_id = :type"
        ),
        values,
    )
    await tx.execute(
        text(
            f"UPDATE inventory_pool SET {column} = {column} + :n "
            "WHERE id IN (SELECT pool_id FROM inventory_draw WHERE ticket_type_id = :type)"
        ),
        values,
    )
    return hold_id


async def facts(db: Database) -> list[tuple[str, UUID]]:
    """Every fact announced so far: kind and subject, oldest first."""
    async with db.reading() as reader:
        rows = await reader.execute(text("SELECT kind, subject_id FROM journal_fact ORDER BY id"))
    return [(row.kind, row.subject_id) for row in rows]


async def snapshot(db: Database, event_id: UUID) -> list[tuple[Any, ...]]:
    """Everything stored about an event, to assert that a refusal changed nothing."""
    found: list[tuple[Any, ...]] = []
    async with db.reading() as reader:
        for table, column in (
            ("events_event", "id"),
            ("events_ticket_type", "event_id"),
            ("inventory_pool", "event_id"),
            ("inventory_draw", "event_id"),
            ("journal_fact", "subject_id"),
        ):
            rows = await reader.execute(
                text(f"SELECT CAST(t AS text) FROM {table} t WHERE {column} = :id ORDER BY 1"),
                {"id": event_id},
            )
            found += [(table, *row) for row in rows]
    return found
