"""RIPEMD-160, which Bitcoin's addresses are made with. OpenSSL 3.0 hides it on many machines, so it is here.

Source: Dobbertin, Bosselaers, Preneel, "RIPEMD-160: A Strengthened Version of RIPEMD" (1996), appendix A. Used for
addresses only, whose keys and scripts are a few bytes, so speed does not matter.
"""

import hashlib
import struct
from typing import Final

_WORD: Final = 0xFFFFFFFF
_START: Final = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0)
_ADDED: Final = (
    (0x00000000, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E),
    (0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0x00000000),
)
_READ: Final = (
    bytes.fromhex(
        "000102030405060708090a0b0c0d0e0f07040d010a060f030c000905020e0b08030a0e04090f0801020700060d0b050c"
        "01090b0a00080c040d03070f0e05060204000509070c020a0e0103080b060f0d"
    ),
    bytes.fromhex(
        "050e070009020b040d060f08010a030c060b0307000d050a0e0f080c040901020f050103070e06090b080c020a00040d"
        "08060401030b0f00050c020d09070a0e0c0f0a040105080706020d0e0003090b"
    ),
)
_TURNED: Final = (
    bytes.fromhex(
        "0b0e0f0c050807090b0d0e0f060709080706080d0b09070f070c0f090b070d0c0b0d06070e090d0f0e080d06050c0705"
        "0b0c0e0f0e0f0908090e05060806050c090f050b06080d0c050c0d0e0b080506"
    ),
    bytes.fromhex(
        "0809090b0d0f0f050707080b0e0e0c06090d0f070c08090b07070c07060f0d0b09070f0b0806060e0c0d050e0d0d0705"
        "0f05080b0e0e060e06090c090c050f0808050c090c050e06080d06050f0d0b0b"
    ),
)


def hash160(data: bytes) -> bytes:
    """What an address has of a key or script: RIPEMD-160 of its SHA-256, 20 bytes."""
    return ripemd160(hashlib.sha256(data).digest())


def ripemd160(data: bytes) -> bytes:
    """The digest, 20 bytes."""
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + struct.pack("<Q", 8 * len(data))
    state = _START
    for at in range(0, len(padded), 64):
        words = struct.unpack("<16L", padded[at : at + 64])
        left, right = (_line(state, words, line) for line in (0, 1))
        state = (
            (state[1] + left[2] + right[3]) & _WORD,
            (state[2] + left[3] + right[4]) & _WORD,
            (state[3] + left[4] + right[0]) & _WORD,
            (state[4] + left[0] + right[1]) & _WORD,
            (state[0] + left[1] + right[2]) & _WORD,
        )
    return struct.pack("<5L", *state)


def _line(
    state: tuple[int, int, int, int, int], words: tuple[int, ...], line: int
) -> tuple[int, int, int, int, int]:
    a, b, c, d, e = state
    for step in range(80):
        round_ = step // 16
        mixed = a + _mix(round_ if line == 0 else 4 - round_, b, c, d)
        mixed += words[_READ[line][step]] + _ADDED[line][round_]
        a, b, c, d, e = e, (_turn(mixed & _WORD, _TURNED[line][step]) + e) & _WORD, b, _turn(c, 10), d
    return a, b, c, d, e


def _mix(kind: int, x: int, y: int, z: int) -> int:
    if kind == 0:
        return x ^ y ^ z
    if kind == 1:
        return (x & y) | (~x & z & _WORD)
    if kind == 2:
        return (x | (~y & _WORD)) ^ z
    if kind == 3:
        return (x & z) | (y & ~z & _WORD)
    return x ^ (y | (~z & _WORD))


def _turn(word: int, by: int) -> int:
    return ((word << by) | (word >> (32 - by))) & _WORD
