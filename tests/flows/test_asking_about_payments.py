"""The provider is asked about a payment by one of those who come for it, not by all."""

import asyncio
from datetime import timedelta

from admitone import migrations
from admitone.assembly import assemble
from admitone.databases import OpenDatabase
from admitone.flows.payment import Payment
from admitone.flows.settlement import Settlement
from admitone.payments import Status
from admitone.payments.providers.sandbox import SandboxProvider
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
        async def status(self, attempt_id: object, provider_ref: str | None) -> Status:
            asked.append(provider_ref)
            return await super().status(attempt_id, provider_ref)  # type: ignore[arg-type]

    assert site.sandbox is not None
    accounts = wired(site.database, clock, Listening(site.sandbox, "http://testserver"))
    settlement = Settlement(site.database, clock, accounts, site.offers, site.ring)
    flow = Payment(site.database, clock, accounts, site.offers, settlement, str)
    clock.set(max(one.attempt.ask_at for one in made) + timedelta(seconds=1))
    done = await asyncio.gather(*(flow.ask_due() for _ in range(8)))
    assert sorted(asked, key=str) == sorted((one.attempt.provider_ref for one in made), key=str)
    assert sum(done) == len(made)
    await site.close()
