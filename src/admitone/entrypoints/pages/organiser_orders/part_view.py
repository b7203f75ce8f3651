"""What an organiser sees who refunds a part of an order: the choice, then who bears what, then it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import PriceLine


@dataclass(frozen=True, slots=True)
class PartTicket:
    """A ticket that can be chosen. `state_words`: "Already let in", "Cancelled" or empty. `left`: what of its price
    has not gone back; `why_not`: why there is nothing left to do with it, or empty.
    """

    id: str
    holder: str
    about_words: str
    left: str
    is_chosen: bool = False
    state_words: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class PartRefundView:
    """The choice. Fields: `ticket` (several), `how` (all, amount), `amount`, `with_fees`, `cancels`, `keeps_places`,
    `to` (only when `offers_credit`), `note`. `currency` is written before the amount.
    """

    template: ClassVar[str] = "organiser_orders/part.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    code: str
    buyer: str
    tickets: tuple[PartTicket, ...]
    left_words: str
    currency: str
    next_url: str
    back_url: str
    offers_credit: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConfirmRefundView:
    """Who bears what, before anything happens. `sentences` say what happens besides. `fields` are sent again with
    `request` and `shown` to `post_url`.
    """

    template: ClassVar[str] = "organiser_orders/confirm.html"
    section: ClassVar[str] = "orders"

    nav: OrganiserNav
    code: str
    buyer: str
    title: str
    lines: tuple[PriceLine, ...]
    sentences: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    button: str
    post_url: str
    back_url: str
