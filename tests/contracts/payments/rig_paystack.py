"""The stand-in for Paystack as the other end of the adapter's wire; each request is held against its document."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

import httpx2
import msgspec

from admitone.entrypoints.standins.paystack import Company, Fault, Knobs, answers, create_app
from admitone.payments import Ask, Provider
from admitone.payments.kinds import AccountSheet, Mode
from admitone.payments.providers.paystack import PaystackKind, PaystackProvider
from admitone.plumbing.database import Database
from admitone.values.clock import FrozenClock, SystemClock
from admitone.values.ids import uuid7
from tests.contracts.payments.cases import Paid, Trouble
from tests.support.provider_documents import FOLDER, Watch, provider_document

ORIGIN = "http://localhost:8055"
SECRET_KEY = "sk_test_" + "0123456789abcdef" * 2 + "01234567"
DOCUMENT = "paystack.yaml"


def account_sheet(mode: Mode = Mode.TEST, ref: str | None = None) -> AccountSheet:
    """An organiser's account with Paystack."""
    notice_url = "https://tickets.example/webhooks/paystack"
    return AccountSheet(uuid7(), uuid7(), "paystack", mode, ref, "GH", notice_url, {})


class Interleaving(httpx2.AsyncBaseTransport):
    """A wire on which calls made at the same time really overlap: each lets the others go first, there and back.

    What changes something takes longest, so that whoever looks meanwhile does not see it yet.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for _ in range(5 if request.method == "GET" else 200):
            await asyncio.sleep(0)
        answer = await self._inner.handle_async_request(request)
        for _ in range(5):
            await asyncio.sleep(0)
        return answer


class PaystackSide:
    """The stand-in and the adapter to it; all that needs no database of ours."""

    method = "card"
    currency = "GHS"
    calls: ClassVar[Mapping[str, str]] = {
        "start": "POST /transaction/initialize",
        "status": "GET /transaction/verify",
        "refund": "POST /refund",
        "refund_status": "GET /refund",
    }

    def __init__(self, secret_key: str = SECRET_KEY) -> None:
        self.secret_key = secret_key
        # It stands still, at a moment like those in new ids.
        self.clock = FrozenClock(SystemClock().now())
        self.knobs = Knobs()
        self.company = Company(secret_key, self.clock, knobs=self.knobs)
        # Without the documents the promises are tried all the same; one test of the roles is skipped then and says so.
        self.watch = Watch((provider_document(DOCUMENT),) if FOLDER.is_dir() else ())
        self.sheet = account_sheet()
        self.provider: Provider = self.open()

    def open_elsewhere(self) -> PaystackProvider:
        """The provider as another process would open it: it remembers nothing."""
        return self.open()

    def open(self, secret_key: str | None = None, sheet: AccountSheet | None = None) -> PaystackProvider:
        """A new provider with this key."""
        return self.kind().open(sheet or self.sheet, {"secret_key": secret_key or self.secret_key})

    def kind(self) -> PaystackKind:
        """The kind, with its wire to the stand-in."""
        app = create_app(self.company, origin=ORIGIN, observe=self.watch)
        client = httpx2.AsyncClient(transport=Interleaving(httpx2.ASGITransport(app=app)))
        return PaystackKind(client, self.clock, base=ORIGIN, origins=frozenset({ORIGIN}))

    @property
    def problems(self) -> list[str]:
        """What was wrong with our requests, as far as the document is there to say it."""
        return self.watch.problems if self.watch.documents else []

    def now(self) -> datetime:
        return self.clock.now()

    def trouble(self, verb: str, *troubles: Trouble) -> None:
        self.knobs.plan(self.calls[verb], *(Fault(one.value) for one in troubles))

    async def pay(self, provider_ref: str) -> None:
        self.company.pay(provider_ref)

    async def decline(self, provider_ref: str) -> None:
        self.company.decline(provider_ref)

    async def payments_made(self) -> int:
        return len(self.company.books.transactions)

    async def sent_back_minor(self, provider_ref: str) -> int:
        payment = self.company.transaction(provider_ref)
        assert payment is not None
        return self.company.sent_back_minor(payment)

    def notice(self, provider_ref: str, at: datetime) -> tuple[Mapping[str, str], bytes]:
        payment = self.company.transaction(provider_ref)
        data: object = {"id": 1, "domain": "test", "reference": provider_ref}
        if payment is not None:
            data = answers.transaction(self.company.house, payment)
        body = msgspec.json.encode({"event": "charge.success", "data": data})
        return self.company.outbox.headers(body), body

    def ask(self, amount_minor: int = 2500) -> Ask:
        """A new ask."""
        return Ask(
            attempt_id=uuid7(),
            method=self.method,
            currency=self.currency,
            amount_minor=amount_minor,
            description="Order 7K3M9QXYZ",
            return_url="https://tickets.example/orders/abc",
            pay_until=self.now() + timedelta(minutes=15),
            buyer_email="ada@example.org",
        )

    async def paid(self, amount_minor: int = 2500) -> Paid:
        """Start and pay."""
        ask = self.ask(amount_minor)
        await self.provider.start(ask)
        self.company.pay(ask.attempt_id.hex)
        return Paid(ask, ask.attempt_id.hex)


class PaystackEnd(PaystackSide):
    """The rig of the contract suite."""

    def __init__(self, database: Database, secret_key: str = SECRET_KEY) -> None:
        super().__init__(secret_key)
        self.database = database
