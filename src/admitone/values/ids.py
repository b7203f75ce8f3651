"""Names for things: sortable ids, ids derived from content, codes people read out, 63-bit serials.

All randomness is from `secrets`, so none of them can be guessed from the ones before.
"""

import hashlib
import os
import secrets
import threading
import time
import unicodedata
from uuid import UUID

_LOW_BITS = 74
_VERSION_7 = 7 << 76
_VERSION_8 = 8 << 76
_VARIANT = 0b10 << 62
_MS_MAX = (1 << 48) - 1
_FETCHED = 4096

# Crockford's base 32: no I, L, O (read as digits) and no U (accidental words).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")


class _RandomBytes:
    """Random bytes from the system, fetched for many ids at once: asking it takes longer than all the rest of an id.

    Never used for secrets: what is fetched ahead lies in memory until it is used. Not safe between threads by itself.
    """

    def __init__(self) -> None:
        self._left = memoryview(b"")
        # A forked child would hand out what its parent hands out.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._left = memoryview(b"")

    def bits(self, count: int) -> int:
        size = (count + 7) // 8
        if len(self._left) < size:
            self._left = memoryview(secrets.token_bytes(_FETCHED))
        taken, self._left = self._left[:size], self._left[size:]
        return int.from_bytes(taken) >> (8 * size - count)


class _Sequence:
    """The last value handed out, as one 122-bit number: 48 bits of milliseconds above 74 random bits.

    RFC 9562 section 6.2, method 2 (monotonic random): within one millisecond the random part grows by a
    random step, and a carry runs on into the millisecond by itself. Steps are wide (2**56) so that two
    processes forked with the same last value do not meet.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._random = _RandomBytes()
        self._last = 0

    def next_value(self, ms: int, *, may_go_back: bool) -> int:
        with self._lock:
            fresh = (ms << _LOW_BITS) | self._random.bits(_LOW_BITS - 1)
            last_ms = self._last >> _LOW_BITS
            if ms == last_ms or (ms < last_ms and not may_go_back):
                fresh = self._last + 1 + self._random.bits(56)
            self._last = fresh
        return fresh


_machine_time = _Sequence()
_given_time = _Sequence()


def uuid7(now_ms: int | None = None) -> UUID:
    """Return a new UUIDv7 (RFC 9562 section 5.7), greater than every earlier one of this process.

    With `now_ms` (milliseconds since 1970, of 48 bits; ValueError otherwise) the id carries that time, and
    ids given the same time in a row still grow; a caller whose clock goes back gets ids that go back with it.
    Without it the machine's clock is used, and an id never goes back even when that clock does. Safe between
    threads.
    """
    if now_ms is None:
        value = _machine_time.next_value(time.time_ns() // 1_000_000, may_go_back=False)
    elif 0 <= now_ms <= _MS_MAX:
        value = _given_time.next_value(now_ms, may_go_back=True)
    else:
        raise ValueError(f"milliseconds do not fit in 48 bits: {now_ms}")
    ms, low = value >> _LOW_BITS, value & ((1 << _LOW_BITS) - 1)
    return UUID(int=ms << 80 | _VERSION_7 | (low >> 62) << 64 | _VARIANT | low & ((1 << 62) - 1))


def derived_id(namespace: str, *parts: str | bytes) -> UUID:
    """Return the UUIDv8 that always belongs to these parts: their SHA-256 (RFC 9562 appendix B.2).

    Parts are told apart by kind and length, so ("ab", "c") and ("a", "bc") differ, and so do "a" and b"a".
    """
    digest = hashlib.sha256()
    for part in (namespace, *parts):
        kind, raw = (b"t", part.encode()) if isinstance(part, str) else (b"b", part)
        digest.update(kind + len(raw).to_bytes(8) + raw)
    bits = int.from_bytes(digest.digest()[:16])
    low = bits & ((1 << 62) - 1)
    return UUID(int=bits >> 80 << 80 | _VERSION_8 | ((bits >> 64) & 0xFFF) << 64 | _VARIANT | low)


def short_code(length: int = 9) -> str:
    """Return a random code to read out: `length` letters of Crockford's base 32 (9 letters are 45 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def normalise_code(text: str) -> str:
    """Return the code a person meant: upper case, O as 0, I and L as 1, without spaces and any kind of dash.

    Whether the result is a code at all is for the look-up to say: other characters are kept.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = (letter for letter in folded if not letter.isspace() and unicodedata.category(letter) != "Pd")
    return "".join(kept).translate(_LOOKALIKES)


def serial64() -> int:
    """Return a random whole number from 1 to 2**63 - 1: fits a signed 64-bit column and is never zero."""
    return secrets.randbelow((1 << 63) - 1) + 1
