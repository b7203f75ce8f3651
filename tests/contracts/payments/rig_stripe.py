"""The stand-in for Stripe as the other end of the adapter's wire. Requests are held against Stripe's own document."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import httpx2

from admitone.entrypoints.standins.stripe import (
    FAULT_HEADER,
    Endpoint,
    Fault,
    StandIn,
    create_app,
    signature,
)
from admitone.payments import Provider
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.providers.stripe import StripeKind, StripeProvider
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock, SystemClock, epoch_ms
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import Trouble
from tests.support.provider_documents import FOLDER, Watch, provider_document

ORIGIN = "http://localhost:8056"
SECRET_KEY = "sk_test_" + "0123456789abcdefABCDEF"
WEBHOOK_SECRET = "whsec_" + "platform0123456789"
CONNECT_SECRET = "whsec_" + "connected0123456789"
CREDENTIALS = {
    "secret_key": SECRET_KEY,
    "publishable_key": "pk_test_0123456789abcdef",
    "webhook_secret": WEBHOOK_SECRET,
    "connect_webhook_secret": CONNECT_SECRET,
}
DOCUMENT = "stripe.json"
# In the library's `SessionListParams` and in today's reference; the document is of an older day.
NEWER = "GET /v1/checkout/sessions?"
ENDPOINTS = (
    Endpoint("http://site.example/webhooks/stripe", WEBHOOK_SECRET),
    Endpoint("http://site.example/webhooks/stripe-connect", CONNECT_SECRET, is_connect=True),
)


def account_sheet(
    *,
    mode: Mode = Mode.TEST,
    ref: str | None = None,
    organiser_id: UUID | None = None,
    options: Mapping[str, str] | None = None,
) -> AccountSheet:
    """The site's own account with Stripe, or an organiser's."""
    url = "https://tickets.example/webhooks/stripe"
    return AccountSheet(uuid7(), organiser_id, "stripe", mode, ref, "DE", url, options or {})


class FaultyWire(httpx2.AsyncBaseTransport):
    """Makes real what the stand-in cannot do to a connection: an answer that never comes."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        if FAULT_HEADER in answer.headers:
            raise httpx2.ReadTimeout("nothing came", request=request)
        return answer


class StripeWire:
    """The stand-in and the adapter to it."""

    def __init__(self, sheet: AccountSheet | None = None) -> None:
        # Ids carry the machine's time, and the adapter looks for lost payments by it.
        self.clock = FrozenClock(SystemClock().now().replace(microsecond=0))
        # Without the document the promises are tried all the same; tests of the requests are then skipped and say so.
        self.watch = Watch((provider_document(DOCUMENT),) if FOLDER.is_dir() else ())
        self.stand_in = StandIn(
            self.clock,
            secret_key=SECRET_KEY,
            public_url=ORIGIN,
            endpoints=ENDPOINTS,
            observe=self.watch,
        )
        self.sheet = sheet or account_sheet()
        self.stripe = self.open()

    def client(self) -> httpx2.AsyncClient:
        """A client whose every address is the stand-in."""
        app = create_app(self.stand_in, sends=False)
        return httpx2.AsyncClient(
            transport=FaultyWire(httpx2.ASGITransport(app=app)), base_url=ORIGIN, timeout=10
        )

    def open(
        self, sheet: AccountSheet | None = None, credentials: Mapping[str, str] = CREDENTIALS
    ) -> StripeProvider:
        """A new provider for an account, as another process would open it."""
        kind = StripeKind(self.client(), self.clock, api_url=ORIGIN, files_url=ORIGIN, checkout_origin=ORIGIN)
        provider = kind.open(sheet or self.sheet, credentials)
        assert isinstance(provider, StripeProvider)
        return provider

    def problems(self) -> list[str]:
        """What Stripe's document says against the requests so far."""
        known = [NEWER in one and one.endswith("query created is not known") for one in self.watch.problems]
        return [one for one, is_newer in zip(self.watch.problems, known, strict=True) if not is_newer]


class StripeEnd(StripeWire):
    """A rig of the contract suite: the wire, and a database to have transactions open on."""

    method = "checkout"
    currency = "EUR"
    calls: ClassVar[Mapping[str, str]] = {
        "start": "POST /v1/checkout/sessions",
        "status": "GET /v1/checkout/sessions/*",
        "refund": "POST /v1/refunds",
        "refund_status": "GET /v1/refunds/*",
    }

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.provider: Provider = self.stripe

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.stand_in.plan(self.calls[verb], *(Fault(one.value) for one in troubles))

    async def pay(self, provider_ref: str) -> None:
        assert self.stand_in.settling.pay(provider_ref)

    async def decline(self, provider_ref: str) -> None:
        assert self.stand_in.settling.decline(provider_ref)
        # A declined card ends nothing: the page waits for another one until its time has passed.
        session = self.stand_in.books.get("checkout.session", provider_ref)
        self.clock.set(self.clock.now().fromtimestamp(session["expires_at"], self.clock.now().tzinfo))

    async def payments_made(self) -> int:
        return len(list(self.stand_in.books.all("checkout.session")))

    async def sent_back_minor(self, provider_ref: str) -> int:
        books = self.stand_in.books
        session = books.get("checkout.session", provider_ref)
        intent = books.get("payment_intent", session["payment_intent"])
        return int(books.get("charge", intent["latest_charge"])["amount_refunded"])

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        session = {"id": provider_ref, "object": "checkout.session", "metadata": {}}
        known = next(
            (one for one in self.stand_in.books.all("checkout.session") if one["id"] == provider_ref), session
        )
        fields = self.stand_in.posting.event("checkout.session.completed", known, None)
        body = self.stand_in.posting.body({"id": "evt_1", "object": "event", **fields})
        return {"stripe-signature": signature(WEBHOOK_SECRET, epoch_ms(at) // 1000, body)}, body
