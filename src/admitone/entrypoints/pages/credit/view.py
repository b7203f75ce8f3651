"""What the pages of a gift code or store credit say to whoever has it."""

from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.views import Part, State


@dataclass(frozen=True, slots=True)
class CreditAskView:
    """A field for a code; posts `credit`."""

    template: ClassVar[str] = "credit/ask.html"

    form: Part


@dataclass(frozen=True, slots=True)
class CreditMove:
    """An order that took some: "Order K7Q…", "−€10", "12 Mar 2027", what became of it."""

    what: str
    amount: str
    when: str
    state_words: str


@dataclass(frozen=True, slots=True)
class CreditBalanceView:
    """What is left. `until_words`: "It can be used until …" or that it does not expire."""

    template: ClassVar[str] = "credit/balance.html"

    organiser_name: str
    kind_words: str
    code: str
    left: str
    given: str
    state: State
    until_words: str
    is_test: bool = False
    moves: tuple[CreditMove, ...] = field(default=())
