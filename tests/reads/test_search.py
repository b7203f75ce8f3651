"""What the list finds, in which order, and at what price."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from admitone import events
from admitone.events import StoredEvent, TypeDetails
from admitone.flows import publish_event, search_words
from admitone.flows.edit_event import EventEdits, TypePlan
from admitone.plumbing.database import Database
from admitone.reads.search import Filters, Listed, When, categories, cities, search
from admitone.values import paging
from admitone.values.clock import FrozenClock
from admitone.values.paging import BadCursor
from tests.support.event_makers import Team, make_draft, make_on_sale, make_team, take_places

# The clock of these tests stands at Saturday, 21 November 2026, 12:00 UTC.
SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


async def found(db: Database, clock: FrozenClock, filters: Filters) -> list[str]:
    """Titles, in the list's order."""
    async with db.reading() as reader:
        page = await search(reader, clock.now(), filters)
    return [one.event.details.title for one in page.items]


async def at(
    db: Database,
    clock: FrozenClock,
    team: Team,
    title: str,
    starts_at: datetime,
    **changes: Any,
) -> StoredEvent:
    return await make_on_sale(
        db, clock, team, title=title, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), **changes
    )


async def test_only_what_is_on_sale_and_not_over_is_listed(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    await make_draft(db, clock, team, title="Draft")
    for title, step in (("Ended", publish_event.end), ("Cancelled", publish_event.cancel)):
        event = await make_on_sale(db, clock, team, title=title)
        await step(db, clock, team.owner, team.id, event.id)
    await at(db, clock, team, "Later", SATURDAY + timedelta(days=2))
    await at(db, clock, team, "Sooner", SATURDAY + timedelta(days=1))
    await at(db, clock, team, "Running", SATURDAY - timedelta(hours=1))
    assert await found(db, clock, Filters()) == ["Running", "Sooner", "Later"]
    clock.move(seconds=3600)
    assert await found(db, clock, Filters()) == ["Sooner", "Later"]


@pytest.mark.parametrize(
    ("q", "titles"),
    [
        ("jazz", ["Café Jazz", "東京ジャズ Jazz"]),
        ("JAZZ cafe", ["Café Jazz"]),
        ("caf", ["Café Jazz"]),
        ("ジャズ", ["東京ジャズ Jazz"]),
        ("pier kiel", ["Regatta 100%"]),
        ("100%", ["Regatta 100%"]),
        ("%", ["Regatta 100%"]),
        ("_", []),
        ("'; DROP TABLE events_event; --", []),
        ("\\", []),
        ("", ["Café Jazz", "東京ジャズ Jazz", "Regatta 100%"]),
        ("  ", ["Café Jazz", "東京ジャズ Jazz", "Regatta 100%"]),
        ("jazz " * 200, ["Café Jazz", "東京ジャズ Jazz"]),
        ("\0\ud800", ["Café Jazz", "東京ジャズ Jazz", "Regatta 100%"]),
    ],
)
async def test_every_word_has_to_occur_somewhere(
    db: Database, clock: FrozenClock, q: str, titles: list[str]
) -> None:
    team = await make_team(db)
    await at(db, clock, team, "Café Jazz", SATURDAY + timedelta(days=1), city="Berlin")
    await at(db, clock, team, "東京ジャズ Jazz", SATURDAY + timedelta(days=2), city="Tokyo")
    await at(db, clock, team, "Regatta 100%", SATURDAY + timedelta(days=3), city="Kiel")
    assert await found(db, clock, Filters(q=q)) == titles


async def test_city_and_category_are_filters_of_their_own(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    await at(db, clock, team, "A", SATURDAY + timedelta(days=1), city="Berlin", category="music")
    await at(db, clock, team, "B", SATURDAY + timedelta(days=2), city="Berlin", category="food")
    await at(db, clock, team, "C", SATURDAY + timedelta(days=3), city="Kiel", category="food")
    assert await found(db, clock, Filters(city="berlin")) == ["A", "B"]
    assert await found(db, clock, Filters(city="Berlin", category="food")) == ["B"]
    assert await found(db, clock, Filters(city="Ber")) == ["A", "B"]
    assert await found(db, clock, Filters(city="lin")) == []
    async with db.reading() as reader:
        assert await cities(reader, clock.now()) == ("Berlin", "Kiel")
        assert await categories(reader, clock.now()) == ("music", "food")


async def test_an_event_is_found_by_everything_its_page_says(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db, "Fjällräven Concerts")
    await at(
        db,
        clock,
        team,
        "Furnace Night",
        SATURDAY + timedelta(days=1),
        venue_address="14 Gießerei Road",
        city="Kuwait City",
        description_md="With **Ibrahim Maalouf** on [trumpet](https://x.example/secret). <b>Bring</b> a jacket.",
    )
    for q in ("kuwait", "giesserei", "maalouf", "ibrahim trumpet", "fjallraven", "jacket furnace kuwait"):
        assert await found(db, clock, Filters(q=q)) == ["Furnace Night"], q
    for q in ("secret", "**", "berlin"):
        assert await found(db, clock, Filters(q=q)) == [], q
    for city in ("Kuwait", "kuwait c", "KUWAIT CITY"):
        assert await found(db, clock, Filters(city=city)) == ["Furnace Night"], city
    assert await found(db, clock, Filters(city="City")) == []


async def test_an_edit_changes_what_an_event_is_found_by(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db, "Pier Nights")
    event = await at(
        db, clock, team, "Furnace Night", SATURDAY + timedelta(days=1), description_md="Trumpets."
    )
    details = replace(event.details, description_md="Drums.")
    await EventEdits(db, clock).change_details(team.owner, team.id, event.id, details)
    assert await found(db, clock, Filters(q="trumpets")) == []
    assert await found(db, clock, Filters(q="drums pier")) == ["Furnace Night"]


async def test_words_of_rows_that_exist_are_made_anew_and_follow_the_organisers_name(
    db: Database, clock: FrozenClock
) -> None:
    team = await make_team(db, "Pier Nights")
    other = await make_team(db, "Others")
    for number in range(3):
        await at(db, clock, team, f"Night {number}", SATURDAY + timedelta(days=1 + number))
    await at(db, clock, other, "Day", SATURDAY + timedelta(days=9))
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE events_event SET search_text = 'old'"))
        revisions = text("SELECT array_agg(updated_at ORDER BY id) FROM events_event")
        before = (await tx.execute(revisions)).scalar_one()
    assert await found(db, clock, Filters(q="nights")) == []
    assert await search_words.rebuild(db, clock) == 4
    assert await search_words.rebuild(db, clock) == 0
    assert await found(db, clock, Filters(q="nights")) == ["Night 0", "Night 1", "Night 2"]
    async with db.transaction() as tx:
        rename = text("UPDATE accounts_organiser SET name = 'Harbour Sounds' WHERE id = :id")
        await tx.execute(rename, {"id": team.id})
        assert await search_words.renamed(tx, team.id, clock.now()) == 3
        assert (await tx.execute(revisions)).scalar_one() == before, "nothing anybody sees was changed"
    assert await found(db, clock, Filters(q="pier nights")) == []
    assert await found(db, clock, Filters(q="harbour sounds")) == ["Night 0", "Night 1", "Night 2"]
    assert await found(db, clock, Filters(q="others")) == ["Day"]


@pytest.mark.parametrize(
    ("when", "titles"),
    [
        ("today", ["Auckland tonight", "Lagos tonight"]),
        ("weekend", ["Auckland tonight", "Lagos tonight", "Berlin Sunday"]),
        ("month", ["Auckland tonight", "Lagos tonight", "Berlin Sunday", "Berlin Monday", "Berlin 30th"]),
    ],
)
async def test_days_are_those_of_the_place(
    db: Database, clock: FrozenClock, when: When, titles: list[str]
) -> None:
    team = await make_team(db)
    # In Auckland it is already Sunday, 01:00: its "today" is the 22nd there.
    auckland = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    clock.set(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    await at(db, clock, team, "Auckland tonight", auckland, zone="Pacific/Auckland")
    await at(
        db, clock, team, "Lagos tonight", datetime(2026, 11, 21, 22, 30, tzinfo=UTC), zone="Africa/Lagos"
    )
    await at(db, clock, team, "Berlin Sunday", datetime(2026, 11, 22, 21, 0, tzinfo=UTC))
    await at(db, clock, team, "Berlin Monday", datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    await at(db, clock, team, "Berlin 30th", datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
    await at(db, clock, team, "Berlin 1st", datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    listed = await found(db, clock, Filters(when=when))
    assert sorted(listed) == sorted(titles)


async def test_the_weekend_begins_on_friday_evening(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    clock.set(datetime(2026, 11, 18, 12, 0, tzinfo=UTC))
    await at(db, clock, team, "Afternoon", datetime(2026, 11, 20, 12, 0, tzinfo=UTC), zone="UTC")
    await at(db, clock, team, "Evening", datetime(2026, 11, 20, 19, 0, tzinfo=UTC), zone="UTC")
    assert await found(db, clock, Filters(when="weekend")) == ["Evening"]


async def test_free_and_online(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    free = (TypePlan(TypeDetails("Free", 0), capacity=5), TypePlan(TypeDetails("Paid", 100), capacity=5))
    await at(db, clock, team, "Free", SATURDAY + timedelta(days=1), types=free)
    away = {"venue_name": None, "city": None, "online_url": "https://meet.example/x"}
    await at(db, clock, team, "Online", SATURDAY + timedelta(days=2), **away)
    assert await found(db, clock, Filters(when="free")) == ["Free"]
    assert await found(db, clock, Filters(when="online")) == ["Online"]


async def test_pages_follow_each_other_without_gap_or_repeat(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    # Three begin in the same moment, so that the id has to decide.
    for day in (1, 2, 2, 2, 3):
        await at(db, clock, team, f"Day {day}", SATURDAY + timedelta(days=day, microseconds=7))
    seen: list[Listed] = []
    cursor = None
    while True:
        async with db.reading() as reader:
            page = await search(reader, clock.now(), Filters(), cursor=cursor, limit=2)
        seen += page.items
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert [one.event.details.title for one in seen] == ["Day 1", "Day 2", "Day 2", "Day 2", "Day 3"]
    assert len({one.event.id for one in seen}) == 5


@pytest.mark.parametrize(
    "cursor", ["", "x", paging.encode(1), paging.encode(1, "x"), paging.encode(2**62, "x")]
)
async def test_a_cursor_of_something_else_is_refused(db: Database, clock: FrozenClock, cursor: str) -> None:
    async with db.reading() as reader:
        with pytest.raises(BadCursor):
            await search(reader, clock.now(), Filters(), cursor=cursor)


async def test_a_card_shows_the_lowest_price_with_everything_in_it(db: Database, clock: FrozenClock) -> None:
    team = await make_team(db)
    plans = (
        TypePlan(TypeDetails("Over", 100, sales_until=SATURDAY), capacity=5),
        TypePlan(TypeDetails("Cheap", 1_000), capacity=5),
        TypePlan(TypeDetails("Dear", 5_000), capacity=5),
        TypePlan(TypeDetails("Hidden", 1, is_offered=False), capacity=5),
    )
    event = await make_on_sale(
        db, clock, team, types=plans, fee_bps=500, fee_fixed_minor=50, tax_bps=1_000, tax_mode="added"
    )

    async def card() -> tuple[int | None, bool, bool]:
        async with db.reading() as reader:
            (one,) = (await search(reader, clock.now(), Filters())).items
        return one.prices.from_minor, one.prices.has_dearer, one.prices.is_sold_out

    # 1000 + 5 % + 50 = 1100, and 10 % tax on that: 1210. 5000 + 250 + 50 = 5300, and tax: 5830.
    assert await card() == (1_210, True, False)
    async with db.reading() as reader:
        page = await search(reader, clock.now(), Filters())
        types = {one.name: one.id for one in await events.types(reader, event.id)}
    await take_places(db, event.id, types["Cheap"], 5)
    assert await card() == (5_830, False, False)
    await take_places(db, event.id, types["Dear"], 5, state="sold")
    assert await card() == (1_210, True, True)
    assert page.items[0].organiser_name == "Pier Nights"
