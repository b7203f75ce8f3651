"""The stand-in's post room: signs webhooks as Paystack does and sends them, as well or as badly as the knobs say.

Source: Paystack's page on webhooks: HMAC-SHA-512 of the body under the secret key, in hexadecimal, in
`x-paystack-signature`; anything but 200 is sent again, four times after three minutes and then hourly.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import msgspec
import structlog

from admitone.entrypoints.standins.paystack.books import Books, Delivery
from admitone.entrypoints.standins.paystack.knobs import Knobs
from admitone.values.clock import Clock

log = structlog.get_logger(__name__)
# Sends one webhook and gives the status of the answer.
Send = Callable[[Mapping[str, str], bytes], Awaitable[int]]

MIXED_UP_SECONDS = 5
TRIES_MOST = 76


class Outbox:
    """What is still to be sent; part of the books."""

    def __init__(self, books: Books, secret_key: str, knobs: Knobs, clock: Clock) -> None:
        self._books = books
        self._secret_key = secret_key
        self._knobs = knobs
        self._clock = clock
        self._told = 0

    def tell(self, event: str, data: Mapping[str, object]) -> None:
        """Write a webhook, as often as the knobs say."""
        body = msgspec.json.encode({"event": event, "data": data})
        self._told += 1
        late = self._knobs.webhook_seconds
        if self._knobs.is_mixed_up and self._told % 2:
            late += MIXED_UP_SECONDS
        due_at = self._clock.now() + timedelta(seconds=late)
        self._books.deliveries += [Delivery(event, body, due_at) for _ in range(self._knobs.copies)]

    def headers(self, body: bytes) -> dict[str, str]:
        """What is sent with a body."""
        signed = hmac.new(self._secret_key.encode(), body, hashlib.sha512).hexdigest()
        return {"content-type": "application/json", "x-paystack-signature": signed}

    async def send_due(self, send: Send) -> int:
        """Send what is due; how many were received."""
        now = self._clock.now()
        received = 0
        due = sorted((one for one in self._books.deliveries if one.due_at <= now), key=lambda one: one.due_at)
        for one in due:
            if await self._sent(send, one):
                self._books.deliveries.remove(one)
                received += 1
                continue
            one.tries += 1
            one.due_at = now + (timedelta(minutes=3) if one.tries <= 4 else timedelta(hours=1))
            if one.tries >= TRIES_MOST:
                self._books.deliveries.remove(one)
        return received

    async def _sent(self, send: Send, one: Delivery) -> bool:
        try:
            return await send(self.headers(one.body), one.body) == 200
        except Exception as error:
            # The post room goes on, whatever is wrong at the other end.
            log.warning("paystack_standin.not_sent", webhook=one.event, error=type(error).__name__)
            return False
