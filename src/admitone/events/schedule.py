"""Times as people write them, where the event is, and as instants.

A local time is not always an instant: when clocks go forward an hour of local times does not exist, and
when they go back an hour comes twice. Neither is guessed. The first is refused with the next time that
exists; the second is refused until somebody says which of the two is meant (PEP 495 calls them fold 0 and
1).
"""

import functools
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from admitone.events.refusals import BadTime, TimeSkipped, TimeTwice, UnknownZone

Which = Literal["first", "second"]
_LONGEST_ZONE = 64


@functools.cache
def zone_names() -> tuple[str, ...]:
    """The zones to choose from, sorted: one for each place of the IANA database, and UTC.

    Its aliases, such as `US/Eastern` and `Asia/Calcutta`, are left out; `zone_of` still knows them. Source:
    `zone.tab`, which names the zones people are meant to choose from (its columns: country, place, name).
    """
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8").splitlines()
    places = {line.split("\t")[2] for line in lines if line and not line.startswith("#")}
    return ("UTC", *sorted(places & available_names()))


def zone_of(name: str, *, field: str = "zone") -> ZoneInfo:
    """The zone with this IANA name. Raises `UnknownZone`."""
    try:
        if len(name) > _LONGEST_ZONE or name not in available_names():
            raise UnknownZone(field=field)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(field=field) from None


@functools.cache
def available_names() -> frozenset[str]:
    """Every name the zone database knows; read once, because it walks folders."""
    return frozenset(available_timezones())


def read_local(text: str, *, field: str) -> datetime:
    """Read `2027-03-12T19:30` (a space instead of the T and seconds are fine) as a naive time. Raises
    `BadTime`.
    """
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTime(field=field) from None
    if (
        local.tzinfo is not None
        or not 1970 <= local.year <= 9000
        or len(text.strip()) < len("2027-03-12T19:30")
    ):
        raise BadTime(field=field)
    return local


def to_utc(local: datetime, zone_name: str, *, field: str, which: Which | None = None) -> datetime:
    """The instant a clock in this zone shows `local` (naive). `which` is needed only for a time that comes
    twice.

    Raises `UnknownZone`, `TimeSkipped` (data: `next_time`, local ISO 8601) and `TimeTwice` (data: both
    offsets).
    """
    assert local.tzinfo is None, "a local time has no zone of its own"
    zone = zone_of(zone_name)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if not _shows(first, local) and not _shows(second, local):
        raise TimeSkipped(field=field, next_time=_after_jump(first, second, zone).isoformat(" ", "minutes"))
    if which is None:
        raise TimeTwice(field=field, first=_offset_words(first), second=_offset_words(second))
    return (first if which == "first" else second).astimezone(UTC)


def to_local(instant: datetime, zone_name: str) -> datetime:
    """What a clock in this zone shows at `instant`: aware, in that zone. Raises `UnknownZone`."""
    return instant.astimezone(zone_of(zone_name))


def which_of(instant: datetime, zone_name: str) -> Which | None:
    """For a local time that comes twice, which of the two this instant is; None when it comes once."""
    local = to_local(instant, zone_name)
    if local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
        return None
    return "second" if local.fold else "first"


def day_bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """The instants at which this day begins and the next one does, in this zone; a day may have 23 or 25
    hours.
    """
    zone = zone_of(zone_name)
    begins = datetime.combine(day, time.min, tzinfo=zone)
    ends = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _shows(instant: datetime, local: datetime) -> bool:
    return instant.astimezone(UTC).astimezone(instant.tzinfo).replace(tzinfo=None, fold=0) == local


def _after_jump(first: datetime, second: datetime, zone: ZoneInfo) -> datetime:
    """The local time right after the jump that skips `first`: found between the two readings by halving."""
    # With fold 1 the new offset is used, which gives an instant before the jump; with fold 0 one after it.
    low, high = second.astimezone(UTC), first.astimezone(UTC)
    old = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == old else (low, middle)
    return high.replace(microsecond=0).astimezone(zone).replace(tzinfo=None)


def _offset_words(moment: datetime) -> str:
    return "UTC" + moment.isoformat()[-6:]
