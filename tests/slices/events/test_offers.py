"""When a ticket type can be bought, and what its tickets say about when they are valid."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from admitone.events import Offer, OfferedType, SaleState, next_change_at, sale_state, validity
from admitone.events.lifecycle import EventState
from admitone.pricing import NO_FEE, NO_TAX

STARTS = datetime(2026, 12, 4, 19, 0, tzinfo=UTC)
ENDS = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)
FROM = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
UNTIL = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def a_type(**changes: Any) -> OfferedType:
    base: dict[str, Any] = {
        "id": UUID(int=1),
        "number": 1,
        "name": "Standard",
        "description": "",
        "price_minor": 2_000,
        "per_person_limit": 10,
        "sales_from": None,
        "sales_until": None,
        "position": 0,
        "is_offered": True,
    }
    return OfferedType(**(base | changes))


def an_offer(*types: OfferedType, state: EventState = EventState.ON_SALE, **changes: Any) -> Offer:
    base: dict[str, Any] = {
        "event_id": UUID(int=2),
        "event_number": 7,
        "organiser_id": UUID(int=3),
        "slug": "x",
        "title": "X",
        "state": state,
        "currency": "EUR",
        "zone": "UTC",
        "starts_at": STARTS,
        "ends_at": ENDS,
        "doors_at": None,
        "terms_version": 1,
        "fee": NO_FEE,
        "tax": NO_TAX,
        "types": types,
    }
    return Offer(**(base | changes))


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (FROM - TICK, SaleState.NOT_YET),
        (FROM, SaleState.ON_SALE),
        (UNTIL - TICK, SaleState.ON_SALE),
        (UNTIL, SaleState.CLOSED),
        (ENDS - TICK, SaleState.CLOSED),
        (ENDS, SaleState.ENDED),
    ],
)
def test_a_sale_window_contains_its_first_moment_and_not_its_last(now: datetime, state: SaleState) -> None:
    one = a_type(sales_from=FROM, sales_until=UNTIL)
    assert sale_state(an_offer(one), one, now) is state


@pytest.mark.parametrize(
    ("event_state", "state"),
    [
        (EventState.DRAFT, SaleState.DRAFT),
        (EventState.ENDED, SaleState.ENDED),
        (EventState.CANCELLED, SaleState.CANCELLED),
    ],
)
def test_an_event_not_on_sale_sells_nothing(event_state: EventState, state: SaleState) -> None:
    one = a_type()
    assert sale_state(an_offer(one, state=event_state), one, FROM) is state


def test_a_type_not_offered_is_hidden_and_one_without_window_sells_until_the_end() -> None:
    hidden, always = a_type(is_offered=False), a_type()
    assert sale_state(an_offer(hidden), hidden, FROM) is SaleState.HIDDEN
    assert sale_state(an_offer(always), always, ENDS - TICK) is SaleState.ON_SALE
    assert sale_state(an_offer(always), always, ENDS) is SaleState.ENDED


def test_the_next_change_is_the_next_window_edge_and_at_last_the_end() -> None:
    offer = an_offer(a_type(sales_from=FROM), a_type(sales_until=UNTIL))
    assert next_change_at(offer, FROM - TICK) == FROM
    assert next_change_at(offer, FROM) == UNTIL
    assert next_change_at(offer, UNTIL) == ENDS
    assert next_change_at(offer, ENDS) is None
    assert next_change_at(an_offer(a_type(sales_from=FROM), state=EventState.CANCELLED), FROM - TICK) is None


def test_a_ticket_is_valid_from_thirty_days_before_the_doors_to_a_day_after_the_end() -> None:
    first, minutes = validity(an_offer(doors_at=STARTS - timedelta(hours=1)))
    assert datetime.fromtimestamp(first * 60, UTC) == datetime(2026, 11, 4, 18, 0, tzinfo=UTC)
    assert datetime.fromtimestamp((first + minutes) * 60, UTC) == datetime(2026, 12, 5, 23, 0, tzinfo=UTC)


def test_a_long_event_keeps_its_end_and_starts_early_enough() -> None:
    first, minutes = validity(an_offer(ends_at=STARTS + timedelta(days=40)))
    assert minutes == 0xFFFE
    assert datetime.fromtimestamp((first + minutes) * 60, UTC) == STARTS + timedelta(days=41)
    assert datetime.fromtimestamp(first * 60, UTC) < STARTS
