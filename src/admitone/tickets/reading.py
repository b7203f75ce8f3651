"""What was held in front of a scanner or typed at a door: which ticket it names, and whether it is really
ours.

Nothing here is believed before it is compared with the ticket: `is_current` needs the stored digest,
`was_replaced` checks the signature. Ed25519 is deterministic and only we can sign, so equal digests prove a
code without a signature check (149 µs saved per scan).
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from admitone.tickets.code import Malformed, digest, parse, serial_in, ungrouped, verify
from admitone.tickets.short_code import ShortCode, read_short

# A code is 134 characters; typed in groups with a gap after each it stays below this.
_LONGEST: Final = 400
_SERIAL_MAX: Final = 2**63 - 1


class ReadCode(msgspec.Struct, frozen=True):
    """A text that was presented. `serial` is None when it is no code at all, else the ticket it claims to be.

    `digest` is its SHA-256, for the record of scans; differently typed forms of one code have one digest. `text` is
    what reads as a signed code, if anything does.
    """

    digest: bytes
    serial: int | None
    text: str | None = None
    short: ShortCode | None = None

    @property
    def is_short(self) -> bool:
        """Typed from under the QR.

        It proves less than a signed code: accept it only from the ticket's own organiser.
        """
        return self.short is not None

    def is_current(self, code_digest: bytes) -> bool:
        """Is this the code whose SHA-256 is stored with the ticket?"""
        if self.short is not None:
            return self.short.is_of(code_digest)
        return hmac.compare_digest(self.digest, code_digest)

    def was_replaced(self, reissue: int, public_keys: Mapping[int, Ed25519PublicKey]) -> bool:
        """Is this a code we once signed for the ticket, and has the ticket had newer ones since?

        `reissue` is its count now.
        """
        if self.text is None:
            return False
        try:
            parsed = parse(self.text)
        except Malformed:
            return False
        return parsed.payload.reissue < reissue and verify(parsed, public_keys)


def read_code(presented: str) -> ReadCode:
    """Read what was scanned or typed, whatever it is.

    A signed code is taken as scanned, or as typed by hand (any case, in groups); a short code as typed.
    """
    exact = presented.strip()
    if len(exact) <= _LONGEST:
        read = _signed(exact) or _signed(exact.upper()) or _signed(ungrouped(exact))
        if read is not None:
            return read
        try:
            short = read_short(exact)
        except Malformed:
            pass
        else:
            whole = short.serial.to_bytes(8) + short.tag.to_bytes(2)
            return ReadCode(hashlib.sha256(b"short|" + whole).digest(), short.serial, short=short)
    # Lone surrogates come through JSON and have no UTF-8, but their scan is recorded like any other.
    return ReadCode(hashlib.sha256(exact.encode("utf-8", "surrogatepass")).digest(), None)


def _signed(form: str) -> ReadCode | None:
    serial = serial_in(form)
    # Our serials have 63 bits; a forged one beyond them could not even be looked up.
    return None if serial is None or serial > _SERIAL_MAX else ReadCode(digest(form), serial, text=form)
