"""Two processes, one payout: sent once, back once, and never out of money that was set off in the same moment."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import ledger, payouts
from admitone.assembly import Assembly
from admitone.flows.payout import PayingOut
from admitone.payments import (
    NOT_FOUND,
    SANDBOX_ACCOUNT,
    PayoutAsk,
    PayoutOutcome,
    PayoutStatus,
    Receiver,
    Roles,
)
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.payouts import Payout, PayoutState
from admitone.plumbing.journal import Entry
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.till import TO_BANK, Till, available


@pytest.fixture
async def till(assembly: Assembly) -> Till:
    show = await put_on_sale(assembly)
    await buy(assembly, show, 2)
    till = Till(assembly, show, FrozenClock(assembly.clock.now()))
    await available(till)
    return till


def desks(till: Till, twin: Assembly) -> list[PayingOut]:
    """Both processes', several times."""
    other = PayingOut(twin.database, till.clock, twin.payment_accounts, twin.money.approvals)
    return [till.desk, other] * 4


class Bank:
    """A provider whose payouts have arrived at once, and come back when it says so. It counts what it sent."""

    receiver_fields = ("account_number",)

    def __init__(self) -> None:
        self.sent: dict[UUID, PayoutStatus] = {}
        self.refuses = False

    async def receiver(self, receiver: Receiver) -> str:
        return "r_1"

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        if self.refuses:
            return PayoutStatus(PayoutOutcome.FAILED, reason="account_closed")
        return self.sent.setdefault(ask.payout_id, PayoutStatus(PayoutOutcome.DONE, f"po_{len(self.sent)}"))

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        return self.sent.get(payout_id, PayoutStatus(PayoutOutcome.UNKNOWN, reason=NOT_FOUND))

    def send_back(self, payout: Payout) -> None:
        """The receiver's bank has sent it back."""
        ref = self.sent[payout.id].provider_ref
        self.sent[payout.id] = PayoutStatus(PayoutOutcome.FAILED, ref, "account_closed")


def banked(till: Till, twin: Assembly) -> Bank:
    """The bank of both processes."""
    bank = Bank()
    for site in (till.site, twin):
        sandbox_wire(site).roles = Roles(pays_out=bank)
    return bank


async def test_two_processes_send_a_payout_once(till: Till, twin: Assembly) -> None:
    payout = await till.agreed()
    sent = await asyncio.gather(*(desk.send_due() for desk in desks(till, twin)))
    assert sum(sent) == 1
    assert (await till.sent(), await till.state(payout)) == ([5000], PayoutState.DONE)
    await must_hold(till.site.database)


@pytest.mark.parametrize("fault", [Fault.TIME_OUT_AFTER, Fault.TIME_OUT_BEFORE, Fault.GARBAGE])
async def test_two_processes_ask_again_after_a_lost_answer_and_it_is_sent_once(
    till: Till, twin: Assembly, fault: Fault
) -> None:
    payout = await till.agreed()
    for site in (till.site, twin):
        sandbox_wire(site).suffer(Faults(pay_out=(fault,), payout_status=(Fault.TIME_OUT_BEFORE,)))
    for _ in range(8):
        await asyncio.gather(*(desk.send_due() for desk in desks(till, twin)))
        till.pass_days(0.1)
    assert (await till.sent(), await till.state(payout)) == ([5000], PayoutState.DONE)
    assert await till.parts() == {}
    await must_hold(till.site.database)


def spoken(ref: str, till: Till) -> Entry:
    """The provider's word about a payout."""
    body = {
        "provider": "sandbox",
        "provider_ref": ref,
        "notice_id": "n",
        "account_id": str(SANDBOX_ACCOUNT),
        "about": "payout",
    }
    now = till.clock.now()
    return Entry(1, 1, "payments.provider_spoke", uuid7(), None, "system", body, now)


