"""Bech32 and Bech32m: text of 32 signs with a checksum, as addresses, invoices and LNURLs are written.

Sources: BIP 173 and BIP 350 (https://github.com/bitcoin/bips). Their limit of 90 signs is not kept here, because
BOLT 11 and LUD-01 lift it: who reads addresses keeps it (`addresses`).
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import Final

SIGNS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CHECKSUM_LENGTH: Final = 6
_VALUES: Final = {sign: value for value, sign in enumerate(SIGNS)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class Form(IntEnum):
    """Which checksum: what it comes to."""

    BECH32 = 1
    BECH32M = 0x2BC830A3


class NotBech32(ValueError):
    """The text is not Bech32: a foreign sign, mixed case, no prefix, or a checksum that does not fit."""


def encode(prefix: str, groups: Sequence[int], form: Form = Form.BECH32) -> str:
    """The text of these 5-bit groups, in lower case."""
    values = [*_expanded(prefix), *groups]
    rest = _polymod([*values, *[0] * CHECKSUM_LENGTH]) ^ form
    checksum = [(rest >> 5 * (CHECKSUM_LENGTH - 1 - at)) & 31 for at in range(CHECKSUM_LENGTH)]
    return f"{prefix}1{''.join(SIGNS[value] for value in (*groups, *checksum))}"


def decode(written: str) -> tuple[str, list[int], Form]:
    """Prefix (in lower case), 5-bit groups without the checksum, and which checksum it has. Raises `NotBech32`."""
    if written != written.lower() and written != written.upper():
        raise NotBech32("mixed case")
    text = written.lower()
    prefix, separator, data = text.rpartition("1")
    if not separator or not prefix or len(data) < CHECKSUM_LENGTH:
        raise NotBech32("no prefix, or too short")
    if any(not 33 <= ord(sign) <= 126 for sign in prefix) or not set(data) <= _VALUES.keys():
        raise NotBech32("a foreign sign")
    groups = [_VALUES[sign] for sign in data]
    checksum = _polymod([*_expanded(prefix), *groups])
    if checksum not in (Form.BECH32, Form.BECH32M):
        raise NotBech32("the checksum does not fit")
    return prefix, groups[:-CHECKSUM_LENGTH], Form(checksum)


def to_groups(data: bytes) -> list[int]:
    """Bytes as 5-bit groups, the last filled up with zeros."""
    return _regroup(data, 8, 5, pads=True)


def to_bytes(groups: Iterable[int]) -> bytes:
    """5-bit groups as bytes. Raises `NotBech32` when what is left over is more than the padding of a last group."""
    return bytes(_regroup(groups, 5, 8, pads=False))


def _regroup(values: Iterable[int], bits_from: int, bits_to: int, *, pads: bool) -> list[int]:
    kept, bits, made = 0, 0, []
    for value in values:
        kept = (kept << bits_from) | value
        bits += bits_from
        while bits >= bits_to:
            bits -= bits_to
            made.append((kept >> bits) & ((1 << bits_to) - 1))
        kept &= (1 << bits) - 1
    if pads and bits:
        made.append((kept << (bits_to - bits)) & ((1 << bits_to) - 1))
    elif not pads and (bits >= bits_from or kept):
        raise NotBech32("padding that is too long or not zero")
    return made


def _expanded(prefix: str) -> list[int]:
    return [*(ord(sign) >> 5 for sign in prefix), 0, *(ord(sign) & 31 for sign in prefix)]


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate(_GENERATOR):
            checksum ^= generator if (top >> at) & 1 else 0
    return checksum
