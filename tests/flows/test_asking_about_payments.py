"""The provider is asked about a payment by one of those who come for it, not by all."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from admitone import migrations, orders
from admitone.assembly import assemble
from admitone.databases import OpenDatabase
from admitone.flows.payment import Payment
from admitone.flows.settlement import Settlement
from admitone.payments import Status
from admitone.payments.providers.sandbox import Decision, SandboxProvider
from admitone.settings import Settings
from admitone.values.clock import FrozenClock, SystemClock
from tests.support.onsale import place, put_on_sale
from tests.support.sandbox_rig import wired


async def test_many_timetables_at_once_ask_about_each_payment_once(
    database_url: str, settings: Settings
) -> None:
    clock = FrozenClock(SystemClock().now())
    site = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock)
    show = await put_on_sale(site)
    made = [await site.payment.pay((await place(site, show)).id, "sandbox:card") for _ in range(3)]
    asked: list[str | None] = []

    class Listening(SandboxProvider):
        async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
            asked.append(provider_ref)
            return await super().status(attempt_id, provider_ref)

    assert site.sandbox is not None
    accounts = wired(site.database, clock, Listening(site.sandbox, "http://testserver"))
    settlement = Settlement(site.database, clock, accounts, site.offers, site.ring)
    flow = Payment(site.database, clock, accounts, site.offers, settlement, str)
    clock.set(max(one.attempt.ask_at for one in made) + timedelta(seconds=1))
    done = await asyncio.gather(*(flow.ask_due() for _ in range(8)))
    assert sorted(asked, key=str) == sorted((one.attempt.provider_ref for one in made), key=str)
    assert sum(done) == len(made)
    await site.close()


async def test_payments_are_asked_about_side_by_side_and_a_fault_holds_up_no_other(
    database_url: str, settings: Settings
) -> None:
    clock = FrozenClock(SystemClock().now())
    site = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock)
    show = await put_on_sale(site)
    made = [await site.payment.pay((await place(site, show)).id, "sandbox:card") for _ in range(3)]
    refs = [one.attempt.provider_ref or "" for one in made]
    assert site.sandbox is not None
    for ref in refs:
        await site.sandbox.decide(ref, Decision(pays=True, copies=0))
    asked: list[str | None] = []
    all_asked = asyncio.Event()

    class Odd(SandboxProvider):
        async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
            asked.append(provider_ref)
            if len(asked) == len(made):
                all_asked.set()
            await all_asked.wait()
            if provider_ref == refs[0]:
                raise KeyError("status")
            return await super().status(attempt_id, provider_ref)

    accounts = wired(site.database, clock, Odd(site.sandbox, "http://testserver"))
    settlement = Settlement(site.database, clock, accounts, site.offers, site.ring)
    flow = Payment(site.database, clock, accounts, site.offers, settlement, str)
    clock.set(max(one.attempt.ask_at for one in made) + timedelta(seconds=1))
    with pytest.raises(KeyError):
        await asyncio.wait_for(flow.ask_due(), 30)
    async with site.database.reading() as reader:
        states = [(await orders.by_id(reader, one.attempt.order_id)).state for one in made]
    assert states == ["pending", "paid", "paid"]
    await site.close()


async def test_an_account_that_does_not_answer_is_left_out_until_it_does(
    database_url: str, settings: Settings
) -> None:
    clock = FrozenClock(SystemClock().now())
    site = await assemble(settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock)
    show = await put_on_sale(site)
    paying = await site.payment.pay((await place(site, show)).id, "sandbox:card")
    answer, arrived, asked = asyncio.Event(), asyncio.Event(), list[str | None]()

    class Silent(SandboxProvider):
        async def status(self, attempt_id: UUID, provider_ref: str | None) -> Status:
            asked.append(provider_ref)
            arrived.set()
            await answer.wait()
            return await super().status(attempt_id, provider_ref)

    assert site.sandbox is not None
    accounts = wired(site.database, clock, Silent(site.sandbox, "http://testserver"))
    settlement = Settlement(site.database, clock, accounts, site.offers, site.ring)
    flow = Payment(site.database, clock, accounts, site.offers, settlement, str)
    clock.set(paying.attempt.ask_at + timedelta(seconds=1))
    first = asyncio.create_task(flow.ask_due())
    await arrived.wait()
    clock.move(seconds=60)
    assert await asyncio.wait_for(flow.ask_due(), 30) == 0, "it is still being asked"
    answer.set()
    assert await first == 1
    assert await flow.ask_due() == 1
    assert len(asked) == 2
    await site.close()
