"""How the sandbox bank signs its webhooks: Standard Webhooks 1.0, symmetric (HMAC-SHA-256).

Source: the Standard Webhooks specification: headers `webhook-id`, `webhook-timestamp` (whole seconds) and
`webhook-signature` (`v1,<base64>`, several separated by spaces); signed is `id.timestamp.body`; five minutes'
tolerance both ways.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from admitone.payments.provider import About, BadSignature, NoticeRead
from admitone.values.clock import epoch_ms

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURES_MOST = 8


class _About(msgspec.Struct):
    ref: str


class _Body(msgspec.Struct):
    type: str
    data: _About


@dataclass(frozen=True, slots=True, repr=False)
class NoticeSecret:
    """The key both sides share. `whsec_` and base64 of 24 to 64 bytes when written down."""

    key: bytes

    def __post_init__(self) -> None:
        assert 24 <= len(self.key) <= 64, "a webhook secret has 24 to 64 bytes"

    @classmethod
    def read(cls, text: str) -> "NoticeSecret":
        """From its written form. Raises ValueError when it is not one."""
        if not text.startswith(_PREFIX):
            raise ValueError("a webhook secret starts with whsec_")
        return cls(base64.b64decode(text.removeprefix(_PREFIX), validate=True))

    def written(self) -> str:
        """`whsec_` and base64."""
        return _PREFIX + base64.b64encode(self.key).decode()

    def signature(self, notice_id: str, seconds: int, body: bytes) -> bytes:
        """The 32 bytes of HMAC over `id.timestamp.body`."""
        return hmac.digest(self.key, f"{notice_id}.{seconds}.".encode() + body, "sha256")

    def sign(self, notice_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """The three headers for sending `body` at this moment."""
        seconds = epoch_ms(at) // 1000
        signature = base64.b64encode(self.signature(notice_id, seconds, body)).decode()
        return {
            "webhook-id": notice_id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": f"v1,{signature}",
        }

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
        """The notice's id, when one of the signatures is right and fresh. Raises `BadSignature`."""
        notice_id = headers.get("webhook-id", "")
        stamp = headers.get("webhook-timestamp", "")
        if not _ID.fullmatch(notice_id) or not _SECONDS.fullmatch(stamp):
            raise BadSignature
        if abs(epoch_ms(now) - int(stamp) * 1000) > TOLERANCE_SECONDS * 1000:
            raise BadSignature
        wanted = self.signature(notice_id, int(stamp), body)
        given = islice(headers.get("webhook-signature", "").split(" "), _SIGNATURES_MOST)
        if not any(hmac.compare_digest(wanted, _signature(one)) for one in given):
            raise BadSignature
        return notice_id


def _signature(text: str) -> bytes:
    version, _, encoded = text.partition(",")
    try:
        return base64.b64decode(encoded, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""


def write_body(kind: str, payment_ref: str) -> bytes:
    """What a webhook says: the kind of change (`payment.paid`) and of which payment. It is only a hint."""
    return msgspec.json.encode(_Body(kind, _About(payment_ref)))


def read(secret: NoticeSecret, headers: Mapping[str, str], body: bytes, now: datetime) -> NoticeRead:
    """The notice, when it is genuine. Raises `BadSignature`, also when a signed body makes no sense."""
    notice_id = secret.verify(headers, body, now)
    try:
        parsed = msgspec.json.decode(body, type=_Body)
    except msgspec.DecodeError as error:
        raise BadSignature from error
    about = About.REFUND if parsed.type.startswith("refund.") else About.PAYMENT
    return NoticeRead(notice_id, parsed.data.ref, about)
