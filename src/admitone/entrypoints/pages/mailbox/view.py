"""What the development mailbox says."""

from dataclasses import dataclass
from typing import ClassVar

from admitone.entrypoints.pages.views import State


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter in the list."""

    url: str
    to: str
    subject: str
    at: str
    attachments_words: str
    state: State


@dataclass(frozen=True, slots=True)
class MailboxView:
    """Newest first. `query` filters by address or subject (GET)."""

    template: ClassVar[str] = "mailbox/list.html"

    letters: tuple[LetterRow, ...]
    query: str = ""
    next_url: str = ""
    first_url: str = ""


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file of a letter. `detail`: "PDF, 48 KB"."""

    name: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter. `html_url` answers the HTML part alone and is shown in a sandboxed frame (see README of its
    CSP).

    That answer needs `Content-Security-Policy: sandbox; default-src 'none'; style-src 'unsafe-inline';
    img-src data:; frame-ancestors 'self'`, and this page needs `frame-src 'self'`.
    """

    template: ClassVar[str] = "mailbox/letter.html"

    subject: str
    to: str
    sender: str
    at: str
    plain: str
    html_url: str
    mailbox_url: str
    links: tuple[tuple[str, str], ...] = ()
    attachments: tuple[AttachmentRow, ...] = ()
