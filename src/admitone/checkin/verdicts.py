"""What the door says: five verdicts, why, and the words for each. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Verdict(StrEnum):
    """The answer to a scan. Only `admitted` opens the door."""

    ADMITTED = "admitted"
    ALREADY_USED = "already_used"
    WRONG_EVENT = "wrong_event"
    NOT_VALID = "not_valid"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """What is behind `not_valid` and `cancelled`, for the record of scans; the other verdicts need none."""

    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    NOT_OURS = "not_ours"
    TAKEN_BACK = "taken_back"
    REPLACED = "replaced"
    DISPUTED = "disputed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Words:
    """`title` in a few words, read at arm's length; `sentence` says all of it."""

    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class OtherEvent:
    """The event of the same organiser that a ticket is for. `zone` is an IANA name."""

    title: str
    starts_at: datetime
    zone: str


_PLAIN = {
    Verdict.ADMITTED: Words("Let them in", "Let them in"),
    Verdict.WRONG_EVENT: Words("Not for this event", "Not for this event"),
    Verdict.NOT_VALID: Words("Not valid", "Not valid"),
}


def words(
    verdict: Verdict,
    reason: Reason | None,
    *,
    at: datetime,
    zone: str,
    first_at: datetime | None = None,
    first_door: str | None = None,
    other: OtherEvent | None = None,
) -> Words:
    """The words for a verdict given at `at`.

    Times of day are in `zone` (an IANA name): the clock on the venue's wall.

    `first_at` and `first_door`, when and where the ticket went in, come with `already_used`; `other`, the event it is
    for, with `wrong_event` where the door may know it.
    """
    if verdict is Verdict.ALREADY_USED:
        assert first_at is not None, "a used ticket was used at some time"
        assert first_door is not None, "a used ticket was used somewhere"
        return Words("Already used", f"Already used {first_entry(first_at, first_door, at=at, zone=zone)}")
    if verdict is Verdict.CANCELLED:
        if reason is Reason.REPLACED:
            return Words("Replaced", "This ticket was replaced by a newer one")
        if reason is Reason.CHANGED:
            return Words("Changed", "This ticket was changed for another one. Ask to see the new ticket")
        return Words("Cancelled", "This ticket was cancelled")
    if reason is Reason.DISPUTED:
        return Words("Not valid", "Not valid: payment disputed")
    if verdict is Verdict.WRONG_EVENT and other is not None:
        return Words(_PLAIN[verdict].title, f"This is a ticket for {other_event(other, at=at)}")
    return _PLAIN[verdict]


def other_event(other: OtherEvent, *, at: datetime) -> str:
    """`Lichthof, 12 December`, with the year when it is not the one of `at` there."""
    venue = ZoneInfo(other.zone)
    day = other.starts_at.astimezone(venue)
    year = "" if day.year == at.astimezone(venue).year else f" {day.year}"
    return f"{other.title}, {day.day} {day:%B}{year}"


def first_entry(first_at: datetime, first_door: str, *, at: datetime, zone: str) -> str:
    """`at 19:02, Mill Lane door`, with the day when that was not the same day on the venue's wall."""
    venue = ZoneInfo(zone)
    then = first_at.astimezone(venue)
    day = "" if then.date() == at.astimezone(venue).date() else f"on {then.day} {then:%B} "
    return f"{day}at {then:%H:%M}, {first_door}"
