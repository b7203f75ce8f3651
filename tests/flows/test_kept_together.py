"""Tickets that made others cheaper go back: what stays is paid for, and an extra goes with its ticket."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admitone import orders, tickets
from admitone.assembly import Assembly
from admitone.events import BundlePlan, DiscountPlan, EventPrices, TypePrices
from admitone.flows.kept_together import CheaperTogether, OthersMustGo
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.flows.refund_policy import Chosen, record_of
from admitone.orders import OrderRow
from admitone.pricing import missing_minor
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.pricey import reprice, retype

ALL = record_of(Chosen("full", days=7, with_fees=True))
THREE_FOR_TWO = DiscountPlan(kind="some_free", label="3 for 2", take=3, pay=2)
GROUP = DiscountPlan(kind="group", label="Group", take=5, percent_bps=1_000)


@dataclass
class Mine:
    """A paid order and its tickets by what was paid for each, cheapest first."""

    site: Assembly
    order: OrderRow
    by_price: list[UUID]

    async def give_back(self, *ids: UUID) -> int:
        flow = self.site.money.cancel_tickets
        seen = (await flow.preview(self.order.id, ids)).total.total_minor
        done = await flow.cancel(self.order.id, ids, uuid7(), shown_minor=seen)
        assert done.reversal.total_minor == seen
        return seen


async def _show(site: Assembly, *discounts: DiscountPlan, **changes: object) -> OnSale:
    plain = {"fee_bps": 0, "fee_fixed_minor": 0, "tax_bps": 0, "refund_policy": ALL} | changes
    types = TypeOnSale("Standing", 2_000, 500, 10), TypeOnSale("Parking", 700, 500, 10)
    show = await put_on_sale(site, *types, **plain)  # type: ignore[arg-type]
    await retype(site, show, 1, TypePrices(needs_tickets=1), kind="add_on")
    await reprice(site, show, EventPrices(discounts=discounts))
    return show


async def _buy(
    site: Assembly, show: OnSale, *quantities: int, bundles: tuple[tuple[UUID, int], ...] = ()
) -> Mine:
    items = tuple((show.types[at], many) for at, many in enumerate(quantities) if many)
    held = await site.purchase.hold(HoldWish(show.event_id, items, bundles=bundles))
    order = await site.purchase.place(OrderWish(held.hold_id, f"b{uuid7().hex}@example.org", "Ada Obi"))
    await site.payment.pay(order.id, "sandbox:push")
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, order.id)
        lines = {line.id: line for line in await orders.lines_of(reader, order.id)}
        found = await tickets.by_order(reader, order.id)
    ordered = sorted(found, key=lambda one: (lines[one.order_line_id].unit_total_minor, one.id))
    return Mine(site, order, [one.id for one in ordered])


async def test_nobody_keeps_two_of_three_for_the_price_of_one(assembly: Assembly) -> None:
    mine = await _buy(assembly, await _show(assembly, THREE_FOR_TWO), 3)
    free, first, second = mine.by_price
    seen = await assembly.money.cancel_tickets.preview(mine.order.id, [first])
    assert (seen.total.total_minor, seen.kept_minor) == (0, 2_000)
    assert await mine.give_back(first) == 0
    assert await mine.give_back(second) == 2_000
    assert await mine.give_back(free) == 2_000, "with the last one all is back"
    await must_hold(assembly.database)


async def test_the_free_one_can_go_first_and_then_nothing_stays(assembly: Assembly) -> None:
    mine = await _buy(assembly, await _show(assembly, THREE_FOR_TWO), 3)
    assert [await mine.give_back(one) for one in mine.by_price] == [0, 2_000, 2_000]
    await must_hold(assembly.database)


async def test_below_the_size_of_a_group_the_rest_costs_its_own_price(assembly: Assembly) -> None:
    mine = await _buy(assembly, await _show(assembly, GROUP), 5)
    assert mine.order.total_minor == 9_000
    assert [await mine.give_back(one) for one in mine.by_price] == [1_000, 2_000, 2_000, 2_000, 2_000]
    await must_hold(assembly.database)


async def test_two_paid_ones_cannot_go_and_the_free_one_stay(assembly: Assembly) -> None:
    six = await _buy(assembly, await _show(assembly, THREE_FOR_TWO, tax_bps=1_900, tax_mode="added"), 6)
    assert six.order.total_minor == 4 * 2_380
    first, second, third, fourth = six.by_price[2:]
    assert await six.give_back(first, second, third) == 2_380 * 3 - 2_380, (
        "of the three left one would be free"
    )
    await must_hold(assembly.database)
    assert await six.give_back(fourth) == 0
    await must_hold(assembly.database)


async def test_an_extra_goes_with_its_ticket(assembly: Assembly) -> None:
    mine = await _buy(assembly, await _show(assembly), 1, 1)
    parking, standing = mine.by_price
    flow = assembly.money.cancel_tickets
    with pytest.raises(OthersMustGo) as refused:
        await flow.preview(mine.order.id, [standing])
    assert refused.value.data["name"] == "Parking"
    with pytest.raises(OthersMustGo):
        await flow.cancel(mine.order.id, [standing], uuid7())
    async with assembly.database.reading() as reader:
        assert {one.state for one in await tickets.by_order(reader, mine.order.id)} == {"valid"}
    assert await mine.give_back(standing, parking) == 2_700


async def test_half_a_bundle_is_kept_at_its_own_price(assembly: Assembly) -> None:
    show = await _show(assembly)
    bundle = BundlePlan(uuid7(), "With parking", 2_100, ((show.types[0], 1), (show.types[1], 1)))
    await reprice(assembly, show, EventPrices(bundles=(bundle,)))
    mine = await _buy(assembly, show, bundles=((bundle.id, 1),))
    parking, standing = mine.by_price
    assert await mine.give_back(parking) == 100, "the ticket alone is 20.00 of the 21.00"
    assert await mine.give_back(standing) == 2_000
    await must_hold(assembly.database)


async def test_more_than_comes_back_is_never_asked_for(assembly: Assembly) -> None:
    show = await _show(assembly, DiscountPlan(kind="some_free", label="1 of 5", take=5, pay=1))
    mine = await _buy(assembly, show, 5)
    paid, free = mine.by_price[-1], mine.by_price[:-1]
    with pytest.raises(CheaperTogether) as refused:
        await mine.give_back(paid)
    assert refused.value.data["missing_minor"] == 6_000
    assert await mine.give_back(paid, *free) == 2_000


async def test_what_stayed_of_a_price_with_its_fee_comes_back_with_its_fee(assembly: Assembly) -> None:
    show = await _show(assembly, GROUP, fee_bps=333)
    mine = await _buy(assembly, show, 3, 2)
    dear = mine.by_price[-1]
    back = await mine.give_back(*(one for one in mine.by_price if one != dear))
    assert back + await mine.give_back(dear) == mine.order.total_minor == 6_882
    await must_hold(assembly.database)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
async def test_whatever_goes_in_whatever_order_what_stays_is_paid_and_no_more_comes_back(
    assembly: Assembly, data: st.DataObject
) -> None:
    discounts = data.draw(st.lists(st.sampled_from([THREE_FOR_TWO, GROUP]), max_size=2))
    show = await _show(
        assembly,
        *discounts,
        fee_bps=data.draw(st.sampled_from([0, 333])),
        tax_bps=data.draw(st.sampled_from([0, 700])),
        tax_mode=data.draw(st.sampled_from(["included", "added"])),
    )
    tickets_many = data.draw(st.integers(1, 7))
    mine = await _buy(assembly, show, tickets_many, data.draw(st.integers(0, tickets_many)))
    back, gone = 0, set[UUID]()
    while len(gone) < len(mine.by_price):
        rest = [one for one in mine.by_price if one not in gone]
        some = data.draw(st.lists(st.sampled_from(rest), min_size=1, unique=True))
        try:
            back += await mine.give_back(*some)
        except (OthersMustGo, CheaperTogether):
            # What is refused goes together with all the rest.
            some = rest
            back += await mine.give_back(*some)
        gone |= set(some)
        async with assembly.database.reading() as reader:
            lines = await orders.lines_of(reader, mine.order.id)
        price = sum(line.unit_total_minor * line.quantity for line in lines)
        assert back <= price
        left = {line.number: line.left for line in lines}
        missing_minor(mine.order.quote, left)
    assert back == mine.order.total_minor, "all of it went back, so all of it came back"
    await must_hold(assembly.database)
