"""The preimages of our invoices: computed, stored nowhere.

32 bytes of HMAC-SHA-256 over the account and the attempt, under a key derived from the master key. So the same attempt
gets the same invoice however often it is started, and a copy of the tables pays itself nothing.
"""

import hashlib
import hmac
from uuid import UUID


class Preimages:
    """Computes them."""

    __slots__ = ("_key",)

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32, "a master key is 32 bytes"
        self._key = hashlib.sha256(b"admitone lightning preimages|" + master_key).digest()

    def of(self, account_id: UUID, attempt_id: UUID) -> bytes:
        """The preimage of this attempt's invoice: a secret until it is paid."""
        return hmac.digest(self._key, account_id.bytes + attempt_id.bytes, "sha256")
