"""What an event's details have to obey, and what is made of what was typed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from admitone.events import EventDetails, TypeDetails, checked_event, checked_type, checklist, folded
from admitone.events.offers import OfferedType
from admitone.values.ids import uuid7
from admitone.values.refusals import Problems
from tests.support.event_makers import DETAILS, details

S = DETAILS.starts_at


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"title": ""}, "title", "events.missing"),
        ({"title": " \u202e\t\n "}, "title", "events.missing"),
        ({"title": "x" * 141}, "title", "events.too_long"),
        ({"description_md": "x" * 20_001}, "description_md", "events.too_long"),
        ({"summary": "x" * 201}, "summary", "events.too_long"),
        ({"zone": "Mars/Olympus"}, "zone", "events.unknown_zone"),
        ({"currency": "EURO"}, "currency", "currency.unknown"),
        ({"currency": "eur"}, "currency", "currency.unknown"),
        ({"ends_at": S}, "ends_at", "events.ends_too_early"),
        ({"ends_at": S - timedelta(hours=1)}, "ends_at", "events.ends_too_early"),
        ({"ends_at": S + timedelta(days=40, seconds=1)}, "ends_at", "events.lasts_too_long"),
        ({"doors_at": S + timedelta(seconds=1)}, "doors_at", "events.doors_too_late"),
        ({"category": "weddings"}, "category", "events.unknown_choice"),
        ({"accent": "#ff0000"}, "accent", "events.unknown_choice"),
        ({"poster_style": ""}, "poster_style", "events.unknown_choice"),
        ({"fee_paid_by": "nobody"}, "fee_paid_by", "events.unknown_choice"),
        ({"tax_mode": "maybe"}, "tax_mode", "events.unknown_choice"),
        ({"fee_bps": -1}, "fee_bps", "events.out_of_range"),
        ({"fee_bps": 5_001}, "fee_bps", "events.out_of_range"),
        ({"tax_bps": 10**9}, "tax_bps", "events.out_of_range"),
        ({"fee_fixed_minor": 1.5}, "fee_fixed_minor", "events.out_of_range"),
        ({"fee_fixed_minor": True}, "fee_fixed_minor", "events.out_of_range"),
        ({"country": "Germany"}, "country", "events.unknown_country"),
        ({"country": "D1"}, "country", "events.unknown_country"),
        ({"online_url": "http://a.example"}, "online_url", "events.bad_address"),
        ({"online_url": "javascript:alert(1)"}, "online_url", "events.bad_address"),
        ({"online_url": "https://user:pw@a.example"}, "online_url", "events.bad_address"),
        ({"online_url": "https://a.example/ b"}, "online_url", "events.bad_address"),
        ({"online_url": "https://[a"}, "online_url", "events.bad_address"),
    ],
)
def test_what_cannot_be_right_is_refused_beside_its_field(
    changes: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Problems) as refused:
        checked_event(details(**changes))
    assert [(one.field, one.code) for one in refused.value.problems] == [(field, code)]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(Problems) as refused:
        checked_event(details(title="", zone="x", ends_at=S, fee_bps=-1))
    assert {one.field for one in refused.value.problems} == {"title", "zone", "ends_at", "fee_bps"}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "x"},
        {"title": "x" * 140},
        {"description_md": "x" * 20_000},
        {"ends_at": S + timedelta(microseconds=1)},
        {"ends_at": S + timedelta(days=40)},
        {"doors_at": S},
        {"fee_bps": 5_000, "tax_bps": 5_000},
        {"online_url": "https://a.example/room?x=1"},
    ],
)
def test_the_edges_of_the_rules_are_inside(changes: dict[str, Any]) -> None:
    assert checked_event(details(**changes)) == details(**changes)


def test_texts_are_kept_clean_and_empty_ones_are_nothing() -> None:
    kept = checked_event(
        details(
            title="  Cafe\u0301 \u202e Night \n",
            description_md="a\r\nb\0\tc  ",
            venue_name="  ",
            country=" de ",
            online_url=" ",
        )
    )
    assert (kept.title, kept.description_md) == ("Café Night", "a\nb    c")
    assert (kept.venue_name, kept.country, kept.online_url) == (None, "DE", None)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": " "}, "name", "events.missing"),
        ({"name": "x" * 81}, "name", "events.too_long"),
        ({"price_minor": -1}, "price_minor", "events.out_of_range"),
        ({"price_minor": 10**15 + 1}, "price_minor", "events.out_of_range"),
        ({"price_minor": 1.5}, "price_minor", "events.out_of_range"),
        ({"per_person_limit": 0}, "per_person_limit", "events.out_of_range"),
        ({"per_person_limit": 1_001}, "per_person_limit", "events.out_of_range"),
        ({"sales_from": S, "sales_until": S}, "sales_until", "events.sale_window_reversed"),
    ],
)
def test_a_ticket_type_obeys_its_rules(changes: dict[str, Any], field: str, code: str) -> None:
    base: dict[str, Any] = {"name": "A", "price_minor": 100}
    with pytest.raises(Problems) as refused:
        checked_type(TypeDetails(**(base | changes)))
    assert [(one.field, one.code) for one in refused.value.problems] == [(field, code)]


def offered(**changes: Any) -> OfferedType:
    base: dict[str, Any] = {
        "id": uuid7(),
        "number": 1,
        "name": "A",
        "description": "",
        "price_minor": 0,
        "per_person_limit": 1,
        "sales_from": None,
        "sales_until": None,
        "position": 0,
        "is_offered": True,
    }
    return OfferedType(**(base | changes))


NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def names(found: EventDetails, *types: OfferedType, places: int = 1) -> list[str]:
    return [item.name for item in checklist(found, types, {one.id: places for one in types if places}, NOW)]


def test_a_finished_event_has_nothing_on_its_checklist() -> None:
    assert names(DETAILS, offered()) == []


def test_the_checklist_names_what_is_missing() -> None:
    assert names(details(summary="", venue_name=None, city=None)) == ["summary", "place", "ticket_types"]
    assert names(details(city=None), offered()) == ["city"]
    assert names(details(venue_name=None, city=None, online_url="https://a.example"), offered()) == []
    assert names(DETAILS, offered(is_offered=False)) == ["ticket_types"]
    assert names(DETAILS, offered(), places=0) == ["places"]
    assert names(DETAILS, offered(sales_until=NOW)) == ["buyable"]
    assert names(DETAILS, offered(sales_from=DETAILS.ends_at)) == ["buyable"]
    assert names(details(starts_at=NOW - timedelta(days=2), ends_at=NOW), offered()) == ["in_future"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Café MÜLLER", "cafe muller"),
        ("Straße", "strasse"),
        ("ﬁn\u200d", "fin\u200d"),
        ("東京　ジャズ", "東京 シャス"),
        ("a\0b\ud800", "ab"),
    ],
)
def test_words_are_folded_for_searching(typed: str, words: str) -> None:
    assert folded(typed) == words
