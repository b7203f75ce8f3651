"""Watching events online: with a ticket, by its link; and how an organiser shows them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from admitone import accounts, events
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, SignedIn
from admitone.entrypoints.devices import device_label
from admitone.entrypoints.needs import Needs, NewId
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.watch import viewers
from admitone.entrypoints.pages.watch.making import screen_of
from admitone.entrypoints.pages.watch.routes import ticket_of
from admitone.entrypoints.rest.shapes import Body, Shown, Token, WholeNumber
from admitone.events import StoredEvent, StreamRules
from admitone.flows.edit_stream import change_stream
from admitone.flows.watch_stream import Look, WatchState
from admitone.reads.ticket_stream import watching_now
from admitone.values.actor import Action

router = APIRouter(tags=["watching"])
_Url = Annotated[str, Field(max_length=2048)]


class WatchedBy(Shown):
    """Another device that watches with the ticket. `viewer_id` is what who takes over from it names."""

    viewer_id: UUID
    device: str
    since: datetime


class StreamShown(Shown):
    """What a ticket can watch. `state`: waiting, ready, elsewhere, over, used (at the door), cancelled, called_off,
    suspended or no_stream; for its viewer: watching. `phase`: waiting, open, live, replay or over.

    People may join from `opens_at` on; it is live until `closes_at` at the latest and shown again until `replay_until`.
    """

    state: str
    phase: str
    opens_at: datetime
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    replay_until: datetime | None
    watched_by: WatchedBy | None
    watch_url: str


class Play(Shown):
    """What a viewer plays. `kind`: hls (`url` is a playlist of this site, good for two minutes, and for as long as the
    viewer watches when `X-Viewer` is sent with it), embed (`url` goes into a frame) or link (`url` leads to a page).
    `is_sending` is false while there is nothing to play yet.
    """

    kind: str
    url: str
    is_sending: bool


class ViewerShown(Shown):
    """`viewer` proves who watches; keep it secret. Without `play` it is over for this viewer: `state` says why."""

    viewer: str
    state: str
    phase: str
    play: Play | None


class JoinBody(Body):
    """Begin to watch, `instead_of` the viewer that does now if there is one."""

    instead_of: UUID | None = None


class ViewerBody(Body):
    """The `viewer` that joining gave."""

    viewer: Token


@router.get("/tickets/{token}/stream")
async def read_stream(token: Token, needs: Needs) -> StreamShown:
    """What there is to watch, and whether somebody does. Asking joins nothing."""
    found = await needs.watching.look(await ticket_of(needs, token), None)
    seen = found.seen
    viewer = seen.viewer if found.state is WatchState.ELSEWHERE else None
    return StreamShown(
        state=found.state.value,
        phase=found.phase.value,
        opens_at=events.opens_at(seen.rules, seen.starts_at),
        starts_at=seen.starts_at,
        ends_at=seen.ends_at,
        closes_at=events.closes_at(seen.rules, seen.ends_at),
        replay_until=events.replay_until(seen.rules, seen.ends_at),
        watched_by=None
        if viewer is None
        else WatchedBy(viewer_id=viewer.session_id, device=viewer.device, since=viewer.began_at),
        watch_url=needs.settings.site_url + links.watch(token),
    )


@router.post("/tickets/{token}/stream/viewers", status_code=201)
async def join_stream(
    request: Request, token: Token, body: JoinBody, needs: Needs, caller: Caller, new_id: NewId
) -> ViewerShown:
    """Begin to watch. That checks the ticket in, once. The same `Idempotency-Key` gives the same viewer."""
    ticket_id = await ticket_of(needs, token)
    device = device_label(request.headers.get("user-agent", ""))
    found = await needs.watching.join(caller, ticket_id, new_id, device, instead_of=body.instead_of)
    return _viewer(needs, found, new_id)


@router.post("/tickets/{token}/stream/beats")
async def keep_watching(token: Token, body: ViewerBody, needs: Needs) -> ViewerShown:
    """Say every ten seconds that this viewer watches; the answer is how it stands, and a fresh address to play."""
    ticket_id = await ticket_of(needs, token)
    session_id = viewers.read_token(needs, ticket_id, body.viewer)
    return _viewer(needs, await needs.watching.beat(ticket_id, session_id), session_id)


@router.post("/tickets/{token}/stream/stops", status_code=204)
async def stop_watching(token: Token, body: ViewerBody, needs: Needs) -> None:
    """This viewer has stopped: another may begin at once."""
    ticket_id = await ticket_of(needs, token)
    await needs.watching.stop(ticket_id, viewers.read_token(needs, ticket_id, body.viewer))


def _viewer(needs: Assembly, found: Look, session_id: UUID) -> ViewerShown:
    play = None
    if found.state is WatchState.WATCHING:
        screen = screen_of(needs, found, needs.watching.pass_for(found, session_id))
        play = Play(kind=screen.kind, url=screen.url, is_sending=screen.is_sending)
    return ViewerShown(
        viewer=viewers.token_of(needs, found.seen.ticket_id, session_id),
        state=found.state.value,
        phase=found.phase.value,
        play=play,
    )


class StreamRulesShape(Body):
    """How an event is watched. `shown`: auto (on our page where the address has a player), hls or link."""

    shown: Literal["auto", "hls", "link"] = "auto"
    opens_minutes: WholeNumber = 15
    stays_minutes: WholeNumber = 30
    replay_days: WholeNumber = 0
    replay_url: _Url | None = None
    after_door: bool = True


class StreamSetBody(StreamRulesShape):
    """The whole of it; `online_url` is the address, without which the event is not online."""

    online_url: _Url | None
    revision: WholeNumber | None = None


class StreamSet(Shown):
    """How an event is watched, and by how many at this moment."""

    online_url: str | None
    rules: StreamRulesShape
    watching_now: int
    revision: int


@router.get("/organisers/{organiser_id}/events/{event_id}/stream")
async def read_settings(organiser_id: UUID, event_id: UUID, needs: Needs, actor: SignedIn) -> StreamSet:
    """How this event is watched. For members who may manage events."""
    accounts.permit(actor, Action.MANAGE_EVENTS, organiser_id)
    async with needs.database.reading() as reader:
        event = await events.own_event(reader, organiser_id, event_id)
    return await _set(needs, event)


@router.put("/organisers/{organiser_id}/events/{event_id}/stream")
async def write_settings(
    organiser_id: UUID, event_id: UUID, body: StreamSetBody, needs: Needs, actor: SignedIn
) -> StreamSet:
    """Change it, before the event, while it runs or afterwards. Nobody is told by letter; whoever watches sees it."""
    given = body.model_dump()
    online_url, revision = given.pop("online_url"), given.pop("revision")
    event = await change_stream(
        needs.database,
        needs.clock,
        actor,
        organiser_id,
        event_id,
        StreamRules(**given),
        online_url,
        revision=revision,
    )
    return await _set(needs, event)


async def _set(needs: Assembly, event: StoredEvent) -> StreamSet:
    async with needs.database.reading() as reader:
        rules = await events.stream_rules(reader, event.id)
        watching = await watching_now(reader, event.id)
    names = StreamRulesShape.model_fields
    return StreamSet(
        online_url=event.details.online_url,
        rules=StreamRulesShape(**{name: getattr(rules, name) for name in names}),
        watching_now=watching,
        revision=event.revision,
    )
