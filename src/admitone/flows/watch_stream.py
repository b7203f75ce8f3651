"""Watching an event online with a ticket: who may, who does, and what their player is given.

Joining counts as checking in: it is a scan at a door named "Online", by the same desk as any other, so a ticket is
admitted once wherever that happens. Then its holder's browser becomes the ticket's one viewer. Every question of a
viewer, and every piece of list their player asks for, looks at the ticket again: one that was given back, suspended or
taken over from shows nothing within seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final
from uuid import UUID

from admitone import checkin, events, streams
from admitone.events import EventState, StreamKind, StreamPhase, StreamRules
from admitone.flows.admit import Admit
from admitone.plumbing.database import Database, Transaction
from admitone.reads.ticket_stream import TicketStream, Watching, ticket_stream
from admitone.streams import NewViewer, NoSuchStream, NotSending, Passes, Sources, WatchedElsewhere
from admitone.values.actor import Actor
from admitone.values.clock import Clock
from admitone.values.refusals import Conflict

ONLINE_DOOR: Final = "Online"
MAIN: Final = "main"
"""The name of the playlist that a player asks for first; those in it have numbers."""
_NUMBERS_MOST: Final = 3  # digits


class WatchState(StrEnum):
    """How it stands with a ticket and the browser that asks."""

    CANCELLED = "cancelled"
    CALLED_OFF = "called_off"
    SUSPENDED = "suspended"
    NO_STREAM = "no_stream"
    USED = "used"
    WAITING = "waiting"
    OVER = "over"
    READY = "ready"
    ELSEWHERE = "elsewhere"
    WATCHING = "watching"


class CannotWatch(Conflict):
    """The ticket lets nobody watch now. `state` says why."""

    code = "streams.cannot_watch"
    text = "{words}"


WORDS: Final = {
    WatchState.CANCELLED: "This ticket was cancelled, so there is nothing to watch with it.",
    WatchState.CALLED_OFF: "This event was called off.",
    WatchState.SUSPENDED: "The payment for this ticket is disputed, or the network has taken it back. Until that is "
    "decided, it shows nothing.",
    WatchState.NO_STREAM: "There is nothing to watch with this ticket.",
    WatchState.USED: "This ticket was used at the door, and whoever came in there cannot watch as well.",
    WatchState.WAITING: "The doors online are not open yet.",
    WatchState.OVER: "This is over. There is nothing to watch any more.",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see for a browser. `kind` is None where there is no address, `is_sending` false while HLS has
    nothing to play.
    """

    seen: TicketStream
    state: WatchState
    phase: StreamPhase
    kind: StreamKind | None
    is_sending: bool = True

    @property
    def url(self) -> str:
        """The address that is shown now: for a viewer's player only."""
        assert self.seen.online_url is not None, "there is something to watch"
        return events.stream_url(self.seen.rules, self.seen.online_url, self.phase)


