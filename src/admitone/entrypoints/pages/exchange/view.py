"""What somebody sees who changes tickets: which, for which others, then the whole sum, then it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import EventSummary, PriceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfOrder:
    """What is said about an order, and the way back to it."""

    event: EventSummary
    code: str
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step(_OfOrder):
    """A step of a change. `nav` is an organiser's, who changes for a buyer."""

    section: ClassVar[str] = "orders"

    nav: OrganiserNav | None = None


@dataclass(frozen=True, slots=True)
class ChangeTicket:
    """A ticket that can be chosen. `why_not`: why it cannot be, else empty."""

    id: str
    holder_name: str
    about_words: str
    is_chosen: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTicketsView(_Step):
    """Which tickets. The form gets `next_url` with the chosen `ticket`s. `rule_words` is what the buyer was
    promised.
    """

    template: ClassVar[str] = "exchange/tickets.html"

    tickets: tuple[ChangeTicket, ...]
    rule_words: str
    until_words: str
    next_url: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class ChangeOption:
    """A ticket to have instead. `to`: what the form sends; `difference_words`: "+€5 to pay", "€3 back"."""

    to: str
    name: str
    price_words: str
    difference_words: str


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """The options of one event."""

    title: str
    when: str
    options: tuple[ChangeOption, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTargetsView(_Step):
    """For which others. The form gets `next_url` with `ticket`s and `to`. `fee_words` says the change fee;
    `can_waive`: the organiser may do without (`waive`).
    """

    template: ClassVar[str] = "exchange/targets.html"

    what_words: str
    events: tuple[ChangeEvent, ...]
    chosen: tuple[str, ...]
    fee_words: str
    until_words: str
    next_url: str
    error: str = ""
    can_waive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeConfirmView(_Step):
    """The sum, before anything happens. `lines` end with the total.

    The form posts `ticket`s, `to`, `waive`, `request` (its id) and `shown` (the difference in minor units).
    """

    template: ClassVar[str] = "exchange/confirm.html"

    what_words: str
    new_words: str
    new_when: str
    lines: tuple[PriceLine, ...]
    after_words: str
    way_words: str
    until_words: str
    chosen: tuple[str, ...]
    to: str
    waive: str
    request: str
    shown: str
    button: str
    post_url: str


@dataclass(frozen=True, slots=True)
class AddRow:
    """A ticket type: a number `field` of at most `most`."""

    field: str
    name: str
    description: str
    price_words: str
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddView(_OfOrder):
    """More tickets for an order."""

    template: ClassVar[str] = "exchange/add.html"

    rows: tuple[AddRow, ...]
    post_url: str
    event_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
