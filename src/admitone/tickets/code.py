"""The signed code on a ticket, format T1: what the QR carries and what a door checks without any network.

Pure: bytes in, bytes out. Nothing personal is inside, so a lost ticket tells a finder nothing but the event
number.

Layout (big endian, 23 bytes), followed by an Ed25519 signature (RFC 8032) over ``b"tkt1|" + payload``::

    u8 version/type = 1 | u8 key id | u32 event number | u64 ticket serial | u16 ticket type number
    u8 reissue | u32 valid-from, minutes since 1970-01-01T00:00Z | u16 valid length, minutes (0xFFFF: no end)

The 87 bytes are written in base45 (RFC 9285) after ``T1:``, 134 characters in all, which QR packs in its
alphanumeric mode: version 6 (41 modules) at error correction level M.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX: Final = "T1:"
NO_END: Final = 0xFFFF
"""`Payload.valid_minutes` of a ticket that never stops being valid."""

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NO_VALUE: Final = 0xFF
_VALUES: Final = bytes(
    _ALPHABET.find(chr(code)) & _NO_VALUE if code < 128 else _NO_VALUE for code in range(256)
)
_LAYOUT: Final = struct.Struct(">BBIQHBIH")
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BBIQ")
_SIGNATURE_LENGTH: Final = 64
_CODE_BYTES: Final = _LAYOUT.size + _SIGNATURE_LENGTH
_CODE_CHARACTERS: Final = len(PREFIX) + _CODE_BYTES // 2 * 3 + _CODE_BYTES % 2 * 2
_HEAD_END: Final = len(PREFIX) + _HEAD.size // 2 * 3
_SIGNING_CONTEXT: Final = b"tkt1|"
_GROUP: Final = 5
_SPACE_ON_PAPER: Final = "_"


class Malformed(ValueError):
    """The text is not a T1 code at all.

    `reason` is for counters and never shown to a buyer: ``prefix``, ``alphabet``, ``base45``, ``length`` or
    ``version``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a ticket code: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Payload:
    """What a code says.

    `serial` is random and identifies the ticket; `reissue` counts how often its code was replaced (a
    transfer, a resale); `valid_from_minute` is minutes since the Unix epoch, UTC; `valid_minutes` is a
    length, `NO_END` for none.
    """

    event_number: int
    serial: int
    type_number: int
    reissue: int
    valid_from_minute: int
    valid_minutes: int
    key_id: int

    def __post_init__(self) -> None:
        assert 0 <= self.event_number < 2**32, "event number is 32 bits"
        assert 0 <= self.serial < 2**64, "ticket serial is 64 bits"
        assert 0 <= self.type_number < 2**16, "ticket type number is 16 bits"
        assert 0 <= self.reissue < 2**8, "reissue counter is 8 bits"
        assert 0 <= self.valid_from_minute < 2**32, "valid-from is 32 bits of minutes"
        assert 0 <= self.valid_minutes < 2**16, "valid length is 16 bits of minutes"
        assert 0 <= self.key_id < 2**8, "key id is 8 bits"

    def is_valid_at(self, minute: int) -> bool:
        """Is `minute` (since the Unix epoch, UTC) inside the window? The first minute is in,
        the end is out.
        """
        if minute < self.valid_from_minute:
            return False
        return self.valid_minutes == NO_END or minute < self.valid_from_minute + self.valid_minutes


@dataclass(frozen=True, slots=True)
class ParsedCode:
    """A well-formed code.

    Its signature is **not** checked yet: pass it to `verify` before believing a word.
    """

    payload: Payload
    signed: bytes
    signature: bytes


def encode(payload: Payload, signer: Ed25519PrivateKey) -> str:
    """Sign and write a ticket code. Ed25519 is deterministic: the same payload and key give the same text."""
    packed = _LAYOUT.pack(
        _VERSION,
        payload.key_id,
        payload.event_number,
        payload.serial,
        payload.type_number,
        payload.reissue,
        payload.valid_from_minute,
        payload.valid_minutes,
    )
    return PREFIX + base45_encode(packed + signer.sign(_SIGNING_CONTEXT + packed))