@dataclass(frozen=True, slots=True)
class Sending:
    """Whether a playlist can be read, as its organiser is told. `read_at`: when this process last could; None: not
    since it began. `is_awaited`: people may be watching now.
    """

    is_there: bool
    read_at: datetime | None
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class WatchStream:
    """Built once. `sources` keeps what playlists said a few seconds ago."""

    database: Database
    clock: Clock
    admit: Admit
    passes: Passes
    sources: Sources

    async def look(self, ticket_id: UUID, session_id: UUID | None) -> Look:
        """How it stands for this browser. Raises `TicketNotFound`."""
        async with self.database.reading() as reader:
            seen = await ticket_stream(reader, ticket_id)
        return self._judged(seen, session_id)

    async def join(
        self, actor: Actor, ticket_id: UUID, session_id: UUID, device: str, *, instead_of: UUID | None = None
    ) -> Look:
        """Begin to watch, and go in by that. The same `session_id` again changes nothing; `instead_of` is the viewer
        that this one takes over from.

        Raises `TicketNotFound`, `CannotWatch`, `WatchedElsewhere`.
        """
        before = await self.look(ticket_id, session_id)
        if before.state is WatchState.WATCHING:
            return before
        seen = before.seen
        instead = seen.viewer is not None and seen.viewer.session_id == instead_of
        if before.state is WatchState.ELSEWHERE and not instead:
            raise WatchedElsewhere
        _require(before.state in (WatchState.READY, WatchState.ELSEWHERE), before.state)
        if seen.admitted_at is None:
            await self._go_in(actor, seen, session_id)
        viewer = NewViewer(seen.ticket_id, seen.event_id, seen.organiser_id, session_id, device)
        await self.database.run(partial(_take, viewer=viewer, instead_of=instead_of))
        return await self.look(ticket_id, session_id)

    async def beat(self, ticket_id: UUID, session_id: UUID | None) -> Look:
        """`look`, by a page that stays open: its viewer is there still, and what it shows may not be sending."""
        found = await self.look(ticket_id, session_id)
        if found.state is not WatchState.WATCHING or session_id is None:
            return found
        await self._seen(found, session_id)
        if found.kind is not StreamKind.HLS:
            return found
        try:
            await self.sources.playlist(found.url)
        except NotSending:
            return Look(found.seen, found.state, found.phase, found.kind, is_sending=False)
        return found

    async def stop(self, ticket_id: UUID, session_id: UUID) -> None:
        """This browser does not watch any more; another may begin at once."""
        await self.database.run(partial(_forget, ticket_id=ticket_id, session_id=session_id))

    def pass_for(self, found: Look, session_id: UUID) -> str:
        """A short-lived address for this viewer's player."""
        return self.passes.make(found.seen.ticket_id, session_id, self.clock.now())

    async def playlist(self, given: str, name: str, held: Callable[[UUID], UUID | None]) -> str:
        """A playlist for a player: the main one, or the one in it with this number. `held` gives the viewer that the
        asking browser is, by ticket id.

        Raises `NoSuchStream`, `NotSending`.
        """
        found = await self._of_pass(given, held, StreamKind.HLS)
        main = await self.sources.playlist(found.url)
        if name == MAIN:
            return main.text
        at = int(name) if name.isascii() and name.isdecimal() and len(name) <= _NUMBERS_MOST else -1
        children = main.children
        if not 0 <= at < len(children):
            raise NoSuchStream
        child = await self.sources.playlist(children[at])
        if child.children:
            raise NotSending  # a list of lists of lists is no HLS
        return child.text

    async def address(self, given: str, held: Callable[[UUID], UUID | None]) -> str:
        """Where a page of its own is, for its viewer. Raises `NoSuchStream`."""
        return (await self._of_pass(given, held, StreamKind.LINK)).url

    async def is_sending(self, rules: StreamRules, online_url: str) -> bool | None:
        """Can a playlist be read at this address now? None where there is none to be read."""
        if events.stream_kind(rules, online_url) is not StreamKind.HLS:
            return None
        try:
            await self.sources.origins(online_url)
        except NotSending:
            return False
        return True

    async def sending(
        self, rules: StreamRules, online_url: str, starts_at: datetime, ends_at: datetime
    ) -> Sending | None:
        """How it stands with what is shown now, or will be; None where no playlist is read."""
        now = self.clock.now()
        phase = events.stream_phase(rules, starts_at, ends_at, now)
        url = events.stream_url(rules, online_url, phase)
        is_there = await self.is_sending(rules, url)
        if is_there is None:
            return None
        ago = self.sources.seconds_since_read(url)
        read_at = None if ago is None else now - timedelta(seconds=ago)
        return Sending(is_there, read_at, phase not in (StreamPhase.WAITING, StreamPhase.OVER))

    async def origins(self, found: Look) -> frozenset[str]:
        """Where the pieces come from that this viewer's player will ask for; none while nothing is sent."""
        try:
            return await self.sources.origins(found.url)
        except NotSending:
            return frozenset()

    async def _of_pass(self, given: str, held: Callable[[UUID], UUID | None], kind: StreamKind) -> Look:
        read = self.passes.read(given, self.clock.now())
        if read.is_old and held(read.ticket_id) != read.session_id:
            raise NoSuchStream
        found = await self.look(read.ticket_id, read.session_id)
        if found.state is not WatchState.WATCHING or found.kind is not kind:
            raise NoSuchStream
        # Players ask on where no script of ours runs: that counts as being there too.
        await self._seen(found, read.session_id)
        return found

    async def _seen(self, found: Look, session_id: UUID) -> None:
        await self.database.run(partial(_note, ticket_id=found.seen.ticket_id, session_id=session_id))

    async def _go_in(self, actor: Actor, seen: TicketStream, session_id: UUID) -> None:
        """Let the ticket in at the door online. Raises `CannotWatch` when it is not let in after all."""
        digest = seen.code_digest
        answer = await self.admit.decide(
            checkin.ScanRequest(
                scan_id=session_id,
                event_id=seen.event_id,
                organiser_id=seen.organiser_id,
                person_id=actor.person_id,
                actor=actor.label,
                code=checkin.CodeRead(
                    digest=digest,
                    serial=seen.serial,
                    is_short=False,
                    is_current=lambda stored: stored == digest,
                    was_replaced=lambda _: False,
                ),
                door=ONLINE_DOOR,
            )
        )
        if answer.verdict is checkin.Verdict.ALREADY_USED:
            _require(answer.first_door == ONLINE_DOOR or seen.rules.after_door, WatchState.USED)
            return
        is_disputed = answer.reason is checkin.Reason.DISPUTED
        state = WatchState.SUSPENDED if is_disputed else WatchState.CANCELLED
        _require(answer.verdict is checkin.Verdict.ADMITTED, state)

    def _judged(self, seen: TicketStream, session_id: UUID | None) -> Look:
        phase = events.stream_phase(seen.rules, seen.starts_at, seen.ends_at, self.clock.now())
        state = _refused(seen, phase) or _by_viewer(seen.viewer, session_id)
        kind = None
        if seen.online_url is not None:
            kind = events.stream_kind(seen.rules, events.stream_url(seen.rules, seen.online_url, phase))
        return Look(seen, state, phase, kind)


