"""A ticket and what it can watch, in one look: the event's address and rules, how it went in, who watches now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from admitone.events import EventState, StreamRules
from admitone.plumbing.database import Reader
from admitone.reads.disputed import IS_DISPUTED
from admitone.streams import ALIVE_SECONDS
from admitone.tickets import TicketNotFound


@dataclass(frozen=True, slots=True)
class Watching:
    """The viewer that watches with a ticket, or did last. `is_active`: it said so a moment ago."""

    session_id: UUID
    device: str
    began_at: datetime
    is_active: bool


@dataclass(frozen=True, slots=True)
class TicketStream:
    """`online_url` is for this ticket's viewers only, and stays out of `repr`. `is_suspended`: a payment of its order's
    family is disputed. `admitted_at` and `door` say how it went in, at whichever door.
    """

    ticket_id: UUID
    serial: int
    code_digest: bytes
    is_ticket: bool
    is_cancelled: bool
    is_suspended: bool
    order_id: UUID
    holder: str
    type_name: str
    event_id: UUID
    organiser_id: UUID
    event_state: EventState
    title: str
    slug: str
    accent: str
    poster_style: str
    zone: str
    starts_at: datetime
    ends_at: datetime
    venue_name: str | None
    city: str | None
    is_test: bool
    online_url: str | None
    rules: StreamRules
    admitted_at: datetime | None
    door: str | None
    viewer: Watching | None

    def __repr__(self) -> str:
        return f"TicketStream({self.ticket_id})"


_LOOK = text(
    f"""
    SELECT ticket.id AS ticket_id, ticket.serial, ticket.code_digest, line.kind = 'ticket' AS is_ticket,
           ticket.state = 'cancelled' AS is_cancelled, {IS_DISPUTED} AS is_suspended, ticket.order_id,
           coalesce(ticket.holder_name, placed.name) AS holder, line.name AS type_name,
           event.id AS event_id, event.organiser_id, event.state AS event_state, event.title, event.slug, event.accent,
           event.poster_style, event.zone, event.starts_at, event.ends_at, event.venue_name, event.city, event.is_test,
           event.online_url, stream.event_id IS NOT NULL AS has_rules, stream.shown, stream.opens_minutes,
           stream.stays_minutes, stream.replay_days, stream.replay_url, stream.after_door,
           entry.at AS admitted_at, entry.door,
           viewer.session_id, viewer.device, viewer.began_at,
           viewer.seen_at >= clock_timestamp() - interval '{ALIVE_SECONDS} seconds' AS is_active
    FROM tickets_ticket AS ticket
    JOIN orders_order AS placed ON placed.id = ticket.order_id
    JOIN orders_line AS line ON line.id = ticket.order_line_id
    JOIN events_event AS event ON event.id = ticket.event_id
    LEFT JOIN events_stream AS stream ON stream.event_id = ticket.event_id
    LEFT JOIN checkin_admission AS entry ON entry.ticket_id = ticket.id
    LEFT JOIN streams_viewer AS viewer ON viewer.ticket_id = ticket.id
    WHERE ticket.id = :ticket_id
    """  # noqa: S608 - joined from constants
)
_RULES = tuple(StreamRules.__dataclass_fields__)
_PLAIN = tuple(
    name for name in TicketStream.__dataclass_fields__ if name not in ("event_state", "rules", "viewer")
)


async def ticket_stream(reader: Reader, ticket_id: UUID) -> TicketStream:
    """The ticket, whoever asks. Raises `TicketNotFound`."""
    row = (await reader.execute(_LOOK, {"ticket_id": ticket_id})).one_or_none()
    if row is None:
        raise TicketNotFound
    found = row._mapping
    watching = None
    if found["session_id"] is not None:
        watching = Watching(found["session_id"], found["device"], found["began_at"], found["is_active"])
    return TicketStream(
        **{name: found[name] for name in _PLAIN},
        event_state=EventState(found["event_state"]),
        rules=StreamRules(**{name: found[name] for name in _RULES}) if found["has_rules"] else StreamRules(),
        viewer=watching,
    )


_NOW = text(
    f"""
    SELECT count(*) FROM streams_viewer
    WHERE event_id = :event_id AND seen_at >= clock_timestamp() - interval '{ALIVE_SECONDS} seconds'
    """  # noqa: S608 - joined from constants
)


async def watching_now(reader: Reader, event_id: UUID) -> int:
    """How many watch this event at the moment."""
    return int((await reader.execute(_NOW, {"event_id": event_id})).scalar_one())
