"""Refunds just below the limit, over many orders: what one member gives back within a day adds up."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import accounts
from admitone.accounts import ApprovalLimit
from admitone.assembly import Assembly
from admitone.flows.approvals import ApprovalNeeded
from admitone.flows.exchange import NeedsTwo
from admitone.flows.exchange_plan import ChangeWish
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import RunWish
from admitone.values.actor import Actor
from admitone.values.ids import uuid7
from tests.flows.test_approvals import a_day_passes, asked, back, bought, limited
from tests.support.changing import GRATIS, changeable
from tests.support.onsale import OnSale, must_hold


async def refund(site: Assembly, show: OnSale, who: Actor, code: str, minor: int) -> None:
    wish = RefundWish((), minor, cancels=False)
    await site.money.cancel_tickets.refund(who, show.organiser_id, code, wish, uuid7())


async def test_refunds_of_many_orders_by_one_member_add_up_to_the_limit(assembly: Assembly) -> None:
    show, second = await limited(assembly)
    codes = [await bought(assembly, show, 1) for _ in range(4)]
    await refund(assembly, show, show.owner, codes[0], 2000)
    await assembly.refunding.take_back(show.owner, show.organiser_id, codes[0])
    # €20 and €5 were given alone: €5 more is the limit, and a cent more is above it.
    await refund(assembly, show, show.owner, codes[1], 500)
    with pytest.raises(ApprovalNeeded):
        await refund(assembly, show, show.owner, codes[2], 1)
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(show.owner, show.organiser_id, codes[3])
    assert await back(assembly) == 3000
    # Each member has their own.
    await refund(assembly, show, second, codes[2], 2000)
    assert await back(assembly) == 5000
    await must_hold(assembly.database)


async def test_what_was_given_alone_counts_for_a_day_and_credit_counts_like_money(assembly: Assembly) -> None:
    show, _ = await limited(assembly)
    first, other, third = [await bought(assembly, show, 1) for _ in range(3)]
    wish = RefundWish((), 2500, cancels=False, to="credit")
    await assembly.money.cancel_tickets.refund(show.owner, show.organiser_id, first, wish, uuid7())
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(show.owner, show.organiser_id, other)
    await a_day_passes(assembly)
    await assembly.refunding.take_back(show.owner, show.organiser_id, other)
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(show.owner, show.organiser_id, third)
    await must_hold(assembly.database)


async def test_what_a_second_member_agreed_to_and_runs_are_not_counted_again(assembly: Assembly) -> None:
    show, second = await limited(assembly)
    large, small = await bought(assembly, show, 2), await bought(assembly, show, 1)
    with pytest.raises(ApprovalNeeded):
        await assembly.refunding.take_back(show.owner, show.organiser_id, large)
    await assembly.money.approvals.approve(second, show.organiser_id, (await asked(assembly, show)).id)
    runs = assembly.money.bulk_runs
    await runs.start(show.owner, show.organiser_id, show.event_id, RunWish(amount_minor=500), uuid7())
    while await runs.work():
        pass
    assert await back(assembly) == 5500
    await assembly.refunding.take_back(show.owner, show.organiser_id, small)
    assert await back(assembly) == 7500
    await must_hold(assembly.database)


async def test_of_refunds_by_one_member_at_the_same_moment_only_those_below_the_limit_pass(
    assembly: Assembly,
) -> None:
    show, _ = await limited(assembly)
    codes = [await bought(assembly, show, 1) for _ in range(5)]
    ways = [refund(assembly, show, show.owner, code, 1400) for code in codes[:3]]
    ways += [_taken_back(assembly, show, code) for code in codes[3:]]
    said = await asyncio.gather(*ways, return_exceptions=True)
    needed = [one for one in said if isinstance(one, ApprovalNeeded)]
    assert all(one is None or isinstance(one, ApprovalNeeded) for one in said)
    assert await back(assembly) in (2500, 2800)
    assert len(needed) == (4 if await back(assembly) == 2500 else 3)
    await must_hold(assembly.database)


async def _taken_back(site: Assembly, show: OnSale, code: str) -> None:
    await site.refunding.take_back(show.owner, show.organiser_id, code)


async def test_changes_for_cheaper_tickets_add_up_with_refunds(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    owner, whose = mine.show.owner, mine.show.organiser_id
    await assembly.money.approvals.set_limit(owner, whose, ApprovalLimit("EUR", 3000, None))
    other = await bought(assembly, mine.show, 1)
    await assembly.refunding.take_back(owner, whose, other)
    to = ChangeWish((mine.ids[0],), mine.show.event_id, mine.show.types[GRATIS])
    with pytest.raises(NeedsTwo):
        await assembly.exchanging.change_for(owner, whose, mine.order.code, to, uuid7())
    await a_day_passes(assembly)
    await assembly.exchanging.change_for(owner, whose, mine.order.code, to, uuid7())
    assert await mine.back() == [2500]
    with pytest.raises(ApprovalNeeded):
        await refund(assembly, mine.show, owner, mine.order.code, 501)
    await must_hold(assembly.database)


async def test_another_currency_mode_or_organiser_is_counted_by_itself(assembly: Assembly) -> None:
    show, _ = await limited(assembly)
    code, by = await bought(assembly, show, 1), show.owner.label
    other = await limited(assembly)

    async def noted(organiser_id: UUID, currency: str, *, is_test: bool) -> None:
        await assembly.database.run(
            lambda tx: accounts.note_given_alone(
                tx, uuid7(), organiser_id, by, currency, 9000, is_test=is_test
            )
        )

    async with assembly.database.reading() as reader:
        query = text("SELECT is_test FROM orders_order")
        is_test = (await reader.execute(query)).scalar_one()
    await noted(show.organiser_id, "GBP", is_test=is_test)
    await noted(show.organiser_id, "EUR", is_test=not is_test)
    await noted(other[0].organiser_id, "EUR", is_test=is_test)
    await refund(assembly, show, show.owner, code, 2500)
    assert await back(assembly) == 2500
