"""The organiser's list of events: what its figures add up, and what they never do."""

from datetime import timedelta

from admitone.entrypoints.pages.organiser.overview import events_view
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.organiser.whose import Whose
from admitone.events import EventState, StoredEvent
from admitone.reads.organiser_events import SellingEvent
from admitone.values.actor import Actor, Role
from admitone.values.ids import uuid7
from tests.support.event_makers import DETAILS, details

NOW = DETAILS.starts_at - timedelta(days=10)
ORGANISER = uuid7()
OWNER = Actor.person(uuid7(), roles=((ORGANISER, Role.OWNER),))
WHOSE = Whose(ORGANISER, "pier", "Pier Nights", OWNER)


def _selling(
    currency: str, revenue_minor: int, *, sold: int = 0, state: EventState = EventState.ON_SALE, days: int = 0
) -> SellingEvent:
    kept = details(
        currency=currency,
        starts_at=DETAILS.starts_at + timedelta(days=days),
        ends_at=DETAILS.ends_at + timedelta(days=days),
    )
    stored = StoredEvent(
        id=uuid7(),
        number=1,
        organiser_id=ORGANISER,
        slug="harbour-night",
        state=state,
        terms_version=1,
        created_at=NOW,
        updated_at=NOW,
        details=kept,
        is_test=True,
    )
    return SellingEvent(stored, capacity=10, held=0, sold=sold, revenue_minor=revenue_minor, orders_paid=sold)


def test_revenue_is_one_figure_with_an_amount_for_each_currency() -> None:
    selling = [_selling("JPY", 1_800), _selling("EUR", 2_500), _selling("EUR", 50), _selling("KWD", 0)]
    revenue = [one for one in events_view(WHOSE, selling, NOW).tiles if one.label == "Revenue"]
    assert revenue == [Tile("Revenue", "€25.50", "fees and tax included", ("¥1,800",))]


def test_an_event_whose_sale_was_ended_early_is_still_to_come() -> None:
    ended = _selling("EUR", 2_500, sold=3, state=EventState.ENDED)
    cancelled = _selling("EUR", 0, state=EventState.CANCELLED)
    view = events_view(WHOSE, [ended, cancelled], NOW)
    assert [row.state.words for row in view.coming] == ["Sale ended"]
    assert [row.state.words for row in view.past] == ["Cancelled"]
    assert view.coming[0].checkin_url != ""
    assert view.past[0].checkin_url == ""
    assert [tile.value for tile in view.tiles if tile.label == "Tickets sold"] == ["3"]
    over = events_view(WHOSE, [ended], DETAILS.ends_at)
    assert [(row.checkin_url, row.state.words) for row in over.past] == [("", "Ended")]
    assert over.coming == ()


def test_a_day_in_another_year_says_so() -> None:
    rows = events_view(WHOSE, [_selling("EUR", 0), _selling("EUR", 0, days=60)], NOW).coming
    assert [row.when for row in rows] == [
        "Fri 4 December, 20:00 Berlin time",
        "Tue 2 February 2027, 20:00 Berlin time",
    ]
