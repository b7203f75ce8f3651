"""What the organiser pages say, apart from the editor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.documents.view import DocumentRow
from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import (
    FamilyOrder,
    Link,
    Options,
    Part,
    PriceLine,
    State,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure: `label` "Tickets sold", `value` "923", `detail` "48 today" or empty.

    `more` are further amounts under the same label, which cannot be added to the first: other currencies.
    """

    label: str
    value: str
    detail: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for the organiser. `action` is a verb with its object, shown on the button."""

    icon: str
    title: str
    detail: str
    url: str
    action: str


@dataclass(frozen=True, slots=True)
class ChooseOrganiserView:
    """For somebody who works for several organisers."""

    template: ClassVar[str] = "organiser/choose.html"

    organisers: tuple[Link, ...]
    new_url: str


@dataclass(frozen=True, slots=True)
class NewOrganiserView:
    """Becoming an organiser. Posts name and contact_email."""

    template: ClassVar[str] = "organiser/new_organiser.html"

    form: Part


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in the organiser's list. `sold_words`: "923 of 1,240 sold"; `revenue`: "₦21,400,000"."""

    title: str
    when: str
    url: str
    poster_url: str
    state: State
    sold: int
    capacity: int
    sold_words: str
    revenue: str
    checkin_url: str = ""


