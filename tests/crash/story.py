"""A whole purchase as a program of its own, so that it can be killed at any point and run again.

Every id comes from fixed keys, as a careful client would have it. Running the program a second time is therefore a
client that tries again with the same keys, on a site whose server and worker have been started again.
"""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import msgspec
from sqlalchemy import make_url, text

from admitone import accounts, migrations, payouts, tickets
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.entrypoints.http import create_app
from admitone.entrypoints.pages.rendering import Pages
from admitone.events import NotPossibleNow
from admitone.flows import publish_event
from admitone.flows.admit import ScanIn
from admitone.flows.credit_desk import GiftWish
from admitone.flows.payout_receivers import ReceiverWish
from admitone.flows.reactions import REACTIONS, fact_kinds
from admitone.payments import SANDBOX_ACCOUNT
from admitone.payments.providers.sandbox import Decision, deliver_due
from admitone.payouts import Purse
from admitone.plumbing import failpoints, jobs, relay
from admitone.plumbing.jobs import Reaction
from admitone.plumbing.relay import Relay
from admitone.settings import Settings
from admitone.values.actor import Actor, Role
from admitone.values.clock import FrozenClock, SystemClock
from admitone.values.ids import derived_id
from tests.crash.plan import Plan

ORIGIN = "http://testserver"
# Compiled once, by the small process that waits to be forked: every story has them then.
Pages(str).warm()


@dataclass(frozen=True, slots=True)
class Site:
    """The program, a client of it, and the worker's parts."""

    plan: Plan
    clock: FrozenClock
    assembly: Assembly
    client: httpx2.AsyncClient
    relay: Relay

    async def send(self, path: str, key: str, body: dict[str, object]) -> dict[str, Any]:
        """Ask the API with an idempotency key, as a client does that may have to ask again."""
        answer = await self.client.post(f"/api/v1{path}", json=body, headers={"idempotency-key": key})
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextlib.asynccontextmanager
async def opened(plan: Plan) -> AsyncIterator[Site]:
    """The site as `plan` has it; its clock moves when the story moves it."""
    clock = FrozenClock(SystemClock().now() + timedelta(seconds=plan.later_seconds))
    settings = Settings(
        home=Path(plan.home), base_url=ORIGIN, allowed_hosts=("testserver",), development=True
    )
    assembly = await assemble(
        settings, OpenDatabase(plan.url, None), migrations.APP_ROLE, clock=clock, name="story"
    )
    transport = httpx2.ASGITransport(create_app(assembly))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        try:
            yield Site(plan, clock, assembly, client, Relay(assembly.database, fact_kinds(), REACTIONS))
        finally:
            await assembly.close()


async def order(site: Site, buyer: str, method: str, *, quantity: int | None = None) -> str:
    """Hold, order, ask to pay by `method`; the order's token."""
    items = [{"ticket_type_id": str(site.plan.type_id), "quantity": quantity or site.plan.quantity}]
    hold = await site.send("/holds", f"{buyer}-hold", {"event": str(site.plan.event_id), "items": items})
    who = {"hold": hold["token"], "email": f"{buyer}@example.org", "name": "Ada Obi"}
    token: str = (await site.send("/orders", f"{buyer}-order", who))["token"]
    await site.send(f"/orders/{token}/payments", f"{buyer}-pay", {"method": method})
    return token


async def pay_at_bank(site: Site, token: str) -> None:
    """The buyer pays on the bank's page. The bank will tell us, twice."""
    async with site.assembly.database.reading() as reader:
        wanted = text("SELECT provider_ref FROM payments_attempt WHERE order_id = :order_id")
        order_id = site.assembly.links.read("order", token)
        ref = (await reader.execute(wanted, {"order_id": order_id})).scalar_one()
    assert site.assembly.sandbox is not None
    await site.assembly.sandbox.decide(ref, Decision(pays=True, copies=2))


async def work(site: Site) -> None:
    """What the worker does, step by step until nothing is left, three times half a minute apart."""
    for _ in range(3):
        while await _turn(site):
            pass
        site.clock.move(seconds=30)


async def _turn(site: Site) -> int:
    bank = site.assembly.sandbox
    assert bank is not None
    done = await deliver_due(bank, site.client, f"{ORIGIN}/webhooks/sandbox")
    done += await pass_on(site)
    done += await relay.rescue_jobs(site.assembly.database)
    done += await run_jobs(site)
    done += await site.assembly.post.send_due()
    done += await site.assembly.payment.ask_due()
    await site.assembly.money.found_money.look_everywhere()
    done += await site.assembly.money.bulk_runs.work()
    done += await site.assembly.refunding.send_due()
    done += await site.assembly.money.releasing.run_due()
    done += await site.assembly.money.paying_out.send_due()
    done += await site.assembly.expiry.expire_orders()
    return done


