"""Money that has to go back is asked for until it is decided, is sent once, and is never forgotten when refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import text

from admitone import ledger, migrations, payments
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows import refund as refunding
from admitone.flows.refund import Refunding
from admitone.payments import Refund, RefundAsk, RefundStatus
from admitone.payments.providers.sandbox import Fault, Faults, SandboxProvider
from admitone.plumbing import failpoints
from admitone.plumbing.failpoints import FailpointHit
from admitone.reads.refunds_stuck import LATE_AFTER, refunds_stuck
from admitone.settings import Settings
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock, SystemClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support.onsale import OnSale, buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire, wired

NO_ANSWER = [Fault.TIME_OUT_BEFORE, Fault.TIME_OUT_AFTER, Fault.SERVER_ERROR, Fault.GARBAGE]


@dataclass(frozen=True, slots=True)
class Owed:
    """A paid order that its organiser has just taken back."""

    site: Assembly
    clock: FrozenClock
    wire: SandboxProvider
    show: OnSale
    code: str
    refund: Refund

    async def now(self) -> Refund:
        """The refund as it is now."""
        async with self.site.database.reading() as reader:
            return (await payments.read_refunds(reader, [self.refund.id]))[self.refund.id]

    async def at_bank(self) -> list[int]:
        """What the bank has sent back."""
        async with self.site.database.reading() as reader:
            return list((await reader.execute(text("SELECT amount_minor FROM sandbox_refund"))).scalars())

    async def in_books(self) -> tuple[int, int]:
        """What we owe to buyers, and what lies at the bank, less than before."""
        async with self.site.database.reading() as reader:
            return (
                await ledger.balance(reader, "refunds_due", "EUR"),
                await ledger.balance(reader, "clearing:sandbox", "EUR"),
            )


@pytest.fixture
async def owed(database_url: str, settings: Settings) -> AsyncIterator[Owed]:
    """A site whose clock the test moves, with one refund that nobody has asked for yet."""
    clock = FrozenClock(SystemClock().now())
    site = await assemble(
        settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock, name="refunds"
    )
    show = await put_on_sale(site)
    paid = await buy(site, show)
    async with site.database.reading() as reader:
        wanted = text("SELECT code FROM orders_order WHERE id = :id")
        code = (await reader.execute(wanted, {"id": paid.attempt.order_id})).scalar_one()
    await site.refunding.take_back(show.owner, show.organiser_id, code)
    async with site.database.reading() as reader:
        [refund] = await payments.refunds_of(reader, [paid.attempt.order_id])
    wire = sandbox_wire(site)
    assert isinstance(wire, SandboxProvider)
    yield Owed(site, clock, wire, show, code, refund)
    await site.close()


@pytest.mark.parametrize("fault", [*NO_ANSWER, Fault.NOT_NOW])
async def test_what_is_not_decided_is_asked_again_after_a_pause_until_it_is(owed: Owed, fault: Fault) -> None:
    owed.wire.suffer(Faults(refund=(fault, fault), refund_status=()))
    assert await owed.site.refunding.send_due() == 1
    assert not (await owed.now()).is_decided
    assert (await owed.now()).error
    assert await owed.site.refunding.send_due() == 0, "not before the pause is over"
    await must_hold(owed.site.database)
    asked = 1
    while not (await owed.now()).is_decided:
        owed.clock.move(seconds=10)
        asked += await owed.site.refunding.send_due()
    assert asked == (2 if fault in (Fault.TIME_OUT_AFTER, Fault.GARBAGE) else 3)
    assert (await owed.now()).state == "done"
    assert (await owed.now()).error is None
    assert await owed.at_bank() == [2500]
    assert await owed.in_books() == (0, 0)
    await must_hold(owed.site.database)


async def test_the_pauses_grow_while_the_bank_is_away(owed: Owed) -> None:
    owed.wire.suffer(Faults(refund=(Fault.SERVER_ERROR,) * 50, refund_status=()))
    begun = owed.clock.now()
    asked_after = []
    for second in range(400):
        if await owed.site.refunding.send_due():
            asked_after.append(second)
        owed.clock.set(begun + timedelta(seconds=second + 1))
    assert asked_after == [0, 10, 30, 70, 130, 190, 250, 310, 370]


async def test_after_no_answer_the_bank_is_asked_what_became_of_it_before_it_is_asked_again(
    owed: Owed,
) -> None:
    """Keys are forgotten after a day at some companies, refunds are not."""
    asked: list[str] = []

    class Listening(SandboxProvider):
        async def refund(self, ask: RefundAsk) -> RefundStatus:
            asked.append("refund")
            return await super().refund(ask)

        async def refund_status(self, *about: object) -> RefundStatus:
            asked.append("refund_status")
            return await super().refund_status(*about)  # type: ignore[arg-type]

    bank = owed.site.sandbox
    assert bank is not None
    wire = Listening(bank, "http://testserver")
    flow = Refunding(owed.site.database, owed.clock, wired(owed.site.database, owed.clock, wire))
    wire.suffer(Faults(refund=(Fault.TIME_OUT_BEFORE, Fault.TIME_OUT_AFTER), refund_status=(Fault.GARBAGE,)))
    for _ in range(5):
        await flow.send(owed.refund.id)
        owed.clock.move(seconds=120)
    assert asked == ["refund", "refund_status", "refund_status", "refund", "refund_status"]
    assert await owed.at_bank() == [2500]


async def test_many_at_once_ask_once(owed: Owed) -> None:
    owed.wire.suffer(Faults(refund=(Fault.TIME_OUT_AFTER,)))
    await asyncio.gather(*(owed.site.refunding.send_due() for _ in range(8)))
    assert ((await owed.now()).state, (await owed.now()).asked) == ("unknown", 1)
    owed.clock.move(seconds=10)
    await asyncio.gather(*(owed.site.refunding.send(owed.refund.id) for _ in range(16)))
    assert (await owed.now()).state == "done"
    assert await owed.at_bank() == [2500]
    assert await owed.in_books() == (0, 0)
    await must_hold(owed.site.database)


async def test_a_job_that_comes_while_the_timetable_asks_stands_back(owed: Owed) -> None:
    """The bank would answer that it knows no such refund yet, and would be asked for it twice."""
    asked: list[str] = []
    arrived, go_on = asyncio.Event(), asyncio.Event()

    class Slow(SandboxProvider):
        async def refund(self, ask: RefundAsk) -> RefundStatus:
            asked.append("refund")
            arrived.set()
            await go_on.wait()
            return await super().refund(ask)

        async def refund_status(self, *about: object) -> RefundStatus:
            asked.append("refund_status")
            return await super().refund_status(*about)  # type: ignore[arg-type]

    bank = owed.site.sandbox
    assert bank is not None
    flow = Refunding(
        owed.site.database, owed.clock, wired(owed.site.database, owed.clock, Slow(bank, "http://testserver"))
    )
    timetable = asyncio.create_task(flow.send_due())
    await arrived.wait()
    job = asyncio.create_task(flow.send(owed.refund.id))
    await asyncio.wait([job], timeout=5)
    go_on.set()
    assert await timetable == 1
    await job
    assert asked == ["refund"]
    assert (await owed.now()).state == "done"


@pytest.mark.parametrize("point", ["refund.after_claim", "refund.after_provider", "refund.before_commit"])
async def test_dying_between_asking_and_recording_sends_it_once(owed: Owed, point: str) -> None:
    for _ in range(3):
        failpoints.arm(f"{point}:raise")
        try:
            with pytest.raises(FailpointHit):
                await owed.site.refunding.send_due()
        finally:
            failpoints.arm("")
        owed.clock.move(seconds=120)
        await must_hold(owed.site.database)
    assert not (await owed.now()).is_decided
    await owed.site.refunding.send_due()
    assert (await owed.now()).state == "done"
    assert await owed.at_bank() == [2500]
    assert await owed.in_books() == (0, 0)
    await must_hold(owed.site.database)


async def test_a_fault_in_an_adapter_holds_up_no_other_refund(owed: Owed) -> None:
    class Broken(SandboxProvider):
        async def refund(self, ask: RefundAsk) -> RefundStatus:
            raise KeyError("status")

    other = await buy(owed.site, owed.show)
    async with owed.site.database.transaction() as tx:
        await owed.site.refunding.undo(tx, other.attempt.order_id, reason="organiser", actor="system")
    bank = owed.site.sandbox
    assert bank is not None
    flow = Refunding(
        owed.site.database,
        owed.clock,
        wired(owed.site.database, owed.clock, Broken(bank, "http://testserver")),
    )
    assert await flow.send_due() == 2
    async with owed.site.database.reading() as reader:
        rows = await reader.execute(text("SELECT state, error, asked FROM payments_refund"))
        assert [tuple(row) for row in rows] == [("unknown", refunding.NO_ANSWER, 1)] * 2


async def test_a_refund_of_a_provider_that_is_gone_waits_for_it(owed: Owed) -> None:
    await Refunding(owed.site.database, owed.clock, wired(owed.site.database, owed.clock, None)).send_due()
    assert ((await owed.now()).state, (await owed.now()).error) == ("unknown", refunding.NOT_SET_UP)
    owed.clock.move(seconds=10)
    await owed.site.refunding.send_due()
    assert (await owed.now()).state == "done"


async def stuck(owed: Owed, actor: Actor | None = None) -> list[tuple[str, int, bool, str | None]]:
    """What waits for the organiser."""
    async with owed.site.database.reading() as reader:
        found = await refunds_stuck(
            reader,
            actor or owed.show.owner,
            owed.show.organiser_id,
            now=owed.clock.now(),
            event_id=owed.show.event_id,
        )
    return [(one.order_code, one.amount_minor, one.is_refused, one.error) for one in found]


async def test_a_refused_refund_is_still_owed_and_needs_the_organiser_until_it_is_sent(owed: Owed) -> None:
    assert await stuck(owed) == []
    owed.wire.suffer(Faults(refund=(Fault.REFUSED, Fault.TIME_OUT_AFTER)))
    await owed.site.refunding.send_due()
    assert (await owed.now()).state == "failed"
    assert await stuck(owed) == [(owed.code, 2500, True, "account_closed")]
    assert await owed.in_books() == (2500, -2500)
    owed.clock.move(seconds=30 * 86_400)
    assert await owed.site.refunding.send_due() == 0, "no for good is not asked again by itself"
    await must_hold(owed.site.database)

    again = owed.site.refunding.send_again(owed.show.owner, owed.show.organiser_id, owed.code, owed.refund.id)
    assert (await again).state == "wanted"
    await owed.site.refunding.send_due()
    owed.clock.move(seconds=10)
    await owed.site.refunding.send_due()
    assert (await owed.now()).state == "done"
    assert await stuck(owed) == []
    assert await owed.at_bank() == [2500]
    assert await owed.in_books() == (0, 0)
    await must_hold(owed.site.database)


async def test_only_what_was_refused_is_sent_again_by_hand_and_only_by_who_may(owed: Owed) -> None:
    flow, organiser_id = owed.site.refunding, owed.show.organiser_id
    with pytest.raises(payments.RefundNotFailed):
        await flow.send_again(owed.show.owner, organiser_id, owed.code, owed.refund.id)
    with pytest.raises(payments.RefundNotFound):
        await flow.send_again(owed.show.owner, organiser_id, owed.code, uuid7())
    owed.wire.suffer(Faults(refund=(Fault.REFUSED,)))
    await flow.send_due()
    with pytest.raises(Forbidden):
        await flow.send_again(owed.show.door, organiser_id, owed.code, owed.refund.id)
    assert (await owed.now()).state == "failed"
    said = await asyncio.gather(
        *(flow.send_again(owed.show.owner, organiser_id, owed.code, owed.refund.id) for _ in range(4)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in said) == ["Refund", *["RefundNotFailed"] * 3]


async def test_what_went_back_otherwise_is_not_sent_again(owed: Owed) -> None:
    owed.wire.suffer(Faults(refund=(Fault.REFUSED,)))
    await owed.site.refunding.send_due()
    other = payments.NewRefund(uuid7(), owed.refund.attempt_id, "by hand", 2500)
    await owed.site.database.run(
        lambda tx: payments.want_refunds(tx, [other], now=owed.clock.now(), actor="system")
    )
    with pytest.raises(payments.RefundTooMuch):
        await owed.site.refunding.send_again(
            owed.show.owner, owed.show.organiser_id, owed.code, owed.refund.id
        )
    assert (await owed.now()).state == "failed"


async def test_a_refund_without_an_answer_for_a_day_needs_the_organiser_too(owed: Owed) -> None:
    owed.wire.suffer(Faults(refund=(Fault.NOT_NOW,)))
    await owed.site.refunding.send_due()
    assert await stuck(owed) == []
    owed.clock.move(seconds=LATE_AFTER.total_seconds())
    assert await stuck(owed) == [(owed.code, 2500, False, "too_little_money")]
    with pytest.raises(Forbidden):
        await stuck(owed, owed.show.door)
    await owed.site.refunding.send_due()
    assert await stuck(owed) == []
