"""Tickets over a real Lightning network: two nodes with a channel, in both directions, to the scan at the door.

The shop's node is spoken to like an LND, and as a wallet by Nostr Wallet Connect; the buyer's by its own words, and as
the wallet its owner has connected.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.checkin import Verdict
from admitone.entrypoints import watchers
from admitone.flows.admit import ScanIn
from admitone.flows.cancel_order import cancel_unpaid
from admitone.orders import OrderRow
from admitone.payments.bitcoin import LIGHTNING, Request
from admitone.payments.nwc import Told, WalletPaymentState, read_uri
from admitone.payments.providers.lightning.node import InvoiceState, NewInvoice, NodeAway, SendState
from admitone.payments.providers.lnd.node import LndNode
from admitone.payments.providers.nwc import NwcNode, NwcWallets
from admitone.payments.providers.nwc import node as nwc_node
from admitone.plumbing.node_addresses import NodeAddresses
from admitone.plumbing.public_fetch import PublicFetch
from admitone.values.clock import SystemClock
from admitone.values.ids import uuid7
from tests.support.bank_desk import add_account
from tests.support.bitcoin_desk import asked_by
from tests.support.electrum import PAID, Electrum, LightningPair
from tests.support.lnd_over_electrum import LndOverElectrum
from tests.support.onsale import OnSale, must_hold, place, put_on_sale
from tests.support.waiting import eventually_async
from tests.support.wallet_payer import somebody

pytestmark = pytest.mark.xdist_group("lightning")
LISTENS_SECONDS = 120.0


@pytest.fixture
async def lnd(lightning: LightningPair) -> AsyncIterator[LndOverElectrum]:
    """The shop's node, spoken to like an LND."""
    server = LndOverElectrum(lightning.shop)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def watched(assembly: Assembly, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Assembly]:
    """A site whose worker watches nodes, finds accounts at once, and asks by the timetable about what it missed."""
    monkeypatch.setattr(watchers, "LOOK_SECONDS", 0.1)
    stop = asyncio.Event()

    async def ask() -> None:
        while not stop.is_set():
            await assembly.payment.ask_due()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)

    tasks = [asyncio.create_task(watchers.Watchers(assembly).run(stop)), asyncio.create_task(ask())]
    yield assembly
    stop.set()
    await asyncio.gather(*tasks)


async def nobody_waits() -> list[str]:
    """No invoice is waited for."""
    return []


async def selling(site: Assembly, kind: str, keys: Mapping[str, str]) -> tuple[OnSale, OrderRow, Request]:
    """An order that waits to be paid by an invoice of the shop's node."""
    show = await put_on_sale(site)
    await add_account(site, show.organiser_id, kind, keys)
    order = await place(site, show)
    await site.pay_with_bitcoin.open(order.id)
    return show, order, await asked_by(site, order.id, LIGHTNING)


async def paid_by(node: Electrum, bolt11: str | None) -> Mapping[str, Any]:
    """This node pays, in a thread: what it waits for is done here."""
    assert bolt11 is not None, "a request of Lightning has its invoice"
    return await asyncio.to_thread(node.pay, bolt11)


async def becomes(site: Assembly, order: OrderRow, state: str) -> None:
    """Wait until the order is so."""

    async def look() -> bool:
        async with site.database.reading() as reader:
            return (await orders.by_id(reader, order.id)).state == state

    await eventually_async(look)


async def goes_in(site: Assembly, show: OnSale, order: OrderRow) -> Verdict:
    """What the door says to the order's ticket."""
    async with site.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, order.id)
    scan = ScanIn(uuid7(), show.event_id, tickets.code_of(ticket, site.ring), "Mill Lane door")
    return (await site.admit.scan(show.door, scan)).answer.verdict


def node_of(uri: str) -> NwcNode:
    """The wallet behind this connection."""
    return NwcNode(read_uri(uri, loopback=True), PublicFetch(loopback=True), SystemClock(), nobody_waits)


async def connected(owner: Electrum, name: str, daily_limit_sats: int) -> str:
    """A new connection, once its wallet listens: what is asked before is heard by nobody."""
    uri = await asyncio.to_thread(owner.connection, name, daily_limit_sats)

    async def answers() -> bool:
        try:
            await node_of(uri).info()
        except NodeAway:
            return False
        return True

    await eventually_async(answers, LISTENS_SECONDS)
    return uri


async def test_a_buyers_node_pays_an_order_whose_ticket_is_admitted(
    watched: Assembly, lightning: LightningPair, lnd: LndOverElectrum
) -> None:
    show, order, request = await selling(watched, "lnd", lnd.credentials)
    assert request.is_hold
    paid = await paid_by(lightning.buyer, request.bolt11)
    assert paid["success"]
    await becomes(watched, order, "paid")
    assert await goes_in(watched, show, order) is Verdict.ADMITTED
    await must_hold(watched.database)


