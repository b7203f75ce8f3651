"""From a basket to tickets, and all the ways it ends otherwise."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from admitone import inventory, ledger, orders, tickets
from admitone.assembly import Assembly
from admitone.flows import publish_event
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import NotOnSale
from admitone.values.ids import uuid7
from tests.support.onsale import FREE, PAID, TypeOnSale, buy, must_hold, place, put_on_sale, wish


async def test_a_paid_order_has_its_tickets_and_its_money_in_the_ledger(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, fee_bps=500, fee_fixed_minor=50, tax_bps=1900)
    paying = await buy(assembly, show, 3)
    assert paying.order_state == "paid"
    async with assembly.database.reading() as reader:
        order = await orders.by_id(reader, paying.attempt.order_id)
        issued = await tickets.by_order(reader, order.id)
        owed = await ledger.balances(reader, show.organiser_id)
        fees = await ledger.balance(reader, "fees", "EUR")
        levels = await inventory.levels(reader, show.event_id)
    # 2500 + 5 % + 50 = 2675 all-in; 19 % inside it is 427.
    assert (order.total_minor, order.fee_minor, order.tax_minor) == (8025, 525, 1281)
    assert [one.state for one in issued] == ["valid"] * 3
    assert owed == {
        (f"organiser:{show.organiser_id}:pending", "EUR"): 8025 - 525 - 1281,
        (f"organiser:{show.organiser_id}:tax", "EUR"): 1281,
    }
    assert fees == 525
    level = levels[show.pools[0]]
    assert (level.held, level.sold, level.left) == (0, 3, 7)
    await must_hold(assembly.database)


async def test_a_free_order_is_paid_at_once_and_needs_no_payment(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, FREE)
    order = await place(assembly, show, 2)
    assert order.state == "paid"
    async with assembly.database.reading() as reader:
        assert len(await tickets.by_order(reader, order.id)) == 2
    await must_hold(assembly.database)


async def test_a_placed_order_is_answered_as_it_is_stored(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, FREE)
    placed = [await place(assembly, show), await place(assembly, show, 2)]
    async with assembly.database.reading() as reader:
        stored = [await orders.by_id(reader, one.id) for one in placed]
    assert stored == placed
    assert all(one.placed_at < one.pay_until for one in placed)


async def test_a_type_that_draws_on_two_pools_is_stopped_by_the_fuller_one(assembly: Assembly) -> None:
    show = await put_on_sale(
        assembly, TypeOnSale("Stalls", 1000, 8), TypeOnSale("Circle", 1000, 8), shared=10
    )
    await assembly.purchase.hold(wish(show, 8, 0))
    with pytest.raises(inventory.SoldOut) as refused:
        await assembly.purchase.hold(wish(show, 3, 1))
    assert refused.value.data == {"left": 2}
    await assembly.purchase.hold(wish(show, 2, 1))
    await must_hold(assembly.database)


async def test_the_same_hold_becomes_one_order_however_often_it_is_sent(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    held = await assembly.purchase.hold(wish(show, 2))
    asked = OrderWish(held.hold_id, "ada@example.org", "Ada Obi")
    first = await assembly.purchase.place(asked)
    assert (await assembly.purchase.place(asked)).id == first.id
    with pytest.raises(inventory.HoldGone):
        await assembly.purchase.place(OrderWish(held.hold_id, "mallory@example.org", "Mallory"))
    await must_hold(assembly.database)


async def test_nobody_gets_more_of_a_type_than_one_person_may_have(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 20, per_person_limit=4))
    await place(assembly, show, 3, email="Ada@Example.org")
    with pytest.raises(orders.OverLimit) as refused:
        await place(assembly, show, 2, email="ada@example.ORG ")
    assert refused.value.data == {"limit": 4, "already": 3, "ticket_type_id": str(show.types[0])}
    assert (await place(assembly, show, 1, email="ada@example.org")).state == "pending"
    await must_hold(assembly.database)


async def test_an_order_taken_back_frees_its_places_and_sends_the_money_back(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    paying = await buy(assembly, show, 2)
    async with assembly.database.reading() as reader:
        code = (await orders.by_id(reader, paying.attempt.order_id)).code
    taken = await assembly.refunding.take_back(show.owner, show.organiser_id, code)
    assert taken.state == "cancelled"
    await must_hold(assembly.database)
    assert await assembly.refunding.send_due() == 1
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == 0
        assert await ledger.balance(reader, "refunds_due", "EUR") == 0
        assert (await inventory.levels(reader, show.event_id))[show.pools[0]].left == 10
    await must_hold(assembly.database)


async def test_an_order_that_is_refused_makes_the_hold_no_longer(assembly: Assembly) -> None:
    """Else somebody over the limit could keep places from being sold for ever, by ordering again and again."""
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 1000, 20, per_person_limit=2))
    await place(assembly, show, 2, email="ada@example.org")
    held = await assembly.purchase.hold(wish(show))
    async with assembly.database.transaction() as tx:
        shorter = (
            "UPDATE inventory_hold SET held_until = clock_timestamp() + interval '1 minute' WHERE id = :id"
        )
        await tx.execute(text(shorter), {"id": held.hold_id})
    until = (await assembly.purchase.read(held.hold_id)).hold.held_until
    with pytest.raises(orders.OverLimit):
        await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    hold = (await assembly.purchase.read(held.hold_id)).hold
    assert (hold.state, hold.order_id, hold.held_until) == ("active", None, until)
    await must_hold(assembly.database)


async def test_the_same_key_gets_its_hold_again_whatever_has_become_of_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly)
    asked = replace(wish(show, 2), hold_id=uuid7(), digest=b"d" * 32)
    held = await assembly.purchase.hold(asked)
    again = await assembly.purchase.hold(asked)
    assert (again.hold_id, again.held_until, again.quote, again.state) == (
        held.hold_id,
        held.held_until,
        held.quote,
        "active",
    )
    order = await assembly.purchase.place(OrderWish(held.hold_id, "ada@example.org", "Ada Obi"))
    assert order.state == "pending"
    assert (await assembly.purchase.hold(asked)).state == "claimed"
    await publish_event.end(assembly.database, assembly.clock, show.owner, show.organiser_id, show.event_id)
    await assembly.offers.current(show.event_id, fresh=True)
    assert (await assembly.purchase.hold(asked)).quote == held.quote
    with pytest.raises(NotOnSale):
        await assembly.purchase.hold(replace(asked, hold_id=uuid7()))
    with pytest.raises(NotOnSale):
        await assembly.purchase.hold(replace(asked, digest=b"e" * 32))
    await must_hold(assembly.database)
