"""The books of the stand-ins for Stripe, Paystack and PayPal agree with ours to the minor unit, fees and all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import pytest

from admitone import ledger, orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.standins.stripe import decide_dispute, open_dispute
from admitone.flows.disputing import Disputing
from admitone.flows.payment import Payment
from admitone.flows.payment_accounts import PaymentAccounts
from admitone.flows.provider_books import ProviderBooks
from admitone.flows.reconcile import Reconciling
from admitone.flows.refund import Refunding
from admitone.flows.settlement import Settlement
from admitone.payments import Account, AccountSheet, Credential, Method, Provider, books_of
from admitone.plumbing.database import Database
from admitone.plumbing.sealing import Sealer
from admitone.values.clock import FrozenClock
from tests.contracts.payments.rig_paypal import PayPalEnd
from tests.contracts.payments.rig_paystack import PaystackEnd
from tests.contracts.payments.rig_stripe import StripeEnd
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale


class End(Protocol):
    """What the rigs have in common."""

    clock: FrozenClock
    sheet: AccountSheet
    provider: Provider
    method: str
    currency: str

    async def pay(self, provider_ref: str) -> None: ...


class Wired:
    """The kind of a provider, whose every account is the rig's."""

    label = "Stand-in"
    credentials: tuple[Credential, ...] = ()
    redirect_origins: frozenset[str] = frozenset()

    def __init__(self, provider: Provider) -> None:
        self.name = provider.name
        self.methods: tuple[Method, ...] = tuple(provider.methods)
        self._provider = provider

    def open(self, sheet: AccountSheet, credentials: Mapping[str, str]) -> Provider:
        return self._provider


@dataclass(frozen=True)
class Shop:
    """An organiser whose own account with a provider is played by a stand-in."""

    site: Assembly
    show: OnSale
    end: End
    account_id: UUID
    payment: Payment
    settlement: Settlement
    refunding: Refunding
    reconciling: Reconciling

    @property
    def books(self) -> str:
        return f"clearing:{books_of(self.end.provider.name, self.account_id)}"

    async def prompted(self) -> tuple[UUID, str]:
        """An order at the provider's page: its attempt, and how the provider calls it."""
        order = await place(self.site, self.show)
        paying = await self.payment.pay(order.id, f"{self.end.provider.name}:{self.end.method}")
        assert paying.attempt.provider_ref is not None
        return paying.attempt.id, paying.attempt.provider_ref


async def shop_at(site: Assembly, end: End) -> Shop:
    """Everything, by the clock of the stand-in."""
    show = await put_on_sale(site, TypeOnSale("Stalls", 250_000, 10), currency=end.currency)
    account = Account(
        id=end.sheet.id,
        organiser_id=show.organiser_id,
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
        can_pay_out=False,
        position=1,
        updated_at=end.clock.now(),
    )
    await site.database.run(lambda tx: payments.add_account(tx, account, actor="system"))
    database, clock = site.database, end.clock
    sealer = Sealer({1: bytes(32)}, active=1)
    accounts = PaymentAccounts(database, clock, sealer, {end.provider.name: Wired(end.provider)}, "http://x")
    settlement = Settlement(database, clock, accounts, site.offers, site.ring)
    refunding = Refunding(database, clock, accounts)
    disputing = Disputing(database, clock, accounts)
    more = {"disputes": disputing.ask_recent}
    books = ProviderBooks(database, clock)
    return Shop(
        site,
        show,
        end,
        account.id,
        Payment(
            database,
            clock,
            accounts,
            site.offers,
            settlement,
            lambda order_id: f"https://x.example/{order_id}",
        ),
        settlement,
        refunding,
        Reconciling(database, clock, accounts, settlement, refunding, books, more),
    )


@pytest.mark.parametrize("make", [StripeEnd, PaystackEnd, PayPalEnd])
async def test_the_books_of_both_sides_agree(assembly: Assembly, db: Database, make: type[StripeEnd]) -> None:
    shop = await shop_at(assembly, make(db))
    heard, heard_ref = await shop.prompted()
    _, missed_ref = await shop.prompted()
    await shop.prompted()  # never paid
    await shop.end.pay(heard_ref)
    await shop.end.pay(missed_ref)
    async with shop.site.database.reading() as reader:
        attempt = await payments.read(reader, heard)
    settled = await shop.settlement.ask(attempt)
    assert settled is not None
    assert settled.order_state == "paid"
    async with shop.site.database.reading() as reader:
        order = await orders.by_id(reader, attempt.order_id)
    await shop.refunding.take_back(shop.show.owner, shop.show.organiser_id, order.code)
    await shop.refunding.send_due()
    assert (await shop.reconciling.run(shop.account_id)).agrees
    if isinstance(shop.end, PaystackEnd):
        # Its refunds leave the balance at once and are done days later: until then the line is ahead of us.
        shop.end.clock.move(seconds=5 * 86_400)
        assert shop.end.company.advance() == 1
    found = await shop.reconciling.run(shop.account_id)
    assert found.error is None
    assert found.cases == []
    assert found.mirror is not None
    [line] = found.mirror.lines
    there = await shop.end.provider.roles.mirrored.balances()  # type: ignore[union-attr]
    async with shop.site.database.reading() as reader:
        clearing = -await ledger.balance(reader, shop.books, shop.end.currency)
        direct = await ledger.balance(reader, f"organiser:{shop.show.organiser_id}:direct", shop.end.currency)
    assert clearing == there[shop.end.currency] == line.there_minor
    assert (line.opening_minor, line.lag_minor, line.difference_minor, line.under_way_minor) == (0, 0, 0, 0)
    # One sale stands; the provider kept its fees of it, and of what went back.
    assert 0 < 250_000 - direct < 250_000 // 5
    assert clearing == direct
    assert (await shop.reconciling.run(shop.account_id)).agrees
    await must_hold(shop.site.database)


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


def bank_decides(end: End, dispute: str, *, won: bool) -> None:
    """The bank says who keeps the money."""
    if isinstance(end, StripeEnd):
        decide_dispute(end.stand_in.books, dispute, won=won)
    elif isinstance(end, PaystackEnd):
        end.company.decide(dispute, merchant_wins=won)
    else:
        assert isinstance(end, PayPalEnd)
        end.standin.office.resolve_dispute(dispute, seller_wins=won)


@pytest.mark.parametrize("won", [True, False])
@pytest.mark.parametrize("make", [StripeEnd, PaystackEnd, PayPalEnd])
async def test_disputes_are_in_the_books(
    assembly: Assembly, db: Database, make: type[StripeEnd], won: bool
) -> None:
    shop = await shop_at(assembly, make(db))
    _, ref = await shop.prompted()
    await shop.end.pay(ref)
    dispute = bank_disputes(shop.end, ref)
    opened = await shop.reconciling.run(shop.account_id)
    assert (opened.error, opened.cases, opened.counts["disputes"]) == (None, [], 1)
    bank_decides(shop.end, dispute, won=won)
    decided = await shop.reconciling.run(shop.account_id)
    assert (decided.error, decided.cases) == (None, [])
    assert decided.mirror is not None
    [line] = decided.mirror.lines
    async with shop.site.database.reading() as reader:
        held = await ledger.balance(reader, "disputes", shop.end.currency)
        direct = await ledger.balance(reader, f"organiser:{shop.show.organiser_id}:direct", shop.end.currency)
    assert held == 0
    assert direct == line.clearing_minor == line.there_minor
    assert (direct > 200_000) is won
    await must_hold(shop.site.database)
