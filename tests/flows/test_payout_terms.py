"""What is agreed about payouts counts, and payouts are drafted by themselves and sent by people only."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from admitone import accounts, payouts
from admitone.assembly import Assembly
from admitone.flows.draft_payouts import DraftPayouts
from admitone.flows.payout_terms import TermsWish
from admitone.flows.site_payouts import SitePayouts
from admitone.payments.providers.sandbox import Fault, Faults
from admitone.payouts import Payout, PayoutState, Terms
from admitone.values.actor import Actor
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Problems
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.till import TO_BANK, Till, available

OPERATOR = Actor.person(uuid7(), is_operator=True)
USUAL = TermsWish(3, 0, 0, {}, is_drafting=True)


@pytest.fixture
async def till(assembly: Assembly) -> Till:
    show = await put_on_sale(assembly)
    await buy(assembly, show, 2)
    return Till(assembly, show, FrozenClock(assembly.clock.now()))


def drafting(till: Till) -> DraftPayouts:
    return DraftPayouts(till.site.database, till.clock, till.desk)


async def all_payouts(till: Till) -> list[Payout]:
    async with till.site.database.reading() as reader:
        return await payouts.payouts_of(reader, till.show.organiser_id, is_test=True, most=100)


async def test_only_those_who_run_the_site_set_terms_and_they_count(till: Till) -> None:
    desk = till.site.money.payout_terms
    wish = TermsWish(10, 2_000, 30, {"EUR": 6_000}, is_drafting=True)
    for nobody in (till.show.owner, Actor.guest()):
        with pytest.raises((accounts.NotOperator, accounts.NotSignedIn)):
            await desk.set(nobody, till.show.organiser_id, wish)
    kept = await desk.set(OPERATOR, till.show.organiser_id, wish)
    assert (kept.delay_days, kept.minimum("EUR"), kept.minimum("USD")) == (10, 6_000, 1_000)
    till.pass_days(14 + 9.5)
    assert await till.releasing.run_due() == 0
    till.pass_days(1)
    assert await till.releasing.run_due() == 1
    assert await till.parts() == {"available": 4_000, "reserve": 1_000}
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    with pytest.raises(payouts.TooLittle, match="€60 at least"):
        await till.desk.ask(till.show.owner, till.purse, uuid7())
    await must_hold(till.site.database)


async def test_terms_out_of_range_are_refused_field_by_field_and_change_nothing(till: Till) -> None:
    desk, organiser_id = till.site.money.payout_terms, till.show.organiser_id
    for wish, field in (
        (replace(USUAL, delay_days=366), "delay_days"),
        (replace(USUAL, reserve_bps=10_001, reserve_days=1), "reserve_bps"),
        (replace(USUAL, reserve_bps=100), "reserve_days"),
        (replace(USUAL, minimums={"EUR": 0}), "minimums"),
        (replace(USUAL, minimums={"XXQ": 5}), None),
    ):
        with pytest.raises(Problems) as refused:
            await desk.set(OPERATOR, organiser_id, wish)
        assert [one.field for one in refused.value.problems] == [field]
    async with till.site.database.reading() as reader:
        assert await payouts.terms(reader, organiser_id) == Terms(organiser_id)


async def test_what_reaches_the_minimum_is_drafted_once_and_waits_for_a_yes(till: Till) -> None:
    assert await drafting(till).run_due() == 0
    await available(till)
    assert await drafting(till).run_due() == 0, "nobody said where it goes"
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    assert sum(await asyncio.gather(*(drafting(till).run_due() for _ in range(4)))) == 1
    [draft] = await all_payouts(till)
    assert (draft.amount_minor, draft.state, draft.asked_by) == (5_000, PayoutState.ASKED, "system")
    assert await till.desk.send_due() == 0
    sent = await till.desk.approve(till.show.owner, till.show.organiser_id, draft.id)
    assert sent.state is PayoutState.SENDING
    assert await till.desk.send_due() == 1
    assert await till.sent() == [5_000]
    assert await drafting(till).run_due() == 0
    await must_hold(till.site.database)


async def test_too_little_paused_or_switched_off_is_not_drafted(till: Till) -> None:
    desk, organiser_id = till.site.money.payout_terms, till.show.organiser_id
    await available(till)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    await desk.set(OPERATOR, organiser_id, replace(USUAL, minimums={"EUR": 5_001}))
    assert await drafting(till).run_due() == 0
    await desk.set(OPERATOR, organiser_id, replace(USUAL, is_drafting=False))
    assert await drafting(till).run_due() == 0
    await desk.set(OPERATOR, organiser_id, USUAL)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    assert await drafting(till).run_due() == 0, "the receiver was changed"
    till.pass_days(1.1)
    assert await drafting(till).run_due() == 1


async def test_a_declined_draft_comes_again_after_a_week(till: Till) -> None:
    await available(till)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    assert await drafting(till).run_due() == 1
    [draft] = await all_payouts(till)
    await till.desk.decline(till.show.owner, till.show.organiser_id, draft.id)
    till.pass_days(6.9)
    assert await drafting(till).run_due() == 0
    till.pass_days(0.2)
    assert await drafting(till).run_due() == 1


async def test_a_draft_above_the_limit_needs_two_people(till: Till) -> None:
    await available(till)
    organiser_id = till.show.organiser_id
    limit = accounts.ApprovalLimit("EUR", None, 4_999)
    await till.site.money.approvals.set_limit(till.show.owner, organiser_id, limit)
    await till.receivers.set(till.show.owner, till.purse, TO_BANK)
    await drafting(till).run_due()
    [draft] = await all_payouts(till)
    taken = await till.desk.approve(till.show.owner, organiser_id, draft.id)
    assert (taken.state, taken.asked_by) == (PayoutState.ASKED, till.show.owner.label)
    with pytest.raises(payouts.NeedsAnother):
        await till.desk.approve(till.show.owner, organiser_id, draft.id, 5_000)
    assert (
        await till.desk.approve(await till.manager(), organiser_id, draft.id)
    ).state is PayoutState.SENDING
    await must_hold(till.site.database)


async def test_a_failed_payout_is_asked_for_again_to_where_payouts_go_now(till: Till) -> None:
    await available(till)
    failed = await till.agreed()
    sandbox_wire(till.site).suffer(Faults(pay_out=(Fault.REFUSED,)))
    await till.desk.send_due()
    assert await till.state(failed) is PayoutState.FAILED
    assert await drafting(till).run_due() == 0, "it would fail again"
    owner, organiser_id, new = till.show.owner, till.show.organiser_id, uuid7()
    for _ in range(2):
        again = await till.desk.ask_again(owner, organiser_id, failed.id, new)
        assert (again.id, again.amount_minor, again.state) == (new, 5_000, PayoutState.ASKED)
    with pytest.raises(payouts.PayoutDecided):
        await till.desk.ask_again(owner, organiser_id, new, uuid7())
    with pytest.raises(payouts.PayoutNotFound):
        await till.desk.ask_again(owner, organiser_id, uuid7(), uuid7())
    await till.desk.approve(owner, organiser_id, new, 5_000)
    await till.desk.send_due()
    assert (await till.sent(), await till.state(again)) == ([5_000], PayoutState.DONE)
    await must_hold(till.site.database)


async def test_what_the_sites_people_do_is_for_them_alone(till: Till) -> None:
    desk = SitePayouts(till.site.database, till.clock, till.desk, till.receivers)
    owner = till.show.owner
    for verb in (
        desk.to_verify(owner),
        desk.verify(owner, uuid7()),
        desk.sent(owner, uuid7()),
        desk.came_back(owner, uuid7()),
    ):
        with pytest.raises(accounts.NotOperator):
            await verb
    for verb in (desk.sent(OPERATOR, uuid7()), desk.came_back(OPERATOR, uuid7())):
        with pytest.raises(payouts.PayoutNotFound):
            await verb


async def test_an_operator_is_marked_by_address_and_written_into_the_journal(till: Till) -> None:
    db = till.site.database
    with pytest.raises(accounts.OperatorUnknown):
        await db.run(lambda tx: accounts.mark_operator(tx, "no@x.org", is_operator=True, by="system"))
    await till.manager()
    async with db.reading() as reader:
        email = (await reader.execute(text("SELECT email FROM accounts_person LIMIT 1"))).scalar_one()
    for _ in range(2):
        await db.run(lambda tx: accounts.mark_operator(tx, email.upper(), is_operator=True, by="system"))
    async with db.reading() as reader:
        assert [one.email for one in await accounts.operators(reader)] == [email]
        told = text("SELECT count(*) FROM journal_fact WHERE kind = 'accounts.operator_marked'")
        assert (await reader.execute(told)).scalar_one() == 1
    await db.run(lambda tx: accounts.mark_operator(tx, email, is_operator=False, by="system"))
    async with db.reading() as reader:
        assert await accounts.operators(reader) == []
