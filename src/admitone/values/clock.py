"""Time as something that is passed in, so that a test can hold it still."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Whoever can say what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        """Start at `at`, which must be aware (ValueError otherwise)."""
        self._at = as_utc(at)

    def now(self) -> datetime:
        """Return the moment the clock was set or moved to, aware and in UTC."""
        return self._at

    def move(self, *, seconds: float) -> None:
        """Move forward by `seconds`, or back if negative."""
        self._at += timedelta(seconds=seconds)

    def set(self, at: datetime) -> None:
        """Jump to `at`, which must be aware (ValueError otherwise)."""
        self._at = as_utc(at)


def as_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC. Raises ValueError if it has no zone: a naive time means nothing here."""
    if moment.utcoffset() is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)


def epoch_ms(moment: datetime) -> int:
    """Return whole milliseconds since 1970-01-01 UTC, rounded down, without passing through a float."""
    return (as_utc(moment) - _EPOCH) // _MILLISECOND
