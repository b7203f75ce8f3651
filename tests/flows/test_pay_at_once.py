"""An order is paid by itself as soon as it stands: by the connected wallet, else by the provider of a UMA address."""

import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments
from admitone.accounts import NotSignedIn
from admitone.assembly import Assembly, master_key
from admitone.flows import pay_from_wallet
from admitone.flows.pay_at_once import BeingBrought, WantedAtOnce
from admitone.flows.uma_request import PUSHES
from admitone.orders import OrderRow
from admitone.payments.bitcoin import LIGHTNING
from admitone.payments.nwc import (
    NotConnected,
    PayAtOnceWished,
    WalletPayment,
    WalletPaymentMoved,
    WalletPaymentState,
)
from admitone.payments.providers.lightning import Preimages
from admitone.payments.uma import BadUmaAddress, OwnUmaAddress
from admitone.plumbing.database import Transaction
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import TooMany
from tests.support.bitcoin_desk import asked_by, payer_of, takes_bitcoin
from tests.support.letters_kept import react
from tests.support.nwc_wallet import PlayedWallet, a_relay, a_wallet
from tests.support.onsale import OnSale, must_hold, place, put_on_sale, wish
from tests.support.raw_server import RawServer, json_answer, raw_server
from tests.support.wallet_payer import somebody

PAID, REFUSED, UNKNOWN = WalletPaymentState.PAID, WalletPaymentState.REFUSED, WalletPaymentState.UNKNOWN
SATS_50K = 50_000_000


@dataclass
class AtOnce:
    """Ada, her wallet, an order of hers that waits, and the provider of her UMA address (`heard` are requests)."""

    site: Assembly
    show: OnSale
    account_id: UUID
    ada: Actor
    theirs: PlayedWallet
    order: OrderRow
    takes: RawServer
    address: str

    async def wants(self, *, from_wallet: bool = True, uma: bool = True) -> None:
        """What she said when she bought."""
        wanted = WantedAtOnce(from_wallet=from_wallet, uma=self.address if uma else None)
        await self.site.connected_wallets.at_once.want(self.ada, self.order, wanted)

    async def react(self) -> None:
        """The reaction that begins it, as the worker runs it; her wallet can see the invoice then."""
        assert await react(self.site, PayAtOnceWished.kind, "pay_at_once") == 1
        request = await asked_by(self.site, self.order.id, LIGHTNING)
        assert request.bolt11 is not None
        preimage = Preimages(master_key(self.site.settings)).of(self.account_id, request.attempt_id)
        self.theirs.knows(request.bolt11, preimage, request.amount_msat)

    async def carry(self) -> None:
        """The worker asks her wallet."""
        await self.site.connected_wallets.paying.ask_due()

    async def offer(self) -> None:
        """The reaction to what became of it."""
        await react(self.site, WalletPaymentMoved.kind, "offer_by_uma")

    async def stands(self) -> WalletPayment:
        """What her wallet was asked."""
        found = await self.site.connected_wallets.paying.of_order(self.order.id)
        assert found is not None
        return found

    async def settle(self) -> str:
        """The money is at our node. The order's state."""
        payment_hash = (await asked_by(self.site, self.order.id, LIGHTNING)).payment_hash
        assert payment_hash is not None
        await payer_of(self.site).pay_invoice(payment_hash)
        await self.site.settlement.ask_about_order(self.order.id)
        return await self.state()

    async def state(self) -> str:
        """The order's."""
        async with self.site.database.reading() as reader:
            return (await orders.by_id(reader, self.order.id)).state

    async def invoices(self) -> int:
        """How many Lightning invoices this order ever had."""
        async with self.site.database.reading() as reader:
            found = await reader.execute(
                text(
                    "SELECT count(*) FROM payments_bitcoin_request WHERE order_id = :id AND bolt11 IS NOT NULL"
                ),
                {"id": self.order.id},
            )
            return int(found.scalar_one())

    async def moment_passes(self, statement: str) -> None:
        """What a clock would do."""

        async def story(tx: Transaction) -> None:
            await tx.execute(text(statement))

        await self.site.database.run(story)

    def brought(self) -> list[str]:
        """The UMA invoices that her provider was brought."""
        return [json.loads(heard.partition(b"\r\n\r\n")[2])["invoice"] for heard in self.takes.heard]


@pytest.fixture
async def at_once(assembly: Assembly) -> AsyncIterator[AtOnce]:
    """Ada has bought; nobody has paid anything yet."""
    show = await put_on_sale(assembly)
    account_id = await takes_bitcoin(assembly, show)
    order = await place(assembly, show)
    ada = await somebody(assembly)
    async with a_relay() as relay, a_wallet(relay) as theirs, raw_server(json_answer(b"{}")) as takes:
        await assembly.connected_wallets.connections.connect(ada, theirs.uri, uuid7())
        theirs.asked.clear()
        where = f"http://localhost:{takes.port}/requests"
        async with raw_server(json_answer(json.dumps({"uma_request_endpoint": where}).encode())) as shows:
            address = f"$ada@localhost:{shows.port}"
            yield AtOnce(assembly, show, account_id, ada, theirs, order, takes, address)


