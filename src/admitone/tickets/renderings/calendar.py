"""The event as an iCalendar file (RFC 5545), so a ticket holder's own calendar knows when and where.

No name, address or code of a person is inside: calendars are shared and synchronised freely.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar

_PRODUCT = "-//Admit One//Tickets//EN"


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """What goes into the file. Times are aware; they are written in `zone_name` (IANA) with that zone's
    rules.

    `event_id` makes the UID, so a second import moves the entry instead of doubling it. `changed_at` is when
    the event was last changed: it gives DTSTAMP, and `revision` (0, 1, 2 …) gives SEQUENCE. `watch_url` is
    where people with a ticket find what is shown online; it opens nothing by itself.
    """

    event_id: UUID
    site_host: str
    title: str
    organiser_name: str
    starts_at: datetime
    doors_at: datetime | None
    ends_at: datetime | None
    zone_name: str
    venue_name: str | None
    venue_address: str | None
    online: bool
    page_url: str
    changed_at: datetime
    revision: int = 0
    cancelled: bool = False
    watch_url: str | None = None


def render_ics(event: CalendarEvent) -> bytes:
    """The file's bytes, media type ``text/calendar; charset=utf-8``. The same event gives the same bytes."""
    zone = ZoneInfo(event.zone_name)
    entry = icalendar.Event()
    entry.add("uid", f"event-{event.event_id}@{event.site_host}")
    entry.add("dtstamp", event.changed_at.astimezone(UTC))
    entry.add("sequence", event.revision)
    entry.add("summary", event.title)
    entry.add("dtstart", event.starts_at.astimezone(zone))
    if event.ends_at is not None:
        entry.add("dtend", event.ends_at.astimezone(zone))
    entry.add("description", _description(event, zone))
    if not event.online:
        location = ", ".join(part for part in (event.venue_name, event.venue_address) if part)
        if location:
            entry.add("location", location)
    entry.add("url", event.page_url)
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    entry.add("class", "PUBLIC")

    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add_component(entry)
    # Readers that do not know the zone's name still need its offsets.
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _description(event: CalendarEvent, zone: ZoneInfo) -> str:
    lines = [f"By {event.organiser_name}."]
    # Online there is no door: when a stream opens is said where it is watched.
    if event.doors_at is not None and not event.online:
        lines.append(f"Doors {event.doors_at.astimezone(zone):%H:%M}.")
    lines.append(
        f"Online: watch it with your ticket, by the link in your mail or at {event.watch_url or event.page_url}"
        if event.online
        else f"Your ticket is in your mail. {event.page_url}"
    )
    if event.watch_url is not None and not event.online:
        lines.append(f"Also online: {event.watch_url}")
    return "\n".join(lines)