def parse(code: str) -> ParsedCode:
    """Read a code as a scanner gives it. White space around it is dropped; everything else must be exact.

    Raises `Malformed` for another prefix or version, lower case, characters outside base45, a base45 text
    that is not the one way of writing its bytes, and missing or extra bytes.
    """
    text = code.strip()
    if not text.startswith(PREFIX):
        raise Malformed("prefix")
    raw = base45_decode(text[len(PREFIX) :])
    if len(raw) != _CODE_BYTES:
        raise Malformed("length")
    packed, signature = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    version, key_id, event_number, serial, type_number, reissue, valid_from, valid_minutes = _LAYOUT.unpack(
        packed
    )
    if version != _VERSION:
        raise Malformed("version")
    payload = Payload(
        event_number=event_number,
        serial=serial,
        type_number=type_number,
        reissue=reissue,
        valid_from_minute=valid_from,
        valid_minutes=valid_minutes,
        key_id=key_id,
    )
    return ParsedCode(payload=payload, signed=_SIGNING_CONTEXT + packed, signature=signature)


def serial_in(code: str) -> int | None:
    """The ticket serial that `code` claims, read from its first part alone; None unless it is written like a code.

    For doors that compare digests: whether the rest holds together is only worth asking (`parse`) when the digest is
    another than the ticket's, and this takes a quarter of the time.
    """
    if len(code) != _CODE_CHARACTERS or not code.startswith(PREFIX):
        return None
    if _NO_VALUE in code.encode("ascii", "replace").translate(_VALUES):
        return None
    try:
        head = base45_decode(code[len(PREFIX) : _HEAD_END])
    except Malformed:
        return None
    version, _, _, serial = _HEAD.unpack(head)
    return serial if version == _VERSION else None


def verify(parsed: ParsedCode, public_keys: Mapping[int, Ed25519PublicKey]) -> bool:
    """Was this code signed by one of our keys? An unknown key id is simply no."""
    public_key = public_keys.get(parsed.payload.key_id)
    if public_key is None:
        return False
    try:
        public_key.verify(parsed.signature, parsed.signed)
    except InvalidSignature:
        return False
    return True


def digest(code: str) -> bytes:
    """SHA-256 of the code, 32 bytes: what is stored and compared, so a stolen scan log opens no door."""
    return hashlib.sha256(code.strip().encode()).digest()


def grouped(code: str) -> str:
    """The code for reading aloud or typing by hand: groups of five, with ``_`` where the code has a space."""
    visible = code.replace(" ", _SPACE_ON_PAPER)
    return " ".join(visible[start : start + _GROUP] for start in range(0, len(visible), _GROUP))


def ungrouped(typed: str) -> str:
    """Undo `grouped` for what a person typed: any case, gaps and line breaks anywhere."""
    return "".join(typed.split()).upper().replace(_SPACE_ON_PAPER, " ")


def base45_encode(raw: bytes) -> str:
    """RFC 9285, section 4: two bytes become three characters, a last single byte becomes two."""
    characters: list[str] = []
    for start in range(0, len(raw) - 1, 2):
        value = raw[start] << 8 | raw[start + 1]
        characters += (_ALPHABET[value % 45], _ALPHABET[value // 45 % 45], _ALPHABET[value // 2025])
    if len(raw) % 2:
        characters += (_ALPHABET[raw[-1] % 45], _ALPHABET[raw[-1] // 45])
    return "".join(characters)


def base45_decode(text: str) -> bytes:
    """The one byte string `base45_encode` writes as `text`. Raises `Malformed` (``alphabet`` or ``base45``).

    Base45 has no spare bits and no padding, so refusing values over 65535 and 255 makes decoding canonical.
    """
    # Whole columns at a time, because this runs for every scan: it takes half as long as one character at a time.
    values = text.encode("ascii", "replace").translate(_VALUES)
    if _NO_VALUE in values:
        raise Malformed("alphabet")
    if len(values) % 3 == 1:
        raise Malformed("base45")
    whole = len(values) // 3 * 3
    columns = zip(values[0:whole:3], values[1:whole:3], values[2:whole:3], strict=True)
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in columns]
    if numbers and max(numbers) > 0xFFFF:
        raise Malformed("base45")
    raw = struct.pack(f">{len(numbers)}H", *numbers)
    if whole == len(values):
        return raw
    last = values[whole] + values[whole + 1] * 45
    if last > 0xFF:
        raise Malformed("base45")
    return raw + bytes((last,))
