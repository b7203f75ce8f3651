"""Messaging: telling people. Letters as they read them, and the ways letters leave.

Promises: a letter has one Message-ID however often it is tried; what a server did is an outcome, never an
exception; nothing anybody typed can change what a letter says around it; a circular
reaches an address once.
"""

from admitone.messaging.circular_store import Circular, circular
from admitone.messaging.circulars import (
    BODY_MOST,
    MOST_PER_DAY,
    SUBJECT_MOST,
    Words,
    checked_words,
    keep_circular,
)
from admitone.messaging.facts import CircularWritten
from admitone.messaging.letters import REQUIRED, Letter, render
from admitone.messaging.refusals import TooManyCirculars, WordsMissing, WordsTooLong
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
    queue_many,
    take_due,
)

__all__ = [
    "BODY_MOST",
    "MOST_PER_DAY",
    "REQUIRED",
    "SUBJECT_MOST",
    "Attachment",
    "Circular",
    "CircularWritten",
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
    "TooManyCirculars",
    "Unknown",
    "Words",
    "WordsMissing",
    "WordsTooLong",
    "attachments",
    "checked_words",
    "circular",
    "close",
    "keep_circular",
    "letter",
    "newest",
    "postpone",
    "queue",
    "queue_many",
    "render",
    "take_due",
]
