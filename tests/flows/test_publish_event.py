"""An event's life as its organiser lives it: exact states, versions, pools and facts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import events, inventory
from admitone.events import EventState, StoredEvent, TypeDetails
from admitone.flows import demo_data, publish_event
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.plumbing.database import Database
from admitone.values.actor import SYSTEM
from admitone.values.clock import FrozenClock
from admitone.values.refusals import Problems
from tests.support.event_makers import (
    facts,
    make_draft,
    make_on_sale,
    make_team,
    snapshot,
    take_places,
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


async def test_a_draft_gets_an_address_and_says_so(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team, title="Harbour Night")
    twin = await make_draft(db, clock, team, title="Harbour  night!")
    assert (draft.slug, draft.state, draft.terms_version) == ("harbour-night", EventState.DRAFT, 1)
    assert twin.slug.startswith("harbour-night-")
    assert len(twin.slug) == len("harbour-night-") + 6
    assert draft.created_at == draft.updated_at == clock.now()
    assert await facts(db) == [("events.drafted", draft.id), ("events.drafted", twin.id)]


async def test_publishing_opens_the_pools_at_the_new_version(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team)
    edits = EventEdits(db, clock)
    await edits.add_type(
        team.owner, team.id, draft.id, TypePlan(TypeDetails("Standard", 2_000), capacity=100)
    )
    assert await pools(db, draft.id) == [("Standard", False, 100, False, 2)]
    published = await publish_event.publish(db, clock, team.owner, team.id, draft.id)
    assert (published.state, published.terms_version) == (EventState.ON_SALE, 3)
    assert await pools(db, draft.id) == [("Standard", False, 100, True, 3)]
    assert (await facts(db))[-1] == ("events.published", draft.id)


async def test_an_unready_event_stays_a_draft_and_says_what_is_missing(
    db: Database, clock: FrozenClock
) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team, summary="", venue_name=None, city=None)
    before = await snapshot(db, draft.id)
    with pytest.raises(Problems) as refused:
        await publish_event.publish(db, clock, team.owner, team.id, draft.id)
    assert [(one.field, one.data["item"]) for one in refused.value.problems] == [
        ("summary", "summary"),
        ("venue_name", "place"),
        ("types", "ticket_types"),
    ]
    assert await snapshot(db, draft.id) == before


async def test_only_the_steps_of_the_lifecycle_are_possible(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    steps: dict[str, Callable[..., Awaitable[StoredEvent]]] = {
        "publish": publish_event.publish,
        "unpublish": publish_event.unpublish,
        "end": publish_event.end,
        "cancel": publish_event.cancel,
    }
    reached: dict[str | None, str] = {
        None: "draft",
        "publish": "on_sale",
        "end": "ended",
        "cancel": "cancelled",
    }
    possible: dict[str, set[str]] = {
        "draft": {"publish"},
        "on_sale": {"unpublish", "end", "cancel"},
        "ended": {"cancel"},
        "cancelled": set(),
    }
    for last in (None, "publish", "end", "cancel"):
        for name, step in steps.items():
            event = await make_on_sale(db, clock, team)
            if last is None:
                await publish_event.unpublish(db, clock, team.owner, team.id, event.id)
            elif last != "publish":
                await steps[last](db, clock, team.owner, team.id, event.id)
            before = await snapshot(db, event.id)
            state = reached[last]
            if name in possible[state]:
                await step(db, clock, team.owner, team.id, event.id)
                continue
            with pytest.raises(events.NotPossibleNow) as refused:
                await step(db, clock, team.owner, team.id, event.id)
            assert refused.value.data["state"] == state
            assert await snapshot(db, event.id) == before


@pytest.mark.parametrize(("step", "fact"), [("end", "events.ended"), ("cancel", "events.cancelled")])
async def test_an_event_that_is_over_or_off_sells_nothing_more(
    db: Database, clock: FrozenClock, step: str, fact: str
) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    await take_places(db, event.id, one.id, 2, state="sold")
    stopped = await getattr(publish_event, step)(db, clock, team.owner, team.id, event.id)
    assert stopped.terms_version == event.terms_version + 1
    assert await pools(db, event.id) == [("Standard", False, 100, False, stopped.terms_version)]
    assert (await facts(db))[-1] == (fact, event.id)


@pytest.mark.parametrize("state", ["active", "claimed", "sold"])
async def test_an_event_in_which_somebody_has_a_place_cannot_go_back_to_draft(
    db: Database, clock: FrozenClock, state: str
) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    (one,) = await types_of(db, event.id)
    await take_places(db, event.id, one.id, 3, state=state)
    before = await snapshot(db, event.id)
    with pytest.raises(events.PlacesTaken) as refused:
        await publish_event.unpublish(db, clock, team.owner, team.id, event.id)
    assert refused.value.data == ({"held": 0, "sold": 3} if state == "sold" else {"held": 3, "sold": 0})
    assert await snapshot(db, event.id) == before


async def test_an_event_nobody_has_a_place_in_goes_back_to_draft_and_on_sale_again(
    db: Database, clock: FrozenClock
) -> None:
    team = await make_team(db)
    event = await make_on_sale(db, clock, team)
    draft = await publish_event.unpublish(db, clock, team.owner, team.id, event.id)
    assert (draft.state, await pools(db, event.id)) == (
        EventState.DRAFT,
        [("Standard", False, 100, False, 4)],
    )
    again = await publish_event.publish(db, clock, team.owner, team.id, event.id)
    assert (again.state, await pools(db, event.id)) == (
        EventState.ON_SALE,
        [("Standard", False, 100, True, 5)],
    )


async def test_events_whose_time_has_passed_are_ended_once(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    soon = await make_on_sale(
        db, clock, team, starts_at=clock.now() + timedelta(hours=1), ends_at=clock.now() + timedelta(hours=2)
    )
    later = await make_on_sale(db, clock, team)
    assert await publish_event.end_finished(db, clock) == 0
    clock.move(seconds=2 * 3600 - 1)
    assert await publish_event.end_finished(db, clock) == 0
    clock.move(seconds=1)
    assert await publish_event.end_finished(db, clock) == 1
    assert await publish_event.end_finished(db, clock) == 0
    assert (await now_stored(db, soon.id)).state is EventState.ENDED
    assert (await now_stored(db, later.id)).state is EventState.ON_SALE
    assert [kind for kind, subject in await facts(db) if subject == soon.id][-1] == "events.ended"


async def test_a_copy_is_a_draft_with_the_same_tickets_and_nothing_sold(
    db: Database, clock: FrozenClock
) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team)
    edits = EventEdits(db, clock)
    hall = await edits.add_pool(team.owner, team.id, draft.id, "Hall", 100)
    early = await edits.add_type(
        team.owner, team.id, draft.id, TypePlan(TypeDetails("Early", 10), 20, (hall,))
    )
    await edits.add_type(team.owner, team.id, draft.id, TypePlan(TypeDetails("Late", 20), None, (hall,)))
    event = await publish_event.publish(db, clock, team.owner, team.id, draft.id)
    await take_places(db, event.id, early.id, 4, state="sold")
    twin = await publish_event.duplicate(db, clock, team.owner, team.id, event.id)
    assert (twin.state, twin.details) == (EventState.DRAFT, event.details)
    assert twin.slug != event.slug
    assert twin.number != event.number
    assert [(one.name, one.price_minor) for one in await types_of(db, twin.id)] == [
        ("Early", 10),
        ("Late", 20),
    ]
    async with db.reading() as reader:
        levels, draws = await inventory.levels(reader, twin.id), await inventory.draws(reader, twin.id)
    assert [(level.name, level.capacity, level.sold) for level in levels.values()] == [
        ("Early", 20, 0),
        ("Hall", 100, 0),
    ]
    assert sorted(len(pool_ids) for pool_ids in draws.values()) == [1, 2]
    assert not set(levels) & {hall}


async def test_the_demo_is_made_once_and_is_all_on_sale(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    assert await demo_data.put_on_sale(db, clock, team.id) == 6
    async with db.reading() as reader:
        rows = (
            await reader.execute(
                text(
                    "SELECT currency, accent, poster_style, state, zone, starts_at, id "
                    "FROM events_event ORDER BY starts_at"
                )
            )
        ).all()
        before = [
            await publish_event.missing(reader, clock, await events.event(reader, event_id=row.id))
            for row in rows
        ]
    assert sorted(row.currency for row in rows) == ["BTC", "EUR", "JPY", "KWD", "NGN", "USD"]
    assert (
        len({row.accent for row in rows})
        == len({row.poster_style for row in rows})
        == len({row.zone for row in rows})
        == 6
    )
    assert {row.state for row in rows} == {"on_sale"}
    assert before == [()] * 6
    assert all(
        clock.now() + timedelta(days=3) < row.starts_at < clock.now() + timedelta(days=40) for row in rows
    )
    told = await facts(db)
    clock.move(seconds=86_400)
    assert await demo_data.put_on_sale(db, clock, team.id) == 0
    assert await facts(db) == told
    assert SYSTEM.label == "system"
