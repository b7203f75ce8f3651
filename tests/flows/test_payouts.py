"""Money becomes available when it should, is paid out once, and comes back when it does not arrive."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import accounts, ledger, payouts
from admitone.assembly import Assembly
from admitone.flows.payout_file import payout_file
from admitone.flows.payout_receivers import ReceiverWish
from admitone.flows.release_balances import _step
from admitone.payments import (
    SANDBOX_ACCOUNT,
)
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.payouts import Payout, PayoutState
from admitone.plumbing import failpoints
from admitone.plumbing.database import Transaction
from admitone.reads.payable import EventMoney, disputed_share
from admitone.statements import Debtor, NoTransfers
from admitone.values.clock import FrozenClock
from admitone.values.ids import derived_id, uuid7
from admitone.values.refusals import Forbidden
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.till import TO_BANK, Till, available

_AT = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
async def till(assembly: Assembly) -> Till:
    show = await put_on_sale(assembly)
    await buy(assembly, show, 2)
    return Till(assembly, show, FrozenClock(assembly.clock.now()))


async def test_money_becomes_available_three_days_after_the_end_and_once(till: Till) -> None:
    till.pass_days(14 + 3)
    assert await till.releasing.run_due() == 0
    assert await till.parts() == {"pending": 5000}
    till.pass_days(0.5)
    assert await till.releasing.run_due() == 1
    assert await till.parts() == {"available": 5000}
    assert await till.releasing.run_due() == 0
    await must_hold(till.site.database)


async def test_a_reserve_is_kept_back_and_ends(till: Till) -> None:
    await till.terms(reserve_bps=1_000, reserve_days=30)
    await available(till)
    assert await till.parts() == {"available": 4500, "reserve": 500}
    till.pass_days(31)
    assert await till.releasing.run_due() == 1
    assert await till.parts() == {"available": 5000}
    assert await till.releasing.run_due() == 0
    await must_hold(till.site.database)


async def test_a_refund_after_the_release_is_set_off_and_what_is_negative_is_not_paid(till: Till) -> None:
    await available(till)
    paid = await till.agreed()
    assert await till.desk.send_due() == 1
    assert await till.state(paid) is PayoutState.DONE
    async with till.site.database.reading() as reader:
        code = (await reader.execute(text("SELECT code FROM orders_order"))).scalar_one()
    await till.site.refunding.take_back(till.show.owner, till.show.organiser_id, code)
    assert await till.releasing.run_due() == 1
    assert await till.parts() == {"available": -5000}
    with pytest.raises(payouts.TooLittle):
        await till.desk.ask(till.show.owner, till.purse, uuid7())
    # Sales that come later are set against it.
    await buy(till.site, till.show, 3)
    assert await till.releasing.run_due() == 1
    assert await till.parts() == {"available": 2500}
    await must_hold(till.site.database)


async def test_what_refunds_took_after_the_release_is_not_paid_out_before_it_is_set_off(till: Till) -> None:
    await available(till)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    asked = await till.desk.ask(till.show.owner, till.purse, uuid7())
    async with till.site.database.reading() as reader:
        code = (await reader.execute(text("SELECT code FROM orders_order"))).scalar_one()
    await till.site.refunding.take_back(till.show.owner, till.show.organiser_id, code)
    with pytest.raises(payouts.TooLittle):
        await till.desk.approve(till.show.owner, till.show.organiser_id, asked.id, asked.amount_minor)
    await till.desk.decline(till.show.owner, till.show.organiser_id, asked.id)
    with pytest.raises(payouts.TooLittle):
        await till.desk.ask(till.show.owner, till.purse, uuid7())
    await must_hold(till.site.database)


async def test_what_is_wrong_with_one_organiser_keeps_no_other_from_their_money(till: Till) -> None:
    other = await put_on_sale(till.site)
    await buy(till.site, other)
    # The name of the release to come is taken: every try to write it fails.
    taken = text(
        "INSERT INTO payouts_release (id, organiser_id, event_id, currency, is_test, number, earned_minor, tax_minor, "
        "reserved_minor, at) VALUES (:id, :organiser_id, :event_id, 'USD', true, 1, 1, 0, 0, :at)"
    )
    fields = {
        "id": derived_id("release", f"{till.show.event_id}:EUR:test:1"),
        "organiser_id": till.show.organiser_id,
        "event_id": till.show.event_id,
        "at": _AT,
    }
    await till.site.database.run(lambda tx: tx.execute(taken, fields))
    till.pass_days(20)
    assert await till.releasing.run_due() == 1
    async with till.site.database.reading() as reader:
        theirs = await ledger.balance(reader, f"organiser:{other.organiser_id}:available", "EUR")
    assert (await till.parts(), theirs) == ({"pending": 5000}, 2500)


async def test_the_share_of_disputes_is_of_the_organisers_own_latest_payments(till: Till) -> None:
    other, now = await put_on_sale(till.site), till.site.clock.now()
    await buy(till.site, other)
    async with till.site.database.reading() as reader:
        mine = till.show.organiser_id
        assert await disputed_share(reader, mine, now - timedelta(days=1)) == (1, 0)
        assert await disputed_share(reader, mine, now + timedelta(days=1)) == (0, 0)


async def test_two_runs_at_once_release_once(till: Till) -> None:
    till.pass_days(20)
    await asyncio.gather(*(till.releasing.run_due() for _ in range(4)))
    assert await till.parts() == {"available": 5000}
    await must_hold(till.site.database)


async def test_a_payout_is_agreed_to_sent_and_in_the_banks_books(till: Till) -> None:
    await available(till)
    payout = await till.agreed()
    assert await till.parts() == {"transit": 5000}
    await must_hold(till.site.database)
    assert await till.desk.send_due() == 1
    assert (await till.parts(), await till.sent()) == ({}, [5000])
    assert await till.state(payout) is PayoutState.DONE
    assert await till.desk.send_due() == 0
    assert (await till.site.money.reconciling.run(SANDBOX_ACCOUNT)).agrees
    await must_hold(till.site.database)


@pytest.mark.parametrize(
    "fault", [Fault.TIME_OUT_AFTER, Fault.TIME_OUT_BEFORE, Fault.GARBAGE, Fault.SERVER_ERROR]
)
async def test_a_lost_answer_is_asked_for_and_pays_once(till: Till, fault: Fault) -> None:
    await available(till)
    payout = await till.agreed()
    sandbox_wire(till.site).suffer(Faults(pay_out=(fault,), payout_status=(Fault.TIME_OUT_BEFORE,)))
    assert await till.desk.send_due() == 1
    assert await till.state(payout) is PayoutState.SENDING
    await must_hold(till.site.database)
    for _ in range(3):
        till.pass_days(1)
        await till.desk.send_due()
    assert (await till.state(payout), await till.sent()) == (PayoutState.DONE, [5000])
    assert (await till.site.money.reconciling.run(SANDBOX_ACCOUNT)).agrees
    await must_hold(till.site.database)


async def test_books_read_before_the_answer_do_not_count_a_payout_twice(till: Till) -> None:
    await available(till)
    payout = await till.agreed()
    sandbox_wire(till.site).suffer(Faults(pay_out=(Fault.TIME_OUT_AFTER,)))
    await till.desk.send_due()
    await till.site.money.reconciling.run(SANDBOX_ACCOUNT)
    till.pass_days(1)
    await till.desk.send_due()
    assert await till.state(payout) is PayoutState.DONE
    assert (await till.site.money.reconciling.run(SANDBOX_ACCOUNT)).agrees
    async with till.site.database.reading() as reader:
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == 0
        assert await ledger.balance(reader, "bank:sandbox", "EUR") == 0
    await must_hold(till.site.database)


async def test_whoever_sends_may_die_after_the_bank_has_paid(till: Till) -> None:
    await available(till)
    payout = await till.agreed()
    failpoints.arm("payout.after_provider:raise")
    with pytest.raises(failpoints.FailpointHit):
        await till.desk.send_due()
    failpoints.arm("")
    assert (await till.sent(), await till.state(payout)) == ([5000], PayoutState.SENDING)
    till.pass_days(1)
    assert await till.desk.send_due() == 1
    assert (await till.sent(), await till.state(payout)) == ([5000], PayoutState.DONE)
    await must_hold(till.site.database)


async def test_a_payout_that_is_refused_comes_back(till: Till) -> None:
    await available(till)
    payout = await till.agreed()
    sandbox_wire(till.site).suffer(Faults(pay_out=(Fault.NOT_NOW, Fault.REFUSED)))
    await till.desk.send_due()
    assert await till.state(payout) is PayoutState.SENDING
    till.pass_days(1)
    await till.desk.send_due()
    assert await till.state(payout) is PayoutState.FAILED
    assert (await till.parts(), await till.sent()) == ({"available": 5000}, [])
    await must_hold(till.site.database)


async def test_many_who_ask_and_agree_at_once_are_paid_once(till: Till) -> None:
    await available(till)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    asked = await asyncio.gather(
        *(till.desk.ask(till.show.owner, till.purse, uuid7()) for _ in range(4)), return_exceptions=True
    )
    [mine] = [one for one in asked if isinstance(one, Payout)]
    assert {type(one) for one in asked if one is not mine} == {payouts.PayoutOpen}
    await asyncio.gather(
        *(till.desk.approve(till.show.owner, till.show.organiser_id, mine.id, 5000) for _ in range(4))
    )
    await asyncio.gather(*(till.desk.send_due() for _ in range(4)))
    assert (await till.parts(), await till.sent()) == ({}, [5000])
    await must_hold(till.site.database)


async def test_four_eyes_are_two_peoples_and_one_alone_types_the_sum(till: Till) -> None:
    await available(till)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    asked = await till.desk.ask(till.show.owner, till.purse, uuid7(), 4000)
    organiser_id = till.show.organiser_id
    with pytest.raises(payouts.WrongSum):
        await till.desk.approve(till.show.owner, organiser_id, asked.id, 40)
    manager = await till.manager()
    with pytest.raises(payouts.NeedsAnother):
        await till.desk.approve(till.show.owner, organiser_id, asked.id, 4000)
    with pytest.raises(Forbidden):
        await till.desk.approve(till.show.door, organiser_id, asked.id)
    with pytest.raises(Forbidden):
        await till.desk.ask(manager, till.purse, uuid7())
    assert (await till.desk.approve(manager, organiser_id, asked.id)).state is PayoutState.SENDING
    with pytest.raises(payouts.PayoutDecided):
        await till.desk.decline(manager, organiser_id, asked.id)
    await must_hold(till.site.database)


async def test_one_alone_may_not_agree_above_the_limit(till: Till) -> None:
    await available(till)
    limit = accounts.ApprovalLimit("EUR", None, 4_999)
    await till.site.money.approvals.set_limit(till.show.owner, till.show.organiser_id, limit)
    with pytest.raises(payouts.NeedsAnother):
        await till.agreed()


async def test_a_changed_receiver_pauses_payouts_for_a_day(till: Till) -> None:
    await available(till)
    with pytest.raises(payouts.NoReceiver):
        await till.desk.ask(till.show.owner, till.purse, uuid7())
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    asked = await till.desk.ask(till.show.owner, till.purse, uuid7())
    elsewhere = replace(TO_BANK, details={"account_number": "GB99 0000"})
    assert await till.told() == []
    await till.receivers.set(till.show.owner, till.purse, elsewhere)
    assert await till.told() == ["Payouts of Foundry Presents go somewhere else"]
    organiser_id = till.show.organiser_id
    till.pass_days(0.99)
    with pytest.raises(payouts.PayoutsPaused):
        await till.desk.approve(till.show.owner, organiser_id, asked.id, 5000)
    till.pass_days(0.02)
    # What was asked for the old receiver is not sent to the new one.
    with pytest.raises(payouts.ReceiverReplaced):
        await till.desk.approve(till.show.owner, organiser_id, asked.id, 5000)
    await till.desk.decline(till.show.owner, organiser_id, asked.id)
    assert (await till.desk.ask(till.show.owner, till.purse, uuid7())).amount_minor == 5000
    await must_hold(till.site.database)


async def test_a_bank_account_is_sealed_and_waits_for_a_person(till: Till) -> None:
    live = replace(till.purse, is_test=False)
    wish = ReceiverWish(None, "Foundry Presents", "DE", {"iban": "DE89 3704 0044 0532 0130 00"})
    made = await till.receivers.set(till.show.owner, live, wish)
    assert (made.hint, made.verified_at) == ("DE … 3000", None)
    assert till.receivers.iban_of(made) == "DE89370400440532013000"
    with pytest.raises(payouts.ReceiverNotVerified):
        await till.desk.ask(till.show.owner, live, uuid7())
    await till.receivers.verify(made.id, "site")
    with pytest.raises(payouts.PayoutsPaused):
        await till.desk.ask(till.show.owner, live, uuid7())


async def test_payouts_to_bank_accounts_are_a_file_and_marked_by_a_person(till: Till) -> None:
    show, live = till.show, replace(till.purse, is_test=False)

    # Real money is earned here by hand: the tests' site has no live provider.
    async def earn(tx: Transaction) -> None:
        given = ledger.AccountName(f"organiser:{show.organiser_id}:available", show.organiser_id)
        parts = [("sale", ledger.clearing("stripe:x"), given, 9900)]
        await ledger.post(tx, ledger.transfers("t", uuid7(), "EUR", parts, is_test=False))

    await till.site.database.run(earn)
    wish = ReceiverWish(None, "Foundry & Söhne", "DE", {"iban": "DE89370400440532013000"})
    await till.receivers.verify((await till.receivers.set(show.owner, live, wish)).id, "site")
    till.pass_days(1.1)
    asked = await till.desk.ask(show.owner, live, uuid7())
    await till.desk.approve(show.owner, show.organiser_id, asked.id, 9900)
    assert await till.desk.send_due() == 0
    debtor = Debtor("The Site", "DE75512108001245126199")
    made = await payout_file(till.site.database, till.receivers, debtor, till.clock.now())
    assert [one.id for one in made.payouts] == [asked.id]
    assert b"DE89370400440532013000" in made.content
    assert b"99.00" in made.content
    for _ in range(2):
        assert (await till.desk.mark_sent(asked.id, "site")).state is PayoutState.DONE
    async with till.site.database.reading() as reader:
        assert await ledger.balance(reader, "bank:transfers", "EUR", is_test=False) == 9900
    with pytest.raises(NoTransfers):
        await payout_file(till.site.database, till.receivers, debtor, till.clock.now())
    await must_hold(till.site.database)


async def test_payouts_wait_while_many_payments_are_disputed(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    await available(till)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)

    async def share(*_: object) -> tuple[int, int]:
        return 100, 3

    monkeypatch.setattr("admitone.flows.payout.disputed_share", share)
    with pytest.raises(payouts.TooManyDisputes):
        await till.desk.ask(till.show.owner, till.purse, uuid7())


@given(
    st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=12),
    st.integers(0, 10_000),
    st.integers(0, 30),
)
def test_steps_of_an_event_add_up_and_keep_back_no_more_than_agreed(
    moves: list[int], bps: int, days: int
) -> None:
    terms = payouts.Terms(uuid7(), 3, bps, days)
    earned = before = number = 0
    for move in moves:
        earned += move
        money = EventMoney(uuid7(), "x", _AT, "EUR", True, earned, 0, before, 0, number)
        step = _step(terms, money, uuid7())
        before, number = before + step.earned_minor, number + 1
        assert 0 <= step.reserved_minor * 10_000 <= max(step.earned_minor, 0) * bps
        assert before == earned
