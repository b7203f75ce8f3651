"""A shop that is paid through one of the stand-ins, over a wire on which any one request can go wrong.

Every `Process` is as a process that was just started: it has its own provider objects and remembers nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import httpx2

from admitone import payments
from admitone.assembly import Assembly
from admitone.entrypoints.standins.paystack import create_app as paystack_app
from admitone.entrypoints.standins.stripe import create_app as stripe_app
from admitone.entrypoints.standins.stripe import open_dispute
from admitone.flows.cancel_tickets import CancelTickets
from admitone.flows.disputing import Disputing
from admitone.flows.payment import Payment
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.payout import PayingOut
from admitone.flows.payout_receivers import PayoutReceivers
from admitone.flows.provider_books import ProviderBooks
from admitone.flows.reconcile import Reconciling
from admitone.flows.refund import Refunding
from admitone.flows.settlement import Settlement
from admitone.payments import Account, AccountSheet, Credential, Method, Provider
from admitone.payments.providers.paystack import PaystackKind
from admitone.payouts import by_refs
from admitone.plumbing.database import Database
from admitone.plumbing.sealing import Sealer
from admitone.values.clock import FrozenClock
from tests.contracts.payments.rig_paypal import PayPalEnd
from tests.contracts.payments.rig_paystack import ORIGIN as PAYSTACK
from tests.contracts.payments.rig_paystack import Interleaving, PaystackEnd
from tests.contracts.payments.rig_stripe import ORIGIN as STRIPE
from tests.contracts.payments.rig_stripe import FaultyWire, StripeEnd


class Break(StrEnum):
    """What happens to one request. The provider did the work in all of them but `REFUSED`.

    `KILLED`: our process dies before it has heard the answer.
    """

    REFUSED = "refused"
    LOST = "answer_lost"
    ERROR = "answered_500"
    GARBAGE = "garbage"
    KILLED = "killed"


class Killed(BaseException):
    """The process has died here."""


@dataclass
class Trap:
    """Counts the requests of a story, and breaks the one at this place."""

    at: int | None = None
    how: Break | None = None
    calls: list[str] = field(default_factory=list)

    def passes(self, request: httpx2.Request) -> Break | None:
        """What happens to this request."""
        self.calls.append(f"{request.method} {request.url.path}")
        return self.how if len(self.calls) - 1 == self.at else None


class TrappedWire(httpx2.AsyncBaseTransport):
    """The line to the provider."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, trap: Trap) -> None:
        self._inner = inner
        self._trap = trap

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        happens = self._trap.passes(request)
        if happens is Break.REFUSED:
            raise httpx2.ConnectError("refused", request=request)
        answer = await self._inner.handle_async_request(request)
        if happens is Break.LOST:
            raise httpx2.ReadTimeout("nothing came", request=request)
        if happens is Break.KILLED:
            raise Killed(str(request.url))
        if happens is Break.ERROR:
            return httpx2.Response(500, text="Internal Server Error", request=request)
        if happens is Break.GARBAGE:
            return httpx2.Response(200, html="<html>upstream</html>", request=request)
        return answer


class TrappedStripe(StripeEnd):
    """Stripe at the other end of a trapped wire."""

    def __init__(self, database: Database, trap: Trap) -> None:
        self.trap = trap
        super().__init__(database)

    def client(self) -> httpx2.AsyncClient:
        inner = FaultyWire(httpx2.ASGITransport(app=stripe_app(self.stand_in, sends=False)))
        return httpx2.AsyncClient(transport=TrappedWire(inner, self.trap), base_url=STRIPE, timeout=10)

    def advance(self) -> None:
        """Time passes at the provider."""


class TrappedPaystack(PaystackEnd):
    """Paystack at the other end of a trapped wire."""

    def __init__(self, database: Database, trap: Trap) -> None:
        self.trap = trap
        super().__init__(database)

    def kind(self) -> PaystackKind:
        app = paystack_app(self.company, origin=PAYSTACK, observe=self.watch)
        wire = TrappedWire(Interleaving(httpx2.ASGITransport(app=app)), self.trap)
        return PaystackKind(
            httpx2.AsyncClient(transport=wire), self.clock, base=PAYSTACK, origins=frozenset({PAYSTACK})
        )

    def advance(self) -> None:
        """Refunds and transfers arrive."""
        self.company.advance()


