"""Bytes of a file -> its text, or a plain no. Nothing is replaced or guessed letter by letter.

A byte order mark is believed, then UTF-8 when all of it is valid. What is left is one byte a letter: windows-1252 or
ISO-8859-15 in the west, windows-1250 or ISO-8859-2 in Poland and around. The same byte is a letter in one and a sign in
another, so the reading wins in which fewer signs stand in the middle of words ("P³atno¶æ" is no word, "Płatność" is).
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from admitone.statements.refusals import Unreadable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# In the order in which they are preferred when several read equally well.
_ONE_BYTE: Final = ("windows-1252", "iso-8859-15", "windows-1250", "iso-8859-2")
# Names of encodings an XML file may give itself.
_DECLARED: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-16",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-2": "iso-8859-2",
    "iso-8859-15": "iso-8859-15",
    "windows-1250": "windows-1250",
    "windows-1252": "windows-1252",
}
_DECLARATION: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Start and end of a SWIFT message, and the end of a file of older systems.
_TRANSMISSION_MARKS: Final = dict.fromkeys((0x01, 0x03, 0x1A))
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
# Stand between letters in honest words: D´Angelo, 5°C, m³.
_BETWEEN_LETTERS: Final = frozenset("´’`°¨")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, and the encoding it was written in."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Read the bytes as text. Raises Unreadable for what is no text or was damaged on its way."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_strictly(data[len(mark) :], encoding), encoding)
    wide = _wide(data)
    if wide:
        return _checked(_strictly(data, wide), wide)
    try:
        return _checked(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        if _is_damaged(data):
            raise _damaged() from None
    readings = []
    for place, encoding in enumerate(_ONE_BYTE):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text.translate(_TRANSMISSION_MARKS)):
            readings.append((_misplaced(text), place, text))
    if not readings:
        raise _binary()
    _, place, text = min(readings)
    return _checked(text, _ONE_BYTE[place])


def decode_xml(data: bytes) -> Decoded:
    """Read XML by the encoding it declares, UTF-8 without one (XML 1.0 appendix F). Raises Unreadable."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)) or _wide(data):
        return decode(data)
    declared = _DECLARATION.match(data[:200])
    name = declared[1].decode().lower() if declared else "utf-8"
    if name not in _DECLARED:
        raise Unreadable(
            reason=f"it is written in the encoding {name[:30]}",
            remedy="Ask your bank for the file in UTF-8.",
            looks_like="encoding",
        )
    encoding = _DECLARED[name]
    return _checked(_strictly(data, encoding), encoding)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise _damaged() from None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of western text is zero, and never the ones between."""
    even, odd = data[0:400:2], data[1:400:2]
    if len(data) % 2 or not even or (even.count(0) == 0) == (odd.count(0) == 0):
        return None
    zeros, encoding = (odd.count(0), "utf-16-le") if odd.count(0) else (even.count(0), "utf-16-be")
    return encoding if zeros * 3 > len(even) * 2 else None


def _is_damaged(data: bytes) -> bool:
    """UTF-8 letters and something else in one file: cut in the middle of one, or put together from two files."""
    loose = data.decode("utf-8", errors="replace")
    wrong = loose.count("\ufffd")
    return sum(letter > "\x7f" for letter in loose) - wrong >= wrong


def _misplaced(text: str) -> int:
    """How many signs stand between two letters, and currency signs nobody uses."""
    count = text.count("¤")
    for before, sign, after in zip(text, text[1:], text[2:], strict=False):
        if sign > "\x7f" and not sign.isalpha() and before.isalpha() and after.isalpha():
            count += sign not in _BETWEEN_LETTERS and unicodedata.category(sign)[0] in "NSP"
    return count


def _checked(text: str, encoding: str) -> Decoded:
    clean = text.removeprefix("\ufeff").translate(_TRANSMISSION_MARKS)
    if _CONTROLS.search(clean):
        raise _binary()
    return Decoded(clean, encoding)


def _damaged() -> Unreadable:
    return Unreadable(
        reason="some of its letters are damaged",
        remedy="Download it from your bank again and import it without opening it in another program.",
        looks_like="encoding",
    )


def _binary() -> Unreadable:
    return Unreadable(
        reason="it is not a text file",
        remedy="Download the statement from your bank as CAMT.053 (XML), MT940 or CSV.",
        looks_like="binary",
    )
