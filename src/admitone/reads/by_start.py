"""A place in a list of events ordered by start and id, as a cursor."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from admitone.values import paging
from admitone.values.paging import BadCursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def written(starts_at: datetime, event_id: UUID) -> str:
    """The cursor of the event that starts then; microseconds, because that is what the database keeps."""
    return paging.encode((starts_at - _EPOCH) // _MICROSECOND, str(event_id))


def read(cursor: str) -> tuple[datetime, UUID]:
    """The start and the id inside a cursor. Raises `BadCursor`."""
    starts_us, event_id = paging.decode(cursor, (int, str))
    try:
        return _EPOCH + int(starts_us) * _MICROSECOND, UUID(str(event_id))
    except (ValueError, OverflowError):
        raise BadCursor(field="cursor") from None
