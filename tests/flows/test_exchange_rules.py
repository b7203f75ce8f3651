"""What a change keeps of the promises of the order it changes."""

from datetime import timedelta

import pytest

from admitone import events
from admitone.accounts import ApprovalLimit
from admitone.assembly import Assembly
from admitone.flows.exchange import NeedsTwo
from admitone.flows.exchange_plan import ChangeWish, NothingGoesBack
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import NothingComesBack
from admitone.pricing import ChangePolicy, as_change_record
from admitone.values.ids import uuid7
from tests.support.changing import DOWN, GRATIS, UP, another_date, changeable
from tests.support.onsale import must_hold

FULL = record_of(Chosen("full", days=7, with_fees=True))


async def test_a_later_date_brings_no_refund_that_was_over(assembly: Assembly) -> None:
    start = assembly.clock.now() + timedelta(days=3)
    mine = await changeable(
        assembly, 1, refund_policy=FULL, starts_at=start, doors_at=start, ends_at=start + timedelta(hours=2)
    )
    with pytest.raises(NothingComesBack):
        await assembly.money.cancel_tickets.preview(mine.order.id, mine.ids)
    again = await another_date(assembly, mine.show)
    changed = await assembly.exchanging.change_for(
        mine.show.owner, mine.show.organiser_id, mine.order.code, mine.wish(0, show=again), uuid7()
    )
    with pytest.raises(NothingComesBack):
        await assembly.money.cancel_tickets.preview(changed.order.id, await mine.valid(changed.order.id))
    async with assembly.database.reading() as reader:
        later = (await events.event(reader, event_id=again.event_id)).details.starts_at
    assert later - start > timedelta(days=7), "by itself that event would give all back"
    await must_hold(assembly.database)


async def test_changes_of_one_order_add_up_to_the_second_pair_of_eyes(assembly: Assembly) -> None:
    mine = await changeable(assembly, 2)
    owner, organiser_id, code = mine.show.owner, mine.show.organiser_id, mine.order.code
    await assembly.money.approvals.set_limit(owner, organiser_id, ApprovalLimit("EUR", 3000, None))
    flow = assembly.exchanging
    await flow.change_for(owner, organiser_id, code, mine.wish(GRATIS), uuid7())
    more = ChangeWish((mine.ids[1],), mine.show.event_id, mine.show.types[GRATIS])
    with pytest.raises(NeedsTwo):
        await flow.change_for(owner, organiser_id, code, more, uuid7())
    assert await mine.valid() == mine.ids[1:]
    await must_hold(assembly.database)


async def test_where_no_money_goes_back_for_a_change_only_dearer_tickets_can_be_had(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, change_policy=as_change_record(ChangePolicy(48, cheaper=False)))
    offered = await assembly.exchanging.choices(mine.order.id, mine.ids[:1])
    assert [one.difference_minor for one in offered] == [500]
    for cheaper in (DOWN, GRATIS):
        with pytest.raises(NothingGoesBack):
            await assembly.exchanging.change(mine.order.id, mine.wish(cheaper), uuid7())
    assert (await mine.valid(), await mine.back()) == (mine.ids, [])
    changed = await assembly.exchanging.change(mine.order.id, mine.wish(UP), uuid7(), shown_minor=500)
    assert changed.order.due_minor == 500
    await must_hold(assembly.database)


async def test_an_organiser_gives_money_back_for_a_change_also_where_buyers_cannot(
    assembly: Assembly,
) -> None:
    mine = await changeable(assembly, change_policy=as_change_record(ChangePolicy(48, cheaper=False)))
    show, by = mine.show, mine.show.owner
    wish = mine.wish(DOWN)
    await assembly.exchanging.change_for(
        by, show.organiser_id, mine.order.code, wish, uuid7(), shown_minor=-500
    )
    assert await mine.back() == [500]
    await must_hold(assembly.database)
