"""From an order to the scan at the door over a real chain, with a worker that watches the node."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.checkin import Verdict
from admitone.entrypoints import watchers
from admitone.entrypoints.pages.organiser.refunds_showing import refund_detail
from admitone.flows.admit import ScanIn
from admitone.orders import OrderRow
from admitone.payments import AttemptState, DisputeState, RefundState
from admitone.payments.bitcoin import ONCHAIN
from admitone.plumbing.jobs import Reaction
from admitone.values.ids import uuid7
from tests.support.bank_desk import add_account
from tests.support.bitcoin_desk import asked_by, bitcoin_of
from tests.support.bitcoin_refunds import asked, refund_of, send_named, sending_of
from tests.support.bitcoind import PASSWORD, USER, Bitcoind, private_node
from tests.support.onsale import OnSale, must_hold, place, put_on_sale
from tests.support.waiting import eventually_async

PRICE_SAT = 50_000
_WAITING = text("UPDATE orders_order SET pay_until = clock_timestamp() + interval '5 seconds' WHERE id = :id")
_LEFT = text("SELECT extract(epoch FROM pay_until - clock_timestamp()) FROM orders_order WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Sale:
    """An order that waits for bitcoin at an address."""

    site: Assembly
    node: Bitcoind
    show: OnSale
    order: OrderRow
    address: str
    purse: str

    async def state(self) -> str:
        async with self.site.database.reading() as reader:
            return (await orders.by_id(reader, self.order.id)).state

    async def becomes(self, state: str) -> None:
        async def look() -> bool:
            return await self.state() == state

        assert await eventually_async(look)

    async def is_seen(self) -> None:
        async def look() -> bool:
            async with self.site.database.reading() as reader:
                known = await payments.of_orders(reader, [self.order.id])
            return any(one.state is AttemptState.SEEN for one in known)

        assert await eventually_async(look)

    async def scanned(self) -> Verdict:
        async with self.site.database.reading() as reader:
            [ticket] = await tickets.by_order(reader, self.order.id)
        code = tickets.code_of(ticket, self.site.ring)
        said = await self.site.admit.scan(
            self.show.door, ScanIn(uuid7(), self.show.event_id, code, "Mill Lane door")
        )
        return said.answer.verdict

    async def is_disputed(self, state: DisputeState) -> None:
        async def look() -> bool:
            async with self.site.database.reading() as reader:
                found = await payments.disputes_of(reader, [self.order.id])
            return [one.state for one in found] == [state]

        assert await eventually_async(look)

    async def letters(self) -> list[str]:
        """The subjects of what the buyer was told about the payment."""
        async with self.site.database.reading() as reader:
            facts = await reader.execute(
                text("SELECT id FROM journal_fact WHERE kind = 'payments.dispute_moved' ORDER BY id")
            )
            fact_ids = list(facts.scalars())
        for fact_id in fact_ids:
            await self.site.reactions.react(Reaction(fact_id, "tell_dispute"))
        async with self.site.database.reading() as reader:
            found = await reader.execute(
                text("SELECT to_email FROM messaging_letter WHERE template = 'payment_undone' ORDER BY id")
            )
            return list(found.scalars())

    def pay(self, sat: int) -> str:
        return self.node.pay(self.address, Decimal(sat) / 100_000_000)


@pytest.fixture
async def sale(assembly: Assembly, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sale]:
    """A site whose worker hears of a node of its own."""
    monkeypatch.setattr(watchers, "LOOK_SECONDS", 0.05)
    stop = asyncio.Event()
    with private_node() as node:
        purse = node.new_purse()
        show = await put_on_sale(assembly)
        keys = {"url": node.url, "wallet": purse, "user": USER, "password": PASSWORD, "zmq": node.zmq}
        await add_account(assembly, show.organiser_id, "bitcoin_core", keys)
        order = await place(assembly, show)
        await assembly.pay_with_bitcoin.open(order.id)
        address = (await asked_by(assembly, order.id, ONCHAIN)).address
        assert address is not None
        watching = asyncio.create_task(watchers.Watchers(assembly).run(stop))
        yield Sale(assembly, node, show, order, address, purse)
        stop.set()
        await watching


async def test_an_order_paid_on_the_chain_ends_with_an_admitted_scan(sale: Sale) -> None:
    sale.pay(PRICE_SAT)
    await sale.is_seen()
    assert await sale.state() == "pending"
    assert [one.confirmations for one in (await bitcoin_of(sale.site, sale.order.id)).came] == [0]
    sale.node.mine()
    await sale.becomes("paid")
    assert await sale.scanned() is Verdict.ADMITTED
    await must_hold(sale.site.database)


async def test_an_order_waits_on_for_a_payment_that_was_seen(sale: Sale) -> None:
    async with sale.site.database.transaction() as tx:
        await tx.execute(_WAITING, {"id": sale.order.id})
    sale.pay(PRICE_SAT)
    await sale.is_seen()
    async with sale.site.database.reading() as reader:
        left = float((await reader.execute(_LEFT, {"id": sale.order.id})).scalar_one())
    assert left > 3_600
    await must_hold(sale.site.database)


async def test_a_rest_paid_to_the_same_address_completes_the_price(sale: Sale) -> None:
    sale.pay(20_000)
    sale.node.mine()

    async def has_part() -> bool:
        return (await bitcoin_of(sale.site, sale.order.id)).part_msat == 20_000_000

    assert await eventually_async(has_part)
    assert await sale.state() == "pending"
    sale.pay(30_000)
    sale.node.mine()
    await sale.becomes("paid")
    assert await sale.scanned() is Verdict.ADMITTED
    await must_hold(sale.site.database)


async def test_a_payment_spent_twice_after_its_block_ends_with_no_valid_ticket_and_a_told_buyer(
    sale: Sale,
) -> None:
    txid = sale.pay(PRICE_SAT)
    [block] = sale.node.mine()
    await sale.becomes("paid")
    sale.node.undo(block)
    await sale.is_disputed(DisputeState.OPEN)
    assert await sale.scanned() is not Verdict.ADMITTED
    sale.node.spend_elsewhere(txid)
    sale.node.mine(2)
    await sale.is_disputed(DisputeState.LOST)
    assert await sale.scanned() is not Verdict.ADMITTED
    assert await sale.letters() == [sale.order.email] * 2
    await must_hold(sale.site.database)


async def test_a_payment_that_comes_back_after_a_reorganisation_makes_its_ticket_valid_again(
    sale: Sale,
) -> None:
    txid = sale.pay(PRICE_SAT)
    [block] = sale.node.mine()
    await sale.becomes("paid")
    sale.node.undo(block)
    await sale.is_disputed(DisputeState.OPEN)
    assert await sale.scanned() is not Verdict.ADMITTED
    sale.node.mine_only(txid)
    await sale.is_disputed(DisputeState.WON)
    assert await sale.scanned() is Verdict.ADMITTED
    await must_hold(sale.site.database)


async def test_a_payment_replaced_before_its_block_leaves_the_order_waiting_for_another(sale: Sale) -> None:
    txid = sale.pay(PRICE_SAT)
    await sale.is_seen()
    sale.node.spend_elsewhere(txid)
    sale.node.mine()

    async def is_replaced() -> bool:
        return [one.is_replaced for one in (await bitcoin_of(sale.site, sale.order.id)).came] == [True]

    assert await eventually_async(is_replaced)
    assert await sale.state() == "pending"
    sale.pay(PRICE_SAT)
    sale.node.mine()
    await sale.becomes("paid")
    await must_hold(sale.site.database)


async def _may_cost(site: Assembly, refund_id: UUID, sat: int) -> None:
    """So much at most, from now on."""
    async with site.database.transaction() as tx:
        await tx.execute(
            text("UPDATE payments_bitcoin_sending SET fee_most_msat = :msat WHERE refund_id = :id"),
            {"msat": sat * 1000, "id": refund_id},
        )


async def test_a_refund_goes_to_the_buyers_address_and_is_done_with_its_block(sale: Sale) -> None:
    sale.pay(PRICE_SAT)
    sale.node.mine()
    await sale.becomes("paid")
    site, node = sale.site, sale.node
    # What was paid by the buyer alone would not pay the fee as well.
    node.pay(node.rpc("getnewaddress", purse=sale.purse), "0.01")
    node.mine()
    await site.refunding.take_back(sale.show.owner, sale.show.organiser_id, sale.order.code)
    await site.refunding.send_due()
    [url] = await asked(site)
    buyers = node.rpc("getnewaddress", purse=node.miner)
    await site.money.refund_claims.name(url.rsplit("/", 1)[1], buyers, visitor="198.51.100.7")
    await send_named(site)
    refund = await refund_of(site, sale.order.id)
    assert refund.state is RefundState.WANTED
    assert node.rpc("getreceivedbyaddress", buyers, 0, purse=node.miner) == Decimal(PRICE_SAT) / 100_000_000
    assert refund_detail(refund, site.clock.now()).startswith("On its way: it waits for a block.")
    await _may_cost(site, refund.id, 1)
    for _ in range(6):
        node.mine_only()
    await site.refunding.ask_now(refund.id)
    waits = refund_detail(await refund_of(site, sale.order.id), site.clock.now())
    assert waits.startswith("On its way: its fee is as high as it may be")
    assert node.rpc("getreceivedbyaddress", buyers, 1, purse=node.miner) == 0
    node.mine()
    await site.refunding.ask_now(refund.id)
    done = await refund_of(site, sale.order.id)
    sent = await sending_of(site, refund.id)
    assert (done.state, done.provider_ref) == (RefundState.DONE, sent.sent_ref)
    assert sent.fee_msat is not None and sent.fee_msat > 0
    assert await sale.scanned() is not Verdict.ADMITTED
    await must_hold(site.database)