@dataclass(frozen=True, slots=True)
class OrganiserEventsView:
    """The organiser's first page: figures, what needs them, their events."""

    template: ClassVar[str] = "organiser/events.html"
    section: ClassVar[str] = "events"

    nav: OrganiserNav
    tiles: tuple[Tile, ...]
    needs: tuple[Need, ...]
    coming: tuple[EventRow, ...]
    past: tuple[EventRow, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEventView:
    """Starting an event. Posts title, category, currency, zone, starts and ends (both datetime-local).

    `zone_aliases` is JSON: old names of zones, as browsers may say them, and the ones in `zones`.
    """

    template: ClassVar[str] = "organiser/new_event.html"
    section: ClassVar[str] = "new"

    nav: OrganiserNav
    form: Part
    categories: Options
    currencies: Options
    zones: Options
    zone_aliases: str = "{}"


@dataclass(frozen=True, slots=True)
class CopyView:
    """Before an event is copied: what the copy has of its own. Posts title, starts, ends, doors (all
    datetime-local but the title). `was` is when the model is: "Fri 12 March 2027, 19:30".
    """

    template: ClassVar[str] = "organiser/copy.html"
    section: ClassVar[str] = "overview"

    nav: OrganiserNav
    about: str
    was: str
    zone_words: str
    form: Part
    back_url: str


@dataclass(frozen=True, slots=True)
class SoldMeter:
    """How far a ticket type or a pool is sold. `words`: "586 of 800", with "12 held" when that is true."""

    label: str
    sold: int
    capacity: int
    words: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a table. `tickets_words`: "2 × General admission"; `refund`: "€25 on its way back" or None.

    `is_play`: sold for play money, where others are not.
    """

    code: str
    url: str
    buyer: str
    email: str
    tickets_words: str
    placed: str
    method: str
    state: State
    total: str
    refund: State | None = None
    is_play: bool = False


@dataclass(frozen=True, slots=True)
class StepsPart:
    """What can be done with the event as a whole. An empty address hides what is not possible now.

    `unpublish_url` takes a POST. `duplicate_url`, `end_url`, `cancel_url` and `delete_url` (a draft) lead to a page
    that asks first, and `refunds_url` to how far the refunds of an event are that was called off.
    """

    duplicate_url: str
    unpublish_url: str = ""
    end_url: str = ""
    cancel_url: str = ""
    refunds_url: str = ""
    delete_url: str = ""


@dataclass(frozen=True, slots=True)
class AskView:
    """Asks before something that cannot be undone. `about` is what it happens to, `words` what would happen,
    a paragraph each; `keep` is the way back. `asks_message`: the form has the fields `message` and `with_fees`.
    """

    template: ClassVar[str] = "organiser/ask.html"
    section: ClassVar[str] = "overview"

    nav: OrganiserNav
    title: str
    icon: str
    about: str
    words: tuple[str, ...]
    post_url: str
    back_url: str
    button: str
    keep: str
    asks_message: bool = False


@dataclass(frozen=True, slots=True)
class OverviewView:
    """One event at a glance. `lead`: "28 days to go." `share_url` is the public address in full, to copy."""

    template: ClassVar[str] = "organiser/overview.html"
    section: ClassVar[str] = "overview"

    nav: OrganiserNav
    title: str
    lead: str
    state: State
    tiles: tuple[Tile, ...]
    types: tuple[SoldMeter, ...]
    pools: tuple[SoldMeter, ...]
    needs: tuple[Need, ...]
    orders: tuple[OrderRow, ...]
    orders_url: str
    edit_url: str = ""
    public_url: str = ""
    share_url: str = ""
    steps: StepsPart | None = None
    no_orders: str = "No orders yet."
    zone_words: str = ""


@dataclass(frozen=True, slots=True)
class OrdersView:
    """The orders of an event, newest first. GET form with `q` and `state`. `count_words`: "1,240 orders".

    `bulk_url`: where many are refunded, for members who may.
    """

    template: ClassVar[str] = "organiser/orders.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    count_words: str
    orders: tuple[OrderRow, ...]
    states: Options
    query: str = ""
    state: str = ""
    modes: Options = ()
    mode: str = ""
    next_url: str = ""
    first_url: str = ""
    needs: tuple[Need, ...] = ()
    zone_words: str = ""
    bulk_url: str = ""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket of an order. `admitted`: "19:02, Mill Lane door" (with the day when it is past) or empty."""

    number_words: str
    type_name: str
    holder: str
    state: State
    admitted: str = ""


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """An attempt to pay or a refund. `again_url` (POST) sends a refused refund once more; empty for every other."""

    words: str
    amount: str
    at: str
    state: State
    detail: str = ""
    again_url: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Something that happened to the order."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class OrganiserOrderView:
    """One order as the organiser sees it. `ask_where_url` (POST) mails the link again by which
    the buyer says where their bitcoin goes. `resend_url` (POST) mails the tickets again, empty when there are
    none. `dispute_words`: its payment is disputed, and that is answered at `dispute_url`. `kept_lines`: what was given
    back of the price, and what is left of it; nothing while all of it stands.
    """

    template: ClassVar[str] = "organiser/order.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    code: str
    state: State
    buyer: str
    email: str
    placed: str
    orders_url: str
    lines: tuple[PriceLine, ...]
    tickets: tuple[TicketLine, ...]
    payments: tuple[PaymentLine, ...]
    history: tuple[HistoryLine, ...]
    kept_lines: tuple[PriceLine, ...] = ()
    resend_url: str = ""
    ask_where_url: str = ""
    refund_url: str = ""
    zone_words: str = ""
    documents: tuple[DocumentRow, ...] = ()
    invoice_url: str = ""
    change_url: str = ""
    family: tuple[FamilyOrder, ...] = ()
    dispute_words: str = ""
    dispute_url: str = ""
    dispute_link: str = "See the dispute"


@dataclass(frozen=True, slots=True)
class RefundView:
    """Before an order is taken back. `amount` is empty for a free order; `used_words` says how many of its tickets were
    let in already, empty for none. `part_url` leads to refunding only a part.
    """

    template: ClassVar[str] = "organiser/refund.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    code: str
    buyer: str
    amount: str
    tickets_words: str
    post_url: str
    back_url: str
    button: str
    used_words: str = ""
    part_url: str = ""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """Somebody on the team. `role_url` (POST `role`) and `remove_url` (POST) are empty for oneself and the
    last owner.
    """

    name: str
    email: str
    role: str
    role_words: str
    is_you: bool
    role_url: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class InviteRow:
    """An invitation not yet taken. `withdraw_url` takes a POST."""

    email: str
    role_words: str
    sent_words: str
    withdraw_url: str = ""


@dataclass(frozen=True, slots=True)
class TeamView:
    """Members and invitations. The form posts email and role to `invite_url` (empty: may not invite).
    `roles` explain themselves, `short_roles` are for a member's row.
    """

    template: ClassVar[str] = "organiser/team.html"
    section: ClassVar[str] = "team"

    nav: OrganiserNav
    members: tuple[MemberRow, ...]
    invites: tuple[InviteRow, ...]
    roles: Options
    short_roles: Options
    invite_url: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
