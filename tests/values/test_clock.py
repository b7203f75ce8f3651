"""The system clock is aware and in UTC; the frozen one moves only when told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from admitone.values.clock import Clock, FrozenClock, SystemClock, as_utc, epoch_ms

NOON = datetime(2026, 5, 1, 12, 0, 0, 123_456, tzinfo=UTC)


def test_the_system_clock_tells_the_present_in_utc() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    now = clock.now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_frozen_clock_stands_still_until_it_is_moved_or_set() -> None:
    clock = FrozenClock(NOON)
    asked: Clock = clock
    assert asked.now() == asked.now() == NOON
    clock.move(seconds=90.5)
    assert clock.now() == NOON + timedelta(seconds=90.5)
    clock.move(seconds=-100)
    assert clock.now() == NOON - timedelta(seconds=9.5)
    clock.set(NOON)
    assert clock.now() == NOON


def test_a_frozen_clock_answers_in_utc_whatever_zone_it_was_given() -> None:
    clock = FrozenClock(datetime(2026, 5, 1, 14, 0, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now().isoformat() == "2026-05-01T12:00:00+00:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = NOON.replace(tzinfo=None)
    for use in (FrozenClock, FrozenClock(NOON).set, as_utc, epoch_ms):
        with pytest.raises(ValueError, match="time zone"):
            use(naive)


def test_milliseconds_are_counted_from_1970_and_rounded_down() -> None:
    assert epoch_ms(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert epoch_ms(NOON) == 1_777_636_800_123
    assert epoch_ms(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
