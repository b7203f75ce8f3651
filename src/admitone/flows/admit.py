"""One scan, online: who asks and for which event, then the desk decides together with everybody who scans
just now.
"""

import asyncio
import functools
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from admitone import accounts, checkin, events, tickets
from admitone.plumbing.database import Database
from admitone.plumbing.signing import KeyRing
from admitone.reads import door_counts, door_look
from admitone.values.actor import Action, Actor
from admitone.values.clock import Clock

T = TypeVar("T")

DOOR_MAX = 60
BEGINNING_MAX = 8
_LOOKED_AT = 200
KEEP_EVENT = timedelta(seconds=1)
KEEP_EXPECTED = timedelta(seconds=5)
_MOST_EVENTS = 1000
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ScanIn:
    """A scan as it arrives. `scan_id` is made by the scanner; `code` is whatever was scanned or typed."""

    scan_id: UUID
    event_id: UUID
    code: str
    door: str
    device_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The desk's answer, in words, with the zone they were said in, and the organiser's event the ticket is for when
    that is another.
    """

    answer: checkin.ScanAnswer
    words: checkin.Words
    zone: str
    other: checkin.OtherEvent | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """`admitted` of `expected`: who is in, of those who are in or have a good ticket. A ticket that was let in and
    taken back afterwards stays counted in both. The second may be 5 seconds old, but is never below the first.
    """

    admitted: int
    expected: int


class Admit:
    """The door's flow: one per process, because it holds the desk."""

    def __init__(self, database: Database, clock: Clock, ring: KeyRing) -> None:
        self._database = database
        self._clock = clock
        self._public_keys = ring.public_keys()
        self._desk = checkin.Desk(database, clock, door_look.look)
        self._events: OrderedDict[UUID, tuple[datetime, events.StoredEvent]] = OrderedDict()
        self._reading: dict[UUID, asyncio.Task[events.StoredEvent]] = {}
        self._expected: OrderedDict[UUID, tuple[datetime, int]] = OrderedDict()

    async def scan(self, actor: Actor, scan: ScanIn) -> Said:
        """Answer a scan, for ever: the same `scan_id` gets the same answer.

        The door opens on `Verdict.ADMITTED` only.

        Raises `EventNotFound`, `Forbidden`, `BadDoor`, `NoCode`, `ScanIdReused`, `QueueFull`, `DatabaseBusy`
        (then whether it was answered is unknown: send it again with its id).
        """
        event = await self.event(actor, scan.event_id)
        request = checkin.ScanRequest(
            scan_id=scan.scan_id,
            event_id=event.id,
            organiser_id=event.organiser_id,
            person_id=actor.person_id,
            actor=actor.label,
            code=self._read(scan.code),
            door=checked_door(scan.door),
            device_at=_plausible(scan.device_at),
        )
        answer = await self._desk.scan(request)
        zone = event.details.zone
        other = None if answer.other_event_id is None else await self._other(answer.other_event_id)
        said = checkin.words(
            answer.verdict,
            answer.reason,
            at=answer.at,
            zone=zone,
            first_at=answer.first_at,
            first_door=answer.first_door,
            other=other,
        )
        return Said(answer, said, zone, other)

    async def decide(self, request: checkin.ScanRequest) -> checkin.ScanAnswer:
        """The desk's answer to a scan that a story makes of a ticket it knows itself: joining online.

        Whether it may is for the story to say. Raises as `scan`.
        """
        return await self._desk.scan(request)

    async def _other(self, event_id: UUID) -> checkin.OtherEvent:
        details = (await self._known(event_id)).details
        return checkin.OtherEvent(details.title, details.starts_at, details.zone)

    async def event(self, actor: Actor, event_id: UUID) -> events.StoredEvent:
        """The event, for somebody who may check in for it; at most 1 second old.

        Raises `EventNotFound`, `Forbidden`.
        """
        event = await self._known(event_id)
        accounts.permit(actor, Action.CHECK_IN, event.organiser_id)
        return event

    async def _known(self, event_id: UUID) -> events.StoredEvent:
        read_at, event = self._events.get(event_id, (None, None))
        if event is None or read_at is None or self._clock.now() - read_at >= KEEP_EVENT:
            # One reader for everybody who scans in the same moment.
            task = self._reading.get(event_id)
            if task is None:
                task = asyncio.create_task(self._read_event(event_id))
                self._reading[event_id] = task
                task.add_done_callback(lambda _: self._reading.pop(event_id, None))
            event = await asyncio.shield(task)
        return event

    async def _read_event(self, event_id: UUID) -> events.StoredEvent:
        now = self._clock.now()
        async with self._database.reading() as reader:
            event = await events.event(reader, event_id=event_id)
        _remember(self._events, event_id, (now, event))
        return event

    async def counts(self, actor: Actor, event_id: UUID) -> Counts:
        """How many are in. Raises `EventNotFound`, `Forbidden`."""
        await self.event(actor, event_id)
        now = self._clock.now()
        read_at, expected = self._expected.get(event_id, (None, 0))
        async with self._database.reading() as reader:
            if read_at is None or now - read_at >= KEEP_EXPECTED:
                expected = await door_counts.expected(reader, event_id)
                _remember(self._expected, event_id, (now, expected))
            admitted = await checkin.admitted(reader, event_id)
        # Whoever bought a moment ago may be in already.
        return Counts(admitted, max(admitted, expected))

    def _read(self, code: str) -> checkin.CodeRead:
        if not code.strip():
            raise checkin.NoCode(field="code")
        read = tickets.read_code(code)
        return checkin.CodeRead(
            digest=read.digest,
            serial=read.serial,
            is_short=read.is_short,
            is_current=read.is_current,
            was_replaced=lambda reissue: read.was_replaced(reissue, self._public_keys),
            beginning=functools.partial(beginning, code),
        )


def beginning(code: str) -> str:
    """What of a code may be kept and shown: half a short code, so that nobody gets in with it."""
    whole = " ".join("".join(one if one.isprintable() else " " for one in code[:_LOOKED_AT]).split())
    return whole if len(whole) <= BEGINNING_MAX else f"{whole[:BEGINNING_MAX]}…"


def _plausible(device_at: datetime | None) -> datetime | None:
    """The scanner's own time if a clock can show it: what is beyond, in UTC, no reader could read back."""
    return device_at if device_at is None or _EARLIEST < device_at < _LATEST else None


@functools.lru_cache(maxsize=512)
def checked_door(door: str) -> str:
    """The door's name without space around it. Raises `BadDoor`."""
    cleaned = unicodedata.normalize("NFC", door).strip()
    if (
        not cleaned
        or len(cleaned) > DOOR_MAX
        or any(unicodedata.category(one) in ("Cc", "Cs") for one in cleaned)
    ):
        raise checkin.BadDoor(field="door", length_max=DOOR_MAX)
    return cleaned


def _remember(kept: OrderedDict[UUID, tuple[datetime, T]], key: UUID, value: tuple[datetime, T]) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > _MOST_EVENTS:
        kept.popitem(last=False)
