"""What the payments pages show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Link, Options, State


@dataclass(frozen=True, slots=True)
class WayRow:
    """A way of paying in words: what it takes, and what can go back."""

    label: str
    icon: str
    words: str


@dataclass(frozen=True, slots=True)
class Deed:
    """A button: where it posts, and its words. `about` completes them for those who cannot see the page."""

    url: str
    label: str
    about: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A payment account. `missing` is what the provider still wants to know; `keys` are (label, last characters).

    `notice_url` is what is copied into the provider's page; empty where nobody has to. `keys_url` leads to the form
    that changes the keys (`keys_label`), `close_url` asks before it closes, `go_on_url` leads to the provider's own
    questions.
    """

    provider: str
    label: str
    mode: State
    state: State
    ways: tuple[WayRow, ...]
    deeds: tuple[Deed, ...]
    missing: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    notice_url: str = ""
    keys_url: str = ""
    keys_label: str = "Change keys"
    close_url: str = ""
    go_on_url: str = ""
    is_sites: bool = False


@dataclass(frozen=True, slots=True)
class PaymentsView:
    """All accounts of an organiser. `adds` lead to forms, by mode; `mode_words` say what is sold for now.

    `bitcoin_url` leads to what is waited for in bitcoin; empty without such an account.
    """

    template: ClassVar[str] = "payments/payments.html"
    section: ClassVar[str] = "payments"

    nav: OrganiserNav
    is_test: bool
    mode_words: str
    mode_url: str
    mode_label: str
    accounts: tuple[AccountRow, ...]
    test_adds: tuple[Link, ...]
    live_adds: tuple[Link, ...]
    bitcoin_url: str = ""


@dataclass(frozen=True, slots=True)
class KeyField:
    """One thing to copy from the provider's page. `now` are the last characters of what is kept.

    `has_lines`: it is a text of several lines. `choices` are all it can be, each with its words.
    """

    name: str
    label: str
    hint: str
    is_secret: bool
    is_optional: bool
    now: str = ""
    length_most: int = 500
    has_lines: bool = False
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class KeysView:
    """The form of an account's keys, new or to be changed. `guide`: what to do before, in steps; empty: nothing."""

    template: ClassVar[str] = "payments/keys.html"
    section: ClassVar[str] = "payments"

    nav: OrganiserNav
    title: str
    intro: str
    fields: tuple[KeyField, ...]
    notice_url: str
    post_url: str
    back_url: str
    button: str
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    guide: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """The fields' labels, for the summary of what was wrong."""
        return {one.name: one.label for one in self.fields}


@dataclass(frozen=True, slots=True)
class ConnectView:
    """Before and after an account is begun under the site's own: the country, then the way to the provider."""

    template: ClassVar[str] = "payments/connect.html"
    section: ClassVar[str] = "payments"

    nav: OrganiserNav
    provider: str
    post_url: str
    back_url: str
    countries: Options
    go_url: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModeView:
    """Before the switch: what it does. `problems` stand in its way; `add_url` leads to where an account is added."""

    template: ClassVar[str] = "payments/mode.html"
    section: ClassVar[str] = "payments"

    nav: OrganiserNav
    title: str
    icon: str
    words: tuple[str, ...]
    problems: tuple[str, ...]
    to: str
    post_url: str
    back_url: str
    button: str
    is_grave: bool
    add_url: str = ""
