"""Cursors for keyset paging: the last row's sort key, packed so that callers treat it as opaque.

The checksum is against accidents (a cut link, a cursor of another list), not against people: a cursor grants
nothing, and whoever uses its parts binds them as parameters. What a database could choke on (NUL, lone
surrogates, numbers beyond 64 bits) is refused here, so a forged cursor is a refusal and not an error.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from admitone.values.refusals import Invalid

T = TypeVar("T")

LIMIT_MAX = 100
_VERSION = 1
_CHECKSUM_BYTES = 4
_LONGEST_CURSOR = 1024
_INT_MIN, _INT_MAX = -(1 << 63), (1 << 63) - 1


class BadCursor(Invalid):
    """Not a cursor this list gave out."""

    code = "paging.bad_cursor"
    text = "That place in the list cannot be found. Start again from the top."


class BadLimit(Invalid):
    """A page size outside of what is given out."""

    code = "paging.bad_limit"
    text = "Ask for 1 to {limit_max} at a time."


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list; `next_cursor` continues it and is None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None


def checked_limit(limit: int) -> int:
    """Return `limit` if it is 1 to LIMIT_MAX, else raise BadLimit."""
    if type(limit) is not int or not 1 <= limit <= LIMIT_MAX:
        raise BadLimit(field="limit", limit_max=LIMIT_MAX)
    return limit


def encode(*parts: str | int) -> str:
    """Return the cursor for these sort-key parts: URL-safe base64 of checksum and a JSON list with a version.

    Raises ValueError for parts that could never be read back (see `decode`).
    """
    if not all(_storable(part) for part in parts):
        raise ValueError("a cursor part cannot be stored")
    body = json.dumps([_VERSION, *parts], separators=(",", ":")).encode()
    text = base64.urlsafe_b64encode(_checksum(body) + body).rstrip(b"=").decode()
    if len(text) > _LONGEST_CURSOR:
        raise ValueError("a cursor this long would not be accepted")
    return text


def decode(text: str, shape: tuple[type, ...]) -> tuple[str | int, ...]:
    """Return the parts of a cursor, which must be exactly of the types in `shape` (`str` or `int` each).

    Raises BadCursor for anything that `encode` did not make for a list of this shape.
    """
    try:
        if len(text) > _LONGEST_CURSOR:
            raise BadCursor(field="cursor")
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        body = packed[_CHECKSUM_BYTES:]
        found = json.loads(body) if packed[:_CHECKSUM_BYTES] == _checksum(body) else None
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor(field="cursor") from None
    # The types are compared too, because JSON's true and 1.0 equal 1.
    if not isinstance(found, list) or found[:1] != [_VERSION] or type(found[0]) is not int:
        raise BadCursor(field="cursor")
    parts = found[1:]
    if [type(part) for part in parts] != list(shape) or not all(_storable(part) for part in parts):
        raise BadCursor(field="cursor")
    return tuple(parts)


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECKSUM_BYTES]


def _storable(part: object) -> bool:
    if type(part) is int:
        return _INT_MIN <= part <= _INT_MAX
    if type(part) is str:
        return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in part)
    return False
