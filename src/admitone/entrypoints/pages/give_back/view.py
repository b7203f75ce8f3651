"""What a buyer sees who gives tickets back: what each is worth now, then the whole sum, then it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import EventSummary, PriceLine


@dataclass(frozen=True, slots=True)
class GiveBackTicket:
    """A ticket that can be chosen. `back_words`: "€26 comes back". `why_not`: why it cannot be, else empty."""

    id: str
    holder_name: str
    about_words: str
    back_words: str
    is_chosen: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class GiveBackView:
    """The choice. The form gets `next_url` with the chosen `ticket`s. `rule_words`: the policy shown at purchase.

    `until_words`: so long it gives what is shown here; empty when that does not depend on time.
    """

    template: ClassVar[str] = "give_back/choose.html"

    event: EventSummary
    code: str
    tickets: tuple[GiveBackTicket, ...]
    rule_words: str
    terms_words: str
    until_words: str
    next_url: str
    back_url: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The sum, before anything happens. `lines` end with the total. `what_words`: "1 ticket".

    The form posts `ticket`s, `request` (its id) and `shown` (the sum in minor units) to `post_url`. `kept_words` say
    why less comes back than was paid for these, when the others were cheaper together with them. `offers_credit`: the
    form asks where the money goes (`to`).
    """

    template: ClassVar[str] = "give_back/confirm.html"

    event: EventSummary
    code: str
    what_words: str
    lines: tuple[PriceLine, ...]
    keeps_words: str
    way_words: str
    until_words: str
    chosen: tuple[str, ...]
    request: str
    shown: str
    button: str
    post_url: str
    back_url: str
    kept_words: str = ""
    offers_credit: bool = False


@dataclass(frozen=True, slots=True)
class NamedTicket:
    """A ticket whose name can be changed: `name` is empty when it carries the buyer's."""

    id: str
    about_words: str
    name: str


@dataclass(frozen=True, slots=True)
class NamesView:
    """A field `name_<id>` for each ticket; posts to `post_url`."""

    template: ClassVar[str] = "give_back/names.html"

    event: EventSummary
    code: str
    buyer_name: str
    tickets: tuple[NamedTicket, ...]
    post_url: str
    back_url: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
