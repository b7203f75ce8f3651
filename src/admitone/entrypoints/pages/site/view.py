"""What those who run the site see of all organisers' money."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.views import Link, Part, State


@dataclass(frozen=True, slots=True)
class ReceiverRow:
    """A bank account somebody has to look at, with its number in full."""

    organiser: str
    holder: str
    iban: str
    since: str
    verify_url: str


@dataclass(frozen=True, slots=True)
class SitePayoutRow:
    """A payout. `id` is there when it can be chosen for the bank's file; an empty address hides its button."""

    organiser: str
    amount: str
    receiver: str
    about: str
    state: State
    id: str = ""
    sent_url: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """An organiser's money of one currency, finished amounts. `is_owing`: below zero."""

    organiser: str
    terms_url: str
    pending: str
    available: str
    reserve: str
    under_way: str
    is_owing: bool = False


@dataclass(frozen=True, slots=True)
class SitePayoutsView:
    """`modes` switch between real money and play money. `file_url` takes the chosen payouts (`payout`), `name` and
    `iban`; the answer is a file. `errors` are about that form.
    """

    template: ClassVar[str] = "site/payouts.html"

    modes: tuple[Link, ...]
    receivers: tuple[ReceiverRow, ...]
    payouts: tuple[SitePayoutRow, ...]
    balances: tuple[BalanceRow, ...]
    file: Part
    next_url: str = ""
    first_url: str = ""

    @property
    def can_make_file(self) -> bool:
        """Is there a payout to choose?"""
        return any(one.id for one in self.payouts)


@dataclass(frozen=True, slots=True)
class SiteTermsView:
    """`part` posts delay_days, reserve_percent, reserve_days, `minimum_<currency>`, new_currency, new_minimum and
    is_drafting. `currencies` are pairs (code, what holds when its field is left empty).
    """

    template: ClassVar[str] = "site/terms.html"

    organiser: str
    part: Part
    currencies: tuple[tuple[str, str], ...]
    is_drafting: bool
    back_url: str
