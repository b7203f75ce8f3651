"""Circulars: what an organiser writes to everybody with a ticket. Kept once, made into letters one by one."""

import math
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from admitone.messaging import circular_store
from admitone.messaging.circular_store import Circular
from admitone.messaging.refusals import TooManyCirculars, WordsMissing, WordsTooLong
from admitone.plumbing.database import Transaction
from admitone.values.refusals import Problems, Refusal

SUBJECT_MOST: Final = 120
BODY_MOST: Final = 5_000
MOST_PER_DAY: Final = 3
_DAY: Final = timedelta(days=1)
# Letters that turn the reading direction around could make a text say something else than it does.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Words:
    """A subject of one line, and a plain text of as many as it needs."""

    subject: str
    body: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text that say something."""
        return tuple(line for line in self.body.split("\n") if line.strip())


def checked_words(subject: str, body: str) -> Words:
    """The words as they are sent: without control letters and outer spaces. Raises `Problems`."""
    kept = Words(" ".join(_clean(subject).split()), _clean(body).strip())
    problems: list[Refusal] = []
    for field, words, most in (("subject", kept.subject, SUBJECT_MOST), ("body", kept.body, BODY_MOST)):
        if not words:
            problems.append(WordsMissing(field=field))
        elif len(words) > most:
            problems.append(WordsTooLong(field=field, most=most, length=len(words)))
    if problems:
        raise Problems(*problems)
    return kept


async def keep_circular(tx: Transaction, circular: Circular) -> bool:
    """Keep it; False when it was kept before. Raises `TooManyCirculars`.

    The caller has locked what the event's circulars are counted by, so two at once are counted one after the other.
    """
    if await circular_store.circular(tx, circular.id) is not None:
        return False
    before = await circular_store.written_since(tx, circular.event_id, circular.written_at - _DAY)
    if len(before) >= MOST_PER_DAY:
        wait = before[-MOST_PER_DAY] + _DAY - circular.written_at
        raise TooManyCirculars(retry_after_seconds=max(1, math.ceil(wait.total_seconds())), most=MOST_PER_DAY)
    return await circular_store.insert_circular(tx, circular)


def _clean(text: str) -> str:
    whole = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
    return "".join(letter for letter in whole if letter == "\n" or not _is_control(letter))


def _is_control(letter: str) -> bool:
    return letter in _TURNING or unicodedata.category(letter) in {"Cc", "Cs"}
