"""A ticket is changed for another of the same places though none is left: nobody comes between, none is sold twice."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

import pytest

from admitone import inventory, orders
from admitone.assembly import Assembly
from admitone.flows.exchange_plan import ChangeWish
from admitone.plumbing import failpoints
from admitone.plumbing.failpoints import FailpointHit
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.changing import DOWN, GRATIS, UP, Changeable, another_date, changeable
from tests.support.onsale import TypeOnSale, buy, must_hold, wish

ALL = 4


async def sold_out(site: Assembly, mine_of_it: int = ALL) -> Changeable:
    """All places of an event are sold, so many of them to somebody; its types share them."""
    mine = await changeable(site, mine_of_it, shared=ALL)
    if mine_of_it < ALL:
        await buy(site, mine.show, ALL - mine_of_it)
    assert await taken(mine) == ALL
    return mine


async def taken(mine: Changeable) -> int:
    """Held and sold places of the pool that all types share."""
    async with mine.site.database.reading() as reader:
        level = (await inventory.levels(reader, mine.show.event_id))[mine.show.pools[0]]
    return level.held + level.sold


async def said(doing: Awaitable[object]) -> str:
    """`yes`, or the code of the refusal."""
    try:
        await doing
    except Refusal as refusal:
        return refusal.code
    return "yes"


def one(mine: Changeable, at: int, to: int = DOWN) -> ChangeWish:
    return ChangeWish((mine.ids[at],), mine.show.event_id, mine.show.types[to])


async def test_without_a_place_left_a_ticket_is_changed_for_a_cheaper_one(assembly: Assembly) -> None:
    mine = await sold_out(assembly, 2)
    first = await assembly.exchanging.change(mine.order.id, one(mine, 0), uuid7(), shown_minor=-500)
    assert (first.order.state, first.exchange.state) == (orders.OrderState.PAID, "done")
    assert await mine.sold() == [ALL, ALL - 1, 0, 1, 0]
    last = await assembly.exchanging.change(mine.order.id, one(mine, 1, GRATIS), uuid7())
    assert (await mine.now()).state == orders.OrderState.CANCELLED, "nothing of the first order is left"
    assert await mine.sold() == [ALL, ALL - 2, 0, 1, 1]
    assert [len(await mine.valid(one)) for one in (mine.order.id, first.order.id, last.order.id)] == [0, 1, 1]
    assert await mine.back() == [500, 2500]
    await must_hold(assembly.database)


async def test_the_same_request_again_changes_nothing(assembly: Assembly) -> None:
    mine, request_id = await sold_out(assembly), uuid7()
    first = await assembly.exchanging.change(mine.order.id, one(mine, 0), request_id)
    again = await assembly.exchanging.change(mine.order.id, one(mine, 0), request_id)
    assert (again.order.id, again.is_repeat) == (first.order.id, True)
    assert (await taken(mine), await mine.back()) == (ALL, [500])


async def test_a_difference_to_pay_needs_a_place_because_the_old_ticket_keeps_its_own(
    assembly: Assembly,
) -> None:
    mine = await sold_out(assembly)
    assert (
        await said(assembly.exchanging.change(mine.order.id, one(mine, 0, UP), uuid7()))
        == "inventory.sold_out"
    )
    assert len(await mine.valid()) == ALL
    assert await mine.sold() == [ALL, ALL, 0, 0, 0]
    await must_hold(assembly.database)


async def test_places_of_the_new_type_alone_or_of_another_date_are_still_needed(assembly: Assembly) -> None:
    mine = await sold_out(assembly)
    later = await another_date(assembly, mine.show, *(TypeOnSale(f"Late {n}", 2000, 1) for n in range(3)))
    await buy(assembly, later, 1, at=DOWN)
    to_later = ChangeWish((mine.ids[0],), later.event_id, later.types[DOWN])
    there = assembly.exchanging.change_for(
        mine.show.owner, mine.show.organiser_id, mine.order.code, to_later, uuid7()
    )
    assert await said(there) == "inventory.sold_out"

    balcony = mine.show.pools[1 + DOWN]
    await assembly.database.run(lambda tx: inventory.resize_pool(tx, mine.show.organiser_id, balcony, 0))
    assert (
        await said(assembly.exchanging.change(mine.order.id, one(mine, 0), uuid7())) == "inventory.sold_out"
    )
    assert await mine.sold() == [ALL, ALL, 0, 0, 0], "what was given back was taken again"
    assert (len(await mine.valid()), await mine.back()) == (ALL, [])
    await must_hold(assembly.database)


async def test_nobody_who_waits_for_a_place_gets_one_that_is_being_swapped(
    assembly: Assembly, twin: Assembly
) -> None:
    mine = await sold_out(assembly)

    def change(site: Assembly, at: int) -> Awaitable[str]:
        return said(site.exchanging.change(mine.order.id, one(mine, at), uuid7()))

    def stranger(site: Assembly, at: int) -> Awaitable[str]:
        return said(site.purchase.hold(wish(mine.show, at=at % 3)))

    sites = (assembly, twin)
    doing = [change(sites[at % 2], at) for at in range(ALL)]
    doing += [stranger(sites[at % 2], at) for at in range(24)]
    answers = await asyncio.gather(*doing)
    assert answers[:ALL] == ["yes"] * ALL
    assert Counter(answers[ALL:]) == {"inventory.sold_out": 24}
    assert await taken(mine) == ALL
    assert await mine.sold() == [ALL, 0, 0, ALL, 0]
    await must_hold(assembly.database)


async def test_two_changes_of_one_ticket_at_once_take_one_place(assembly: Assembly, twin: Assembly) -> None:
    mine = await sold_out(assembly)
    for at in range(ALL):
        answers = await asyncio.gather(
            said(assembly.exchanging.change(mine.order.id, one(mine, at, DOWN), uuid7())),
            said(twin.exchanging.change(mine.order.id, one(mine, at, GRATIS), uuid7())),
        )
        assert Counter(word == "yes" for word in answers) == {True: 1, False: 1}, answers
        assert await taken(mine) == ALL
    await must_hold(assembly.database)


async def test_a_program_that_dies_before_it_commits_leaves_the_old_ticket_and_its_place(
    assembly: Assembly,
) -> None:
    mine, request_id = await sold_out(assembly, 1), uuid7()
    failpoints.arm("exchange.before_commit:raise")
    try:
        with pytest.raises(FailpointHit):
            await assembly.exchanging.change(mine.order.id, one(mine, 0), request_id)
    finally:
        failpoints.arm("")
    assert await mine.sold() == [ALL, ALL, 0, 0, 0]
    assert len(await mine.valid()) == 1
    made = await assembly.exchanging.change(mine.order.id, one(mine, 0), request_id)
    assert made.order.state == orders.OrderState.PAID
    assert await mine.sold() == [ALL, ALL - 1, 0, 1, 0]
    await must_hold(assembly.database)
