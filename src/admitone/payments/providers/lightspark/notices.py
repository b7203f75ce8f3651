"""Is a webhook from Lightspark, and which of its entities is it about.

Source: Lightspark's page on webhooks and its SDK's `webhooks.py`: `lightspark-signature` is the HMAC-SHA-256 of the raw
body under the account's webhook key, in hexadecimal. The SDK's own check is not used: it compares in a time that tells
something, and knows no kinds of events but those of its day.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from admitone.payments.provider import BadSignature

HEADER: Final = "lightspark-signature"
PAID: Final = ("PAYMENT_FINISHED", "WALLET_INCOMING_PAYMENT_FINISHED")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_ID_MOST: Final = 200


class Told(msgspec.Struct, frozen=True):
    """What a notice says: the same `event_id` each time it is sent."""

    event_type: str
    event_id: str
    entity_id: str


def signature(webhook_key: str, body: bytes) -> str:
    """What the header has to say for this body."""
    return hmac.new(webhook_key.encode(), body, hashlib.sha256).hexdigest()


def read(webhook_key: str, headers: Mapping[str, str], body: bytes) -> Told | None:
    """The notice when it is genuine, None when it is not about a payment that has ended. Raises `BadSignature`."""
    given = headers.get(HEADER, "").strip().lower()
    if not webhook_key or not _HEX.fullmatch(given):
        raise BadSignature
    if not hmac.compare_digest(given, signature(webhook_key, body)):
        raise BadSignature
    try:
        told = msgspec.json.decode(body, type=Told)
    except msgspec.DecodeError:
        return None
    is_of_use = (
        told.event_type in PAID and 0 < len(told.event_id) <= _ID_MOST and 0 < len(told.entity_id) <= _ID_MOST
    )
    return told if is_of_use else None
