"""Messaging: telling people. Letters as they read them, and the ways letters leave.

Promises: a letter has one Message-ID however often it is tried; what a server did is an outcome, never an
exception; nothing anybody typed can change what a letter says around it.
"""

from admitone.messaging.letters import REQUIRED, Letter, render
from admitone.messaging.sender import (
    Attachment,
    Kept,
    OutgoingLetter,
    Refused,
    Sender,
    SendOutcome,
    Sent,
    Temporary,
    Unknown,
)
from admitone.messaging.store import (
    NewLetter,
    StoredLetter,
    attachments,
    close,
    letter,
    newest,
    postpone,
    queue,
    take_due,
)

__all__ = [
    "REQUIRED",
    "Attachment",
    "Kept",
    "Letter",
    "NewLetter",
    "OutgoingLetter",
    "Refused",
    "SendOutcome",
    "Sender",
    "Sent",
    "StoredLetter",
    "Temporary",
    "Unknown",
    "attachments",
    "close",
    "letter",
    "newest",
    "postpone",
    "queue",
    "render",
    "take_due",
]
