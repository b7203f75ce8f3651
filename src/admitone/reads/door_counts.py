"""What a door shows around its verdict: how many are in, of how many, and the scans before this one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from admitone import accounts, checkin
from admitone.plumbing.database import Reader
from admitone.values import paging
from admitone.values.actor import Action, Actor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ScanSeen:
    """A scan and its answer.

    `guest` only when the ticket is one of this event, `other` when it is one of another event of the organiser;
    `first_*` with `already_used`; `presented`, the beginning of what it was, with `not_valid`.
    """

    scan_id: UUID
    verdict: checkin.Verdict
    reason: checkin.Reason | None
    door: str
    at: datetime
    device_at: datetime | None
    person_id: UUID | None
    ticket_id: UUID | None
    first_at: datetime | None
    first_door: str | None
    guest: checkin.Guest | None
    other: checkin.OtherEvent | None = None
    presented: str | None = None


_EXPECTED = text(
    """
    SELECT (SELECT count(*) FROM tickets_ticket WHERE event_id = :event_id AND state = 'valid')
        + (SELECT count(*) FROM tickets_ticket AS ticket JOIN checkin_admission AS entry ON entry.ticket_id = ticket.id
           WHERE ticket.event_id = :event_id AND ticket.state = 'cancelled')
    """
)


async def expected(reader: Reader, event_id: UUID) -> int:
    """How many good tickets the event has, and how many that went in before they were taken back: whoever is inside
    stays counted. Counts them, so keep the answer for a few seconds.
    """
    return int((await reader.execute(_EXPECTED, {"event_id": event_id})).scalar_one())


_RECENT = text(
    """
    SELECT scan.id, scan.verdict, scan.reason, scan.door, scan.at, scan.device_at, scan.person_id,
           scan.ticket_id, scan.first_at, scan.first_door,
           coalesce(ticket.holder_name, placed.name) AS name, line.name AS type_name,
           ticket.unit + same.before AS unit, same.units, scan.presented,
           elsewhere.title AS other_title, elsewhere.starts_at AS other_starts_at, elsewhere.zone AS other_zone
    FROM checkin_scan AS scan
    LEFT JOIN tickets_ticket AS ticket ON ticket.id = scan.ticket_id AND ticket.event_id = scan.event_id
    LEFT JOIN tickets_ticket AS theirs ON theirs.id = scan.ticket_id AND theirs.event_id <> scan.event_id
    LEFT JOIN events_event AS elsewhere
        ON elsewhere.id = theirs.event_id AND elsewhere.organiser_id = scan.organiser_id
    LEFT JOIN orders_order AS placed ON placed.id = ticket.order_id
    LEFT JOIN orders_line AS line ON line.id = ticket.order_line_id
    LEFT JOIN LATERAL (
        SELECT CAST(sum(quantity) AS integer) AS units,
               CAST(coalesce(sum(quantity) FILTER (WHERE number < line.number), 0) AS integer) AS before
        FROM orders_line WHERE order_id = line.order_id AND ticket_type_id = line.ticket_type_id
    ) AS same ON true
    WHERE scan.event_id = :event_id AND scan.organiser_id = :organiser_id
      AND (scan.at, scan.id) < (:at, :scan_id)
    ORDER BY scan.at DESC, scan.id DESC LIMIT :most
    """
)
_LAST = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


async def recent_scans(
    reader: Reader,
    actor: Actor,
    organiser_id: UUID,
    event_id: UUID,
    *,
    limit: int = 20,
    cursor: str | None = None,
) -> paging.Page[ScanSeen]:
    """The scans at the organiser's event, newest first. Raises `Forbidden`, `BadLimit`, `BadCursor`."""
    accounts.permit(actor, Action.CHECK_IN, organiser_id)
    most = paging.checked_limit(limit)
    at, scan_id = _LAST if cursor is None else _place(cursor)
    params = {
        "event_id": event_id,
        "organiser_id": organiser_id,
        "at": at,
        "scan_id": scan_id,
        "most": most + 1,
    }
    seen = [
        ScanSeen(
            scan_id=row.id,
            verdict=checkin.Verdict(row.verdict),
            reason=None if row.reason is None else checkin.Reason(row.reason),
            door=row.door,
            at=row.at,
            device_at=row.device_at,
            person_id=row.person_id,
            ticket_id=row.ticket_id,
            first_at=row.first_at,
            first_door=row.first_door,
            guest=None if row.name is None else checkin.Guest(row.name, row.type_name, row.unit, row.units),
            other=None
            if row.other_title is None
            else checkin.OtherEvent(row.other_title, row.other_starts_at, row.other_zone),
            presented=row.presented,
        )
        for row in await reader.execute(_RECENT, params)
    ]
    shown = seen[:most]
    more = (
        paging.encode((shown[-1].at - _EPOCH) // _MICROSECOND, str(shown[-1].scan_id))
        if len(seen) > most
        else None
    )
    return paging.Page(tuple(shown), more)


def _place(cursor: str) -> tuple[datetime, UUID]:
    microseconds, scan_id = paging.decode(cursor, (int, str))
    try:
        return _EPOCH + int(microseconds) * _MICROSECOND, UUID(str(scan_id))
    except (OverflowError, ValueError):
        raise paging.BadCursor(field="cursor") from None


_DOORS = text(
    """
    SELECT door FROM (
        SELECT door, max(at) AS at FROM (
            SELECT door, at FROM checkin_scan WHERE event_id = :event_id ORDER BY at DESC LIMIT 2000
        ) AS latest GROUP BY door
    ) AS doors ORDER BY at DESC LIMIT 8
    """
)


async def doors(reader: Reader, actor: Actor, organiser_id: UUID, event_id: UUID) -> list[str]:
    """The doors scans came from lately, the latest first. Raises `Forbidden`."""
    accounts.permit(actor, Action.CHECK_IN, organiser_id)
    return list((await reader.execute(_DOORS, {"event_id": event_id})).scalars())
