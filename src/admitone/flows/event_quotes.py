"""What a ticket of an event costs somebody who asked by its Lightning Address, promised for five minutes.

There is no order yet when a wallet asks, and none is made by asking: the promise goes out inside the callback address,
with a MAC, and comes back with the wish to pay.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from admitone.values.refusals import Gone

PROMISED_FOR: Final = timedelta(minutes=5)
_MAC_BYTES: Final = 16


class QuoteOver(Gone):
    """The price was promised too long ago, or not by us."""

    code = "lnurl.quote_over"
    text = "This price is no longer good. Please scan or type the address again."


@dataclass(frozen=True, slots=True)
class EventQuote:
    """One ticket of this type for `amount_minor` of `currency`, which is `amount_msat` at `price` (major units for one
    bitcoin). `name` tells promises of the same moment apart: who comes back with it again means the same purchase.
    """

    event_id: UUID
    type_id: UUID
    currency: str
    amount_minor: int
    amount_msat: int
    price: Decimal
    at: datetime
    name: UUID


class EventQuotes:
    """Seals and opens them."""

    def __init__(self, master_key: bytes) -> None:
        assert len(master_key) == 32, "a master key is 32 bytes"
        self._key = hashlib.sha256(b"admitone event quotes|" + master_key).digest()

    def seal(self, quote: EventQuote) -> str:
        """As text for an address, some 200 characters."""
        raw = msgspec.msgpack.encode(
            (
                quote.event_id.bytes,
                quote.type_id.bytes,
                quote.currency,
                quote.amount_minor,
                quote.amount_msat,
                str(quote.price),
                int(quote.at.timestamp()),
                quote.name.bytes,
            )
        )
        return base64.urlsafe_b64encode(self._mac(raw) + raw).decode().rstrip("=")

    def open_(self, text: str, now: datetime) -> EventQuote:
        """What was promised. Raises `QuoteOver`."""
        try:
            whole = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        except ValueError:
            raise QuoteOver from None
        mac, raw = whole[:_MAC_BYTES], whole[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(raw)):
            raise QuoteOver
        event_id, type_id, currency, minor, msat, price, at, name = msgspec.msgpack.decode(
            raw, type=tuple[bytes, bytes, str, int, int, str, int, bytes]
        )
        promised_at = datetime.fromtimestamp(at, UTC)
        if now > promised_at + PROMISED_FOR:
            raise QuoteOver
        return EventQuote(
            UUID(bytes=event_id),
            UUID(bytes=type_id),
            currency,
            minor,
            msat,
            Decimal(price),
            promised_at,
            UUID(bytes=name),
        )

    def _mac(self, raw: bytes) -> bytes:
        return hmac.digest(self._key, raw, "sha256")[:_MAC_BYTES]
