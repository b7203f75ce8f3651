"""What a ticket of an event, or an order, costs somebody who asked by its Lightning Address, promised for five minutes.

Nothing is stored by asking, which anybody may do: the promise goes out inside the callback address, with a MAC, and
comes back with the wish to pay.
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
_OF_EVENT: Final = b"event|"
_OF_ORDER: Final = b"order|"


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


@dataclass(frozen=True, slots=True)
class OrderPromise:
    """What is due of this order: `amount_minor` of `currency`, which is `amount_msat` at `price` (major units for one
    bitcoin).
    """

    order_id: UUID
    currency: str
    amount_minor: int
    amount_msat: int
    price: Decimal
    at: datetime


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
        return self._sealed(_OF_EVENT, raw)

    def open_(self, text: str, now: datetime) -> EventQuote:
        """What was promised. Raises `QuoteOver`."""
        event_id, type_id, currency, minor, msat, price, at, name = msgspec.msgpack.decode(
            self._opened(_OF_EVENT, text), type=tuple[bytes, bytes, str, int, int, str, int, bytes]
        )
        promised_at = _in_time(at, now)
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

    def seal_order(self, promise: OrderPromise) -> str:
        """As text for an address, some 130 characters."""
        raw = msgspec.msgpack.encode(
            (
                promise.order_id.bytes,
                promise.currency,
                promise.amount_minor,
                promise.amount_msat,
                str(promise.price),
                int(promise.at.timestamp()),
            )
        )
        return self._sealed(_OF_ORDER, raw)

    def open_order(self, text: str, now: datetime) -> OrderPromise:
        """What was promised of an order. Raises `QuoteOver`."""
        order_id, currency, minor, msat, price, at = msgspec.msgpack.decode(
            self._opened(_OF_ORDER, text), type=tuple[bytes, str, int, int, str, int]
        )
        return OrderPromise(UUID(bytes=order_id), currency, minor, msat, Decimal(price), _in_time(at, now))

    def _sealed(self, purpose: bytes, raw: bytes) -> str:
        return base64.urlsafe_b64encode(self._mac(purpose, raw) + raw).decode().rstrip("=")

    def _opened(self, purpose: bytes, text: str) -> bytes:
        try:
            whole = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        except ValueError:
            raise QuoteOver from None
        mac, raw = whole[:_MAC_BYTES], whole[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(purpose, raw)):
            raise QuoteOver
        return raw

    def _mac(self, purpose: bytes, raw: bytes) -> bytes:
        return hmac.digest(self._key, purpose + raw, "sha256")[:_MAC_BYTES]


def _in_time(at: int, now: datetime) -> datetime:
    promised_at = datetime.fromtimestamp(at, UTC)
    if now > promised_at + PROMISED_FOR:
        raise QuoteOver
    return promised_at
