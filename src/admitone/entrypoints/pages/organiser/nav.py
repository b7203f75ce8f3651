"""What surrounds the organiser pages: whose they are, which event, what this member may open."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class EventNav:
    """The event in the side bar. An empty address hides the entry from this member.

    `orders_badge` is a small number beside Orders, such as "3", or empty.
    """

    title: str
    when: str
    poster_url: str
    overview_url: str = ""
    edit_url: str = ""
    orders_url: str = ""
    checkin_url: str = ""
    public_url: str = ""
    orders_badge: str = ""
    write_url: str = ""
    stream_url: str = ""
    uma_url: str = ""


@dataclass(frozen=True, slots=True)
class OrganiserNav:
    """The side bar. `others_url` leads to the list of organisers when this person works for several, else
    empty. `is_test`: what this organiser sells is sold for play money.
    """

    organiser_name: str
    events_url: str
    team_url: str = ""
    new_event_url: str = ""
    others_url: str = ""
    promo_url: str = ""
    credit_url: str = ""
    event: EventNav | None = None
    transfers_url: str = ""
    payments_url: str = ""
    is_test: bool = False
    invoices_url: str = ""
    reports_url: str = ""
    payouts_url: str = ""
    needs_url: str = ""
    needs_badge: str = ""
    approvals_url: str = ""
    bitcoin_url: str = ""


@dataclass(frozen=True, slots=True)
class OrganiserPage:
    """A page beside the side bar, in which `section` is marked."""

    section: ClassVar[str]

    nav: OrganiserNav