async def test_what_is_paid_after_the_order_ended_goes_back_by_itself(
    watched: Assembly, lightning: LightningPair, lnd: LndOverElectrum
) -> None:
    _, order, request = await selling(watched, "lnd", lnd.credentials)
    await cancel_unpaid(watched.database, watched.clock, order.id)
    paid = await paid_by(lightning.buyer, request.bolt11)
    assert not paid["success"]
    async with watched.database.reading() as reader:
        held = (await reader.execute(text("SELECT is_taken FROM payments_held"))).scalars().all()
        assert held == [False], "it was decided, not left to run out"
        assert await tickets.by_order(reader, order.id) == []
        assert (await reader.execute(text("SELECT count(*) FROM payments_refund"))).scalar_one() == 0
    await must_hold(watched.database)


async def test_money_is_sent_to_an_invoice_of_the_buyers_node_once(
    lightning: LightningPair, lnd: LndOverElectrum
) -> None:
    node = LndNode(lnd.credentials, SystemClock(), nobody_waits, NodeAddresses(own_network=True))
    try:
        wanted = lightning.buyer.request(1_200, "my refund")
        sent = await node.pay(
            wanted["lightning_invoice"], amount_msat=1_200_000, fee_most_msat=12_000, seconds=30
        )
        assert (sent.state, sent.payment_hash) == (SendState.SENT, wanted["rhash"])
        assert sent.preimage is not None
        assert hashlib.sha256(sent.preimage).hexdigest() == wanted["rhash"]
        assert lightning.buyer.of_wallet("get_request", request_id=wanted["rhash"])["status"] == PAID
        again = await node.pay(
            wanted["lightning_invoice"], amount_msat=1_200_000, fee_most_msat=12_000, seconds=30
        )
        assert (again.state, again.preimage) == (SendState.SENT, sent.preimage)
        assert (await node.balance()).local_msat > 0
    finally:
        await node.close()


async def test_an_organiser_without_a_node_is_paid_into_a_wallet(
    watched: Assembly, lightning: LightningPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This wallet says only some seconds after the connection was made that it tells of payments.
    monkeypatch.setattr(nwc_node, "POLL_SECONDS", 0.2)
    uri = await connected(lightning.shop, "tickets", 100_000)
    show, order, request = await selling(watched, "nwc", {"uri": uri})
    assert not request.is_hold
    assert (await paid_by(lightning.buyer, request.bolt11))["success"]
    await becomes(watched, order, "paid")
    assert await goes_in(watched, show, order) is Verdict.ADMITTED
    await must_hold(watched.database)


async def test_a_wallet_makes_looks_up_and_pays_invoices(lightning: LightningPair) -> None:
    node, clock = node_of(await connected(lightning.shop, "shop", 100_000)), SystemClock()
    made = await node.create(NewInvoice(2_000_000, "Two tickets", clock.now() + timedelta(minutes=10)))
    assert (made.state, made.amount_msat) == (InvoiceState.OPEN, 2_000_000)
    assert await node.look_up(secrets.token_hex(32)) is None
    await paid_by(lightning.buyer, made.bolt11)

    async def is_paid() -> bool:
        known = await node.look_up(made.payment_hash)
        assert known is not None
        return known.state is InvoiceState.PAID and known.received_msat == 2_000_000

    await eventually_async(is_paid)
    wanted = lightning.buyer.request(700, "my refund")
    sent = await node.pay(wanted["lightning_invoice"], amount_msat=700_000, fee_most_msat=7_000, seconds=30)
    assert (sent.state, sent.payment_hash) == (SendState.SENT, wanted["rhash"])
    again = await node.pay(wanted["lightning_invoice"], amount_msat=700_000, fee_most_msat=7_000, seconds=30)
    assert again.state in (SendState.SENT, SendState.UNKNOWN, SendState.FAILED)
    assert (await node.balance()).local_msat > 0
    assert (await node.info()).network == "regtest"


async def test_an_order_is_paid_by_the_wallet_its_buyer_has_connected(
    watched: Assembly, lightning: LightningPair, lnd: LndOverElectrum
) -> None:
    show, order, request = await selling(watched, "lnd", lnd.credentials)
    ada, flows = await somebody(watched), watched.connected_wallets
    known = await flows.connections.connect(
        ada, await connected(lightning.buyer, "tickets", 200_000), uuid7()
    )
    assert "pay_invoice" in known.methods
    await flows.paying.ask(ada, order.id)
    await flows.paying.carry(request.attempt_id)
    stands = await flows.paying.of_order(order.id)
    assert stands is not None
    assert stands.state is WalletPaymentState.PAID
    await becomes(watched, order, "paid")
    assert await goes_in(watched, show, order) is Verdict.ADMITTED
    await must_hold(watched.database)


async def test_a_budget_that_is_too_small_is_a_no_and_pays_nothing(lightning: LightningPair) -> None:
    desk = NwcWallets(PublicFetch(loopback=True), SystemClock())
    uri = read_uri(await connected(lightning.buyer, "small", 10), loopback=True)
    assert (await desk.look(uri)).can_pay
    wanted = lightning.shop.request(900, "too much")
    told = await desk.pay(uri, wanted["lightning_invoice"], wanted["rhash"], seconds=30)
    assert told == Told(WalletPaymentState.REFUSED, reason="QUOTA_EXCEEDED")
    assert lightning.shop.of_wallet("get_request", request_id=wanted["rhash"])["status"] != PAID
