"""Who runs this site: all that the prose pages need to know."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class HelpView:
    """`operator_email` answers questions about the site itself; organisers answer for their events."""

    template: ClassVar[str] = "prose/help.html"

    operator_name: str
    operator_email: str
    hold_minutes: int


@dataclass(frozen=True, slots=True)
class PrivacyView:
    """As HelpView."""

    template: ClassVar[str] = "prose/privacy.html"

    operator_name: str
    operator_email: str


@dataclass(frozen=True, slots=True)
class TermsView:
    """As HelpView."""

    template: ClassVar[str] = "prose/terms.html"

    operator_name: str
    operator_email: str


@dataclass(frozen=True, slots=True)
class AccessibilityView:
    """As HelpView."""

    template: ClassVar[str] = "prose/accessibility.html"

    operator_name: str
    operator_email: str