async def test_the_connected_wallet_pays_as_soon_as_the_order_stands(at_once: AtOnce) -> None:
    await at_once.wants()
    assert at_once.theirs.asked == [], "who buys waits for no wallet"
    await at_once.react()
    await at_once.carry()
    assert (await at_once.stands()).state is PAID
    assert await at_once.settle() == "paid"
    await at_once.offer()
    assert at_once.brought() == []
    known = await at_once.site.connected_wallets.connections.current(at_once.ada)
    assert known is not None
    assert known.budget is not None
    assert known.budget.left_msat == 100_000_000 - SATS_50K - 1000, "what was paid is off the budget at once"
    await must_hold(at_once.site.database)


async def test_however_often_it_is_begun_one_invoice_is_paid_once(at_once: AtOnce) -> None:
    await at_once.wants()
    await at_once.wants(uma=False)
    await at_once.site.connected_wallets.at_once.start(at_once.order.id)
    await at_once.react()
    await at_once.carry()
    # The process died before it could write down that it had begun.
    await at_once.moment_passes("UPDATE payments_at_once SET done_at = NULL")
    await at_once.react()
    await at_once.carry()
    assert [method for method, _ in at_once.theirs.asked if method == "pay_invoice"] == ["pay_invoice"]
    assert await at_once.invoices() == 1


@pytest.mark.parametrize("reason", ["INSUFFICIENT_BALANCE", "QUOTA_EXCEEDED", "RESTRICTED", "UNAUTHORIZED"])
async def test_what_the_wallet_refuses_is_brought_to_the_uma_provider_by_a_reaction(
    at_once: AtOnce, reason: str
) -> None:
    at_once.theirs.noes["pay_invoice"] = reason
    await at_once.wants()
    await at_once.react()
    await at_once.carry()
    stands = await at_once.stands()
    assert (stands.state, stands.reason) == (REFUSED, reason)
    assert at_once.brought() == [], "nothing is sent while the wallet's answer is written down"
    await at_once.offer()
    [brought] = at_once.brought()
    assert brought.startswith("uma1")
    async with at_once.site.database.reading() as reader:
        [kept] = await payments.uma.of_order(reader, at_once.order.id)
    assert (kept.attempt_id, kept.invoice, kept.state) == (stands.attempt_id, brought, "sent")
    await at_once.offer()
    assert at_once.brought() == [brought], "a reaction that runs twice brings it once"
    assert await at_once.invoices() == 1
    assert await at_once.settle() == "paid", "the provider pays that very invoice"
    await must_hold(at_once.site.database)


async def test_a_balance_that_is_too_small_and_a_budget_that_is_used_up_are_refusals(at_once: AtOnce) -> None:
    at_once.theirs.budget_msat = SATS_50K - 1
    await at_once.wants(uma=False)
    await at_once.react()
    await at_once.carry()
    stands = await at_once.stands()
    assert (stands.state, stands.reason) == (REFUSED, "QUOTA_EXCEEDED")
    await at_once.offer()
    assert at_once.brought() == [], "no UMA address was named"
    assert await at_once.state() == "pending"


async def test_while_the_outcome_is_unknown_nobody_else_is_asked(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_from_wallet, "PAY_SECONDS", 1)
    at_once.theirs.silent["pay_invoice"] = 1
    await at_once.wants()
    await at_once.react()
    await at_once.carry()
    assert (await at_once.stands()).state is UNKNOWN
    await at_once.offer()
    assert at_once.brought() == []
    # The order's rate has ended, and its page has another invoice: that one is never for the same wallet.
    first = await at_once.stands()
    await at_once.moment_passes(
        "UPDATE payments_bitcoin_request SET expires_at = now() - interval '1 second'"
    )
    await at_once.moment_passes("UPDATE payments_bitcoin_quote SET until = now() - interval '1 second'")
    await at_once.site.pay_with_bitcoin.open(at_once.order.id)
    assert (await asked_by(at_once.site, at_once.order.id, LIGHTNING)).attempt_id != first.attempt_id
    again = await at_once.site.connected_wallets.paying.ask(at_once.ada, at_once.order.id)
    assert again.attempt_id == first.attempt_id
    # It had paid after all.
    await at_once.moment_passes("UPDATE payments_wallet_payment SET ask_at = now() - interval '1 second'")
    await at_once.carry()
    assert (await at_once.stands()).state is PAID
    await at_once.offer()
    assert at_once.brought() == []
    assert [method for method, _ in at_once.theirs.asked if method == "pay_invoice"] == ["pay_invoice"]


async def test_an_unknown_payment_whose_invoice_is_over_ends_as_refused_and_is_brought_nowhere(
    at_once: AtOnce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_from_wallet, "PAY_SECONDS", 1)
    at_once.theirs.troubles["pay_invoice"] = deque(["deaf"])
    await at_once.wants()
    await at_once.react()
    await at_once.carry()
    assert (await at_once.stands()).state is UNKNOWN
    for table in ("payments_bitcoin_request", "play_bitcoin_invoice", "payments_wallet_payment"):
        await at_once.moment_passes(f"UPDATE {table} SET expires_at = now() - interval '1 hour'")
    await at_once.site.settlement.ask_about_order(at_once.order.id)
    await at_once.moment_passes("UPDATE payments_wallet_payment SET ask_at = now() - interval '1 second'")
    await at_once.carry()
    stands = await at_once.stands()
    assert (stands.state, stands.reason) == (REFUSED, "expired")
    await at_once.offer()
    assert at_once.brought() == []


