"""Watching with a ticket (`/t/<token>/watch`), and the way there for whoever has no ticket at hand."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from admitone import events, tickets
from admitone.assembly import Assembly
from admitone.entrypoints.callers import Caller, CallerSession
from admitone.entrypoints.devices import device_label
from admitone.entrypoints.needs import Needs
from admitone.entrypoints.page_policy import content_security_policy
from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.rendering import Notice
from admitone.entrypoints.pages.respond import checked_form, go_to, page, text_of
from admitone.entrypoints.pages.showing import summary_of_event
from admitone.entrypoints.pages.watch import viewers
from admitone.entrypoints.pages.watch.making import screen_of, status_key, watch_view
from admitone.entrypoints.pages.watch.view import FindWatchView, OwnTicket, Screen
from admitone.events import EventState, StreamKind
from admitone.flows.watch_stream import CannotWatch, Look, WatchState
from admitone.plumbing.links import NoSuchLink
from admitone.reads import my_tickets
from admitone.streams import WatchedElsewhere
from admitone.values.ids import uuid7

router = APIRouter(include_in_schema=False)


@router.get("/t/{token}/watch")
async def show(request: Request, token: str, needs: Needs) -> Response:
    """What there is to see for this browser: how long it is to wait, a button to join, the stream itself."""
    ticket_id = await ticket_of(needs, token)
    session_id = viewers.viewer_of(request, needs, ticket_id)
    found = await needs.watching.beat(ticket_id, session_id)
    # Whoever joins becomes this viewer, once, however often the button is pressed.
    new = viewers.token_of(needs, ticket_id, uuid7())
    screen, policy = None, content_security_policy()
    if found.state is WatchState.WATCHING and session_id is not None:
        screen = screen_of(needs, found, needs.watching.pass_for(found, session_id))
        policy = await _policy(needs, found, screen)
    view = watch_view(needs, token, found, screen=screen, session=new, now=needs.clock.now())
    response = await page(request, view)
    response.headers["content-security-policy"] = policy
    return response


async def ticket_of(needs: Assembly, token: str) -> UUID:
    """The ticket of a link. Raises `NoSuchLink`, `TicketNotFound`, `PassedOn`."""
    about = needs.links.read("ticket", token)
    async with needs.database.reading() as reader:
        ticket, _ = await tickets.of_link(reader, about)
    return ticket.id


async def _policy(needs: Assembly, found: Look, screen: Screen) -> str:
    """What this page may load beyond our own things: the one player that it frames, or pieces from where they are."""
    if found.kind is StreamKind.EMBED:
        player = events.player_of(found.url, "")
        assert player is not None, "its kind says so"
        return content_security_policy(frame_src=[player.origin])
    if found.kind is not StreamKind.HLS or not screen.is_sending:
        return content_security_policy()
    origins = sorted(await needs.watching.origins(found))
    return content_security_policy(connect_src=origins, media_src=["'self'", "blob:", *origins])


@router.get("/t/{token}/watch/status")
async def status(request: Request, token: str, needs: Needs) -> Response:
    """For the page while it is open. Asking keeps its viewer active."""
    ticket_id = await ticket_of(needs, token)
    found = await needs.watching.beat(ticket_id, viewers.viewer_of(request, needs, ticket_id))
    return JSONResponse({"state": status_key(found)})


@router.post("/t/{token}/watch/join")
async def join(request: Request, token: str, needs: Needs, caller: Caller, form: checked_form) -> Response:
    """Begin to watch in this browser, in place of the one the form names if there is one."""
    ticket_id = await ticket_of(needs, token)
    try:
        session_id = viewers.read_token(needs, ticket_id, text_of(form, "session"))
        instead = text_of(form, "instead_of")
        instead_of = UUID(instead) if instead else None
    except (NoSuchLink, ValueError):
        return go_to(request, links.watch(token))
    device = device_label(request.headers.get("user-agent", ""))
    try:
        await needs.watching.join(caller, ticket_id, session_id, device, instead_of=instead_of)
    except (CannotWatch, WatchedElsewhere) as refusal:
        return go_to(request, links.watch(token), Notice(refusal.sentence, "warn"))
    response = go_to(request, links.watch(token))
    viewers.remember(response, needs, ticket_id, session_id)
    return response


@router.post("/t/{token}/watch/stop")
async def stop(request: Request, token: str, needs: Needs, form: checked_form) -> Response:
    """Stop watching in this browser, so that another may begin."""
    del form
    ticket_id = await ticket_of(needs, token)
    session_id = viewers.viewer_of(request, needs, ticket_id)
    if session_id is not None:
        await needs.watching.stop(ticket_id, session_id)
    return go_to(request, links.watch(token))


@router.get("/e/{slug}/watch")
async def find(request: Request, slug: str, needs: Needs, session: CallerSession) -> Response:
    """The address for calendars and posters, which may be passed on: it opens nothing, and leads those who have
    tickets to them.
    """
    person_id = None if session is None else session.actor.person_id
    async with needs.database.reading() as reader:
        event = await events.event(reader, slug=slug)
        if event.state is EventState.DRAFT or event.details.online_url is None:
            raise events.EventNotFound
        orders = [] if person_id is None else await my_tickets.paid_for_event(reader, person_id, event.id)
        held = await tickets.by_orders(reader, [one.order_id for one in orders])
        passed_on = await tickets.owners(reader, [one.id for found in held.values() for one in found])
    buyers = {one.order_id: one.buyer_name for one in orders}
    own = tuple(
        OwnTicket(one.holder_name or buyers[order_id], links.watch(needs.links.make("ticket", one.id)))
        for order_id, found in held.items()
        for one in found
        if one.state == tickets.TicketState.VALID and one.id not in passed_on
    )
    if len(own) == 1:
        return go_to(request, own[0].url)
    here = links.event_watch(slug)
    view = FindWatchView(
        event=summary_of_event(event),
        is_signed_in=person_id is not None,
        tickets=own,
        find_url=links.FIND_TICKETS,
        sign_in_url=f"{links.SIGN_IN}?next={quote(here, safe='')}",
    )
    return await page(request, view)
