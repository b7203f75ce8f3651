"""What money costs: webhooks kept, payments settled, an event of twenty thousand paid orders cancelled.

Buyers are made by the program's own flows, from this process; the bank's webhooks about them are set aside, and so are
the letters with their tickets, so that only what is measured is left to the worker.
"""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import time
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from admitone import payments
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.payments.providers.sandbox import Decision
from admitone.payments.providers.stripe import wire
from admitone.values.actor import Actor, Role
from admitone.values.ids import uuid7
from benchmarks.client import request
from benchmarks.report import measure, say, summary
from benchmarks.seed import Show, on, put_on_sale
from benchmarks.site import Site, start, unique

AT_ONCE = 64
ORDERS = 20_000
SETTLED = 2_000
WEBHOOK_SECRET = "whsec_benchmark"
LONGEST_SECONDS = 900
_QUIET = (
    "UPDATE sandbox_delivery SET sent_at = now() WHERE sent_at IS NULL",
    "INSERT INTO relay_cursor (name, xid, fact_id) VALUES ('reactions', '0', 0) ON CONFLICT DO NOTHING",
    "UPDATE relay_cursor SET (xid, fact_id) = (SELECT xid, id FROM journal_fact ORDER BY xid DESC, id DESC LIMIT 1)",
)


def figures(site: Site, chosen: list[str]) -> None:
    """Those of "webhook", "settle" and "cancel" that are chosen."""
    if "webhook" in chosen:
        webhooks(site)
    if "settle" in chosen:
        settlement(site)
    if "cancel" in chosen:
        cancel_event(site)


def webhooks(site: Site, *, seconds: float = 3.0, runs: int = 3) -> None:
    """Notices signed as Stripe signs them, each a new one: checked, kept with their fact, answered."""
    account_id = on(site, stripe_account)
    made = 0

    def notice() -> bytes:
        nonlocal made
        made += 1
        told = {
            "id": f"evt_{unique()}",
            "object": "event",
            "type": "checkout.session.completed",
            "livemode": False,
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "data": {
                "object": {
                    "id": f"cs_test_{made}",
                    "object": "checkout.session",
                    "metadata": {wire.ACCOUNT: str(account_id), wire.ATTEMPT: str(uuid7())},
                }
            },
        }
        body = json.dumps(told, indent=2).encode()
        at = int(time.time())
        signed = hmac.new(WEBHOOK_SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
        return request(
            "POST", f"/webhooks/stripe/{account_id}", body, {"Stripe-Signature": f"t={at},v1={signed}"}
        )

    # Written before the clock runs: a client that signs is no part of what is measured.
    for clients in (1, 64):
        found = []
        for _ in range(runs):
            ready = [notice() for _ in range(int(seconds * (3000 if clients > 1 else 1000)))]
            found.append(measure(site.port, clients, partial(_next, ready), seconds))
        summary("webhook kept", clients, found, 200)


def _next(ready: list[bytes]) -> bytes | None:
    return ready.pop() if ready else None


async def stripe_account(built: Assembly) -> UUID:
    """The site's own account with Stripe, in test mode, with keys of nobody."""
    account_id, now = uuid7(), built.clock.now()
    keys = {"secret_key": "sk_test_benchmark", "webhook_secret": WEBHOOK_SECRET}
    account = payments.Account(
        id=account_id,
        organiser_id=None,
        provider="stripe",
        mode="test",
        label="Benchmark",
        state="active",
        ref="acct_1Benchmark",
        country="DE",
        currencies=None,
        sealed=built.payment_accounts.seal(account_id, keys),
        options={},
        missing=(),
        can_pay_out=False,
        position=100,
        updated_at=now,
    )
    await built.database.run(lambda tx: payments.add_account(tx, account, actor="benchmark"))
    return account_id


async def _buyers(built: Assembly, show: Show, many: int, method: str) -> list[payments.Attempt]:
    """So many orders of one place, begun to be paid."""
    ready = asyncio.Semaphore(AT_ONCE)

    async def one() -> payments.Attempt:
        async with ready:
            held = await built.purchase.hold(HoldWish(show.event_id, ((show.type_id, 1),)))
            wish = OrderWish(held.hold_id, f"b{unique()}@example.org", "Ada Obi")
            return (await built.payment.pay((await built.purchase.place(wish)).id, method)).attempt

    return await asyncio.gather(*(one() for _ in range(many)))


def settlement(site: Site, *, many: int = SETTLED) -> None:
    """Payments the bank has taken: the provider is asked, the order is paid, places, tickets and ledger follow."""
    show = on(site, lambda built: put_on_sale(built, capacity=1_000_000, price_minor=2500))

    async def story(built: Assembly) -> float:
        attempts = await _buyers(built, show, many, "sandbox:card")
        bank, ready = built.sandbox, asyncio.Semaphore(AT_ONCE)
        assert bank is not None

        async def decide(attempt: payments.Attempt) -> None:
            async with ready:
                await bank.decide(attempt.provider_ref or "", Decision(pays=True, copies=0))

        async def settle(attempt: payments.Attempt) -> None:
            async with ready:
                settled = await built.settlement.ask(attempt)
            assert settled is not None
            assert settled.order_state == "paid"

        await asyncio.gather(*(decide(one) for one in attempts))
        begin = time.perf_counter()
        await asyncio.gather(*(settle(one) for one in attempts))
        return time.perf_counter() - begin

    seconds = on(site, story)
    say(
        "payments settled",
        many=many,
        at_once=AT_ONCE,
        seconds=round(seconds, 2),
        per_second=round(many / seconds),
    )


def cancel_event(site: Site, *, many: int = ORDERS) -> None:
    """An event is cancelled: every order taken back and every refund sent, by one worker; its memory meanwhile."""
    show = on(site, lambda built: put_on_sale(built, capacity=1_000_000, price_minor=2500))
    begin = time.perf_counter()

    async def sold(built: Assembly) -> None:
        for _ in range(0, many, 1000):
            await _buyers(built, show, min(many, 1000), "sandbox:push")

    on(site, sold)
    on(site, _quiet)
    say("cancel event: orders made", many=many, seconds=round(time.perf_counter() - begin, 1))
    environment = os.environ | {"ADMITONE_HOME": str(site.settings.home), "ADMITONE_PORT": str(site.port)}
    environment.pop("DATABASE_URL", None)
    with (Path(site.settings.home) / "worker.log").open("wb") as log:
        worker = start("worker", environment, log)
        try:
            on(site, lambda built: _cancel(built, show, many, worker.pid))
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)


