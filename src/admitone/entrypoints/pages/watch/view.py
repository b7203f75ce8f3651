"""What the page says on which a ticket's holder watches, and the one that leads there."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.views import EventSummary, State


@dataclass(frozen=True, slots=True)
class Screen:
    """What a viewer is shown. `kind`: hls (`url` is a playlist of ours), embed (`url` goes into a frame), link (`url`
    leads to a page of its own). `name` is whose player it is. `is_sending` is false while there is nothing to play.
    """

    kind: str
    url: str
    name: str = ""
    is_sending: bool = True


@dataclass(frozen=True, slots=True)
class WatchView:
    """`state` is a `WatchState`; `headline` and `lead` say it. `badge` says live, again, or nothing.

    `join_url` takes a POST of `session` (and `instead_of`, where another device watches); empty where nobody can join.
    `join_label` and `join_note` are its words. `stop_url` takes a POST of whoever watches. While the page is open,
    `status_url` answers `{"state": "..."}`, and it is out of date when that differs from `status_key`.
    `starts_in` is how long they wait for the start, in words, instead of a headline; `local_iso` is the start.
    """

    template: ClassVar[str] = "watch/watch.html"

    event: EventSummary
    state: str
    headline: str
    lead: str
    ticket_url: str
    ticket_words: str
    status_url: str
    status_key: str
    badge: State | None = None
    screen: Screen | None = None
    join_url: str = ""
    join_label: str = ""
    join_note: str = ""
    session: str = ""
    instead_of: str = ""
    stop_url: str = ""
    starts_in: str = ""
    local_iso: str = ""


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A ticket somebody may watch with: `words` say whose it is, and of which kind."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class FindWatchView:
    """The way to watching, for whoever comes without their ticket: by calendar, or by the event's page.

    `tickets` are those of somebody signed in. `find_url` mails a link to tickets, `sign_in_url` comes back here.
    """

    template: ClassVar[str] = "watch/find.html"

    event: EventSummary
    is_signed_in: bool
    tickets: tuple[OwnTicket, ...]
    find_url: str
    sign_in_url: str
