"""A place in a list ordered by an instant and an id, as a cursor."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from admitone.values import paging
from admitone.values.paging import BadCursor

Row = TypeVar("Row")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def read(cursor: str) -> tuple[datetime, UUID]:
    """The instant and the id inside a cursor. Raises `BadCursor`."""
    us, row_id = paging.decode(cursor, (int, str))
    try:
        return _EPOCH + int(us) * _MICROSECOND, UUID(str(row_id))
    except (ValueError, OverflowError):
        raise BadCursor(field="cursor") from None


def following(rows: Sequence[Row], most: int, place: Callable[[Row], tuple[datetime, UUID]]) -> str | None:
    """The cursor behind the first `most` of these rows, of which one more was asked for; None when there is none more.

    `place` gives what a row is ordered by.
    """
    if len(rows) <= most:
        return None
    at, row_id = place(rows[most - 1])
    # Microseconds, because that is what the database keeps.
    return paging.encode((at - _EPOCH) // _MICROSECOND, str(row_id))
