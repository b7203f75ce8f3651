"""The two transactions of BIP 322 that never exist: one that carries a message, one that spends it. Pure.

Whoever can sign the second could spend from the address. Sources: BIP 322, what is signed BIP 143 and BIP 341.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

SIGHASH_DEFAULT: Final = 0
SIGHASH_ALL: Final = 1
_OP_RETURN: Final = b"\x6a"
_NO_TRANSACTION: Final = bytes(32)
_NO_AMOUNT: Final = bytes(8)
_WITNESS_MOST: Final = 16
_ITEM_MOST: Final = 10_000


class Unreadable(ValueError):
    """The bytes are no witness, or no transaction as BIP 322 wants it."""


def tagged(tag: bytes, data: bytes) -> bytes:
    """A tagged hash (BIP 340)."""
    name = hashlib.sha256(tag).digest()
    return hashlib.sha256(name + name + data).digest()


def double(data: bytes) -> bytes:
    """SHA-256 twice, as Bitcoin names transactions."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def message_hash(message: bytes) -> bytes:
    """The hash of a message that `to_spend` carries."""
    return tagged(b"BIP0322-signed-message", message)


def to_spend_id(message: bytes, script: bytes) -> bytes:
    """The id (in the order of the wire) of the transaction that carries the message and pays this script nothing."""
    signed = b"\x00\x20" + message_hash(message)
    return double(
        struct.pack("<i", 0)
        + b"\x01"
        + _NO_TRANSACTION
        + b"\xff\xff\xff\xff"
        + packed(signed)
        + struct.pack("<I", 0)
        + b"\x01"
        + _NO_AMOUNT
        + packed(script)
        + struct.pack("<I", 0)
    )


@dataclass(frozen=True, slots=True)
class ToSign:
    """The transaction that spends it. `spends` is the id of the other, in the order of the wire."""

    spends: bytes
    version: int = 0
    lock_time: int = 0
    sequence: int = 0
    script_sig: bytes = b""
    witness: tuple[bytes, ...] = ()

    def id(self) -> bytes:
        """Its id, in the order of the wire."""
        return double(self._whole(self.script_sig))

    def hash_of_key(self, script: bytes) -> bytes:
        """What a key signs for P2PKH: all of it, with the script in place of the signature."""
        return double(self._whole(script) + struct.pack("<I", SIGHASH_ALL))

    def hash_of_witness(self, script_code: bytes) -> bytes:
        """What a key signs for P2WPKH (BIP 143)."""
        outpoint = self.spends + struct.pack("<I", 0)
        return double(
            struct.pack("<i", self.version)
            + double(outpoint)
            + double(struct.pack("<I", self.sequence))
            + outpoint
            + packed(script_code)
            + _NO_AMOUNT
            + struct.pack("<I", self.sequence)
            + double(self._output())
            + struct.pack("<II", self.lock_time, SIGHASH_ALL)
        )

    def hash_of_taproot(self, script: bytes, hash_type: int) -> bytes:
        """What a key signs for the key path of P2TR (BIP 341), without an annex."""
        sha = hashlib.sha256
        return tagged(
            b"TapSighash",
            b"\x00"
            + bytes((hash_type,))
            + struct.pack("<iI", self.version, self.lock_time)
            + sha(self.spends + struct.pack("<I", 0)).digest()
            + sha(_NO_AMOUNT).digest()
            + sha(packed(script)).digest()
            + sha(struct.pack("<I", self.sequence)).digest()
            + sha(self._output()).digest()
            + b"\x00"
            + struct.pack("<I", 0),
        )

    def _whole(self, script_sig: bytes) -> bytes:
        return (
            struct.pack("<i", self.version)
            + b"\x01"
            + self.spends
            + struct.pack("<I", 0)
            + packed(script_sig)
            + struct.pack("<I", self.sequence)
            + b"\x01"
            + self._output()
            + struct.pack("<I", self.lock_time)
        )

    @staticmethod
    def _output() -> bytes:
        return _NO_AMOUNT + packed(_OP_RETURN)


def packed(data: bytes) -> bytes:
    """The bytes with their length before them, as Bitcoin counts."""
    size = len(data)
    if size < 0xFD:
        return bytes((size,)) + data
    if size <= 0xFFFF:
        return b"\xfd" + struct.pack("<H", size) + data
    return b"\xfe" + struct.pack("<I", size) + data


class _Bytes:
    """Reads from the front."""

    def __init__(self, data: bytes) -> None:
        self._left = data

    def take(self, count: int) -> bytes:
        if len(self._left) < count:
            raise Unreadable("cut short")
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def number(self) -> int:
        first = self.take(1)[0]
        if first < 0xFD:
            return first
        width = {0xFD: 2, 0xFE: 4, 0xFF: 8}[first]
        return int.from_bytes(self.take(width), "little")

    def item(self) -> bytes:
        size = self.number()
        if size > _ITEM_MOST:
            raise Unreadable("too long")
        return self.take(size)

    def stack(self) -> tuple[bytes, ...]:
        count = self.number()
        if count > _WITNESS_MOST:
            raise Unreadable("too many items")
        return tuple(self.item() for _ in range(count))

    def end(self) -> None:
        if self._left:
            raise Unreadable("something follows")


def read_witness(data: bytes) -> tuple[bytes, ...]:
    """The items of a witness on its own: a simple signature. Raises `Unreadable`."""
    reader = _Bytes(data)
    found = reader.stack()
    reader.end()
    return found


def read_to_sign(data: bytes) -> ToSign:
    """A full signature: a transaction with one input and one output that says nothing. Raises `Unreadable`."""
    reader = _Bytes(data)
    version = int.from_bytes(reader.take(4), "little", signed=True)
    inputs = reader.number()
    has_witness = inputs == 0
    if has_witness:
        if reader.take(1) != b"\x01":
            raise Unreadable("no known kind of transaction")
        inputs = reader.number()
    # More inputs would prove funds, which nobody asks for here.
    if inputs != 1 or version not in (0, 2):
        raise Unreadable("not one input, or another version")
    spends, index = reader.take(32), reader.take(4)
    script_sig = reader.item()
    sequence = int.from_bytes(reader.take(4), "little")
    outputs, amount, script = reader.number(), reader.take(8), reader.item()
    if index != bytes(4) or outputs != 1 or amount != _NO_AMOUNT or script != _OP_RETURN:
        raise Unreadable("not as BIP 322 wants it")
    witness = reader.stack() if has_witness else ()
    lock_time = int.from_bytes(reader.take(4), "little")
    reader.end()
    return ToSign(spends, version, lock_time, sequence, script_sig, witness)
