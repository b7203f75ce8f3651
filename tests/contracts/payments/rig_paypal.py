"""The stand-in for PayPal as the other end of the adapter's wire; each request is held against PayPal's documents, and
so is each answer of the stand-in.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import ClassVar
from uuid import UUID

import httpx2

from admitone.entrypoints.standins.paypal import (
    CERTIFICATE_PATH,
    Choice,
    HungUp,
    Merchant,
    Mishap,
    Signer,
    StandIn,
    create_app,
)
from admitone.payments import Ask, Provider
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.providers.paypal import PayPalKind, PayPalProvider, Place, Trust
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock, SystemClock
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import Trouble
from tests.support.provider_documents import FOLDER, Document, Watch, provider_document

ORIGIN = "http://localhost:8056"
NOTICE_URL = "https://tickets.example/webhooks/paypal"
DOCUMENTS = tuple(f"paypal-{name}.json" for name in ("orders2", "payments2", "payouts1", "webhooks1"))
# PayPal documents these too, but not in the four files: OAuth and identity nowhere in OpenAPI.
OUTSIDE = ("/v1/oauth2/token", "/v1/identity/", "/v1/reporting/", "/v1/customer/disputes")
# What mishaps make of an answer, and the error of a key used twice, which PayPal documents in words only.
UNDOCUMENTED = (b'{"id": "5O1', b"INTERNAL_SERVICE_ERROR", b"RATE_LIMIT_REACHED", b"DUPLICATE_REQUEST_ID")
MERCHANT = Merchant(
    client_id="AdmitOneStandInClient-0123456789",
    client_secret="EStandInSecret-0123456789abcdefghij",
    webhook_url=NOTICE_URL,
)
CREDENTIALS = {
    "client_id": MERCHANT.client_id,
    "client_secret": MERCHANT.client_secret,
    "webhook_id": MERCHANT.webhook_id,
}


@cache
def signer() -> Signer:
    """One certificate authority for all tests: making keys takes long."""
    return Signer.make(SystemClock().now())


def account_sheet(mode: Mode = Mode.TEST, ref: str | None = None) -> AccountSheet:
    """An organiser's account with PayPal."""
    return AccountSheet(uuid7(), uuid7(), "paypal", mode, ref, "DE", NOTICE_URL, {})


class ToTheStandIn(httpx2.AsyncBaseTransport):
    """The line: requests go to the stand-in, whose hanging up is heard as a broken connection."""

    def __init__(self, app: object, documents: tuple[Document, ...]) -> None:
        self._inner = httpx2.ASGITransport(app=app)  # type: ignore[arg-type]
        self._documents = documents
        self.answer_problems: list[str] = []
        self.requests: list[httpx2.Request] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        # A moment in which others have their turn, as on a real line.
        await asyncio.sleep(0)
        try:
            answer = await self._inner.handle_async_request(request)
        except HungUp as error:
            raise httpx2.ReadError("the line is dead", request=request) from error
        body = await answer.aread()
        path = request.url.raw_path.decode()
        for document in self._documents:
            if document.operation(request.method, path) and not any(one in body for one in UNDOCUMENTED):
                problems = document.answer_problems(request.method, path, answer.status_code, body)
                self.answer_problems += problems
        return answer


class PayPalLine:
    """The stand-in and the adapter to it; no database is needed for what they say to each other."""

    currency = "EUR"

    def __init__(self, merchant: Merchant = MERCHANT) -> None:
        self.merchant = merchant
        # It stands still, at a moment like those in new ids.
        self.clock = FrozenClock(SystemClock().now())
        documents = tuple(map(provider_document, DOCUMENTS)) if FOLDER.is_dir() else ()
        # Without the documents the promises are tried all the same; test_paypal_wire is then skipped and says so.
        self.watch = Watch(documents, OUTSIDE)
        app = create_app(merchant, ORIGIN, clock=self.clock, signer=signer(), observe=self.watch)
        self.standin: StandIn = app.state.standin
        self.line = ToTheStandIn(app, documents)
        self.client = httpx2.AsyncClient(transport=self.line)
        self.sheet = account_sheet()
        self.provider: Provider = self.open()

    def open(self, sheet: AccountSheet | None = None, **credentials: str) -> PayPalProvider:
        """A new provider for an account, as another process would open it: it remembers nothing."""
        own = {**CREDENTIALS, "webhook_id": self.merchant.webhook_id}
        return self.kind().open(sheet or self.sheet, {**own, **credentials})

    def kind(self) -> PayPalKind:
        """The kind, with its wire to the stand-in."""
        trust = Trust(addresses=f"{ORIGIN}{CERTIFICATE_PATH}", roots=signer().root_pem)
        place = Place(ORIGIN, ORIGIN, trust)
        return PayPalKind(self.client, self.clock, {Mode.TEST: place, Mode.LIVE: replace(place)})

    def problems(self) -> list[str]:
        """What the documents have against our requests, and against the stand-in's answers."""
        return self.watch.problems + self.line.answer_problems if self.watch.documents else []

    def choose(self, provider_ref: str, choice: Choice) -> str:
        """What the buyer does on the payment page."""
        return self.standin.company.choose(provider_ref, choice)

    async def agreed(self, ask: Ask) -> str:
        """Start, and let the buyer agree on the page; the order's name."""
        ref = (await self.provider.start(ask)).provider_ref
        assert ref is not None
        self.choose(ref, Choice.PAY)
        return ref

    def mishap(self, operation: str, *mishaps: Mishap) -> None:
        """What goes wrong in the next calls of an operation of the stand-in."""
        self.standin.knobs.mishaps[operation] = deque(mishaps)

    def asked(self, method: str, path: str) -> int:
        """How many requests came to addresses that begin so."""
        return sum(one[0] == method and one[1].startswith(path) for one in self.watch.seen)


class PayPalEnd(PayPalLine):
    """The other end as the contract suite wants it."""

    method = "paypal"
    calls: ClassVar[Mapping[str, str]] = {
        "start": "create_order",
        "status": "get_order",
        "refund": "refund",
        "refund_status": "get_refund",
    }

    def __init__(self, database: Database, merchant: Merchant = MERCHANT) -> None:
        super().__init__(merchant)
        self.database = database

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.mishap(self.calls[verb], *(Mishap(one.value) for one in troubles))

    async def pay(self, provider_ref: str) -> None:
        # The buyer agrees and is sent back to the order's page, which asks: only then PayPal takes the money.
        self.choose(provider_ref, Choice.PAY)
        mark = self.standin.company.order(provider_ref)["purchase_units"][0]["custom_id"]
        await self.provider.status(UUID(mark.removeprefix("attempt-")), provider_ref)

    async def decline(self, provider_ref: str) -> None:
        self.choose(provider_ref, Choice.DECLINE)

    async def payments_made(self) -> int:
        return len(self.standin.company.state.orders)

    async def sent_back_minor(self, provider_ref: str) -> int:
        company = self.standin.company
        return company.sent_back(company.order(provider_ref))

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        event = {
            "id": "WH-19973937YW279670F-02S63370HL636500Y",
            "create_time": "2026-11-21T12:00:00Z",
            "resource_type": "checkout-order",
            "event_type": "CHECKOUT.ORDER.APPROVED",
            "resource": {"id": provider_ref, "status": "APPROVED"},
        }
        return self.standin.notice(event, at)
