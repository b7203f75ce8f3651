"""Any sequence of sales, releases, payouts, runs that stop or die, and refunds: every cent is somewhere, once.

Steps are tried as drawn and may be refused; at the end everything under way is carried through. What buyers paid is
then what went back to them, what was paid out, and what the organiser still has or owes.
"""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import migrations, orders
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.orders import RunState, RunWish
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.payouts import Payout
from admitone.plumbing import failpoints
from admitone.settings import Settings
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support import database as databases
from tests.support.onsale import TypeOnSale, buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.till import TO_BANK, Till

PRICE = 2_500
VERBS = (
    "sell",
    "release",
    "ask",
    "approve",
    "decline",
    "send",
    "take back",
    "goodwill",
    "work",
    "pause",
    "resume",
    "die",
    "refunds",
)
POINTS = ("bulk_run.before_commit", "bulk_run.after_commit", "payout.after_claim", "payout.after_provider")


@dataclass(frozen=True, slots=True)
class Step:
    """Something to try; `number` says how much, which order or where to die."""

    verb: str
    number: int
    fault: Fault


steps = st.lists(
    st.builds(Step, st.sampled_from(VERBS), st.integers(1, 6), st.sampled_from([Fault.NONE, *Fault])),
    min_size=4,
    max_size=14,
)


def test_every_cent_is_somewhere_once(template: str) -> None:
    with (
        databases.clone(template) as url,
        tempfile.TemporaryDirectory() as home,
        asyncio.Runner() as runner,
    ):
        site_settings = Settings(home=Path(home), base_url="http://testserver", pool_size=4, development=True)
        opened = OpenDatabase(url, None)
        site = runner.run(assemble(site_settings, opened, migrations.APP_ROLE, name="money out"))

        @settings(max_examples=20, phases=(Phase.explicit, Phase.reuse, Phase.generate))
        @given(steps)
        def adds_up(drawn: list[Step]) -> None:
            runner.run(Life(site).lived(drawn))

        try:
            adds_up()
            runner.run(must_hold(site.database))
        finally:
            failpoints.arm("")
            runner.run(site.close())