async def pass_on(site: Site) -> int:
    """Relay all facts in one step; how many. They wait for older transactions of the whole server, other tests' too."""
    ended = text(
        "SELECT NOT EXISTS (SELECT FROM journal_fact WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))"
    )
    async with asyncio.timeout(60):
        while True:
            async with site.assembly.database.reading() as reader:
                if (await reader.execute(ended)).scalar_one():
                    break
    return await site.relay.step()


async def run_jobs(site: Site) -> int:
    """Run the jobs that are there; how many there were."""
    async with site.assembly.database.reading() as reader:
        wanted = text(
            "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
        )
        waiting = int((await reader.execute(wanted)).scalar_one())
    if waiting == 0:
        return 0
    conninfo = make_url(site.plan.url).set(drivername="postgresql").render_as_string(hide_password=False)
    options = {"options": f"-c role={migrations.APP_ROLE}"}
    app = jobs.queue_app(conninfo, site.assembly.reactions.react, _park, options)
    async with app.open_async():
        await app.run_worker_async(
            wait=False, concurrency=1, install_signal_handlers=False, delete_jobs="successful"
        )
    return waiting


async def _park(reaction: Reaction, error: str) -> None:
    raise AssertionError(f"nothing is parked in a story: {reaction} {error}")


async def admit(site: Site, token: str) -> None:
    """Every ticket of the order is scanned at the door, each scan with an id of its own that stays the same."""
    door = Actor.person(site.plan.door_id, roles=((site.plan.organiser_id, Role.DOOR),))
    async with site.assembly.database.reading() as reader:
        issued = await tickets.by_order(reader, site.assembly.links.read("order", token))
    for ticket in issued:
        code = tickets.code_of(ticket, site.assembly.ring)
        scan_id = derived_id("scan", ticket.id.bytes)
        said = await site.assembly.admit.scan(door, ScanIn(scan_id, site.plan.event_id, code, "Mill Lane"))
        assert said.answer.verdict == "admitted", said


async def bought(site: Site) -> None:
    """Hold, order, pay by card, hear of it, get the tickets, go in."""
    token = await order(site, "ada", "sandbox:card")
    await pay_at_bank(site, token)
    await work(site)
    await admit(site, token)
    await work(site)


async def too_late(site: Site) -> None:
    """An order runs out unpaid, somebody else gets its places, then its money comes and goes back."""
    token = await order(site, "ada", "sandbox:card")
    async with site.assembly.database.transaction() as tx:
        run_out = "UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id AND state = 'pending'"
        await tx.execute(text(run_out), {"id": site.assembly.links.read("order", token)})
    await work(site)
    await order(site, "grace", "sandbox:push")
    await work(site)
    await pay_at_bank(site, token)
    await work(site)


async def given_back(site: Site) -> None:
    """Buy two, give one back, and get its money."""
    token = await order(site, "ada", "sandbox:card")
    await pay_at_bank(site, token)
    await work(site)
    async with site.assembly.database.reading() as reader:
        issued = await tickets.by_order(reader, site.assembly.links.read("order", token))
    one = site.assembly.links.make("ticket", issued[0].id)
    await site.send(f"/orders/{token}/cancellations", "ada-give-back", {"tickets": [one]})
    await work(site)


async def changed(site: Site) -> None:
    """Buy one, change it for a dearer ticket and pay the difference; then for the first type, and get it back."""
    first = await order(site, "ada", "sandbox:card", quantity=1)
    await pay_at_bank(site, first)
    await work(site)
    assert site.plan.other_type_id is not None
    second = await change(site, first, site.plan.other_type_id, "up")
    await site.send(f"/orders/{second}/payments", "ada-pay-more", {"method": "sandbox:card"})
    await pay_at_bank(site, second)
    await work(site)
    await change(site, second, site.plan.type_id, "down")
    await work(site)


async def change(site: Site, token: str, type_id: UUID, key: str) -> str:
    """Change the order's only ticket for one of this type; the new order's token."""
    async with site.assembly.database.reading() as reader:
        [issued] = await tickets.by_order(reader, site.assembly.links.read("order", token))
    body: dict[str, object] = {
        "tickets": [site.assembly.links.make("ticket", issued.id)],
        "event_id": str(site.plan.event_id),
        "ticket_type_id": str(type_id),
    }
    new: str = (await site.send(f"/orders/{token}/changes", f"ada-{key}", body))["token"]
    return new


