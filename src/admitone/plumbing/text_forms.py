"""Values as PostgreSQL reads them in text form (its manual, chapter 8 and section 8.15.6)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import psycopg


def text_form(value: object) -> bytes | None:
    """One parameter; None stays NULL. Lists become arrays.

    Raises psycopg.DataError for text with a NUL, which PostgreSQL cannot keep, and TypeError for a type that no
    statement of ours sends.
    """
    if value is None:
        return None
    if isinstance(value, list):
        return _array(value).encode()
    return _plain(value).encode()


def _array(values: list[object]) -> str:
    return "{" + ",".join([_element(one) for one in values]) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if type(value) is UUID or type(value) is int:
        return str(value)
    quoted = _plain(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _plain(value: object) -> str:
    write = _FORMS.get(type(value))
    if write is None:
        # Words and numbers of a class of their own (StrEnum, IntEnum) are what they are inside.
        kind = next((kind for kind in (str, int) if isinstance(value, kind)), None)
        if kind is None:
            raise TypeError(f"no text form for {type(value).__name__}")
        write = _FORMS[kind]
    return write(value)


def _text(value: object) -> str:
    assert isinstance(value, str)
    if "\0" in value:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return str.__str__(value)


def _number(value: object) -> str:
    assert isinstance(value, int)
    return int.__repr__(value)


def _bytes(value: object) -> str:
    assert isinstance(value, bytes)
    return "\\x" + value.hex()


def _instant(value: object) -> str:
    assert isinstance(value, datetime)
    assert value.tzinfo is not None, "instants have a zone"
    return value.isoformat()


_FORMS: Final[dict[type, Callable[[object], str]]] = {
    str: _text,
    int: _number,
    float: repr,
    bool: lambda value: "t" if value else "f",
    UUID: str,
    bytes: _bytes,
    datetime: _instant,
}
