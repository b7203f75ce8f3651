"""What the page says on which an organiser writes to everybody with a ticket."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.organiser.nav import OrganiserNav
from admitone.entrypoints.pages.views import Part


@dataclass(frozen=True, slots=True)
class WriteView:
    """Writing: `form` posts subject and body, to be shown as `PreviewView`. `holders_words`: "3 ticket holders"."""

    template: ClassVar[str] = "organiser/write.html"
    section: ClassVar[str] = "write"

    nav: OrganiserNav
    title: str
    holders_words: str
    has_holders: bool
    reply_to: str
    subject_most: int
    body_most: int
    most_per_day: int
    form: Part
    back_url: str


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The letter before it is sent. `form` posts subject, body and form_key again: to send, or with `again` to change
    it.
    """

    template: ClassVar[str] = "organiser/write_preview.html"
    section: ClassVar[str] = "write"

    nav: OrganiserNav
    title: str
    holders_words: str
    organiser_name: str
    reply_to: str
    lines: tuple[str, ...]
    form: Part
    send_url: str
