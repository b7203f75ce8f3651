"""An event on sale whose sale windows have all closed: its organiser still looks after it."""

from datetime import timedelta

import pytest

from admitone import events
from admitone.events import TypeDetails
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock
from admitone.values.refusals import Problems
from tests.support.event_makers import details, make_on_sale, make_team, snapshot


async def test_an_event_whose_sale_windows_have_closed_can_still_be_edited(
    db: Database, clock: FrozenClock
) -> None:
    team = await make_team(db)
    until = clock.now() + timedelta(hours=1)
    plan = TypePlan(TypeDetails("Standard", 2_000, sales_until=until), capacity=100)
    event = await make_on_sale(db, clock, team, types=(plan,))
    clock.move(seconds=3_601)
    edits = EventEdits(db, clock)
    moved = await edits.change_details(team.owner, team.id, event.id, details(venue_name="Pier 4"))
    assert moved.details.venue_name == "Pier 4"
    # What it needs beside an open sale, it still needs.
    before = await snapshot(db, event.id)
    with pytest.raises(Problems):
        await edits.change_details(team.owner, team.id, event.id, details(summary=""))
    assert await snapshot(db, event.id) == before
    # Its organiser may open the sale again, and close it.
    async with db.reading() as reader:
        [one] = await events.types(reader, event.id)
    for again in (clock.now() + timedelta(hours=1), clock.now()):
        reopened = TypePlan(TypeDetails("Standard", 2_000, sales_until=again), capacity=100)
        assert (await edits.change_type(team.owner, team.id, event.id, one.id, reopened)).sales_until == again
