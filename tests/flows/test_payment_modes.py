"""Play money and real money: switching, what it takes with it, and that neither becomes the other."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import accounts, events, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows.money_in import Heard
from admitone.flows.order_wish import OrderWish
from admitone.flows.payment_modes import CurrencyNotTaken, LiveOnSale, NoLiveAccount
from admitone.flows.publish_event import create_draft, end
from admitone.payments import Account, AccountStatus, Mode, Outcome, Status
from admitone.plumbing.database import Transaction
from admitone.reads.orders_list import OrdersWanted, orders_count, orders_list
from admitone.values.ids import uuid7
from admitone.values.refusals import Problems
from tests.support.letters_kept import react
from tests.support.onsale import FREE, OnSale, buy, details, must_hold, place, put_on_sale, wish
from tests.support.payment_setup_rig import SetupRig, setup_rig

pytestmark = pytest.mark.asyncio


async def live_account(rig: SetupRig, organiser_id: UUID | None, currency: str = "EUR") -> Account:
    """An account with Stripe that takes real money, as if Stripe had said so."""
    site, account_id = rig.site, uuid7()
    keys = {"secret_key": "sk_live_" + "0" * 24, "webhook_secret": "whsec_" + "0" * 24}
    account = Account(
        id=account_id,
        organiser_id=organiser_id,
        provider="stripe",
        mode="live",
        label="Stripe",
        state="onboarding",
        ref=None,
        country="DE",
        currencies=None,
        sealed=rig.opened.seal(account_id, keys),
        options={},
        missing=(),
        can_pay_out=True,
        position=1,
        updated_at=site.clock.now(),
    )
    status = AccountStatus("acct_live", True, True, "DE", frozenset({currency}), is_live=True)

    async def story(tx: Transaction) -> None:
        await payments.add_account(tx, account, actor="test")
        await payments.keep_look(tx, account, status, now=site.clock.now(), actor="test")

    await site.database.run(story)
    return replace(account, state="active")


async def go_live(rig: SetupRig, show: OnSale) -> None:
    """Switch, and let the reaction run."""
    await rig.modes.switch(show.owner, show.organiser_id, Mode.LIVE)
    await run_reaction(rig.site)


async def run_reaction(site: Assembly) -> None:
    assert await react(site, accounts.ModeSwitched.kind, "end_play_money"), "the switch is in the journal"


async def _order(site: Assembly, order_id: UUID) -> orders.OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order_id)


async def test_going_live_takes_a_live_account(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    seen = await rig.modes.preview(show.owner, show.organiser_id, Mode.LIVE)
    assert [type(one) for one in seen.problems] == [NoLiveAccount]
    with pytest.raises(Problems):
        await rig.modes.switch(show.owner, show.organiser_id, Mode.LIVE)
    await live_account(rig, show.organiser_id, currency="GBP")
    rig.opened.forget()
    with pytest.raises(Problems) as no:
        await rig.modes.switch(show.owner, show.organiser_id, Mode.LIVE)
    assert [type(one) for one in no.value.problems] == [CurrencyNotTaken]
    async with assembly.database.reading() as reader:
        assert (await accounts.organiser(reader, show.organiser_id)).is_test
        assert (await events.events_by_id(reader, [show.event_id]))[show.event_id].is_test


async def test_free_tickets_alone_need_no_account(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly, FREE), setup_rig(assembly)
    await go_live(rig, show)
    order = await place(assembly, show)
    assert (order.state, order.is_test) == ("paid", False)
    await must_hold(assembly.database)


async def test_what_was_sold_for_play_money_is_taken_back(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    bought, waiting = await buy(assembly, show, 2), await place(assembly, show, 1)
    await live_account(rig, show.organiser_id)
    seen = await rig.modes.preview(show.owner, show.organiser_id, Mode.LIVE)
    assert (seen.now, seen.problems) == (Mode.TEST, ())
    assert (seen.sold.events, seen.sold.orders, seen.sold.tickets) == (1, 2, 2)
    await go_live(rig, show)
    for order_id in (bought.attempt.order_id, waiting.id):
        assert (await _order(assembly, order_id)).state == "cancelled"
    async with assembly.database.reading() as reader:
        found = await tickets.by_orders(reader, [bought.attempt.order_id])
    assert {one.state for many in found.values() for one in many} == {"cancelled"}
    after = await rig.modes.preview(show.owner, show.organiser_id, Mode.TEST)
    assert (after.now, after.sold.orders) == (Mode.LIVE, 0)
    # All ten places are there again, and are sold for real money.
    order = await place(assembly, show, 10)
    assert not order.is_test
    await must_hold(assembly.database)


async def test_tickets_chosen_before_the_switch_are_chosen_again(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    held = await assembly.purchase.hold(wish(show))
    await live_account(rig, show.organiser_id)
    await go_live(rig, show)
    with pytest.raises(events.SaleChanged):
        await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    assert (await place(assembly, show)).is_test is False
    await must_hold(assembly.database)


async def test_play_money_that_comes_after_the_switch_buys_nothing(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    order = await place(assembly, show)
    paying = await assembly.payment.pay(order.id, "sandbox:card")
    await live_account(rig, show.organiser_id)
    await rig.modes.switch(show.owner, show.organiser_id, Mode.LIVE)
    # Before the reaction has come to this order.
    status = Status(
        paying.attempt.provider_ref,
        Outcome.PAID,
        paid_minor=2500,
        currency="EUR",
        attempt_id=paying.attempt.id,
    )
    settled = await assembly.settlement.hear(Heard(paying.attempt.id, status))
    assert settled.attempt.settled_as == "refund"
    assert settled.order_state == "pending"
    await run_reaction(assembly)
    assert (await _order(assembly, order.id)).state == "cancelled"


async def test_switching_and_buying_at_once_leaves_no_play_ticket(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    await live_account(rig, show.organiser_id)
    buyers = [buy(assembly, show) for _ in range(6)]
    await asyncio.gather(
        *buyers, rig.modes.switch(show.owner, show.organiser_id, Mode.LIVE), return_exceptions=True
    )
    await run_reaction(assembly)
    seen = await rig.modes.preview(show.owner, show.organiser_id, Mode.TEST)
    assert (seen.now, seen.sold.orders, seen.sold.tickets) == (Mode.LIVE, 0, 0)
    await must_hold(assembly.database)


async def test_new_events_take_the_organisers_mode(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly, FREE), setup_rig(assembly)
    await go_live(rig, show)
    about = details(assembly.clock.now(), title="Later")
    draft = await create_draft(assembly.database, assembly.clock, show.owner, show.organiser_id, about)
    assert draft.is_test is False


async def test_back_to_test_only_while_nothing_live_is_on_sale(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly, FREE), setup_rig(assembly)
    await go_live(rig, show)
    about = details(assembly.clock.now(), title="Later")
    draft = await create_draft(assembly.database, assembly.clock, show.owner, show.organiser_id, about)
    order = await place(assembly, show)
    with pytest.raises(Problems) as no:
        await rig.modes.switch(show.owner, show.organiser_id, Mode.TEST)
    assert [type(one) for one in no.value.problems] == [LiveOnSale]
    await end(assembly.database, assembly.clock, show.owner, show.organiser_id, show.event_id)
    await rig.modes.switch(show.owner, show.organiser_id, Mode.TEST)
    await run_reaction(assembly)
    async with assembly.database.reading() as reader:
        found = await events.events_by_id(reader, [show.event_id, draft.id])
    assert {one: found[one].is_test for one in found} == {show.event_id: False, draft.id: True}
    assert (await _order(assembly, order.id)).state == "paid", "real tickets stay what they are"
    await must_hold(assembly.database)


async def test_only_owners_switch(assembly: Assembly) -> None:
    show, other, rig = await put_on_sale(assembly, FREE), await put_on_sale(assembly), setup_rig(assembly)
    for actor in (show.door, other.owner):
        with pytest.raises(accounts.NotAllowed):
            await rig.modes.switch(actor, show.organiser_id, Mode.LIVE)


async def test_orders_are_listed_apart_by_mode(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly, FREE), setup_rig(assembly)
    played = await place(assembly, show)
    await go_live(rig, show)
    real = await place(assembly, show)
    async with assembly.database.reading() as reader:
        for is_test, wanted in (
            (None, {played.code, real.code}),
            (True, {played.code}),
            (False, {real.code}),
        ):
            asked = OrdersWanted(show.event_id, is_test=is_test)
            listed = await orders_list(reader, show.owner, show.organiser_id, asked)
            assert {one.code for one in listed.items} == wanted
            assert await orders_count(reader, show.owner, show.organiser_id, asked) == len(wanted)


async def test_holders_of_free_tickets_are_told_once_that_those_were_a_trial(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly, FREE), setup_rig(assembly)
    free = await place(assembly, show)
    await go_live(rig, show)
    await run_reaction(assembly)
    assert (await _order(assembly, free.id)).state == "cancelled"
    async with assembly.database.reading() as reader:
        rows = await reader.execute(
            text("SELECT subject, to_email, plain FROM messaging_letter WHERE cause = :cause"),
            {"cause": f"trial_ended:{free.id}"},
        )
        [letter] = rows.all()
    assert (letter.subject, letter.to_email) == ("Your tickets were a trial: Furnace Night", free.email)
    assert "let nobody in" in letter.plain
    assert "/e/" in letter.plain


async def test_who_paid_with_play_money_hears_of_the_refund_only(assembly: Assembly) -> None:
    show, rig = await put_on_sale(assembly), setup_rig(assembly)
    await buy(assembly, show)
    await live_account(rig, show.organiser_id)
    await go_live(rig, show)
    async with assembly.database.reading() as reader:
        told = text("SELECT count(*) FROM messaging_letter WHERE template = 'trial_ended'")
        assert (await reader.execute(told)).scalar_one() == 0