async def test_a_payout_that_its_bank_sends_back_is_available_again_once(till: Till, twin: Assembly) -> None:
    bank = banked(till, twin)
    payout = await till.agreed()
    await till.desk.send_due()
    assert (await till.state(payout), await till.parts()) == (PayoutState.DONE, {})
    await asyncio.gather(*(desk.spoken_of(spoken("po_0", till)) for desk in desks(till, twin)))
    assert await till.state(payout) is PayoutState.DONE
    bank.send_back(payout)
    await asyncio.gather(*(desk.spoken_of(spoken("po_0", till)) for desk in desks(till, twin)))
    assert (await till.state(payout), await till.parts()) == (PayoutState.FAILED, {"available": 5000})
    async with till.site.database.reading() as reader:
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == -5000
        reason = "SELECT reason FROM payouts_payout"
        assert (await reader.execute(text(reason))).scalar_one() == "account_closed"
    await must_hold(till.site.database)


async def test_what_came_back_unheard_of_is_found_by_the_nightly_look_and_can_be_paid_anew(
    till: Till, twin: Assembly
) -> None:
    bank = banked(till, twin)
    payout = await till.agreed()
    await till.desk.send_due()
    bank.send_back(payout)
    # The site's own desks go by the machine's time; what arrived by then is recent.
    found = await till.site.money.reconciling.run(SANDBOX_ACCOUNT)
    assert (found.error, found.counts["payouts"]) == (None, 1)
    assert (await till.state(payout), await till.parts()) == (PayoutState.FAILED, {"available": 5000})
    assert (await twin.money.reconciling.run(SANDBOX_ACCOUNT)).counts["payouts"] == 0
    asked = await till.desk.ask(till.show.owner, till.purse, uuid7())
    await till.desk.approve(till.show.owner, till.show.organiser_id, asked.id, 5000)
    await till.desk.send_due()
    assert (await till.state(asked), await till.parts()) == (PayoutState.DONE, {})
    await must_hold(till.site.database)


async def test_a_late_no_to_sending_does_not_take_back_what_has_arrived(till: Till, twin: Assembly) -> None:
    """The first process was slow to hear that it was sent; the second was told no. What was sent is looked at."""
    bank = banked(till, twin)
    payout = await till.agreed()
    first, second = desks(till, twin)[:2]
    hears, asked = asyncio.Event(), asyncio.Event()
    quick = bank.pay_out

    async def slow_no(ask: PayoutAsk) -> PayoutStatus:
        asked.set()
        await hears.wait()
        return PayoutStatus(PayoutOutcome.FAILED, reason="closed_for_the_night")

    bank.pay_out = slow_no  # type: ignore[method-assign]
    slow = asyncio.create_task(first.send_due())
    await asked.wait()
    bank.pay_out = quick  # type: ignore[method-assign]
    till.pass_days(0.1)
    assert await second.send_due() == 1
    assert await till.state(payout) is PayoutState.DONE
    hears.set()
    await slow
    assert (await till.state(payout), await till.parts()) == (PayoutState.DONE, {})
    await must_hold(till.site.database)


async def test_a_yes_meets_money_that_is_set_off_and_only_one_of_them_has_it(
    till: Till, twin: Assembly
) -> None:
    """Refunded after it had become available: paid out first, it is owed; set off first, it is not paid out."""
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    asked = await till.desk.ask(till.show.owner, till.purse, uuid7())
    async with till.site.database.reading() as reader:
        code = (await reader.execute(text("SELECT code FROM orders_order"))).scalar_one()
    await till.site.refunding.take_back(till.show.owner, till.show.organiser_id, code)
    said = await asyncio.gather(
        *(
            desk.approve(till.show.owner, till.show.organiser_id, asked.id, 5000)
            for desk in desks(till, twin)
        ),
        *(till.releasing.run_due() for _ in range(2)),
        return_exceptions=True,
    )
    refused = {type(one) for one in said if isinstance(one, BaseException)}
    await till.desk.send_due()
    await must_hold(till.site.database)
    if await till.state(asked) is PayoutState.DONE:
        assert (await till.sent(), await till.parts(), refused) == ([5000], {"available": -5000}, set())
    else:
        assert (await till.sent(), await till.parts(), refused) == ([], {}, {payouts.TooLittle})
