"""Local times and instants, where clocks jump and where they do not."""

from datetime import UTC, date, datetime

import pytest

from admitone.events import schedule
from admitone.events.refusals import BadTime, TimeSkipped, TimeTwice, UnknownZone

local_time = datetime.fromisoformat


@pytest.mark.parametrize(
    ("zone", "local", "instant"),
    [
        ("Europe/Berlin", local_time("2026-07-01T20:00"), datetime(2026, 7, 1, 18, 0, tzinfo=UTC)),
        ("Europe/Berlin", local_time("2026-12-01T20:00"), datetime(2026, 12, 1, 19, 0, tzinfo=UTC)),
        ("Asia/Kolkata", local_time("2026-12-01T20:00"), datetime(2026, 12, 1, 14, 30, tzinfo=UTC)),
        ("Asia/Tokyo", local_time("2026-12-01T00:30"), datetime(2026, 11, 30, 15, 30, tzinfo=UTC)),
        ("Pacific/Kiritimati", local_time("2026-12-01T01:00"), datetime(2026, 11, 30, 11, 0, tzinfo=UTC)),
        ("UTC", local_time("2026-12-01T20:00"), datetime(2026, 12, 1, 20, 0, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_the_instant_at_which_a_clock_there_shows_it(
    zone: str, local: datetime, instant: datetime
) -> None:
    assert schedule.to_utc(local, zone, field="starts_at") == instant
    assert schedule.to_local(instant, zone).replace(tzinfo=None) == local


@pytest.mark.parametrize(
    ("zone", "local", "next_time"),
    [
        ("Europe/Berlin", local_time("2027-03-28T02:00"), "2027-03-28 03:00"),
        ("Europe/Berlin", local_time("2027-03-28T02:59"), "2027-03-28 03:00"),
        ("America/New_York", local_time("2027-03-14T02:30"), "2027-03-14 03:00"),
        ("Australia/Lord_Howe", local_time("2026-10-04T02:10"), "2026-10-04 02:30"),
        ("Africa/Cairo", local_time("2026-04-24T00:30"), "2026-04-24 01:00"),
        ("Pacific/Apia", local_time("2011-12-30T12:00"), "2011-12-31 00:00"),
    ],
)
def test_a_time_the_clocks_jump_over_is_refused_with_the_next_one(
    zone: str, local: datetime, next_time: str
) -> None:
    with pytest.raises(TimeSkipped) as refused:
        schedule.to_utc(local, zone, field="starts_at")
    assert (refused.value.field, refused.value.data) == ("starts_at", {"next_time": next_time})


@pytest.mark.parametrize("which", ["first", "second"])
def test_saying_which_one_does_not_help_a_time_that_never_comes(which: schedule.Which) -> None:
    with pytest.raises(TimeSkipped):
        schedule.to_utc(local_time("2027-03-28T02:30"), "Europe/Berlin", field="ends_at", which=which)


def test_the_edges_of_a_jump_are_ordinary_times() -> None:
    before = schedule.to_utc(local_time("2027-03-28T01:59"), "Europe/Berlin", field="starts_at")
    after = schedule.to_utc(local_time("2027-03-28T03:00"), "Europe/Berlin", field="starts_at")
    assert before == datetime(2027, 3, 28, 0, 59, tzinfo=UTC)
    assert after == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "local", "first", "second"),
    [
        (
            "Europe/Berlin",
            local_time("2026-10-25T02:30"),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        ),
        (
            "America/New_York",
            local_time("2026-11-01T01:00"),
            datetime(2026, 11, 1, 5, 0, tzinfo=UTC),
            datetime(2026, 11, 1, 6, 0, tzinfo=UTC),
        ),
        (
            "Australia/Lord_Howe",
            local_time("2027-04-04T01:45"),
            datetime(2027, 4, 3, 14, 45, tzinfo=UTC),
            datetime(2027, 4, 3, 15, 15, tzinfo=UTC),
        ),
    ],
)
def test_a_time_that_comes_twice_needs_a_word_which_one(
    zone: str, local: datetime, first: datetime, second: datetime
) -> None:
    with pytest.raises(TimeTwice) as refused:
        schedule.to_utc(local, zone, field="ends_at")
    assert refused.value.field == "ends_at"
    assert schedule.to_utc(local, zone, field="ends_at", which="first") == first
    assert schedule.to_utc(local, zone, field="ends_at", which="second") == second
    assert (schedule.which_of(first, zone), schedule.which_of(second, zone)) == ("first", "second")


def test_the_refusal_of_a_double_time_names_both_offsets() -> None:
    with pytest.raises(TimeTwice) as refused:
        schedule.to_utc(local_time("2026-10-25T02:30"), "Europe/Berlin", field="starts_at")
    assert refused.value.data == {"first": "UTC+02:00", "second": "UTC+01:00"}


def test_a_time_that_comes_once_is_neither_first_nor_second() -> None:
    assert schedule.which_of(datetime(2026, 12, 1, 12, 0, tzinfo=UTC), "Europe/Berlin") is None


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "Europe/Berlin\0", "europe/berlin", "x" * 70]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        schedule.zone_of(name)
    assert refused.value.field == "zone"


@pytest.mark.parametrize("name", ["Europe/Berlin", "Africa/Lagos", "Asia/Kuwait", "America/New_York", "UTC"])
def test_the_zones_to_choose_from_contain_the_usual_ones(name: str) -> None:
    assert name in schedule.zone_names()
    assert schedule.zone_of(name).key == name


@pytest.mark.parametrize("text", ["2027-03-12T19:30", "2027-03-12 19:30", " 2027-03-12T19:30:00 "])
def test_a_form_time_is_read(text: str) -> None:
    assert schedule.read_local(text, field="starts_at") == local_time("2027-03-12T19:30")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2027-03-12",
        "2027-13-12T19:30",
        "2027-03-12T25:00",
        "2027-03-12T19:30Z",
        "0001-01-01T00:00",
    ],
)
def test_what_is_no_form_time_is_refused(text: str) -> None:
    with pytest.raises(BadTime):
        schedule.read_local(text, field="starts_at")


def test_a_day_has_as_many_hours_as_the_clocks_say() -> None:
    for day, hours in ((date(2027, 3, 28), 23), (date(2026, 10, 25), 25), (date(2026, 12, 1), 24)):
        begins, ends = schedule.day_bounds(day, "Europe/Berlin")
        assert (ends - begins).total_seconds() == hours * 3600
