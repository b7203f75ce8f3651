"""The public page, its version, the dashboard and the sales report: exact numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from admitone import events
from admitone.events import EventNotFound, SaleState, TypeDetails
from admitone.flows import publish_event
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.plumbing.database import Database
from admitone.reads.event_page import event_page, page_version
from admitone.reads.organiser_events import organiser_events, selling_event
from admitone.reads.places_taken import Taken, places_taken
from admitone.reads.sales_report import sales_report
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock
from admitone.values.refusals import Forbidden, Unauthenticated
from tests.support.event_makers import details, make_draft, make_on_sale, make_team, take_places


async def test_the_page_has_everything_a_buyer_needs(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db, "Pier Nights")
    opens = clock.now() + timedelta(hours=3)
    plans = (
        TypePlan(TypeDetails("Now", 1_000, per_person_limit=4), capacity=6),
        TypePlan(TypeDetails("Later", 2_000, sales_from=opens), capacity=5),
        TypePlan(TypeDetails("Hidden", 1, is_offered=False), capacity=5),
    )
    event = await make_on_sale(db, clock, team, types=plans, fee_bps=1_000, tax_bps=2_000)
    async with db.reading() as reader:
        first, *_ = await events.types(reader, event.id)
    await take_places(db, event.id, first.id, 3)
    async with db.reading() as reader:
        page = await event_page(reader, clock.now(), event.slug)
    assert page.event == event
    assert page.organiser_name == "Pier Nights"
    # 1000 + 10 % fee = 1100, of which 20 % tax included is 183; the second 2200, 367.
    rows = [
        (p.offered.name, p.sale, p.left, p.most, p.fee_minor, p.tax_minor, p.total_minor) for p in page.types
    ]
    assert rows == [
        ("Now", SaleState.ON_SALE, 3, 3, 100, 183, 1_100),
        ("Later", SaleState.NOT_YET, 5, 0, 200, 367, 2_200),
    ]
    assert page.next_change_at == opens
    assert (page.prices.from_minor, page.prices.left, page.prices.is_sold_out) == (1_100, 3, False)


async def test_a_draft_has_no_public_page(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team)
    for slug in (draft.slug, "nothing", "", "x\ud800"[:1]):
        async with db.reading() as reader:
            with pytest.raises(EventNotFound):
                await event_page(reader, clock.now(), slug)
            with pytest.raises(EventNotFound):
                await page_version(reader, slug)


async def test_the_version_changes_exactly_when_the_page_does(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    plan = TypePlan(TypeDetails("A", 1_000, per_person_limit=5), capacity=60)
    event = await make_on_sale(db, clock, team, types=(plan,))
    async with db.reading() as reader:
        (one,) = await events.types(reader, event.id)

    async def version() -> str:
        async with db.reading() as reader:
            return await page_version(reader, event.slug)

    first = await version()
    assert await version() == first
    await take_places(db, event.id, one.id, 10)
    assert await version() == first
    await take_places(db, event.id, one.id, 1)
    few_left = await version()
    assert few_left != first
    await EventEdits(db, clock).change_details(team.owner, team.id, event.id, details(summary="New"))
    edited = await version()
    assert edited != few_left
    await publish_event.end(db, clock, team.owner, team.id, event.id)
    assert await version() != edited


async def test_taken_places_are_counted_once_however_many_pools(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team)
    edits = EventEdits(db, clock)
    hall = await edits.add_pool(team.owner, team.id, draft.id, "Hall", 100)
    one = await edits.add_type(team.owner, team.id, draft.id, TypePlan(TypeDetails("A", 1), 20, (hall,)))
    await take_places(db, draft.id, one.id, 2, state="active")
    await take_places(db, draft.id, one.id, 3, state="claimed")
    await take_places(db, draft.id, one.id, 4, state="sold")
    async with db.reading() as reader:
        assert await places_taken(reader, draft.id) == {one.id: Taken(5, 4, False)}


async def test_the_dashboard_counts_shared_places_once(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    draft = await make_draft(db, clock, team)
    edits = EventEdits(db, clock)
    hall = await edits.add_pool(team.owner, team.id, draft.id, "Hall", 100)
    await edits.add_pool(team.owner, team.id, draft.id, "Unused", 900)
    inside = TypePlan(TypeDetails("Early", 10), 20, (hall,))
    early = await edits.add_type(team.owner, team.id, draft.id, inside)
    await edits.add_type(team.owner, team.id, draft.id, TypePlan(TypeDetails("Late", 20), None, (hall,)))
    await edits.add_type(team.owner, team.id, draft.id, TypePlan(TypeDetails("Balcony", 30), capacity=7))
    await take_places(db, draft.id, early.id, 3, state="sold")
    await take_places(db, draft.id, early.id, 2)
    async with db.reading() as reader:
        one = await selling_event(reader, team.owner, team.id, draft.id)
        door = await selling_event(reader, team.door, team.id, draft.id)
    assert (one.capacity, one.held, one.sold, one.left) == (107, 2, 3, 102)
    assert (one.revenue_minor, one.orders_paid) == (0, 0)
    assert (door.revenue_minor, door.orders_paid) == (None, None)


async def test_the_list_of_events_is_the_organisers_own(db: Database, clock: FrozenClock) -> None:
    mine, theirs = await make_team(db), await make_team(db)
    soon = await make_on_sale(db, clock, mine)
    late = await make_draft(
        db,
        clock,
        mine,
        starts_at=datetime(2027, 1, 1, 19, 0, tzinfo=UTC),
        ends_at=datetime(2027, 1, 1, 20, 0, tzinfo=UTC),
    )
    foreign = await make_on_sale(db, clock, theirs)
    async with db.reading() as reader:
        first = await organiser_events(reader, mine.owner, mine.id, limit=1)
        second = await organiser_events(reader, mine.owner, mine.id, cursor=first.next_cursor, limit=1)
        for actor, refusal in ((theirs.owner, Forbidden), (Actor.guest(), Unauthenticated)):
            with pytest.raises(refusal):
                await organiser_events(reader, actor, mine.id)
        with pytest.raises(EventNotFound):
            await selling_event(reader, mine.owner, mine.id, foreign.id)
        with pytest.raises(EventNotFound):
            await sales_report(reader, mine.owner, mine.id, foreign.id)
        with pytest.raises(Forbidden):
            await sales_report(reader, mine.door, mine.id, soon.id)
    assert [one.event.id for one in (*first.items, *second.items)] == [late.id, soon.id]
    assert second.next_cursor is None


_ORDER = text(
    """
    WITH placed AS (
        INSERT INTO orders_order (id, code, event_id, organiser_id, hold_id, email, email_key, name, state,
            currency, total_minor, fee_minor, tax_minor, quote, placed_at, pay_until, paid_at, version)
        VALUES (gen_random_uuid(), :code, :event, :organiser, :hold, 'a@b.example', 'a@b.example', 'Ann',
        :state,
            'EUR', :total, 10, 20, '{}', now(), now(), now(), 1)
        RETURNING id
    )
    INSERT INTO orders_line (id, order_id, event_id, ticket_type_id, number, name, quantity, unit_price_minor,
        unit_fee_minor, unit_tax_minor, unit_total_minor, total_minor, attendee_names)
    SELECT gen_random_uuid(), placed.id, :event, :type, 1, 'A', :n, 1000, 0, 0, 1000, :total, '{}' FROM placed
    """
)


async def test_the_sales_report_adds_up(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    two = (TypePlan(TypeDetails("A", 1_000), capacity=9), TypePlan(TypeDetails("B", 500), capacity=9))
    event = await make_on_sale(db, clock, team, types=two)
    async with db.reading() as reader:
        first, second = await events.types(reader, event.id)
    for number, (state, quantity) in enumerate((("paid", 2), ("paid", 1), ("pending", 4), ("cancelled", 5))):
        hold_id = await take_places(db, event.id, first.id, 1)
        async with db.transaction() as tx:
            await tx.execute(
                _ORDER,
                {
                    "code": f"CODE{number}",
                    "event": event.id,
                    "organiser": team.id,
                    "hold": hold_id,
                    "state": state,
                    "total": 1_000 * quantity,
                    "type": first.id,
                    "n": quantity,
                },
            )
    async with db.reading() as reader:
        report = await sales_report(reader, team.owner, team.id, event.id)
        selling = await selling_event(reader, team.owner, team.id, event.id)
    assert [(one.type_id, one.sold, one.total_minor) for one in report.types] == [
        (first.id, 3, 3_000),
        (second.id, 0, 0),
    ]
    (revenue,) = report.revenue
    parts = (
        revenue.total.minor,
        revenue.organiser.minor,
        revenue.fee.minor,
        revenue.tax.minor,
        revenue.orders,
    )
    assert parts == (3_000, 2_940, 20, 40, 2)
    assert sorted((one.code, one.state, one.quantity) for one in report.latest) == [
        ("CODE0", "paid", 2),
        ("CODE1", "paid", 1),
        ("CODE2", "pending", 4),
        ("CODE3", "cancelled", 5),
    ]
    assert (selling.revenue_minor, selling.orders_paid) == (3_000, 2)