def _refused(seen: TicketStream, phase: StreamPhase) -> WatchState | None:
    """Why nobody watches with this ticket now, if nobody does."""
    is_used = seen.admitted_at is not None and seen.door != ONLINE_DOOR and not seen.rules.after_door
    reasons = (
        (seen.event_state is EventState.CANCELLED, WatchState.CALLED_OFF),
        (seen.is_cancelled, WatchState.CANCELLED),
        (seen.online_url is None or not seen.is_ticket, WatchState.NO_STREAM),
        (seen.is_suspended, WatchState.SUSPENDED),
        (is_used, WatchState.USED),
        (phase is StreamPhase.WAITING, WatchState.WAITING),
        (phase is StreamPhase.OVER, WatchState.OVER),
    )
    return next((state for is_so, state in reasons if is_so), None)


def _by_viewer(viewer: Watching | None, session_id: UUID | None) -> WatchState:
    if viewer is not None and viewer.session_id == session_id:
        return WatchState.WATCHING
    return WatchState.ELSEWHERE if viewer is not None and viewer.is_active else WatchState.READY


def _require(is_so: bool, state: WatchState) -> None:
    if not is_so:
        raise CannotWatch(state=state.value, words=WORDS[state])


async def _take(tx: Transaction, *, viewer: NewViewer, instead_of: UUID | None) -> None:
    await streams.take(tx, viewer, instead_of)


async def _note(tx: Transaction, *, ticket_id: UUID, session_id: UUID) -> None:
    await streams.seen(tx, ticket_id, session_id)


async def _forget(tx: Transaction, *, ticket_id: UUID, session_id: UUID) -> None:
    await streams.forget(tx, ticket_id, session_id)
