"""Paying at the door: an order waits, somebody takes its money once, and the person is let in."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.accounts import NotSignedIn
from admitone.assembly import Assembly
from admitone.flows.admit import ScanIn
from admitone.flows.money_to_send import OneAccountAtATime
from admitone.flows.received_money import BadMeans
from admitone.flows.settlement import Settled
from admitone.orders import OrderRow
from admitone.payments import RefundState
from admitone.reads.received_money import money_to_send, unpaid_at_door
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from admitone.values.refusals import Forbidden
from tests.support.bank_desk import at_door, bank_account, by_transfer, door_account
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, place, put_on_sale


async def now_is(site: Assembly, order: OrderRow) -> OrderRow:
    async with site.database.reading() as reader:
        return await orders.by_id(reader, order.id)


async def take(site: Assembly, show: OnSale, code: str, who: Actor | None = None) -> Settled:
    return await site.money.received_money.take_at_door(
        who or show.door, show.organiser_id, show.event_id, code, "cash"
    )


async def waiting(site: Assembly, show: OnSale, question: str = "") -> list[str]:
    async with site.database.reading() as reader:
        found = await unpaid_at_door(
            reader, show.door, show.organiser_id, show.event_id, question=question, code=question
        )
    return [one.code for one in found]


async def test_what_is_paid_at_the_door_lets_its_buyer_in_at_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await door_account(assembly, show)
    order = await at_door(assembly, show)
    kept = await now_is(assembly, order)
    assert (kept.state, kept.pay_until) == (
        "pending",
        (await assembly.offers.current(show.event_id)).offer.ends_at,
    )
    assert await waiting(assembly, show) == [order.code]
    settled = await take(assembly, show, order.code)
    assert settled.order_state == "paid"
    assert await waiting(assembly, show) == []
    async with assembly.database.reading() as reader:
        [ticket] = await tickets.by_order(reader, order.id)
        came = await payments.received_for(reader, [settled.attempt.id])
    assert came[settled.attempt.id].received_by == show.door.label
    scan = ScanIn(uuid7(), show.event_id, tickets.code_of(ticket, assembly.ring), "Mill Lane")
    assert (await assembly.admit.scan(show.door, scan)).answer.verdict.value == "admitted"
    await must_hold(assembly.database)


async def test_money_is_taken_once_however_many_press(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await door_account(assembly, show)
    order = await at_door(assembly, show)
    answers = await asyncio.gather(
        *(take(assembly, show, order.code) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, Settled) for one in answers) == 1
    refused = [one for one in answers if not isinstance(one, Settled)]
    assert all(isinstance(one, payments.ReceivedAlready | payments.NotAwaited) for one in refused), refused
    async with assembly.database.reading() as reader:
        assert await payments.refunds_of(reader, [order.id]) == []
    await must_hold(assembly.database)


async def test_only_people_of_the_organiser_take_money_and_only_what_waits_for_it(assembly: Assembly) -> None:
    show, other = await put_on_sale(assembly), await put_on_sale(assembly, title="Another")
    await door_account(assembly, show)
    await bank_account(assembly, show)
    order, transfer = await at_door(assembly, show), await by_transfer(assembly, show)
    money = assembly.money.received_money
    where = (show.organiser_id, show.event_id)
    for who, place_, code, means, kind in (
        (other.door, where, order.code, "cash", Forbidden),
        (Actor.guest(), where, order.code, "cash", NotSignedIn),
        (show.door, where, order.code, "promise", BadMeans),
        (show.door, where, transfer.code, "cash", payments.NotAwaited),
        (show.door, (show.organiser_id, other.event_id), order.code, "cash", orders.OrderNotFound),
        (other.door, (other.organiser_id, other.event_id), order.code, "cash", orders.OrderNotFound),
    ):
        with pytest.raises(kind):
            await money.take_at_door(who, *place_, code, means)
    assert await waiting(assembly, show) == [order.code]
    await must_hold(assembly.database)


async def test_as_many_wait_as_the_organiser_lets(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Standing", 2000, 50))
    await door_account(assembly, show, waiting_most="2")
    placed = [await place(assembly, show) for _ in range(4)]
    answers = await asyncio.gather(
        *(assembly.payment.pay(one.id, "door:cash_or_card") for one in placed), return_exceptions=True
    )
    assert sum(isinstance(one, payments.TooManyWaiting) for one in answers) == 2, answers
    [first, _] = await waiting(assembly, show)
    await take(assembly, show, first)
    [late, _] = [
        one for one, said in zip(placed, answers, strict=True) if isinstance(said, payments.TooManyWaiting)
    ]
    await assembly.payment.pay(late.id, "door:cash_or_card")
    assert len(await waiting(assembly, show)) == 2
    await must_hold(assembly.database)


async def test_an_order_of_more_than_the_organiser_lets_is_paid_otherwise(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await door_account(assembly, show, order_most="50")
    small, large = await place(assembly, show, 2), await place(assembly, show, 3)
    await assembly.payment.pay(small.id, "door:cash_or_card")
    with pytest.raises(payments.MethodNotOffered):
        await assembly.payment.pay(large.id, "door:cash_or_card")


async def test_shortly_before_the_event_neither_way_is_offered(assembly: Assembly) -> None:
    soon = assembly.clock.now() + timedelta(minutes=30)
    show = await put_on_sale(assembly, starts_at=soon, ends_at=soon + timedelta(hours=3), doors_at=None)
    await door_account(assembly, show)
    await bank_account(assembly, show)
    order = await place(assembly, show)
    offered = {one.key for one in await assembly.payment.choices_for(order)}
    assert not offered & {"door:cash_or_card", "bank:transfer"}
    for method in ("door:cash_or_card", "bank:transfer"):
        with pytest.raises(payments.MethodNotOffered):
            await assembly.payment.pay(order.id, method)


async def test_who_does_not_come_gives_the_places_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await door_account(assembly, show)
    order = await at_door(assembly, show, 10)
    async with assembly.database.transaction() as tx:
        await tx.execute(text("UPDATE orders_order SET pay_until = clock_timestamp() - interval '1 second'"))
    await assembly.expiry.expire_orders()
    assert (await now_is(assembly, order)).state == "expired"
    with pytest.raises(payments.NotAwaited):
        await take(assembly, show, order.code)
    await buy(assembly, show, 10)
    await must_hold(assembly.database)


async def test_what_was_paid_at_the_door_goes_back_by_hand(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await door_account(assembly, show)
    order = await at_door(assembly, show)
    await take(assembly, show, order.code)
    await assembly.refunding.take_back(show.owner, show.organiser_id, order.code)
    await assembly.refunding.send_due()
    async with assembly.database.reading() as reader:
        [owed] = await money_to_send(reader, show.owner, show.organiser_id)
    assert (owed.provider, owed.amount_minor, owed.iban) == ("door", 2500, None)
    with pytest.raises(OneAccountAtATime):
        await assembly.money.money_to_send.transfer_file(show.owner, show.organiser_id, [owed.refund_id])
    with pytest.raises(Forbidden):
        await assembly.money.money_to_send.mark_sent(show.door, show.organiser_id, [owed.refund_id])
    await assembly.money.money_to_send.mark_sent(show.owner, show.organiser_id, [owed.refund_id])
    async with assembly.database.reading() as reader:
        [refund] = await payments.refunds_of(reader, [order.id])
    assert refund.state is RefundState.DONE
    await must_hold(assembly.database)


async def test_a_buyer_is_written_how_to_pay_once(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    await bank_account(assembly, show)
    order = await by_transfer(assembly, show)
    async with assembly.database.reading() as reader:
        [attempt] = await payments.of_orders(reader, [order.id])
    for _ in range(2):
        await assembly.letters.how_to_pay(attempt.id, f"how_to_pay:{attempt.id}")
    async with assembly.database.reading() as reader:
        letters = (await reader.execute(text("SELECT plain FROM messaging_letter"))).scalars().all()
    assert len(letters) == 1
    for words in ("DE89 3704 0044 0532 0130 00", order.code, "Foundry Presents", "€25"):
        assert words in letters[0], letters[0]
