"""Addresses for a viewer's player: a ticket, a viewer and an end of time with a MAC.

Whoever finds one in a log or over a shoulder has it for two minutes, and only while its viewer watches. A player that
runs longer shows the viewer's cookie as well.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from admitone.streams.refusals import NoSuchStream

GOOD_FOR: Final = timedelta(minutes=2)
_LENGTH: Final = 70  # characters of base64url for 52 bytes


@dataclass(frozen=True, slots=True)
class Pass:
    """What an address says. `is_old`: good only together with its viewer's cookie."""

    ticket_id: UUID
    session_id: UUID
    is_old: bool


class Passes:
    """Makes and reads them. `master_key` is 32 bytes."""

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32, "a master key is 32 bytes"
        self._key = hashlib.sha256(b"admitone streams|" + master_key).digest()

    def make(self, ticket_id: UUID, session_id: UUID, now: datetime) -> str:
        """70 characters of base64url: ticket, viewer, last second (4 bytes), 16 bytes of HMAC-SHA-256."""
        until = int((now + GOOD_FOR).timestamp())
        said = ticket_id.bytes + session_id.bytes + until.to_bytes(4)
        return self._signed(said)

    def read(self, given: str, now: datetime) -> Pass:
        """What it says. Raises `NoSuchStream`, after the same work, whatever is wrong with it."""
        try:
            whole = given.encode() if len(given) == _LENGTH else b""
            raw = base64.b64decode(whole + b"==", altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        said = raw[:36].ljust(36, b"\0")
        # The text and not the bytes: base64 spells the same bytes in several ways, a pass has one spelling.
        if not hmac.compare_digest(self._signed(said).encode(), given.encode(errors="replace")):
            raise NoSuchStream
        until = int.from_bytes(said[32:])
        return Pass(UUID(bytes=said[:16]), UUID(bytes=said[16:32]), is_old=now.timestamp() > until)

    def _signed(self, said: bytes) -> str:
        mac = hmac.digest(self._key, said, "sha256")[:16]
        return base64.urlsafe_b64encode(said + mac).decode().rstrip("=")
