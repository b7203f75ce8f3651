"""The codes of store credit: what people type to use it, computed from the credit's id and stored nowhere.

A code is 80 bits of an HMAC-SHA-256 over the credit's id, under a key derived from the master key, in Crockford's base
32. The table keeps the SHA-256 of it: enough to find a credit by its code, too little to find the code: nobody can try
2**80 of them.
"""

import hashlib
import hmac
from typing import Final
from uuid import UUID

from admitone.values.ids import ALPHABET, normalise_code

LETTERS: Final = 16
_GROUP: Final = 4
_BITS: Final = 5


class CreditCodes:
    """Makes them."""

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32, "a master key is 32 bytes"
        self._key = hashlib.sha256(b"admitone store credit|" + master_key).digest()

    def code(self, credit_id: UUID) -> str:
        """The credit's code, as `K7QF-2M8D-XX9P-0RTA`."""
        number = int.from_bytes(hmac.digest(self._key, credit_id.bytes, "sha256")[: LETTERS * _BITS // 8])
        letters = "".join(ALPHABET[number >> _BITS * at & 31] for at in reversed(range(LETTERS)))
        return "-".join(letters[at : at + _GROUP] for at in range(0, LETTERS, _GROUP))


def digest_of(code: str) -> bytes | None:
    """What a credit is found by, from its code as a person typed it; None for what is no code at all."""
    letters = normalise_code(code)
    if len(letters) != LETTERS or not set(letters) <= set(ALPHABET):
        return None
    return hashlib.sha256(letters.encode()).digest()
