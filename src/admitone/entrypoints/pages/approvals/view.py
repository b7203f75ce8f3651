"""What waits for a second member's yes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Options, State


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """A question. `approve_url` is empty for whoever asked; both are once it is decided."""

    words: str
    about: str
    state: State
    approve_url: str = ""
    decline_url: str = ""
    decline_words: str = "Decline"


@dataclass(frozen=True, slots=True)
class ApprovalsView:
    """Questions, newest first, and the limits: pairs (currency, words). With `limit_url` (POST) an owner changes one:
    fields `currency` (of `currencies`), `refund`, `payout`, empty for never. `alone_words`: there is no second member.
    """

    template: ClassVar[str] = "approvals/approvals.html"
    section: ClassVar[str] = "approvals"

    nav: OrganiserNav
    lines: tuple[ApprovalLine, ...]
    limits: tuple[tuple[str, str], ...]
    limit_url: str = ""
    alone_words: str = ""
    team_url: str = ""
    currencies: Options = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
