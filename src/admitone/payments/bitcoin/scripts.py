"""What an address stands for: the script that whoever spends from it has to satisfy. Pure.

Sources: BIP 16, 141, 173, 341, 350 and Base58Check (https://en.bitcoin.it/wiki/Base58Check_encoding). Only addresses of
one key are told apart; the others (several signers, other scripts) are `OTHER`.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from admitone.payments.bitcoin import bech32

_ADDRESS_MOST: Final = 90
_SIGNS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAYS_KEY: Final = frozenset({0x00, 0x6F})
_PAYS_SCRIPT: Final = frozenset({0x05, 0xC4})
_PREFIXES: Final = frozenset({"bc", "tb", "bcrt"})


class ScriptKind(StrEnum):
    """Whose signature the script asks for. `P2SH` may hide anything; a single key behind it is found when it signs."""

    P2PKH = "p2pkh"
    P2SH = "p2sh"
    P2WPKH = "p2wpkh"
    P2TR = "p2tr"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Script:
    """`raw` is the scriptPubKey, `program` the hash or key in it."""

    kind: ScriptKind
    raw: bytes
    program: bytes


def script_of(address: str) -> Script | None:
    """The script of this address, of any Bitcoin network; None when it is no address."""
    if len(address) > _ADDRESS_MOST or not address.isascii():
        return None
    if address.lower().partition("1")[0] in _PREFIXES:
        return _of_segwit(address)
    return _of_base58(address)


def _of_segwit(address: str) -> Script | None:
    try:
        prefix, groups, form = bech32.decode(address)
        program = bech32.to_bytes(groups[1:])
    except bech32.NotBech32:
        return None
    if prefix not in _PREFIXES or not groups or not 2 <= len(program) <= 40 or groups[0] > 16:
        return None
    version = groups[0]
    if (version == 0) != (form is bech32.Form.BECH32) or (version == 0 and len(program) not in (20, 32)):
        return None
    raw = bytes((0x50 + version if version else 0, len(program))) + program
    if version == 0 and len(program) == 20:
        return Script(ScriptKind.P2WPKH, raw, program)
    if version == 1 and len(program) == 32:
        return Script(ScriptKind.P2TR, raw, program)
    return Script(ScriptKind.OTHER, raw, program)


def _of_base58(address: str) -> Script | None:
    number = 0
    for sign in address:
        at = _SIGNS.find(sign)
        if at < 0:
            return None
        number = number * 58 + at
    zeros = len(address) - len(address.lstrip("1"))
    whole = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
    body, checksum = whole[:-4], whole[-4:]
    if len(body) != 21 or hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] != checksum:
        return None
    program = body[1:]
    if body[0] in _PAYS_KEY:
        return Script(ScriptKind.P2PKH, key_script(program), program)
    if body[0] in _PAYS_SCRIPT:
        return Script(ScriptKind.P2SH, b"\xa9\x14" + program + b"\x87", program)
    return None


def key_script(key_hash: bytes) -> bytes:
    """The script that asks for a signature by the key of this hash; also what BIP 143 signs for P2WPKH."""
    return b"\x76\xa9\x14" + key_hash + b"\x88\xac"


def same_address(one: str, other: str) -> bool:
    """Do both stand for the same script? Addresses of segregated witness mean the same in capitals."""
    first, second = script_of(one), script_of(other)
    return first is not None and second is not None and first.raw == second.raw
