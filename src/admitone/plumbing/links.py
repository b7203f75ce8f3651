"""Capability tokens: an id plus a MAC, so that a link can be mailed and read back but not guessed.

Row ids are UUIDv7 and are no secret (OWASP ASVS 5.0, 11.5.1); the 128-bit HMAC-SHA-256 beside the id is. Nothing is
stored: the token is computed again from the master key whenever a letter needs it.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from admitone.values.refusals import NotFound


class NoSuchLink(NotFound):
    """The token was not made by us, was made for something else, or was damaged on its way."""

    code = "link.not_found"
    text = "This link does not work. Please check that you copied all of it."


class Links:
    """Makes and reads tokens. `purpose` separates them: an order's token opens no checkout."""

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32, "a master key is 32 bytes"
        self._key = hashlib.sha256(b"admitone links|" + master_key).digest()

    def _mac(self, purpose: str, about: UUID) -> bytes:
        return hmac.digest(self._key, purpose.encode() + b"|" + about.bytes, "sha256")[:16]

    def make(self, purpose: str, about: UUID) -> str:
        """43 characters of base64url: 16 bytes of id, 16 bytes of MAC."""
        return base64.urlsafe_b64encode(about.bytes + self._mac(purpose, about)).decode().rstrip("=")

    def read(self, purpose: str, token: str) -> UUID:
        """The id inside. Raises `NoSuchLink`, after the same work, whatever is wrong with it."""
        try:
            raw = (
                base64.b64decode(token.encode() + b"=", altchars=b"-_", validate=True)
                if len(token) == 43
                else b""
            )
        except ValueError:
            raw = b""
        about = UUID(bytes=raw[:16].ljust(16, b"\0"))
        # The text and not the bytes: base64 spells the same bytes in several ways, a link has one spelling.
        if not hmac.compare_digest(self.make(purpose, about).encode(), token.encode(errors="replace")):
            raise NoSuchLink
        return about
