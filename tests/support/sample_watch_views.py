"""Pages of watching online with believable contents."""

from dataclasses import replace

from admitone.entrypoints.pages import links
from admitone.entrypoints.pages.rendering import View
from admitone.entrypoints.pages.stream_setup.routes import LABELS, SHOWN, URL_MOST
from admitone.entrypoints.pages.stream_setup.view import StreamSetupView
from admitone.entrypoints.pages.views import Part, State
from admitone.entrypoints.pages.watch.view import FindWatchView, OwnTicket, Screen, WatchView
from tests.support.sample_events import ONLINE
from tests.support.sample_order_views import order_view, ticket_view
from tests.support.sample_organiser_views import nav

_TOKEN = "AZ8x"
_WAITING = WatchView(
    event=ONLINE.summarised(),
    state="waiting",
    headline=ONLINE.title,
    lead="You can come in here from Thu 15 April, 17:45 UTC.",
    ticket_url=links.ticket(_TOKEN),
    ticket_words="A seat at the call, Ada Obi",
    status_url=links.watch_status(_TOKEN),
    status_key="waiting:waiting",
    starts_in="2 days and 3 hours",
    local_iso="2027-04-15T18:00:00+00:00",
)
_READY = replace(
    _WAITING,
    state="ready",
    headline=ONLINE.title,
    lead="",
    badge=State("Live", "bad"),
    join_url=links.watch_join(_TOKEN),
    join_label="Watch now",
    join_note="This checks the ticket in. You can leave and come back.",
    session="s",
    starts_in="",
)
_WATCHING = replace(
    _READY,
    state="watching",
    join_url="",
    join_label="",
    join_note="",
    session="",
    stop_url=links.watch_stop(_TOKEN),
    screen=Screen("hls", "/sample.m3u8", is_sending=False),
)


def watch_views() -> dict[str, View]:
    """Watching, state by state, the way there, and the organiser's page about it."""
    return {
        "watch-waiting": _WAITING,
        "watch-ready": _READY,
        "watch-quiet": _WATCHING,
        "watch-embed": replace(_WATCHING, screen=Screen("embed", "/player/html", "YouTube")),
        "watch-link": replace(_WATCHING, screen=Screen("link", links.stream_open("x"))),
        "watch-elsewhere": replace(
            _READY,
            state="elsewhere",
            headline="You are watching on another device",
            lead="Safari on iPhone, since 18:02. A ticket shows it on one device at a time.",
            join_label="Watch here instead",
            join_note="It stops there within seconds.",
            instead_of="x",
        ),
        "watch-recording": replace(
            _READY,
            badge=State("Recording", "info", "refresh-cw"),
            lead="It is shown again until Thu 22 April, 20:00 UTC.",
            join_label="Watch the recording",
        ),
        **_ended(),
        "watch-find": FindWatchView(ONLINE.summarised(), False, (), links.FIND_TICKETS, "/sign-in?next=x"),
        "watch-find-own": FindWatchView(
            ONLINE.summarised(),
            True,
            (OwnTicket("Ada Obi", links.watch("a")), OwnTicket("Tunde Bello", links.watch("b"))),
            links.FIND_TICKETS,
            "",
        ),
        "ticket-online": replace(ticket_view(), watch_url=links.watch(_TOKEN)),
        "ticket-online-only": replace(ticket_view(), watch_url=links.watch(_TOKEN), is_online_only=True),
        "order-online": replace(
            order_view(),
            join_url=links.watch(_TOKEN),
            tickets=tuple(replace(one, watch_url=links.watch(_TOKEN)) for one in order_view().tickets),
        ),
        "stream-setup": _setup(),
        "stream-setup-wrong": replace(
            _setup(),
            form=Part(
                "/save",
                {"online_url": "http://x", "shown": "auto", "opens_minutes": "15", "stays_minutes": "30"},
                {"online_url": "Write a full web address that begins with https://."},
            ),
            watching_words="",
        ),
    }


def _ended() -> dict[str, View]:
    said = {
        "over": ("This is over", "There is nothing to watch any more. Thank you for being there."),
        "cancelled": (
            "This ticket was cancelled",
            "This ticket was cancelled, so there is nothing to watch with it.",
        ),
        "called_off": (
            "This event was called off",
            "There is nothing to watch. All that was paid goes back: your mail says how.",
        ),
        "suspended": (
            "This ticket is suspended",
            "The payment is disputed. Until that is decided, this ticket shows nothing. If it was a mistake, the buyer "
            "can tell their bank.",
        ),
        "used": (
            "This ticket was used at the door",
            "This ticket was used at the door, and whoever came in there cannot watch as well.",
        ),
        "no_stream": ("Nothing to watch with this ticket", "There is nothing to watch with this ticket."),
    }
    return {
        f"watch-{state.replace('_', '-')}": replace(
            _WAITING, state=state, headline=headline, lead=lead, starts_in=""
        )
        for state, (headline, lead) in said.items()
    }


def _setup() -> StreamSetupView:
    return StreamSetupView(
        nav=nav(),
        title=ONLINE.title,
        form=Part(
            "/save",
            {
                "online_url": "https://stream.example/live.m3u8",
                "shown": "auto",
                "opens_minutes": "15",
                "stays_minutes": "30",
                "replay_days": "7",
                "after_door": "1",
            },
        ),
        shown_choices=SHOWN,
        seen_words="It plays on our page, as an HLS stream.",
        sending_words="Its playlist can be read now.",
        is_dead=False,
        times=(
            ("Opens", "Thu 15 April, 17:45 UTC"),
            ("Starts", "Thu 15 April, 18:00 UTC"),
            ("Closes", "Thu 15 April, 20:30 UTC"),
            ("Again until", "Thu 22 April, 20:00 UTC"),
        ),
        watching_words="212 people watch now",
        has_venue=True,
        watch_url=links.event_watch(ONLINE.slug),
        labels=LABELS,
        url_most=URL_MOST,
    )
