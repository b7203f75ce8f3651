"""The kinds of provider a site knows, and the accounts with them that organisers (or the site itself) have.

A kind is an adapter's front: what it needs to be told, and how to open it for one account. Adding a provider is one
package with a `Kind`, one line in assembly, one row in the contract suite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from admitone.payments.provider import Method, Provider

# The sandbox bank's account: the same in every database, made by migration 0004.
SANDBOX_ACCOUNT = UUID("00000000-0000-7000-8000-000000000001")


class Mode(StrEnum):
    """Play or real. Nothing of one mode is ever counted in the other."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Credential:
    """One thing the organiser copies from the provider's page. `pattern` is a full match in the mode given;
    `length_most` is in characters. `has_lines`: it is a text of several lines, which may also be written in one.
    `choices` are all it can be, each with words for people, the usual one first. `is_place`: it says where secrets are
    sent, so with another one they have to be typed anew: else whoever may change it could have them sent to themselves.
    """

    name: str
    label: str
    hint: str
    is_secret: bool = True
    pattern: Mapping[Mode, str] | None = None
    is_optional: bool = False
    length_most: int = 500
    has_lines: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    is_place: bool = False


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """A payment account as an adapter is told of it. `organiser_id` None: the site's own.

    `ref` names the account at the provider, where it is known; for an account the provider opened under the site's own
    (`Onboards`) it is that account. `notice_url` is where the provider's webhooks come in. `options` are plain choices;
    `sites_own` among them is the id of the site's own account, for one that the provider opened under it.
    """

    id: UUID
    organiser_id: UUID | None
    provider: str
    mode: Mode
    ref: str | None
    country: str | None
    notice_url: str
    options: Mapping[str, str]


class Kind(Protocol):
    """A kind of provider."""

    @property
    def name(self) -> str:
        """The word stored with accounts and attempts; never changes."""
        ...

    @property
    def label(self) -> str:
        """The provider's own name."""
        ...

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What an account needs to be told; empty when nothing."""
        ...

    @property
    def methods(self) -> tuple[Method, ...]:
        """Every way of paying an account of this kind may have, best first."""
        ...

    @property
    def redirect_origins(self) -> frozenset[str]:
        """All places a buyer may be sent to by any account of this kind, as origins."""
        ...

    @property
    def is_watched(self) -> bool:
        """Its providers play `roles.Watches`: workers keep a connection to each account."""
        ...

    @property
    def is_played(self) -> bool:
        """Its network is this site's own, with play money: payers are played here, and there are no live accounts."""
        ...

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> Provider:
        """The provider for this account. No network."""
        ...
