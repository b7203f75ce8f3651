"""The calendar file: another program reads back the right instant, place and name,
and nothing about a person.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar

from admitone.tickets.renderings.calendar import CalendarEvent, render_ics

LAGOS = ZoneInfo("Africa/Lagos")
EVENT = CalendarEvent(
    event_id=UUID("018f4e3c-0000-7000-8000-000000000001"),
    site_host="tickets.example",
    title="Jazz; Week, Opening\nNight",
    organiser_name="Foundry Nights",
    starts_at=datetime(2027, 3, 12, 18, 30, tzinfo=UTC),
    doors_at=datetime(2027, 3, 12, 17, 45, tzinfo=UTC),
    ends_at=datetime(2027, 3, 12, 22, 0, tzinfo=UTC),
    zone_name="Africa/Lagos",
    venue_name="The Old Foundry",
    venue_address="14 Foundry Road, Yaba",
    online=False,
    page_url="https://tickets.example/e/jazz",
    changed_at=datetime(2027, 1, 1, tzinfo=UTC),
)


def entry_of(ics: bytes) -> Any:
    calendar = icalendar.Calendar.from_ical(ics)
    assert isinstance(calendar, icalendar.Calendar)
    (entry,) = calendar.events
    return entry


def test_the_entry_reads_back_with_its_zone_place_and_name() -> None:
    entry = entry_of(render_ics(EVENT))
    assert entry["UID"] == "event-018f4e3c-0000-7000-8000-000000000001@tickets.example"
    assert entry["SUMMARY"] == "Jazz; Week, Opening\nNight"
    assert entry["DTSTART"].params["TZID"] == "Africa/Lagos"
    assert entry["DTSTART"].dt == datetime(2027, 3, 12, 19, 30, tzinfo=LAGOS)
    assert entry["DTEND"].dt == datetime(2027, 3, 12, 23, 0, tzinfo=LAGOS)
    assert entry["LOCATION"] == "The Old Foundry, 14 Foundry Road, Yaba"
    assert "Doors 18:45." in entry["DESCRIPTION"]
    assert entry["URL"] == "https://tickets.example/e/jazz"
    assert entry["STATUS"] == "CONFIRMED"


def test_the_offsets_of_the_zone_are_in_the_file_also_across_a_clock_change() -> None:
    athens = replace(EVENT, zone_name="Europe/Athens", ends_at=EVENT.starts_at + timedelta(days=30))
    ics = render_ics(athens)
    assert b"BEGIN:VTIMEZONE" in ics and b"TZID:Europe/Athens" in ics
    assert entry_of(ics)["DTEND"].dt == athens.ends_at


def test_an_online_event_has_an_address_on_the_web_and_none_on_the_street() -> None:
    entry = entry_of(render_ics(replace(EVENT, online=True, venue_name=None, venue_address=None)))
    assert "LOCATION" not in entry
    assert "Online: watch it with your ticket" in entry["DESCRIPTION"]
    assert "https://tickets.example/e/jazz" in entry["DESCRIPTION"]
    assert "Doors" not in entry["DESCRIPTION"]


def test_a_changed_or_cancelled_event_replaces_its_old_entry() -> None:
    moved = entry_of(render_ics(replace(EVENT, revision=2, cancelled=True)))
    assert moved["UID"] == entry_of(render_ics(EVENT))["UID"]
    assert moved["SEQUENCE"] == 2
    assert moved["STATUS"] == "CANCELLED"


def test_no_person_is_named_and_the_same_event_gives_the_same_bytes() -> None:
    ics = render_ics(EVENT)
    assert b"ATTENDEE" not in ics and b"mailto" not in ics.lower()
    assert ics == render_ics(EVENT)