async def called_off(site: Site) -> None:
    """Two buyers have paid; then the event is called off, and a run takes both orders back."""
    for buyer in ("ada", "grace"):
        await pay_at_bank(site, await order(site, buyer, "sandbox:card", quantity=1))
    await work(site)
    owner = Actor.person(site.plan.door_id, roles=((site.plan.organiser_id, Role.OWNER),))
    with contextlib.suppress(NotPossibleNow):
        await publish_event.cancel(
            site.assembly.database, site.clock, owner, site.plan.organiser_id, site.plan.event_id
        )
    await work(site)


async def paid_out(site: Site) -> None:
    """Buy two; weeks later what was earned is available, and its organiser asks for it and agrees to it."""
    await pay_at_bank(site, await order(site, "ada", "sandbox:card"))
    await work(site)
    site.clock.move(seconds=(14 + 4) * 86_400)
    await work(site)
    money, organiser_id = site.assembly.money, site.plan.organiser_id
    owner = Actor.person(await owner_of(site), roles=((organiser_id, Role.OWNER),))
    purse = Purse(organiser_id, "EUR", is_test=True)
    async with site.assembly.database.reading() as reader:
        known = await payouts.receivers(reader, organiser_id)
    if not known:
        account = ReceiverWish(SANDBOX_ACCOUNT, "Foundry Presents", "DE", {"account_number": "DE12 3456"})
        await money.payout_receivers.set(owner, purse, account)
    payout_id = derived_id("payout", organiser_id.bytes)
    with contextlib.suppress(payouts.PayoutDecided):
        asked = await money.paying_out.ask(owner, purse, payout_id)
        await money.paying_out.approve(owner, organiser_id, payout_id, asked.amount_minor)
    await work(site)


async def owner_of(site: Site) -> UUID:
    """Whoever owns the organiser."""
    async with site.assembly.database.reading() as reader:
        team = await accounts.members(reader, site.plan.organiser_id)
    return next(one.person_id for one in team if one.role is Role.OWNER)


async def with_credit(site: Site) -> None:
    """A gift code pays for a part of an order, and a push for the rest; then the event's organiser takes one back."""
    organiser_id = site.plan.organiser_id
    owner = Actor.person(await owner_of(site), roles=((organiser_id, Role.OWNER),))
    desk = site.assembly.money.credit_desk
    [gift] = await desk.make(owner, organiser_id, GiftWish("EUR", 3000), derived_id("gifts", b"ada"))
    items = [{"ticket_type_id": str(site.plan.type_id), "quantity": site.plan.quantity}]
    hold = await site.send("/holds", "ada-hold", {"event": str(site.plan.event_id), "items": items})
    who = {"hold": hold["token"], "email": "ada@example.org", "name": "Ada Obi"}
    token = (await site.send("/orders", "ada-order", who))["token"]
    await site.send(f"/orders/{token}/credit", "ada-credit", {"code": desk.code(gift)})
    await site.send(f"/orders/{token}/payments", "ada-pay", {"method": "sandbox:push"})
    await work(site)


STORIES = {
    "bought": bought,
    "too_late": too_late,
    "given_back": given_back,
    "changed": changed,
    "called_off": called_off,
    "paid_out": paid_out,
    "with_credit": with_credit,
}


class Counted(dict[str, Any]):
    """Stands in for the armed failpoints when none is: counts how often each is passed."""

    def __init__(self) -> None:
        super().__init__({"": None})
        self.passed: Counter[str] = Counter()

    def get(self, name: str, default: Any = None) -> Any:
        """Nothing is armed."""
        self.passed[name] += 1


async def play(name: str, plan: Plan) -> None:
    """The story from its beginning to its end."""
    # They are told in words of this module.
    from tests.crash.bitcoin_stories import BITCOIN_STORIES  # noqa: PLC0415

    async with opened(plan) as site:
        await (STORIES | BITCOIN_STORIES)[name](site)


def run(name: str, plan: Plan, fail: str, said: Path) -> None:
    """Play the story as a process of its own with these failpoints armed. What it says goes to a file.

    With none armed the last line says how often each was passed.
    """
    with said.open("w") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    failpoints.arm(fail)
    counted = Counted()
    if not fail:
        failpoints._armed = counted
    asyncio.run(play(name, plan))
    os.write(1, b"\n" + msgspec.json.encode(counted.passed))
