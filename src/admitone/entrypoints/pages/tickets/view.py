"""What a ticket, and the list of somebody's tickets, say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.views import EventSummary, State


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket to show at the door, or to watch with. `state_kind`: valid, used, suspended or cancelled; `state`
    says it.

    `doors` is a time or empty. `code_text` is the code under the QR for typing. `qr_svg` is empty unless
    valid or used. `number_words`: "1 of 2" of its type. `order_url` is for the buyer alone,
    `find_url` leads everybody else to where orders are found, `new_url` the buyer of a ticket that was changed to the
    order it was changed for. `ics_url` is empty for a ticket that opens no door.
    `watch_url` leads to watching with it, where its event is online; `is_online_only`: there is no door, so its code is
    of no use but to say which ticket it is.
    `prove_url` shows that it is theirs, `pass_on_url` gives it to somebody else.
    """

    template: ClassVar[str] = "tickets/ticket.html"

    event: EventSummary
    doors: str
    type_name: str
    holder_name: str
    number_words: str
    order_code: str
    state_kind: str
    state: State
    qr_svg: Markup
    code_text: str
    order_url: str
    pdf_url: str
    ics_url: str
    find_url: str = ""
    new_url: str = ""
    watch_url: str = ""
    is_online_only: bool = False
    prove_url: str = ""
    pass_on_url: str = ""


@dataclass(frozen=True, slots=True)
class MyOrder:
    """An order in the list of somebody's tickets. `tickets_words`: "2 tickets, General admission"."""

    event: EventSummary
    url: str
    tickets_words: str
    state: State
    relative: str = ""


@dataclass(frozen=True, slots=True)
class MyTicketsView:
    """`is_signed_in` decides between the list and the form that mails a link. `sent_to` is set after that
    form was sent.

    The form posts `email` to `find_url`. `passed_on` are tickets that others passed on to them.
    """

    template: ClassVar[str] = "tickets/mine.html"

    is_signed_in: bool
    find_url: str
    upcoming: tuple[MyOrder, ...] = ()
    past: tuple[MyOrder, ...] = ()
    passed_on: tuple[MyOrder, ...] = ()
    sent_to: str = ""
    sent_minutes: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
