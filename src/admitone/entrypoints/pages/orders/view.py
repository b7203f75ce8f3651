"""What an order says to its buyer."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.documents.view import DocumentRow
from admitone.entrypoints.pages.views import EventSummary, FamilyOrder, PriceLine, State


@dataclass(frozen=True, slots=True)
class OrderTicket:
    """A ticket of the order. `qr_svg` is tickets.renderings.qr.qr_svg, empty when the ticket is not valid. `watch_url`
    leads to watching with it, where its event is online; `is_online_only`: there is no door to show its code at.
    `url` is empty once it was passed on.
    """

    url: str
    pdf_url: str
    type_name: str
    holder_name: str
    number_words: str
    state: State
    qr_svg: Markup
    watch_url: str = ""
    is_online_only: bool = False


@dataclass(frozen=True, slots=True)
class TicketsBeside:
    """Valid tickets of another order that stands with this one. `event_words`: what and when, if of another event."""

    code: str
    url: str
    event_words: str
    tickets: tuple[OrderTicket, ...]


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """A sum that goes back: `sentence` ("€26 is on its way back to you."), where to in `detail`, how far in `state`.

    `step` counts from one among "Started", "On its way", "Sent back"; 4 when all are done, 0 where there are none.
    """

    sentence: str
    detail: str
    state: State
    step: int = 0


@dataclass(frozen=True, slots=True)
class GiveUpView:
    """Asks before a waiting order is given up: `lines_words` ("2 × General admission") go back on sale.

    `is_one`: that is a single ticket. `money_words`: what becomes of money.
    """

    template: ClassVar[str] = "orders/give_up.html"

    event: EventSummary
    code: str
    lines_words: str
    post_url: str
    back_url: str
    is_one: bool = False
    money_words: str = "You pay nothing."


@dataclass(frozen=True, slots=True)
class OrderView:
    """`state`: pending, paid, expired or cancelled; `badge` says it. `headline`: "You are going." and the
    like.

    `lead` is what happens next. `pay_url` (pending) and the other addresses are empty when they do not apply.
    `money_back`: every sum that goes back. While one may be sent in a moment, `money_back_url` answers
    `{"state": "..."}`, and the page reloads when that differs from `money_back_state`.
    `ask_where_url` (POST) mails the links again by which the buyer says where their bitcoin goes.
    `kept_lines`: what was given back of the price, and what is left of it; nothing while all of it stands.
    `cancel_url` (GET, pending) asks whether to give it up. `join_url` leads to watching an event online with its
    only ticket. `resend_url` takes a POST.
    `give_back_url` leads to where tickets are given back, `change_url` to where they are changed for others, `add_url`
    to more of them, `names_url` to the names on them. `family`: the other orders that stand with this one,
    `beside` their valid tickets; `exchange_words` says what this one changes.
    `again_url` leads to the event while tickets of an order that ran out or was given up can be chosen again.
    """

    template: ClassVar[str] = "orders/order.html"

    code: str
    state: str
    badge: State
    headline: str
    lead: str
    event: EventSummary
    buyer_name: str
    email: str
    placed_words: str
    zone_words: str
    payment_words: str
    lines: tuple[PriceLine, ...]
    tickets: tuple[OrderTicket, ...]
    terms_words: str
    pdf_url: str = ""
    ics_url: str = ""
    resend_url: str = ""
    pay_url: str = ""
    cancel_url: str = ""
    join_url: str = ""
    money_back: tuple[MoneyBack, ...] = ()
    money_back_url: str = ""
    money_back_state: str = ""
    ask_where_url: str = ""
    kept_lines: tuple[PriceLine, ...] = ()
    again_url: str = ""
    give_back_url: str = ""
    change_url: str = ""
    add_url: str = ""
    family: tuple[FamilyOrder, ...] = ()
    beside: tuple[TicketsBeside, ...] = ()
    exchange_words: str = ""
    names_url: str = ""
    documents: tuple[DocumentRow, ...] = ()
    documents_url: str = ""
