"""Names as people write them: one line, nothing invisible, not empty."""

import re

from admitone.accounts.refusals import BadSlug, NameMissing, NameTooLong

NAME_MOST = 200
ORGANISER_NAME_MOST = 120
SLUG_MOST = 60
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# The page for making an organiser is at /organiser/new.
_OURS = frozenset({"new"})
# White space, and the two joiners without which Persian and several Indian scripts are misspelt.
_KEPT = frozenset(" \u200c\u200d")


def checked_name(text: str, *, most: int = NAME_MOST, field: str = "name") -> str:
    """The name on one line, without control characters.

    Raises `NameMissing`, `NameTooLong` (over `most` characters).
    """
    line = " ".join(text.split())
    name = "".join(letter for letter in line if letter.isprintable() or letter in _KEPT).strip()
    if not any(letter.isalnum() for letter in name):
        raise NameMissing(field=field)
    if len(name) > most:
        raise NameTooLong(field=field, most=most)
    return name


def checked_slug(text: str, *, field: str = "slug") -> str:
    """The slug as it is. Raises `BadSlug` unless it is 2 to 60 of a-z, 0-9 and single dashes between them."""
    if not (2 <= len(text) <= SLUG_MOST and _SLUG.fullmatch(text)) or text in _OURS:
        raise BadSlug(field=field, most=SLUG_MOST)
    return text
