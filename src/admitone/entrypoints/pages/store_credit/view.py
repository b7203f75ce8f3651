"""What an organiser's pages of store credit say."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserPage
from admitone.entrypoints.pages.organiser.view import Tile
from admitone.entrypoints.pages.views import Options, Part, State


@dataclass(frozen=True, slots=True)
class _CreditPage(OrganiserPage):
    section: ClassVar[str] = "credit"


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A credit in the list. `name`: the end of a gift's code, or whose refund it is."""

    url: str
    name: str
    about: str
    kind_words: str
    state: State
    left: str
    given: str
    when: str


@dataclass(frozen=True, slots=True)
class CreditListView(_CreditPage):
    """The list with its filters, what is open, and whether buyers may choose credit (`offer_url` takes a POST)."""

    template: ClassVar[str] = "store_credit/list.html"

    tiles: tuple[Tile, ...]
    credits: tuple[CreditLine, ...]
    filters: dict[str, str]
    kinds: Options
    states: Options
    is_filtered: bool
    new_url: str
    next_url: str
    first_url: str
    offer_url: str
    is_offered: bool


@dataclass(frozen=True, slots=True)
class NewGiftsView(_CreditPage):
    """The form of new gift codes."""

    template: ClassVar[str] = "store_credit/new.html"

    form: Part
    currencies: Options
    most: int
    is_test: bool
    back_url: str


@dataclass(frozen=True, slots=True)
class GiftBatchView(_CreditPage):
    """Gift codes made at once: some of them, and all as a file."""

    template: ClassVar[str] = "store_credit/batch.html"

    title: str
    about: str
    codes: tuple[CreditLine, ...]
    more_words: str
    csv_url: str
    back_url: str


@dataclass(frozen=True, slots=True)
class CreditUseLine:
    """An order that took some of it."""

    order_code: str
    url: str
    amount: str
    when: str
    state_words: str


@dataclass(frozen=True, slots=True)
class CreditDetailView(_CreditPage):
    """One credit. `void_url` (POST) takes a gift back; empty for a refund, and for what was taken back."""

    template: ClassVar[str] = "store_credit/credit.html"

    title: str
    code: str
    state: State
    tiles: tuple[Tile, ...]
    facts: tuple[tuple[str, str, str], ...]
    uses: tuple[CreditUseLine, ...]
    void_url: str
    void_words: str
    back_url: str
    is_test: bool
