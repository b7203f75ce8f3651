"""Events and their webhooks, signed as Stripe does: `t=<seconds>,v1=<HMAC-SHA256 of t.body, in hex>`.

Source: docs.stripe.com/webhooks. Every try is signed anew; an event keeps its name however often it is sent.
"""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass

import structlog

from admitone.entrypoints.standins.stripe.books import PLATFORM, Books, Thing
from admitone.plumbing.outgoing import Client

log = structlog.get_logger(__name__)
TRIES_MOST = 8
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where webhooks go. `is_connect`: gets what happens on connected accounts, and only that."""

    url: str
    secret: str
    is_connect: bool = False


@dataclass(slots=True)
class Habits:
    """How webhooks are sent: `copies` of each (0: never), so much later, and the newest first when mixed up."""

    copies: int = 1
    delay_seconds: int = 0
    is_mixed_up: bool = False


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The value of the header `Stripe-Signature`."""
    mac = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mac}"


class Posting:
    """Writes events down and sends them."""

    def __init__(self, books: Books, endpoints: tuple[Endpoint, ...], client: Client | None) -> None:
        self.books = books
        self.endpoints = endpoints
        self.habits = Habits()
        self._client = client
        self._news = asyncio.Event()
        books.tell = self.tell

    def tell(self, kind: str, thing: Thing, account: str | None) -> None:
        """Write an event, and what is to be sent of it."""
        event = self.books.add("evt", "event", self.event(kind, thing, account))
        for place, endpoint in enumerate(self.endpoints):
            if endpoint.is_connect != (account is not None):
                continue
            due_at = self.books.now() + self.habits.delay_seconds
            one = {"event": event["id"], "endpoint": place, "tries": 0}
            self.books.deliveries += [{**one, "due_at": due_at} for _ in range(self.habits.copies)]
        self._news.set()

    def event(self, kind: str, thing: Thing, account: str | None) -> Thing:
        """An event's fields; connected accounts' events say whose they are."""
        fields = {
            "api_version": API_VERSION,
            "data": {"object": self.books.shown(thing)},
            "livemode": self.books.is_live,
            "pending_webhooks": len(self.endpoints),
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        return fields if account in (None, PLATFORM) else {**fields, "account": account}

    def body(self, event: Thing) -> bytes:
        """An event as it is sent."""
        return json.dumps(self.books.shown(event), indent=2).encode()

    async def send_due(self) -> int:
        """Send what is due; how much arrived. What did not is tried again later, later each time."""
        now = self.books.now()
        due = [one for one in self.books.deliveries if one["due_at"] <= now]
        if self.habits.is_mixed_up:
            due.reverse()
        arrived = 0
        for one in due:
            if await self._send(one):
                self.books.deliveries.remove(one)
                arrived += 1
                continue
            one["tries"] += 1
            one["due_at"] = now + 5 * 4 ** one["tries"]
            if one["tries"] >= TRIES_MOST:
                self.books.deliveries.remove(one)
        if due:
            self.books.save()
        return arrived

    async def _send(self, one: Thing) -> bool:
        assert self._client is not None, "sending needs a client"
        endpoint = self.endpoints[one["endpoint"]]
        body = self.body(self.books.get("event", one["event"]))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(endpoint.secret, self.books.now(), body),
            "User-Agent": "Stripe/1.0 (stand-in)",
        }
        try:
            answer = await self._client.post(endpoint.url, content=body, headers=headers)
        except OSError as error:
            log.info("standin.no_delivery", provider="stripe", error=type(error).__name__)
            return False
        except Exception as error:
            # One address that cannot be reached must not end the post of all others.
            log.warning("standin.no_delivery", provider="stripe", error=type(error).__name__)
            return False
        return 200 <= answer.status_code < 300

    async def keep_sending(self) -> None:
        """Send for ever, at once when there is news and every second for what was delayed."""
        while True:
            await self.send_due()
            try:
                async with asyncio.timeout(1):
                    await self._news.wait()
            except TimeoutError:
                continue
            finally:
                self._news.clear()
