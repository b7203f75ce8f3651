"""Tickets sold over an organiser's LND: paid in time, at the last moment, too late; with answers lost, streams dropped
and processes that die in between. Nothing is kept that is not ours, and nothing is sold that is not paid.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.entrypoints import watchers
from admitone.flows.cancel_order import cancel_unpaid
from admitone.orders import OrderRow
from admitone.payments.bitcoin import LIGHTNING, Quote
from admitone.payments.bitcoin.bolt11 import decode
from admitone.payments.bitcoin.store import keep_late_price
from admitone.payments.providers.lightning.standing import MARGIN_BLOCKS
from admitone.plumbing import failpoints
from admitone.values.ids import derived_id
from tests.support.bank_desk import add_account
from tests.support.bitcoin_desk import asked_by
from tests.support.bitcoin_refunds import asked, refund_of, send_named
from tests.support.lnd_book import CANCELED, SETTLED, LndBook
from tests.support.lnd_server import Fault, LndServer
from tests.support.onsale import OnSale, must_hold, place, put_on_sale
from tests.support.waiting import eventually_async

_OVER = text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id")


@pytest.fixture
async def lnd(assembly: Assembly) -> AsyncIterator[LndServer]:
    """The organiser's node."""
    server = LndServer(LndBook(assembly.clock.now))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(autouse=True)
def nothing_stays_armed() -> Iterator[None]:
    """A failpoint of one test is none of the next."""
    yield
    failpoints.arm("")


@asynccontextmanager
async def watched(site: Assembly) -> AsyncIterator[None]:
    """A worker watches the site's nodes while the block runs."""
    stop = asyncio.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watchers, "LOOK_SECONDS", 0.05)
        patch.setattr(watchers, "AGAIN_SECONDS", 0.05)
        task = asyncio.create_task(watchers.Watchers(site).run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


async def on_sale(site: Assembly, lnd: LndServer, **options: str) -> OnSale:
    show = await put_on_sale(site)
    await add_account(site, show.organiser_id, "lnd", lnd.credentials | options)
    return show


async def ordered(site: Assembly, show: OnSale) -> tuple[OrderRow, bytes]:
    """An order that waits, and the payment hash of its invoice."""
    order = await place(site, show)
    await site.payment.pay(order.id, "lnd:lightning")
    found = (await asked_by(site, order.id, LIGHTNING)).payment_hash
    assert found is not None
    return order, bytes.fromhex(found)


async def state_of(site: Assembly, order: OrderRow) -> str:
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order.id)).state


async def becomes(site: Assembly, order: OrderRow, state: str) -> None:
    async def look() -> bool:
        return await state_of(site, order) == state

    assert await eventually_async(look)


async def tickets_of(site: Assembly, order: OrderRow) -> int:
    async with site.database.reading() as reader:
        return len(await tickets.by_order(reader, order.id))


async def refunds(site: Assembly) -> int:
    async with site.database.reading() as reader:
        return int((await reader.execute(text("SELECT count(*) FROM payments_refund"))).scalar_one())


async def ends(site: Assembly, order: OrderRow) -> None:
    """The order's time is over."""
    async with site.database.transaction() as tx:
        await tx.execute(_OVER, {"id": order.id})
    await site.expiry.expire_orders()


async def listens(lnd: LndServer, streams: int) -> None:
    async def are_open() -> bool:
        return len(lnd.book.watchers) == streams

    assert await eventually_async(are_open)


async def test_an_order_paid_over_lightning_has_its_ticket_as_soon_as_the_node_tells(
    assembly: Assembly, lnd: LndServer
) -> None:
    show = await on_sale(assembly, lnd)
    async with watched(assembly):
        await listens(lnd, 1)
        order, payment_hash = await ordered(assembly, show)
        await listens(lnd, 2)
        lnd.book.pay(payment_hash)
        await becomes(assembly, order, "paid")
    assert lnd.book.invoices[payment_hash].state == SETTLED
    assert (await tickets_of(assembly, order), await refunds(assembly)) == (1, 0)
    await must_hold(assembly.database)


async def test_without_any_news_the_timetable_finds_what_arrived(assembly: Assembly, lnd: LndServer) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd))
    lnd.book.pay(payment_hash)
    await assembly.settlement.ask_about_order(order.id)
    assert await state_of(assembly, order) == "paid"
    await must_hold(assembly.database)