class Life:
    """One organiser's event."""

    def __init__(self, site: Assembly) -> None:
        self.site = site
        self.till: Till
        self.codes: list[str] = []
        self.asked: list[Payout] = []
        self.runs: list[orders.RunRow] = []

    async def lived(self, drawn: list[Step]) -> None:
        """The steps, then whatever is under way to its end, then the sums."""
        show = await put_on_sale(self.site, TypeOnSale("Stalls", PRICE, 1_000))
        self.till = Till(self.site, show, FrozenClock(self.site.clock.now()))
        self.till.pass_days(30)
        await self.till.receivers.set(show.owner, self.till.purse, TO_BANK)
        await self.step(Step("sell", 3, Fault.NONE))
        for one in drawn:
            try:
                await self.step(one)
            except (Refusal, failpoints.FailpointHit):
                continue
            finally:
                failpoints.arm("")
        await self.carry_through()
        await self.adds_up()

    async def step(self, one: Step) -> None:
        """Try it."""
        till, show, wire = self.till, self.till.show, sandbox_wire(self.site)
        if one.verb == "sell":
            for _ in range(one.number):
                order_id = (await buy(self.site, show, 2)).attempt.order_id
                async with self.site.database.reading() as reader:
                    self.codes.append((await orders.by_id(reader, order_id)).code)
        elif one.verb == "release":
            await till.releasing.of_organiser(show.organiser_id)
        elif one.verb == "ask":
            self.asked.append(await till.desk.ask(show.owner, till.purse, uuid7(), one.number * PRICE))
        elif one.verb == "approve" and self.asked:
            payout = self.asked[-1]
            await till.desk.approve(show.owner, show.organiser_id, payout.id, payout.amount_minor)
        elif one.verb == "decline" and self.asked:
            await till.desk.decline(show.owner, show.organiser_id, self.asked[-1].id)
        elif one.verb == "send":
            wire.suffer(Faults(pay_out=(one.fault,), payout_status=(one.fault,)))
            till.pass_days(0.1)
            await till.desk.send_due()
        elif one.verb == "take back":
            code = self.codes[one.number % len(self.codes)]
            await self.site.refunding.take_back(show.owner, show.organiser_id, code)
        elif one.verb == "refunds":
            wire.suffer(Faults(refund=(one.fault,)))
            await self.site.refunding.send_due()
        else:
            await self.step_of_a_run(one)

    async def step_of_a_run(self, one: Step) -> None:
        """Something about all orders of the event."""
        runs, show, till = self.site.money.bulk_runs, self.till.show, self.till
        if one.verb == "goodwill":
            wish = RunWish(amount_minor=one.number * 100)
            self.runs.append(await runs.start(show.owner, show.organiser_id, show.event_id, wish, uuid7()))
        elif one.verb == "work":
            await runs.work()
        elif one.verb in ("pause", "resume") and self.runs:
            move = runs.pause if one.verb == "pause" else runs.resume
            await move(show.owner, show.organiser_id, self.runs[-1].id)
        elif one.verb == "die":
            failpoints.arm(f"{POINTS[one.number % len(POINTS)]}:raise")
            till.pass_days(0.1)
            await runs.work()
            await till.desk.send_due()

    async def carry_through(self) -> None:
        """Everything under way comes to its end."""
        runs, show = self.site.money.bulk_runs, self.till.show
        sandbox_wire(self.site).suffer(Faults())
        while await runs.work():
            pass
        for run in self.runs:
            async with self.site.database.reading() as reader:
                now = await orders.run_by_id(reader, run.id)
            # What broke in a run that is over is tried again when its organiser says so.
            if now is not None and (now.state is RunState.PAUSED or now.failed):
                await runs.resume(show.owner, show.organiser_id, run.id)
        while await runs.work():
            pass
        due = text("UPDATE payments_refund SET ask_at = wanted_at WHERE state IN ('wanted', 'unknown')")
        await self.site.database.run(lambda tx: tx.execute(due))
        while await self.site.refunding.send_due():
            pass
        self.till.pass_days(1)
        while await self.till.desk.send_due():
            self.till.pass_days(1)

    async def adds_up(self) -> None:
        """What came in is what went back, what went out, and what is still here."""
        show, event = self.till.show, {"event_id": self.till.show.event_id}
        async with self.site.database.reading() as reader:
            paid, back = (await reader.execute(_PAID, event)).one()
            out = (await reader.execute(_OUT, {"organiser_id": show.organiser_id})).scalar_one()
            owed = (await reader.execute(_OWED, {**event, "organiser_id": show.organiser_id})).scalar_one()
            found = [await orders.run_by_id(reader, run.id) for run in self.runs]
            parts = await self.till.parts()
        assert all(one is not None and one.state is RunState.DONE and one.failed == 0 for one in found)
        assert paid - back == out + sum(minor for part, minor in parts.items() if part != "transit") + owed
        await must_hold(self.site.database)


_PAID = text(
    """
    SELECT coalesce(sum(p.amount_minor), 0)::bigint, coalesce(sum(p.refunded_minor), 0)::bigint
    FROM sandbox_payment p JOIN payments_attempt a ON a.provider_ref = p.ref
    JOIN orders_order o ON o.id = a.order_id WHERE o.event_id = :event_id AND p.state = 'paid'
    """
)
_OUT = text(
    """
    SELECT coalesce(sum(s.amount_minor), 0)::bigint FROM sandbox_payout s
    JOIN payouts_payout p ON CAST(p.id AS text) = s.merchant_key WHERE p.organiser_id = :organiser_id
    """
)
# What is in no account of the organiser's: refunds their provider refused, payouts that are asked for and not sent.
_OWED = text(
    """
    SELECT (SELECT coalesce(sum(r.amount_minor), 0) FROM payments_refund r JOIN orders_order o ON o.id = r.order_id
            WHERE o.event_id = :event_id AND r.state <> 'done')
        + (SELECT coalesce(sum(amount_minor), 0) FROM payouts_payout
            WHERE organiser_id = :organiser_id AND state = 'sending')
    """
)
