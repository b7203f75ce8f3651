"""Changing an event: what makes a new version, what is refused, and what a refusal leaves alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import events, inventory
from admitone.events import StoredEvent, TypeDetails
from admitone.flows import publish_event
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.plumbing.database import Database
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden, Problems, Unauthenticated
from tests.support.event_makers import (
    details,
    make_draft,
    make_on_sale,
    make_team,
    snapshot,
    take_places,
    take_places_in,
)

pytestmark = pytest.mark.asyncio


async def pools(db: Database, event_id: UUID) -> list[tuple[str, bool, int, bool, int]]:
    """Name, shared, capacity, open and version of each pool."""
    async with db.reading() as reader:
        rows = await reader.execute(
            text(
                "SELECT name, is_shared, capacity, is_open, terms_version FROM inventory_pool "
                "WHERE event_id = :id ORDER BY is_shared, name"
            ),
            {"id": event_id},
        )
    return [tuple(row) for row in rows]


async def now_stored(db: Database, event_id: UUID) -> StoredEvent:
    async with db.reading() as reader:
        return await events.event(reader, event_id=event_id)


async def types_of(db: Database, event_id: UUID) -> tuple[events.OfferedType, ...]:
    async with db.reading() as reader:
        return await events.types(reader, event_id)


def edits_of(
    edits: EventEdits, actor: Actor, organiser_id: UUID, event_id: UUID, type_id: UUID, pool_id: UUID
) -> list[Callable[[], Awaitable[object]]]:
    """Every change there is, ready to be tried."""
    plan = TypePlan(TypeDetails("New", 1), capacity=1)
    who = (actor, organiser_id, event_id)
    return [
        lambda: edits.change_details(*who, details(summary="Changed.")),
        lambda: edits.add_type(*who, plan),
        lambda: edits.change_type(*who, type_id, plan),
        lambda: edits.remove_type(*who, type_id),
        lambda: edits.add_pool(*who, "New", 1),
        lambda: edits.change_pool(*who, pool_id, "New", 1),
        lambda: edits.remove_pool(*who, pool_id),
    ]


async def test_a_new_price_is_a_new_version_in_the_same_instant(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    edits = EventEdits(db, clock)
    plan = TypePlan(TypeDetails("Standard", 2_500), capacity=100)
    changed = await edits.change_type(team.owner, team.id, event.id, one.id, plan)
    assert (changed.id, changed.number, changed.price_minor) == (one.id, 1, 2_500)
    assert (await now_stored(db, event.id)).terms_version == event.terms_version + 1
    assert await pools(db, event.id) == [("Standard", False, 100, True, event.terms_version + 1)]


@pytest.mark.parametrize(
    ("changes", "is_new_version"),
    [
        ({"description_md": "New words."}, False),
        ({"summary": "Other."}, False),
        ({"accent": "pine", "poster_style": "moons", "category": "talks"}, False),
        ({"title": "Harbour Day"}, True),
        ({"fee_bps": 100}, True),
        ({"tax_bps": 700}, True),
        ({"city": "Kiel"}, True),
        ({"doors_at": datetime(2026, 12, 4, 18, 0, tzinfo=UTC)}, True),
        ({"refund_text": "None."}, True),
    ],
)
async def test_what_a_buyer_pays_for_makes_a_new_version_and_nothing_else_does(
    db: Database, clock: FrozenClock, changes: dict[str, Any], is_new_version: bool
) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    clock.move(seconds=5)
    after = await EventEdits(db, clock).change_details(team.owner, team.id, event.id, details(**changes))
    assert after.terms_version == event.terms_version + is_new_version
    assert await pools(db, event.id) == [("Standard", False, 100, True, after.terms_version)]
    assert after.updated_at == clock.now()
    assert after.slug == event.slug


async def test_writing_the_same_details_again_changes_nothing(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    before = await snapshot(db, event.id)
    assert await EventEdits(db, clock).change_details(team.owner, team.id, event.id, details()) == event
    assert await snapshot(db, event.id) == before


async def test_a_form_filled_in_for_an_older_version_is_refused(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    edits = EventEdits(db, clock)
    # The clock stands still: even then every change has a revision of its own.
    first = await edits.change_details(
        team.owner, team.id, event.id, details(summary="A"), revision=event.revision
    )
    assert first.revision > event.revision
    before = await snapshot(db, event.id)
    with pytest.raises(events.LostUpdate) as refused:
        await edits.change_details(
            team.owner, team.id, event.id, details(summary="B"), revision=event.revision
        )
    assert refused.value.data == {"revision": first.revision}
    assert await snapshot(db, event.id) == before
    second = await edits.change_details(
        team.owner, team.id, event.id, details(summary="B"), revision=first.revision
    )
    assert second.details.summary == "B"


async def test_two_editors_at_once_do_not_overwrite_each_other(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    edits = EventEdits(db, clock)
    tries = [
        edits.change_details(team.owner, team.id, event.id, details(summary=word), revision=event.revision)
        for word in ("A", "B", "C", "D")
    ]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, StoredEvent)]
    lost = [answer for answer in answers if isinstance(answer, events.LostUpdate)]
    assert (len(won), len(lost)) == (1, 3)
    assert (await now_stored(db, event.id)).details.summary == won[0].details.summary


async def test_an_event_on_sale_cannot_be_edited_out_of_being_ready(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    edits = EventEdits(db, clock)
    before = await snapshot(db, event.id)
    with pytest.raises(Problems):
        await edits.change_details(team.owner, team.id, event.id, details(summary=""))
    with pytest.raises(Problems):
        await edits.remove_type(team.owner, team.id, event.id, one.id)
    hidden = TypePlan(TypeDetails("Standard", 2_000, is_offered=False), capacity=100)
    with pytest.raises(Problems):
        await edits.change_type(team.owner, team.id, event.id, one.id, hidden)
    assert await snapshot(db, event.id) == before


@pytest.mark.parametrize("step", ["end", "cancel"])
async def test_what_is_over_is_not_edited(db: Database, clock: FrozenClock, step: str) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    await getattr(publish_event, step)(db, clock, team.owner, team.id, event.id)
    before = await snapshot(db, event.id)
    for attempt in edits_of(EventEdits(db, clock), team.owner, team.id, event.id, one.id, uuid7()):
        with pytest.raises(events.NotPossibleNow):
            await attempt()
    assert await snapshot(db, event.id) == before


@pytest.mark.parametrize("state", ["active", "claimed", "sold"])
async def test_a_ticket_type_somebody_has_places_of_stays(
    db: Database, clock: FrozenClock, state: str
) -> None:
    team = await make_team(db)
    two = (TypePlan(TypeDetails("A", 100), capacity=10), TypePlan(TypeDetails("B", 200), capacity=10))
    event = await make_on_sale(db, clock, team, types=two)
    first, second = await types_of(db, event.id)
    await take_places(db, event.id, first.id, 1, state=state)
    before = await snapshot(db, event.id)
    edits = EventEdits(db, clock)
    with pytest.raises(events.PlacesTaken):
        await edits.remove_type(team.owner, team.id, event.id, first.id)
    assert await snapshot(db, event.id) == before
    await edits.remove_type(team.owner, team.id, event.id, second.id)
    assert [one.id for one in await types_of(db, event.id)] == [first.id]
    assert await pools(db, event.id) == [("A", False, 10, True, event.terms_version + 1)]


async def test_a_place_taken_in_the_same_moment_is_not_lost(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    two = (TypePlan(TypeDetails("A", 100), capacity=10), TypePlan(TypeDetails("B", 200), capacity=10))
    event = await make_on_sale(db, clock, team, types=two)
    first, _ = await types_of(db, event.id)
    async with db.transaction() as tx:
        # A buyer's transaction has the pool and will write its hold in a moment.
        await tx.execute(text("SELECT FROM inventory_pool FOR NO KEY UPDATE"))
        removal = asyncio.create_task(
            EventEdits(db, clock).remove_type(team.owner, team.id, event.id, first.id)
        )
        while not await waits_for_a_lock(db):
            assert not removal.done(), "it has to wait for the buyer"
        await take_places_in(tx, event.id, first.id, 1)
    with pytest.raises(events.PlacesTaken):
        await removal
    assert [one.name for one in await types_of(db, event.id)] == ["A", "B"]


async def waits_for_a_lock(db: Database) -> bool:
    """Does a session of this database wait for another?"""
    async with db.reading() as reader:
        waiting = await reader.execute(
            text(
                "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
                "WHERE datname = current_database() AND NOT granted"
            )
        )
        return bool(waiting.scalar_one())


async def test_capacity_does_not_go_below_what_is_taken(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    await take_places(db, event.id, one.id, 5)
    await take_places(db, event.id, one.id, 7, state="sold")
    before = await snapshot(db, event.id)
    edits = EventEdits(db, clock)
    with pytest.raises(inventory.CapacityBelowSold) as refused:
        await edits.change_type(
            team.owner, team.id, event.id, one.id, TypePlan(TypeDetails("Standard", 2_000), capacity=11)
        )
    assert refused.value.data == {"least": 12}
    assert await snapshot(db, event.id) == before
    await edits.change_type(
        team.owner, team.id, event.id, one.id, TypePlan(TypeDetails("Standard", 2_000), capacity=12)
    )
    assert (await pools(db, event.id))[0][2] == 12


async def test_types_share_a_pool_and_keep_their_own_inside_it(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team)
    edits = EventEdits(db, clock)
    hall = await edits.add_pool(team.owner, team.id, draft.id, "Hall", 100)
    early = await edits.add_type(
        team.owner, team.id, draft.id, TypePlan(TypeDetails("Early", 10), 20, (hall,))
    )
    late = await edits.add_type(
        team.owner, team.id, draft.id, TypePlan(TypeDetails("Late", 20), None, (hall,))
    )
    event = await publish_event.publish(db, clock, team.owner, team.id, draft.id)
    await take_places(db, event.id, early.id, 15)
    async with db.reading() as reader:
        levels, draws = await inventory.levels(reader, event.id), await inventory.draws(reader, event.id)
    assert inventory.left(levels, draws[early.id]) == 5
    assert inventory.left(levels, draws[late.id]) == 85
    before = await snapshot(db, event.id)
    with pytest.raises(events.PoolInUse):
        await edits.remove_pool(team.owner, team.id, event.id, hall)
    with pytest.raises(events.PoolsFixed):
        await edits.change_type(
            team.owner, team.id, event.id, early.id, TypePlan(TypeDetails("Early", 10), 20)
        )
    assert await snapshot(db, event.id) == before
    await edits.change_pool(team.owner, team.id, event.id, hall, "Great hall", 90)
    assert (await pools(db, event.id))[-1] == ("Great hall", True, 90, True, event.terms_version + 1)


async def test_a_type_changes_its_pools_while_nothing_is_taken(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    edits = EventEdits(db, clock)
    hall = await edits.add_pool(team.owner, team.id, event.id, "Hall", 80)
    await edits.change_type(
        team.owner, team.id, event.id, one.id, TypePlan(TypeDetails("Standard", 2_000), None, (hall,))
    )
    assert [(name, capacity) for name, _, capacity, _, _ in await pools(db, event.id)] == [("Hall", 80)]
    async with db.reading() as reader:
        assert await inventory.draws(reader, event.id) == {one.id: (hall,)}


async def test_a_pool_of_another_event_cannot_be_drawn_on(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    mine, other = await make_draft(db, clock, team), await make_draft(db, clock, team)
    edits = EventEdits(db, clock)
    hall = await edits.add_pool(team.owner, team.id, other.id, "Hall", 80)
    before = await snapshot(db, mine.id)
    with pytest.raises(events.UnknownPool):
        await edits.add_type(team.owner, team.id, mine.id, TypePlan(TypeDetails("A", 1), None, (hall,)))
    assert await snapshot(db, mine.id) == before


async def test_the_currency_stays_while_something_has_a_price(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    edits = EventEdits(db, clock)
    priced, free = await make_on_sale(db, clock, team), await make_draft(db, clock, team)
    await edits.add_type(team.owner, team.id, free.id, TypePlan(TypeDetails("Free", 0), capacity=5))
    before = await snapshot(db, priced.id)
    with pytest.raises(events.CurrencyFixed):
        await edits.change_details(team.owner, team.id, priced.id, details(currency="JPY"))
    assert await snapshot(db, priced.id) == before
    assert (
        await edits.change_details(team.owner, team.id, free.id, details(currency="JPY"))
    ).details.currency == "JPY"


async def test_nobody_changes_an_event_of_another_organiser(db: Database, clock: FrozenClock) -> None:
    mine, theirs = await make_team(db), await make_team(db)
    event = await make_on_sale(db, clock, theirs)
    (one,) = await types_of(db, event.id)
    async with db.reading() as reader:
        (pool_id,) = await inventory.levels(reader, event.id)
    edits = EventEdits(db, clock)
    before = await snapshot(db, event.id)
    for organiser_id, refusal in ((theirs.id, Forbidden), (mine.id, events.EventNotFound)):
        attempts = edits_of(edits, mine.owner, organiser_id, event.id, one.id, pool_id)
        for step in (
            publish_event.publish,
            publish_event.unpublish,
            publish_event.end,
            publish_event.cancel,
            publish_event.duplicate,
        ):
            attempts.append(lambda step=step, o=organiser_id: step(db, clock, mine.owner, o, event.id))  # type: ignore[misc]
        for attempt in attempts:
            with pytest.raises(refusal):
                await attempt()
    assert await snapshot(db, event.id) == before


async def test_things_of_one_event_cannot_be_changed_through_another(
    db: Database, clock: FrozenClock
) -> None:
    mine, theirs = await make_team(db), await make_team(db)
    own, foreign = await make_on_sale(db, clock, mine), await make_on_sale(db, clock, theirs)
    (one,) = await types_of(db, foreign.id)
    async with db.reading() as reader:
        (pool_id,) = await inventory.levels(reader, foreign.id)
    edits = EventEdits(db, clock)
    before = await snapshot(db, foreign.id), await snapshot(db, own.id)
    plan = TypePlan(TypeDetails("New", 1), capacity=1)
    who = (mine.owner, mine.id, own.id)
    for attempt, refusal in (
        (lambda: edits.change_type(*who, one.id, plan), events.TypeNotFound),
        (lambda: edits.remove_type(*who, one.id), events.TypeNotFound),
        (lambda: edits.change_pool(*who, pool_id, "New", 1), inventory.PoolNotFound),
        (lambda: edits.remove_pool(*who, pool_id), inventory.PoolNotFound),
    ):
        with pytest.raises(refusal):
            await attempt()
    assert (await snapshot(db, foreign.id), await snapshot(db, own.id)) == before


@pytest.mark.parametrize("who", ["door", "guest", "stranger"])
async def test_only_those_who_manage_events_may_change_them(
    db: Database, clock: FrozenClock, who: str
) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    actor = {"door": team.door, "guest": Actor.guest(), "stranger": Actor.person(uuid7())}[who]
    before = await snapshot(db, event.id)
    attempts = edits_of(EventEdits(db, clock), actor, team.id, event.id, one.id, uuid7())
    attempts.append(lambda: publish_event.cancel(db, clock, actor, team.id, event.id))
    attempts.append(lambda: publish_event.create_draft(db, clock, actor, team.id, details()))
    for attempt in attempts:
        with pytest.raises(Unauthenticated if who == "guest" else Forbidden):
            await attempt()
    assert await snapshot(db, event.id) == before