class TrappedPayPal(PayPalEnd):
    """PayPal at the other end of a trapped wire."""

    def __init__(self, database: Database, trap: Trap) -> None:
        super().__init__(database)
        self.client = httpx2.AsyncClient(transport=TrappedWire(self.line, trap))

    def advance(self) -> None:
        """Payouts arrive."""
        self.standin.office.finish_payouts()


TRAPPED: Mapping[str, Callable[[Database, Trap], "End"]] = {
    "stripe": TrappedStripe,
    "paystack": TrappedPaystack,
    "paypal": TrappedPayPal,
}


class End(Protocol):
    """What the rigs have in common."""

    clock: FrozenClock
    sheet: AccountSheet
    provider: Provider
    method: str
    currency: str

    def open(self) -> Provider: ...

    def advance(self) -> None: ...

    async def pay(self, provider_ref: str) -> None: ...

    async def payments_made(self) -> int: ...

    async def sent_back_minor(self, provider_ref: str) -> int: ...


class Wired:
    """The kind of a provider, whose every account is the rig's; opened anew each time."""

    label = "Stand-in"
    credentials: tuple[Credential, ...] = ()
    redirect_origins: frozenset[str] = frozenset()
    is_watched = False
    is_played = False

    def __init__(self, end: End) -> None:
        self.name = end.provider.name
        self.methods: tuple[Method, ...] = tuple(end.provider.methods)
        self._end = end

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> Provider:
        return self._end.open()


class Process:
    """The flows of money as a new process has them, by the provider's clock."""

    def __init__(self, site: Assembly, end: End, kind: Wired | None = None) -> None:
        database, clock = site.database, end.clock
        sealer = Sealer({1: bytes(32)}, active=1)
        self.accounts = accounts = PaymentAccounts(
            database, clock, sealer, {end.provider.name: kind or Wired(end)}, "http://x"
        )
        self.settlement = Settlement(database, clock, accounts, site.offers, site.ring)
        self.payment = Payment(
            database,
            clock,
            accounts,
            site.offers,
            self.settlement,
            lambda order_id: f"https://x.test/{order_id}",
        )
        self.refunding = Refunding(database, clock, accounts)
        self.cancel_tickets = CancelTickets(database, clock, accounts)
        self.disputing = Disputing(database, clock, accounts)
        self.paying_out = PayingOut(database, clock, accounts, site.money.approvals)
        self.receivers = PayoutReceivers(database, clock, accounts, sealer, site.post, "https://x.test")
        self.reconciling = Reconciling(
            database,
            clock,
            accounts,
            self.settlement,
            self.refunding,
            ProviderBooks(database, clock, by_refs),
            {"disputes": self.disputing.ask_recent, "payouts": self.paying_out.ask_recent},
        )


async def open_account(site: Assembly, end: End, organiser_id: UUID | None) -> None:
    """The rig's account, an organiser's own or the site's (None)."""
    account = Account(
        id=end.sheet.id,
        organiser_id=organiser_id,
        provider=end.provider.name,
        mode="test",
        label="Stand-in",
        state="active",
        ref=end.sheet.ref,
        country=end.sheet.country,
        currencies=None,
        sealed=None,
        options={},
        missing=(),
        can_pay_out=True,
        position=1,
        updated_at=end.clock.now(),
    )
    await site.database.run(lambda tx: payments.add_account(tx, account, actor="system"))


def bank_disputes(end: End, ref: str) -> str:
    """The buyer goes to their bank; how the dispute is called."""
    if isinstance(end, StripeEnd):
        session = end.stand_in.books.get("checkout.session", ref)
        intent = end.stand_in.books.get("payment_intent", session["payment_intent"])
        return str(open_dispute(end.stand_in.books, intent["latest_charge"])["id"])
    if isinstance(end, PaystackEnd):
        return str(end.company.open_dispute(ref).id)
    assert isinstance(end, PayPalEnd)
    return end.standin.office.open_dispute(ref)
