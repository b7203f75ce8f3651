"""What the page says."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import State


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute. `answer_url` is empty when no answer is wanted any more; `deadline`: "by Thu 26 Nov, 23:59 UTC"."""

    template: ClassVar[str] = "disputes/dispute.html"
    section: ClassVar[str] = "needs"

    nav: OrganiserNav
    title: str
    state: State
    words: str
    deadline: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    order_url: str
    pdf_url: str
    back_url: str
    answer_url: str = ""