async def test_who_died_while_bringing_is_followed_by_one_who_brings_the_same_invoice(
    at_once: AtOnce,
) -> None:
    at_once.theirs.noes["pay_invoice"] = "RESTRICTED"
    await at_once.wants()
    await at_once.react()
    await at_once.carry()
    await at_once.offer()
    await at_once.moment_passes("UPDATE payments_uma_invoice SET state = 'sending', updated_at = now()")
    with pytest.raises(BeingBrought):
        await at_once.offer()
    later = "UPDATE payments_uma_invoice SET updated_at = now() - interval '31 seconds'"
    await at_once.moment_passes(later)
    await at_once.offer()
    first, second = at_once.brought()
    assert first == second


async def test_who_has_no_wallet_is_asked_by_their_uma_provider(at_once: AtOnce) -> None:
    await at_once.wants(from_wallet=False)
    await at_once.react()
    assert len(at_once.brought()) == 1
    assert at_once.theirs.asked == []
    await at_once.react()
    assert len(at_once.brought()) == 1


async def test_a_wallet_disconnected_since_leaves_it_to_the_uma_provider(at_once: AtOnce) -> None:
    await at_once.wants()
    await at_once.site.connected_wallets.connections.disconnect(at_once.ada)
    await at_once.react()
    assert await at_once.site.connected_wallets.paying.of_order(at_once.order.id) is None
    assert len(at_once.brought()) == 1


async def test_an_order_that_is_over_meanwhile_is_begun_nowhere(at_once: AtOnce) -> None:
    await at_once.wants()
    await at_once.moment_passes("UPDATE orders_order SET pay_until = now() - interval '1 second'")
    await at_once.site.expiry.expire_orders()
    assert await react(at_once.site, PayAtOnceWished.kind, "pay_at_once") == 1
    assert (at_once.theirs.asked, at_once.brought(), await at_once.invoices()) == ([], [], 0)


async def test_what_has_waited_too_long_does_not_begin_by_itself_any_more(at_once: AtOnce) -> None:
    await at_once.wants()
    await at_once.moment_passes("UPDATE payments_at_once SET wished_at = now() - interval '16 minutes'")
    assert await react(at_once.site, PayAtOnceWished.kind, "pay_at_once") == 1
    assert (at_once.theirs.asked, at_once.brought(), await at_once.invoices()) == ([], [], 0)


@pytest.mark.parametrize(("ago", "is_tried_again"), [("1 second", True), ("3 minutes", False)])
async def test_what_passes_by_itself_is_tried_again_for_a_while(
    at_once: AtOnce, ago: str, is_tried_again: bool
) -> None:
    await at_once.wants(from_wallet=False)
    await at_once.moment_passes(f"UPDATE payments_at_once SET wished_at = now() - interval '{ago}'")
    for _ in range(PUSHES.most):
        await at_once.site.limiter.take(PUSHES, str(at_once.order.id))
    if is_tried_again:
        with pytest.raises(TooMany):
            await react(at_once.site, PayAtOnceWished.kind, "pay_at_once")
    else:
        assert await react(at_once.site, PayAtOnceWished.kind, "pay_at_once") == 1
    assert at_once.brought() == []


@pytest.mark.parametrize(
    ("wanted", "guest", "refusal", "field"),
    [
        (WantedAtOnce(uma="ada@example.org"), True, BadUmaAddress, "uma"),
        (WantedAtOnce(uma="$tickets@testserver"), True, OwnUmaAddress, "uma"),
        (WantedAtOnce(from_wallet=True), True, NotSignedIn, None),
        (WantedAtOnce(from_wallet=True), False, NotConnected, "pay_from_wallet"),
    ],
    ids=["no address", "our own", "not signed in", "not connected"],
)
async def test_what_cannot_be_is_refused_before_anything_is_placed(
    at_once: AtOnce, wanted: WantedAtOnce, guest: bool, refusal: type[Exception], field: str | None
) -> None:
    held = await at_once.site.purchase.hold(wish(at_once.show, 1, 0))
    opened = await at_once.site.purchase.read(held.hold_id)
    tunde = Actor.guest() if guest else await somebody(at_once.site, "tunde@example.org")
    with pytest.raises(refusal) as refused:
        await at_once.site.connected_wallets.at_once.check(tunde, wanted, opened)
    assert getattr(refused.value, "field", None) == field


async def test_an_organiser_without_lightning_is_paid_by_nobody_at_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    held = await assembly.purchase.hold(wish(show, 1, 0))
    opened = await assembly.purchase.read(held.hold_id)
    with pytest.raises(payments.MethodNotOffered):
        await assembly.connected_wallets.at_once.check(
            Actor.guest(), WantedAtOnce(uma="$ada@example.org"), opened
        )
