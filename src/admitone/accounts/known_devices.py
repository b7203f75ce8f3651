"""Known devices: what a browser or program keeps after somebody signed in on it, so that strangers who use up the
counts of an account do not lock its owner out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

What is kept is a list of marks, one for each account, the newest first, with dots between them. A mark is 48
characters of base64url: 2 bytes of day, 16 random bytes that are the device's id for this account, and 18 bytes of
HMAC-SHA-256 over both and the address. It names an address only to whoever knows the address and the key, signs nobody
in, and is stored nowhere here.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from admitone.values.contact import email_key

MARK_LENGTH: Final = 48
ACCOUNTS_MOST: Final = 5
LASTS_DAYS: Final = 400
"""As long as browsers keep a cookie at most."""
LIST_LENGTH_MOST: Final = ACCOUNTS_MOST * (MARK_LENGTH + 1) - 1
_DAY_BYTES: Final = 2
_ID_BYTES: Final = 16
_SIGNED_BYTES: Final = _DAY_BYTES + _ID_BYTES
_MAC_BYTES: Final = 18
_SECONDS_A_DAY: Final = 86_400


class KnownDevices:
    """Makes and reads what devices keep. Whatever is wrong with it, it is as if the device had kept nothing."""

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32, "a master key is 32 bytes"
        self._key = hashlib.sha256(b"admitone known devices|" + master_key).digest()

    def find(self, kept: str, email: str, now: datetime) -> str | None:
        """The id this device has for the account of this address, if somebody signed in to it here within 400 days."""
        for mark in _marks(kept, now):
            if self._is_of(mark, email):
                return mark[_DAY_BYTES:_SIGNED_BYTES].hex()
        return None

    def add(self, kept: str, email: str, now: datetime) -> str:
        """What a device keeps once somebody has signed in with this address on it; at most `LIST_LENGTH_MOST` long.

        The id is a new one each time: whoever has copied the old one no longer shares the owner's counts. The account
        used longest ago goes when there are more than five.
        """
        signed = _day(now).to_bytes(_DAY_BYTES, "big") + secrets.token_bytes(_ID_BYTES)
        others = (mark for mark in _marks(kept, now) if not self._is_of(mark, email))
        marks = [signed + self._mac(signed, email), *others][:ACCOUNTS_MOST]
        return ".".join(base64.urlsafe_b64encode(mark).decode() for mark in marks)

    def _is_of(self, mark: bytes, email: str) -> bool:
        return hmac.compare_digest(mark[_SIGNED_BYTES:], self._mac(mark[:_SIGNED_BYTES], email))

    def _mac(self, signed: bytes, email: str) -> bytes:
        text = email_key(email).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, signed + text, "sha256")[:_MAC_BYTES]


def newest(kept: str) -> str:
    """The first mark: the one for the account signed in to last."""
    return kept.partition(".")[0]


def _marks(kept: str, now: datetime) -> list[bytes]:
    """What could be marks and is not too old; no more is read than we would write."""
    found = []
    for text in kept[:LIST_LENGTH_MOST].split("."):
        try:
            raw = base64.b64decode(text.encode("ascii", "replace"), altchars=b"-_", validate=True)
        except ValueError:
            continue
        # A day ahead of ours is no fault: another process's clock is past midnight already.
        if (
            len(raw) == _SIGNED_BYTES + _MAC_BYTES
            and _day(now) - int.from_bytes(raw[:_DAY_BYTES], "big") <= LASTS_DAYS
        ):
            found.append(raw)
    return found


def _day(now: datetime) -> int:
    """Days since 1970 by UTC: 16 bits last until 2149."""
    return int(now.timestamp()) // _SECONDS_A_DAY
