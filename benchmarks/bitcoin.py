"""What bitcoin costs: a thousand invoices and addresses watched, a payment seen, a block full of ours.

The chain is a real one (bitcoind in regtest, `sh tools/need_bitcoin_peers.sh`), the Lightning node an LND as the tests
have it. Buyers are made by the program's own flows, from this process; the worker is a process of its own.
"""

import asyncio
import os
import signal
import statistics
import subprocess
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly, assemble
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.values.ids import uuid7
from benchmarks.report import say
from benchmarks.seed import Show, put_on_sale
from benchmarks.site import Site, start, unique
from tests.support.bitcoind import PASSWORD, USER, Bitcoind, private_node
from tests.support.lnd_book import LndBook
from tests.support.lnd_server import LndServer

MANY = 1_000
PAID = 100
AT_ONCE = 16
WATCHED_SECONDS = 20.0
LONGEST_SECONDS = 120.0
_PAID = text("SELECT count(*) FROM orders_order WHERE event_id = :event_id AND state = 'paid'")
_ADDRESSES = text(
    "SELECT request.address, request.amount_msat FROM payments_bitcoin_request AS request"
    " JOIN orders_order AS o ON o.id = request.order_id WHERE o.event_id = :event_id AND request.rail = 'onchain'"
)
_HASHES = text(
    "SELECT request.payment_hash, o.id FROM payments_bitcoin_request AS request"
    " JOIN orders_order AS o ON o.id = request.order_id WHERE o.event_id = :event_id AND request.rail = 'lightning'"
)
_BEGUN = text("SELECT EXISTS (SELECT FROM relay_cursor)")
_STATE = text("SELECT state FROM orders_order WHERE id = :id")


def figures(site: Site) -> None:
    """All of them."""
    with private_node() as node:
        asyncio.run(_measure(site, node))


async def _measure(site: Site, node: Bitcoind) -> None:
    server = LndServer(LndBook(lambda: datetime.now(UTC)))
    server.bind()
    await server.start()
    built = await assemble(site.settings, site.opened, site.role, name="benchmark bitcoin")
    worker = _worker(site)
    try:
        await _figures(built, node, server, worker.pid)
    finally:
        worker.send_signal(signal.SIGTERM)
        await asyncio.to_thread(worker.wait, 30)
        await built.close()
        await server.stop()


def _worker(site: Site) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"ADMITONE_HOME": str(site.settings.home), "ADMITONE_PORT": str(site.port)}
    environment.pop("DATABASE_URL", None)
    return start("worker", environment, (Path(site.settings.home) / "worker.log").open("wb"))


async def _figures(built: Assembly, node: Bitcoind, server: LndServer, worker: int) -> None:
    show = await put_on_sale(built, capacity=10 * MANY, price_minor=2500)
    purse = node.new_purse()
    core = {"url": node.url, "wallet": purse, "user": USER, "password": PASSWORD, "zmq": node.zmq}
    await _account(built, show, "bitcoin_core", core)
    await _account(built, show, "lnd", server.credentials)
    await _begun(built)
    idle = await _cpu(worker)
    say("bitcoin watch, nothing open", worker_cpu_percent=idle)
    await _orders(built, show, "lnd:lightning", MANY)
    await _orders(built, show, "bitcoin_core:onchain", MANY)
    say("bitcoin watch", open_invoices=MANY, open_addresses=MANY, worker_cpu_percent=await _cpu(worker))
    await _lightning(built, show, server.book)
    await _block(built, show, node, worker)


async def _account(built: Assembly, show: Show, provider: str, keys: dict[str, str]) -> None:
    account_id = uuid7()
    account = payments.Account(
        id=account_id,
        organiser_id=show.organiser_id,
        provider=provider,
        mode="test",
        label=provider,
        state="active",
        ref=None,
        country=None,
        currencies=None,
        sealed=built.payment_accounts.seal(account_id, keys),
        options={},
        missing=(),
        can_pay_out=False,
        position=1,
        updated_at=built.clock.now(),
    )
    await built.database.run(lambda tx: payments.add_account(tx, account, actor="benchmark"))


