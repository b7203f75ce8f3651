"""Pieces that several views are made of. All words are finished: formats.py has made them, templates only
print them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere. `icon` is a name in icons.svg."""

    label: str
    url: str
    icon: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class EventCard:
    """One event in a list.

    `when` is day and time in the event's zone ("Fri 12 March, 19:30"), with the zone's name when it can be attended
    from elsewhere; `starts_iso` is the same for machines.
    `place` is venue and city, or "Online". `price` is all-in: "From ₦19,425", "$20" or "Free". `note` is a
    short badge such as "Sold out", "12 left", "Cancelled", "Online" or empty. `is_off` greys the card (sold
    out, cancelled).
    """

    url: str
    title: str
    when: str
    starts_iso: str
    place: str
    price: str
    poster_url: str
    accent: str = "ultra"
    note: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class EventSummary:
    """The event beside a checkout, an order or a ticket. `when` names the zone: "Fri 12 March, 19:30 Lagos time".
    `accent` is one of posters.ACCENTS. `is_test`: sold for play money, which the page then says.
    """

    title: str
    url: str
    when: str
    starts_iso: str
    place: str
    poster_url: str
    accent: str = "ultra"
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of a price list. `kind`: item, fee, tax, discount or total (last, exactly one).

    `was` is the amount without discounts, `note` says which there are: "3 for 2".
    """

    label: str
    amount: str
    kind: str = "item"
    was: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One form: where it posts, what was typed (kept after a refusal), what was wrong by field ('' = the
    whole form).
    """

    url: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


Options = tuple[tuple[str, str], ...]
"""Choices of a select: (value, words)."""


@dataclass(frozen=True, slots=True)
class State:
    """A state in words. `kind` colours it: ok, warn, bad, info or empty; `icon` is a name in icons.svg or
    empty.
    """

    words: str
    kind: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class FamilyOrder:
    """Another order that stands with this one: `what_words` is "2 × Seated", `note` why ("Changed from ABC").

    `url` is empty for an order of another buyer.
    """

    code: str
    url: str
    what_words: str
    state: State
    note: str = ""
