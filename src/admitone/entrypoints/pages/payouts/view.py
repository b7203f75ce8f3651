"""What an organiser sees of the money that is on its way to them."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import PriceLine, State


@dataclass(frozen=True, slots=True)
class PurseCard:
    """A currency: finished amounts, what comes when (`dates`: pairs of words and amount), and what may be asked for
    (`ask_text`; empty: nothing). `receiver`: where it goes; `warning` says why something is not as hoped.
    """

    currency: str
    lines: tuple[PriceLine, ...]
    next_words: str
    receiver: str
    ask_text: str = ""
    request: str = ""
    dates: tuple[tuple[str, str], ...] = ()
    warning: str = ""


@dataclass(frozen=True, slots=True)
class OwnCard:
    """Money of a currency that went straight to the organiser's own payment accounts: finished amounts."""

    currency: str
    lines: tuple[PriceLine, ...]


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """A payout. `approve_url` is there while it waits; `types_sum`: who approves types the sum again. `again_url`: it
    failed, and is asked for anew there with the id `request`; `note` says what to do.
    """

    currency: str
    amount: str
    about: str
    state: State
    approve_url: str = ""
    decline_url: str = ""
    types_sum: bool = False
    note: str = ""
    again_url: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event's money: what it earned with tax, less refunds, and when it becomes available."""

    title: str
    about: str
    amount: str


@dataclass(frozen=True, slots=True)
class WayForm:
    """A way to be paid: fields are pairs (name, label)."""

    id: str
    label: str
    currency: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PayoutsView:
    """Balances, payouts and receivers, of play money when the organiser sells for that. `terms` is what was agreed.
    `error` is about the
    receiver's form that was sent (`sent_way`). `own_words` are there when there are payment accounts of their own.
    """

    template: ClassVar[str] = "payouts/payouts.html"
    section: ClassVar[str] = "payouts"

    nav: OrganiserNav
    paused_words: str
    purses: tuple[PurseCard, ...]
    payouts: tuple[PayoutLine, ...]
    events: tuple[EventLine, ...]
    ways: tuple[WayForm, ...]
    ask_url: str
    receiver_url: str
    terms: tuple[str, ...] = ()
    fees_url: str = ""
    own_words: str = ""
    own: tuple[OwnCard, ...] = ()
    reports_url: str = ""
    error: str = ""
    sent_way: str = ""
