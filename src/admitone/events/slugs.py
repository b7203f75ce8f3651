"""The event's name inside its address: readable and plain. Only a draft may get another."""

import re
import unicodedata

from admitone.events.refusals import BadSlug
from admitone.values.ids import short_code

_LONGEST = 60
_PLAIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
# Letters that have no plain letter inside them for NFKD to find.
_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ı": "i"}
)


def slug_of(title: str) -> str:
    """At most 60 of a-z, 0-9 and single dashes: `Ça va? Jazz & Wein` gives `ca-va-jazz-wein`.

    A title with no Latin letter or digit in it (every other script) gives `event`: the code that
    `other_slug` adds then tells such events apart.
    """
    folded = unicodedata.normalize("NFKD", title.casefold().translate(_SPELLED))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    slug = _NOT_PLAIN.sub("-", plain).strip("-")
    if len(slug) > _LONGEST:
        slug = slug[: _LONGEST + 1].rpartition("-")[0] or slug[:_LONGEST]
    return slug or "event"


def other_slug(slug: str) -> str:
    """The slug with six random letters behind it, for when it is taken."""
    return f"{slug}-{short_code(6).lower()}"


def checked_slug(text: str) -> str:
    """An address as its organiser typed it. Raises `BadSlug`."""
    slug = text.strip().lower()
    if len(slug) > _LONGEST or not _PLAIN.fullmatch(slug):
        raise BadSlug(field="slug")
    return slug
