"""The short code under a ticket's QR: what somebody types when no camera reads it. Pure.

16 letters of Crockford's base 32, ``XXXX-XXXX-XXXX-XXXX``, 80 bits::

    63 bits ticket serial | 10 bits of the SHA-256 of the signed code | 7 check bits

The check bits make the whole a multiple of 127, which is prime and divides no difference that one wrong
letter or two swapped neighbours can make: both are always noticed. The ten bits change with the code, so that
the short code of a replaced ticket is dead like the code itself.
"""

from dataclasses import dataclass
from typing import Final

from admitone.tickets.code import Malformed
from admitone.values.ids import ALPHABET, normalise_code

LENGTH: Final = 16
_GROUP: Final = 4
_TAG_BITS: Final = 10
_CHECK: Final = 127
_CHECK_BITS: Final = 7
_SERIAL_MAX: Final = 2**63 - 1
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}


@dataclass(frozen=True, slots=True)
class ShortCode:
    """What a short code says: which ticket, and ten bits of which of its codes."""

    serial: int
    tag: int

    def is_of(self, code_digest: bytes) -> bool:
        """Does it belong to the code with this SHA-256?"""
        return self.tag == _tag(code_digest)


def _tag(code_digest: bytes) -> int:
    return int.from_bytes(code_digest[:2]) >> (16 - _TAG_BITS)


def short_of(serial: int, code_digest: bytes) -> str:
    """The short code of the ticket with this serial and code, in groups of four."""
    assert 0 < serial <= _SERIAL_MAX, "a serial has 63 bits"
    said = (serial << _TAG_BITS | _tag(code_digest)) << _CHECK_BITS
    whole = said + -said % _CHECK
    letters = "".join(ALPHABET[whole >> 5 * place & 31] for place in reversed(range(LENGTH)))
    return "-".join(letters[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))


def read_short(typed: str) -> ShortCode:
    """Read a short code as typed: any case, O for 0, I or L for 1, gaps and dashes anywhere.

    Raises `Malformed` (``alphabet``, ``length`` or ``check``).
    """
    # Longer than any spacing of 16 letters: not worth normalising.
    letters = normalise_code(typed) if len(typed) <= 4 * LENGTH else typed
    if len(letters) != LENGTH:
        raise Malformed("length")
    whole = 0
    for letter in letters:
        if letter not in _VALUES:
            raise Malformed("alphabet")
        whole = whole << 5 | _VALUES[letter]
    said = whole >> _CHECK_BITS
    if whole % _CHECK or whole & (1 << _CHECK_BITS) - 1 == _CHECK or said >> _TAG_BITS == 0:
        raise Malformed("check")
    return ShortCode(said >> _TAG_BITS, said & (1 << _TAG_BITS) - 1)
