"""A ticket type's price in steps: early ones until a moment or for so many, frozen when tickets are held."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import events, inventory
from admitone.assembly import Assembly
from admitone.events import StepPlan, StepsOutOfOrder, StepTwice, StepWithoutEnd, TypePrices
from admitone.flows.edit_event import TypePlan
from admitone.flows.order_wish import OrderWish
from admitone.flows.publish_event import Copied, details_of, duplicate
from admitone.flows.purchase import HeldOffer, HoldWish
from admitone.plumbing.database import Transaction
from admitone.pricing import PriceBelowMinimum, recompute
from admitone.reads.event_page import EventPage, event_page, page_version
from admitone.values.clock import SystemClock
from admitone.values.ids import uuid7
from admitone.values.refusals import Problems, Refusal
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, place, put_on_sale, wish
from tests.support.pricey import add_donation, edits_of, retype

FULL, EARLY, SECOND = 2_500, 2_000, 2_200


async def _show(assembly: Assembly, *steps: StepPlan, capacity: int = 50, limit: int = 10) -> OnSale:
    show = await put_on_sale(
        assembly, TypeOnSale("Standing", FULL, capacity, limit), fee_bps=0, fee_fixed_minor=0
    )
    await retype(assembly, show, 0, TypePrices(steps=steps))
    return show


def _first(most: int, price_minor: int = EARLY) -> StepPlan:
    return StepPlan(uuid7(), price_minor, most=most, name="Early bird")


async def _page(assembly: Assembly, show: OnSale) -> EventPage:
    async with assembly.database.reading() as reader:
        return await event_page(reader, assembly.clock.now(), show.slug)


async def _unit(assembly: Assembly, show: OnSale, quantity: int = 1) -> int:
    held = await assembly.purchase.hold(wish(show, quantity))
    (line,) = held.quote.lines
    return line.unit_list_minor


async def test_the_first_so_many_cost_less_and_the_next_cost_more(assembly: Assembly) -> None:
    show = await _show(assembly, _first(3))
    assert [await _unit(assembly, show) for _ in range(5)] == [EARLY, EARLY, EARLY, FULL, FULL]
    await must_hold(assembly.database)


async def test_whoever_wants_more_than_are_left_gets_all_at_the_next_price(assembly: Assembly) -> None:
    show = await _show(assembly, _first(3), _first(4, SECOND))
    assert await _unit(assembly, show, 2) == EARLY
    assert await _unit(assembly, show, 2) == SECOND
    assert await _unit(assembly, show, 1) == EARLY, "the one that was left"
    assert await _unit(assembly, show, 3) == FULL


async def test_a_price_until_a_moment_is_over_from_that_moment_on(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = assembly.clock.now() + timedelta(hours=1)
    show = await _show(assembly, StepPlan(uuid7(), EARLY, until=until), _first(1, SECOND))
    page = await _page(assembly, show)
    (shown,) = page.types
    assert (shown.total_minor, shown.next_minor, page.next_change_at) == (EARLY, SECOND, until)
    monkeypatch.setattr(SystemClock, "now", lambda _: until - timedelta(seconds=1))
    assert await _unit(assembly, show) == EARLY
    monkeypatch.setattr(SystemClock, "now", lambda _: until)
    assert [await _unit(assembly, show), await _unit(assembly, show)] == [SECOND, FULL]


async def test_a_crowd_gets_exactly_so_many_at_the_early_price(assembly: Assembly) -> None:
    show = await _show(assembly, _first(7), capacity=20)

    async def ask() -> HeldOffer | Refusal:
        try:
            return await assembly.purchase.hold(wish(show))
        except inventory.SoldOut as refusal:
            return refusal

    answers = await asyncio.gather(*(ask() for _ in range(40)))
    paid = Counter(
        one.quote.lines[0].unit_list_minor if isinstance(one, HeldOffer) else one.code for one in answers
    )
    assert paid == {EARLY: 7, FULL: 13, "inventory.sold_out": 20}
    await must_hold(assembly.database)


async def test_what_goes_back_can_be_bought_at_its_price_again(assembly: Assembly) -> None:
    show = await _show(assembly, _first(1))
    held = await assembly.purchase.hold(wish(show))
    assert await _unit(assembly, show) == FULL
    await assembly.purchase.release(held.hold_id)
    assert await _unit(assembly, show) == EARLY


async def test_the_price_of_the_hold_is_the_order_s_and_computes_again(assembly: Assembly) -> None:
    show = await _show(assembly, _first(2))
    held = await assembly.purchase.hold(wish(show, 2))
    await retype(assembly, show, 0, TypePrices(), price_minor=9_900)
    order = await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    assert order.total_minor == 2 * EARLY
    assert order.quote["rule_version"] == 3
    assert recompute(order.quote).total_minor == 2 * EARLY
    await must_hold(assembly.database)


async def test_the_page_says_what_is_left_at_this_price_and_what_comes_next(assembly: Assembly) -> None:
    show = await _show(assembly, _first(3))
    async with assembly.database.reading() as reader:
        before = await page_version(reader, show.slug)
    await buy(assembly, show)
    (shown,) = (await _page(assembly, show)).types
    assert (shown.total_minor, shown.step_left, shown.next_minor) == (EARLY, 2, FULL)
    async with assembly.database.reading() as reader:
        assert await page_version(reader, show.slug) != before
    await place(assembly, show, 2)
    (shown,) = (await _page(assembly, show)).types
    assert (shown.total_minor, shown.step, shown.next_minor, shown.left) == (FULL, None, None, 47)


async def test_a_step_cannot_be_made_smaller_than_what_it_sold(assembly: Assembly) -> None:
    step = _first(3)
    show = await _show(assembly, step)
    await buy(assembly, show, 3)
    with pytest.raises(inventory.CapacityBelowSold) as refused:
        await retype(assembly, show, 0, TypePrices(steps=(replace(step, most=2),)))
    assert (refused.value.field, refused.value.data["least"]) == ("prices.steps.0.most", 3)
    await retype(assembly, show, 0, TypePrices(steps=(replace(step, most=4),)))
    assert [await _unit(assembly, show), await _unit(assembly, show)] == [EARLY, FULL]


async def test_steps_that_make_no_sense_are_refused(assembly: Assembly) -> None:
    show = await _show(assembly)
    now = assembly.clock.now()
    day = timedelta(days=1)
    for steps, refusal in (
        ((StepPlan(uuid7(), EARLY),), StepWithoutEnd),
        ((StepPlan(uuid7(), EARLY, now + 2 * day), StepPlan(uuid7(), SECOND, now + day)), StepsOutOfOrder),
    ):
        with pytest.raises(Problems) as refused:
            await retype(assembly, show, 0, TypePrices(steps=steps))
        assert [type(one) for one in refused.value.problems] == [refusal]
    other = await _show(assembly, _first(3))
    with pytest.raises(StepTwice):
        await retype(assembly, show, 0, TypePrices(steps=(StepPlan(other.pools[0], EARLY, most=1),)))


async def test_a_copy_of_the_event_counts_for_itself(assembly: Assembly) -> None:
    show = await _show(assembly, _first(1))
    await buy(assembly, show)
    now = assembly.clock.now()
    twin = await duplicate(
        assembly.database,
        assembly.clock,
        show.owner,
        show.organiser_id,
        show.event_id,
        own=Copied("Again", now + timedelta(days=30), now + timedelta(days=31), None),
    )
    async with assembly.database.reading() as reader:
        levels = (await inventory.step_levels(reader, twin.id)).values()
        types = await events.types(reader, twin.id)
    assert [(one.capacity, one.sold) for one in levels] == [(1, 0)]
    assert {one.id for one in types[0].prices.steps} == set(await _steps(assembly, twin.id))


async def _steps(assembly: Assembly, event_id: UUID) -> dict[UUID, inventory.Level]:
    async with assembly.database.reading() as reader:
        return await inventory.step_levels(reader, event_id)


async def test_gifts_alone_notice_that_the_offer_has_changed(assembly: Assembly) -> None:
    show = await _show(assembly)
    gift = await add_donation(assembly, show, least_minor=100)
    asked = HoldWish(show.event_id, ((gift, 1),), chosen=((gift, 150),))
    await assembly.purchase.hold(asked)
    known = await assembly.offers.current(show.event_id)
    async with assembly.database.reading() as reader:
        found = next(one for one in await events.types(reader, show.event_id) if one.id == gift)
    dearer = replace(details_of(found), prices=replace(found.prices, least_minor=200))
    await edits_of(assembly).change_type(show.owner, show.organiser_id, show.event_id, gift, TypePlan(dearer))
    assert (await assembly.offers.current(show.event_id)) is known, "still in memory"
    with pytest.raises(PriceBelowMinimum):
        await assembly.purchase.hold(asked)


async def test_late_money_takes_its_place_in_the_step_again_or_none(assembly: Assembly) -> None:
    show = await _show(assembly, _first(1))
    order = await place(assembly, show)

    async def passes(tx: Transaction) -> None:
        await tx.execute(text("UPDATE orders_order SET pay_until = now() - interval '1 second'"))
        await tx.execute(text("UPDATE inventory_hold SET held_until = now() - interval '1 second'"))

    await assembly.database.run(passes)
    assert await assembly.expiry.expire_orders() == 1
    second = await assembly.purchase.hold(wish(show))

    async def again(tx: Transaction) -> set[UUID]:
        return await inventory.retake_many(tx, [order.hold_id])

    assert await assembly.database.run(again) == set(), "there are places, but none at this price"
    await assembly.purchase.release(second.hold_id)
    assert await assembly.database.run(again) == {order.hold_id}
    assert await _unit(assembly, show) == FULL


async def test_a_hold_at_the_list_price_leaves_the_early_ones_alone(assembly: Assembly) -> None:
    show = await _show(assembly, _first(1))
    held = await assembly.purchase.hold(replace(wish(show, 2), at_list=True))
    assert held.quote.total_minor == 2 * FULL
    assert await _unit(assembly, show) == EARLY