async def test_what_arrives_when_the_order_is_over_goes_back_and_nobody_is_refunded(
    assembly: Assembly, lnd: LndServer
) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd))
    async with assembly.database.transaction() as tx:
        await tx.execute(_OVER, {"id": order.id})
    async with watched(assembly):
        await listens(lnd, 2)
        await cancel_unpaid(assembly.database, assembly.clock, order.id)
        lnd.book.pay(payment_hash)

        async def has_gone_back() -> bool:
            return lnd.book.invoices[payment_hash].state == CANCELED

        assert await eventually_async(has_gone_back)
    assert (await tickets_of(assembly, order), await refunds(assembly)) == (0, 0)
    await must_hold(assembly.database)


@pytest.mark.parametrize("place_", ["held.before_commit", "held.after_decision", "held.after_provider"])
async def test_whoever_dies_over_a_held_payment_is_followed_by_one_that_ends_it(
    assembly: Assembly, lnd: LndServer, place_: str
) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd))
    lnd.book.pay(payment_hash)
    failpoints.arm(f"{place_}:raise")
    with pytest.raises(failpoints.FailpointHit):
        await assembly.settlement.ask_about_order(order.id)
    assert await state_of(assembly, order) == "pending"
    await ends(assembly, order)
    await assembly.settlement.ask_about_order(order.id)
    is_sold = await state_of(assembly, order) == "paid"
    # Decided before the order was over: taken. Not decided yet: whatever `expire_orders` asked first has decided.
    assert lnd.book.invoices[payment_hash].state == (SETTLED if is_sold else CANCELED)
    assert await tickets_of(assembly, order) == int(is_sold)
    assert place_ == "held.before_commit" or is_sold
    assert await refunds(assembly) == 0
    await must_hold(assembly.database)


async def test_a_decision_that_nobody_carried_out_in_time_goes_back_before_the_network_takes_it(
    assembly: Assembly, lnd: LndServer
) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd))
    lnd.book.pay(payment_hash)
    failpoints.arm("held.after_decision:raise")
    with pytest.raises(failpoints.FailpointHit):
        await assembly.settlement.ask_about_order(order.id)
    lnd.book.mine(80 - MARGIN_BLOCKS + 1)
    await assembly.settlement.ask_about_order(order.id)
    assert lnd.book.invoices[payment_hash].state == CANCELED
    assert (await state_of(assembly, order), await tickets_of(assembly, order)) == ("pending", 0)
    lnd.book.mine(MARGIN_BLOCKS)
    await must_hold(assembly.database)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.GARBAGE, Fault.NEVER])
async def test_an_answer_lost_over_taking_it_changes_nothing(
    assembly: Assembly, lnd: LndServer, fault: Fault
) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd))
    lnd.book.pay(payment_hash)
    lnd.faults = {"SettleInvoice": deque([fault])}
    await assembly.settlement.ask_about_order(order.id)
    await assembly.settlement.ask_about_order(order.id)
    assert (await state_of(assembly, order), await tickets_of(assembly, order)) == ("paid", 1)
    assert lnd.book.invoices[payment_hash].state == SETTLED
    await must_hold(assembly.database)


async def test_a_node_that_was_away_while_it_was_paid_is_heard_when_it_is_back(
    assembly: Assembly, lnd: LndServer
) -> None:
    show = await on_sale(assembly, lnd)
    async with watched(assembly):
        order, payment_hash = await ordered(assembly, show)
        await listens(lnd, 2)
        await lnd.stop()
        lnd.book.pay(payment_hash)
        lnd.bind()
        await lnd.start()
        await becomes(assembly, order, "paid")
    await must_hold(assembly.database)


async def test_a_node_that_says_paid_of_too_little_sells_nothing(assembly: Assembly, lnd: LndServer) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd))
    lnd.book.pay(payment_hash, msat=1000)
    await assembly.settlement.ask_about_order(order.id)
    assert lnd.book.invoices[payment_hash].state == CANCELED
    assert (await state_of(assembly, order), await tickets_of(assembly, order)) == ("pending", 0)
    await must_hold(assembly.database)


async def test_two_invoices_of_one_order_are_not_both_kept(assembly: Assembly, lnd: LndServer) -> None:
    show = await on_sale(assembly, lnd)
    order, first = await ordered(assembly, show)
    again = await assembly.payment.pay(order.id, "lnd:lightning")
    assert again.attempt.provider_ref is not None
    second = bytes.fromhex(again.attempt.provider_ref)
    assert first != second
    for payment_hash in (first, second):
        lnd.book.pay(payment_hash)
    await asyncio.gather(*(assembly.settlement.ask_about_order(order.id) for _ in range(3)))
    await assembly.settlement.ask_about_order(order.id)
    states = sorted(lnd.book.invoices[one].state for one in (first, second))
    assert states == sorted((SETTLED, CANCELED))
    assert (await tickets_of(assembly, order), await refunds(assembly)) == (1, 0)
    await must_hold(assembly.database)


