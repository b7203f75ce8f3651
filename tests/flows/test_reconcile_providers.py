"""The books of the stand-ins for Stripe, Paystack and PayPal agree with ours to the minor unit, fees and all."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from admitone import ledger, orders, payments
from admitone.assembly import Assembly
from admitone.entrypoints.standins.stripe import decide_dispute
from admitone.payments import books_of
from admitone.plumbing.database import Database
from tests.contracts.payments.rig_paypal import PayPalEnd
from tests.contracts.payments.rig_paystack import PaystackEnd
from tests.contracts.payments.rig_stripe import StripeEnd
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale
from tests.support.provider_shop import TRAPPED, End, Process, Trap, bank_disputes, open_account


@dataclass(frozen=True)
class Shop:
    """An organiser whose own account with a provider is played by a stand-in."""

    site: Assembly
    show: OnSale
    end: End
    account_id: UUID
    process: Process

    @property
    def books(self) -> str:
        return f"clearing:{books_of(self.end.provider.name, self.account_id)}"

    async def prompted(self) -> tuple[UUID, str]:
        """An order at the provider's page: its attempt, and how the provider calls it."""
        order = await place(self.site, self.show)
        paying = await self.process.payment.pay(order.id, f"{self.end.provider.name}:{self.end.method}")
        assert paying.attempt.provider_ref is not None
        return paying.attempt.id, paying.attempt.provider_ref


async def shop_at(site: Assembly, end: End) -> Shop:
    """Everything, by the clock of the stand-in."""
    show = await put_on_sale(site, TypeOnSale("Stalls", 250_000, 10), currency=end.currency)
    await open_account(site, end, show.organiser_id)
    return Shop(site, show, end, end.sheet.id, Process(site, end))


@pytest.mark.parametrize("name", TRAPPED)
async def test_the_books_of_both_sides_agree(assembly: Assembly, db: Database, name: str) -> None:
    shop = await shop_at(assembly, TRAPPED[name](db, Trap()))
    heard, heard_ref = await shop.prompted()
    _, missed_ref = await shop.prompted()
    await shop.prompted()  # never paid
    await shop.end.pay(heard_ref)
    await shop.end.pay(missed_ref)
    async with shop.site.database.reading() as reader:
        attempt = await payments.read(reader, heard)
    settled = await shop.process.settlement.ask(attempt)
    assert settled is not None
    assert settled.order_state == "paid"
    async with shop.site.database.reading() as reader:
        order = await orders.by_id(reader, attempt.order_id)
    await shop.process.refunding.take_back(shop.show.owner, shop.show.organiser_id, order.code)
    await shop.process.refunding.send_due()
    assert (await shop.process.reconciling.run(shop.account_id)).agrees
    if isinstance(shop.end, PaystackEnd):
        # Its refunds leave the balance at once and are done days later: until then the line is ahead of us.
        shop.end.clock.move(seconds=5 * 86_400)
        assert shop.end.company.advance() == 1
    found = await shop.process.reconciling.run(shop.account_id)
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
    assert (await shop.process.reconciling.run(shop.account_id)).agrees
    await must_hold(shop.site.database)


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
@pytest.mark.parametrize("name", TRAPPED)
async def test_disputes_are_in_the_books(assembly: Assembly, db: Database, name: str, won: bool) -> None:
    shop = await shop_at(assembly, TRAPPED[name](db, Trap()))
    _, ref = await shop.prompted()
    await shop.end.pay(ref)
    dispute = bank_disputes(shop.end, ref)
    opened = await shop.process.reconciling.run(shop.account_id)
    assert (opened.error, opened.cases, opened.counts["disputes"]) == (None, [], 1)
    bank_decides(shop.end, dispute, won=won)
    decided = await shop.process.reconciling.run(shop.account_id)
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