async def _orders(built: Assembly, show: Show, method: str, many: int) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with gate:
            held = await built.purchase.hold(HoldWish(show.event_id, ((show.type_id, 1),)))
            wish = OrderWish(held.hold_id, f"{unique()}@example.org", "Ada Obi")
            order = await built.purchase.place(wish)
            paying = await built.payment.pay(order.id, method)
            assert paying.instructions, paying.attempt.state

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(many)))
    say("bitcoin orders", method=method, per_second=round(many / (time.perf_counter() - began)))


async def _begun(built: Assembly) -> None:
    """Until the worker works: what its start costs is no part of what it costs to have one."""
    began = time.perf_counter()
    while True:
        async with built.database.reading() as reader:
            if (await reader.execute(_BEGUN)).scalar_one():
                return
        assert time.perf_counter() - began < LONGEST_SECONDS, "it has not begun"
        await asyncio.sleep(0.1)


async def _cpu(pid: int) -> float:
    """How much of a core the process takes, in per cent, over some seconds."""
    await asyncio.sleep(2)
    before = _ticks(pid)
    await asyncio.sleep(WATCHED_SECONDS)
    return round(100 * (_ticks(pid) - before) / os.sysconf("SC_CLK_TCK") / WATCHED_SECONDS, 1)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


async def _lightning(built: Assembly, show: Show, book: LndBook) -> None:
    """From the moment in which an invoice's payment has arrived until its order has tickets, one after the other."""
    async with built.database.reading() as reader:
        rows = (await reader.execute(_HASHES, {"event_id": show.event_id})).all()
    took = []
    for payment_hash, order_id in rows[:PAID]:
        began = time.perf_counter()
        book.pay(bytes.fromhex(payment_hash))
        while await _state(built, order_id) != "paid":
            assert time.perf_counter() - began < LONGEST_SECONDS, "never seen"
            await asyncio.sleep(0.005)
        took.append(1000 * (time.perf_counter() - began))
    took.sort()
    say(
        "lightning payment to tickets",
        open_invoices=MANY,
        p50_ms=round(statistics.median(took)),
        p99_ms=round(took[int(len(took) * 0.99) - 1]),
    )


async def _state(built: Assembly, order_id: UUID) -> str:
    async with built.database.reading() as reader:
        return str((await reader.execute(_STATE, {"id": order_id})).scalar_one())


async def _block(built: Assembly, show: Show, node: Bitcoind, worker: int) -> None:
    """From a block with a payment of every order until all of them have tickets; what the worker took for it says more
    than the clock on a machine that has other work.
    """
    async with built.database.reading() as reader:
        rows = (await reader.execute(_ADDRESSES, {"event_id": show.event_id})).all()
        before = int((await reader.execute(_PAID, {"event_id": show.event_id})).scalar_one())
    amounts = {str(row[0]): str(Decimal(row[1]) / 10**11) for row in rows}
    await asyncio.to_thread(_send_many, node, amounts)
    # The worker sees them unconfirmed first, as it would.
    await asyncio.sleep(10)
    began, ticks = time.perf_counter(), _ticks(worker)
    await asyncio.to_thread(node.mine)
    mined = time.perf_counter() - began
    while True:
        async with built.database.reading() as reader:
            paid = int((await reader.execute(_PAID, {"event_id": show.event_id})).scalar_one()) - before
        if paid == len(amounts):
            break
        assert time.perf_counter() - began < LONGEST_SECONDS, f"only {paid} were seen"
        await asyncio.sleep(0.05)
    took = time.perf_counter() - began
    say(
        "block applied",
        payments=len(amounts),
        seconds=round(took, 2),
        of_it_mining=round(mined, 2),
        worker_cpu_seconds=round((_ticks(worker) - ticks) / os.sysconf("SC_CLK_TCK"), 2),
    )


def _send_many(node: Bitcoind, amounts: dict[str, str]) -> None:
    """All of them in transactions of 200 outputs."""
    addresses = list(amounts)
    for first in range(0, len(addresses), 200):
        part = {one: amounts[one] for one in addresses[first : first + 200]}
        node.rpc("sendmany", "", part, purse=node.miner)