async def test_late_money_on_a_node_that_does_not_hold_goes_back_to_an_invoice_of_the_buyer(
    assembly: Assembly, lnd: LndServer
) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd, hold="off"))
    await cancel_unpaid(assembly.database, assembly.clock, order.id)
    lnd.book.pay(payment_hash)
    await assembly.settlement.ask_about_order(order.id)
    assert (await state_of(assembly, order), await refunds(assembly)) == ("cancelled", 1)
    await assembly.refunding.send_due()
    [url] = await asked(assembly)
    invoice = lnd.book.others_invoice(50_000_000)
    await assembly.money.refund_claims.name(url.rsplit("/", 1)[1], invoice, visitor="198.51.100.7")
    await asyncio.gather(send_named(assembly), send_named(assembly))
    assert lnd.book.sent_msat == 50_000_000
    assert (await refund_of(assembly, order.id)).provider_ref == decode(invoice).payment_hash.hex()
    await must_hold(assembly.database)


@pytest.mark.parametrize(
    ("hours", "price"),
    [
        pytest.param(0, 40_000, id="in time"),
        pytest.param(2, 40_000, id="late, and bitcoin was cheaper"),
        pytest.param(2, 80_000, id="late, and bitcoin was dearer"),
    ],
)
async def test_all_of_it_goes_back_however_the_node_changes_its_mind_about_when_it_was_paid(
    assembly: Assembly, lnd: LndServer, hours: int, price: int
) -> None:
    order, payment_hash = await ordered(assembly, await on_sale(assembly, lnd, hold="off"))
    await cancel_unpaid(assembly.database, assembly.clock, order.id)
    lnd.book.pay(payment_hash)
    await assembly.settlement.ask_about_order(order.id)
    lnd.book.invoices[payment_hash].settle_date += hours * 3600
    async with assembly.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [order.id])
    now = assembly.clock.now()
    heard = Quote(derived_id("late price", attempt.id.bytes), order.id, "EUR", Decimal(price), (), now, now)
    await assembly.database.run(lambda tx: keep_late_price(tx, heard))
    await assembly.refunding.send_due()
    [url] = await asked(assembly)
    await assembly.money.refund_claims.name(
        url.rsplit("/", 1)[1], lnd.book.others_invoice(50_000_000), visitor="198.51.100.7"
    )
    await send_named(assembly)
    assert lnd.book.sent_msat == 50_000_000
    assert (await refund_of(assembly, order.id)).state == "done"
    await must_hold(assembly.database)


async def test_no_secret_of_the_node_or_of_an_invoice_is_written_anywhere(
    assembly: Assembly,
    lnd: LndServer,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with capture_logs() as logged:
        show = await on_sale(assembly, lnd)
        order, payment_hash = await ordered(assembly, show)
        lnd.faults = {
            name: deque([Fault.NEVER, Fault.GARBAGE]) for name in ("LookupInvoiceV2", "SettleInvoice")
        }
        lnd.book.pay(payment_hash)
        for _ in range(4):
            await assembly.settlement.ask_about_order(order.id)
    lnd.macaroons.clear()
    await assembly.settlement.ask_about_order((await ordered_unpaid(assembly, show)).id)
    preimage = lnd.book.invoices[payment_hash].r_preimage
    assert hashlib.sha256(preimage).digest() == payment_hash
    written = repr(logged) + "".join(capfd.readouterr()) + caplog.text + await everything_stored(assembly)
    for secret in (lnd.macaroon, preimage.hex(), repr(preimage)[2:-1]):
        assert secret not in written
    assert payment_hash.hex() in written


async def ordered_unpaid(site: Assembly, show: OnSale) -> OrderRow:
    """An order whose invoice could not be made."""
    order = await place(site, show)
    await site.payment.pay(order.id, "lnd:lightning")
    return order


async def everything_stored(site: Assembly) -> str:
    """Every row of every table that payments and the journal have, as text."""
    found = []
    async with site.database.reading() as reader:
        names = await reader.execute(
            text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(payments|journal)_'"
            )
        )
        for name in names.scalars().all():
            rows = await reader.execute(text(f"SELECT CAST(t AS text) FROM {name} AS t"))
            found += [str(row) for row in rows.scalars()]
    return "\n".join(found)
