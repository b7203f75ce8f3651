"""What an order says to its buyer."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from admitone.entrypoints.pages.documents.view import DocumentRow
from admitone.entrypoints.pages.views import EventSummary, PriceLine, State


@dataclass(frozen=True, slots=True)
class OrderTicket:
    """A ticket of the order. `qr_svg` is tickets.renderings.qr.qr_svg, empty when the ticket is not valid."""

    url: str
    pdf_url: str
    type_name: str
    holder_name: str
    number_words: str
    state: State
    qr_svg: Markup


@dataclass(frozen=True, slots=True)
class GiveUpView:
    """Asks before a waiting order is given up: `lines_words` ("2 × General admission") go back on sale."""

    template: ClassVar[str] = "orders/give_up.html"

    event: EventSummary
    code: str
    lines_words: str
    post_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """`state`: pending, paid, expired or cancelled; `badge` says it. `headline`: "You are going." and the
    like.

    `lead` is what happens next. `pay_url` (pending) and the other addresses are empty when they do not apply.
    `refund_words`: sentences about refunds of this order ("₦35,150 went back to your card on 3 March").
    `cancel_url` (GET, pending) asks whether to give it up. `join_url` is the address of an online event, from
    when it may be shown. `resend_url` takes a POST.
    `give_back_url` leads to where tickets are given back, `names_url` to the names on them.
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
    refund_words: tuple[str, ...] = ()
    again_url: str = ""
    give_back_url: str = ""
    names_url: str = ""
    documents: tuple[DocumentRow, ...] = ()
    documents_url: str = ""