async def _quiet(built: Assembly) -> None:
    """Nothing is left to do of what led here."""
    async with built.database.transaction() as tx:
        for statement in _QUIET:
            await tx.execute(text(statement))


async def _cancel(built: Assembly, show: Show, many: int, worker: int) -> None:
    owner = Actor.person(show.door_id, roles=((show.organiser_id, Role.OWNER),))
    await _settled(worker)
    before, cpu = _rss_mb(worker), _cpu_seconds(worker)
    begin = time.perf_counter()
    await publish_event.cancel(built.database, built.clock, owner, show.organiser_id, show.event_id)
    taken = done = 0.0
    peak = before
    halfway = 0
    while not done and time.perf_counter() - begin < LONGEST_SECONDS:
        await asyncio.sleep(0.5)
        rss = _rss_mb(worker)
        peak = max(peak, rss)
        async with built.database.reading() as reader:
            left = (await reader.execute(_LEFT, {"event_id": show.event_id})).one()
        now = time.perf_counter() - begin
        if not taken and left.orders == 0:
            taken, halfway = now, rss
        if taken and left.refunds == 0:
            done = now
    assert done, "not finished in time"
    say(
        "event cancelled",
        orders=many,
        orders_taken_back_seconds=round(taken, 1),
        refunds_sent_seconds=round(done, 1),
        worker_cpu_seconds=round(_cpu_seconds(worker) - cpu, 1),
        worker_rss_mb=[before, halfway, peak],
    )


_LEFT = text(
    """
    SELECT (SELECT count(*) FROM orders_order WHERE event_id = :event_id AND state = 'paid') AS orders,
        (SELECT count(*) FROM payments_refund WHERE state IN ('wanted', 'unknown')) AS refunds
    """
)


async def _settled(pid: int) -> None:
    """Until a process that starts has read its modules: it then has next to nothing to do."""
    last = 0.0
    while (now := _cpu_seconds(pid)) < 1 or now - last > 0.3:
        last = now
        await asyncio.sleep(2)


def _cpu_seconds(pid: int) -> float:
    """Processor time a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> int:
    """Memory a process has now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return round(
        int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024
    )
