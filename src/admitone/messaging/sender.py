"""What every way of sending a letter must do, and the words for how it went."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter. `media_type` may carry parameters: ``text/calendar; charset=utf-8``."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """A letter on its way to one address. Its `id` becomes the Message-ID, the same on every try."""

    id: UUID
    to: str
    subject: str
    html: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail server took the letter and answers for it now."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Nothing left the house: the stored letter itself is the delivery, shown at the mailbox page."""


@dataclass(frozen=True, slots=True)
class Refused:
    """This letter to this address will never go out. Do not try again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Temporary:
    """Certainly not delivered this time: server away, busy, or our account with it is in trouble.

    Try again later.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Handed over, but no answer came. Trying again may deliver it twice, under the same Message-ID."""

    reason: str


SendOutcome = Sent | Kept | Refused | Temporary | Unknown


class Sender(Protocol):
    """A way for letters to leave. Every failure is an outcome; nothing is raised for what a server does."""

    async def send(self, letter: OutgoingLetter) -> SendOutcome:
        """Try once, within a bounded time."""
        ...
