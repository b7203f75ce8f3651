"""What the pages say."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import State


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Something that waits. `url` leads to where it is dealt with, `post_url` does it at once; `until` is urgent."""

    icon: str
    title: str
    detail: str
    since: str
    until: str = ""
    url: str = ""
    action: str = ""
    post_url: str = ""
    post_action: str = ""


@dataclass(frozen=True, slots=True)
class NeedsView:
    """Everything that waits for a person, as a list. `books_url` is empty for who may not see figures."""

    template: ClassVar[str] = "needs_you/needs.html"
    section: ClassVar[str] = "needs"

    nav: OrganiserNav
    rows: tuple[WaitingRow, ...]
    books_url: str = ""


@dataclass(frozen=True, slots=True)
class SumRow:
    """A currency in an account, in words: what is there, what is ours, what explains the rest, what nothing does."""

    currency: str
    there: str
    ours: str
    before: str
    others: str
    under_way: str
    difference: State


@dataclass(frozen=True, slots=True)
class BooksRow:
    """An account and its last comparison. `missing` name what one side has and the other has not."""

    title: str
    label: str
    mode: State
    state: State
    when: str
    words: str
    sums: tuple[SumRow, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BooksView:
    """All accounts."""

    template: ClassVar[str] = "needs_you/books.html"
    section: ClassVar[str] = "needs"

    nav: OrganiserNav
    rows: tuple[BooksRow, ...]
    needs_url: str
    compare_url: str
