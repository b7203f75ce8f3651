"""Prices beyond one price, one fee and one tax, from what an organiser sets to the ledger."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from admitone import events, inventory, ledger, orders, tickets
from admitone.assembly import Assembly
from admitone.events import BundlePlan, DiscountPlan, EventPrices, FeePlan, TypePrices
from admitone.flows import baskets
from admitone.flows.edit_event import EventEdits
from admitone.flows.order_wish import OrderWish
from admitone.flows.publish_event import duplicate
from admitone.flows.purchase import HeldOffer, HoldWish, UnknownTicketType
from admitone.flows.site_fees import SiteFees, read_site_fee
from admitone.orders import LineRow, OrderRow
from admitone.pricing import AddOnWithoutTicket, BadVatId, PriceBelowMinimum, recompute
from admitone.reads.order_page import order_page
from admitone.values.ids import uuid7
from admitone.values.refusals import Problems
from tests.support.onsale import PAID, OnSale, TypeOnSale, must_hold, put_on_sale
from tests.support.pricey import add_donation, reprice, retype

ADA = "ada@example.org"
THREE_FOR_TWO = EventPrices(discounts=(DiscountPlan("some_free", "3 for 2", 3, 2),))
COMPANY = {
    "company": "Werk AG",
    "address": "Ring 1",
    "postcode": "1010",
    "city": "Wien",
    "country": "AT",
    "vat_id": "ATU13585627",
}


async def bought(
    site: Assembly, held: HeldOffer, **wish: object
) -> tuple[OrderRow, list[LineRow], list[tickets.Ticket]]:
    """Order what is held and pay it."""
    order = await site.purchase.place(OrderWish(held.hold_id, ADA, "Ada Obi", **wish))  # type: ignore[arg-type]
    if order.total_minor:
        paying = await site.payment.pay(order.id, "sandbox:push")
        assert paying.order_state == "paid"
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, order.id)
        lines = (await orders.lines(reader, [order.id]))[order.id]
        return order, lines, await tickets.by_order(reader, order.id)


def of(show: OnSale, *quantities: int, **more: object) -> HoldWish:
    """So many of each of the event's ticket types."""
    items = tuple((type_id, many) for type_id, many in zip(show.types, quantities, strict=False) if many)
    return HoldWish(show.event_id, items, **more)  # type: ignore[arg-type]


async def test_a_donation_alone_is_an_order_without_places_and_tickets(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, fee_bps=500)
    gift = await add_donation(assembly, show)
    wish = HoldWish(show.event_id, ((gift, 1),), chosen=((gift, 1_234),))
    held = await assembly.purchase.hold(wish)
    assert held.quote.total_minor == 1_234
    order, lines, issued = await bought(assembly, held)
    assert (order.state, order.total_minor, order.fee_minor) == ("paid", 1_234, 0)
    assert [(one.kind, one.quantity) for one in lines] == [("donation", 1)]
    assert issued == []
    await assembly.letters.tickets(order.id, "paid:test")
    async with assembly.database.reading() as reader:
        subjects = (await reader.execute(text("SELECT subject FROM messaging_letter"))).scalars().all()
    assert subjects == ["Thank you from Furnace Night"]
    await must_hold(assembly.database)


async def test_too_small_a_gift_is_refused_and_nothing_is_held(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    gift = await add_donation(assembly, show, least_minor=100)
    with pytest.raises(PriceBelowMinimum):
        await assembly.purchase.hold(
            HoldWish(show.event_id, ((show.types[0], 1), (gift, 1)), chosen=((gift, 99),))
        )
    async with assembly.database.reading() as reader:
        assert (await inventory.levels(reader, show.event_id))[show.pools[0]].held == 0


async def test_three_for_two_makes_two_lines_and_each_ticket_its_name(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, tax_bps=1900)
    await reprice(assembly, show, THREE_FOR_TWO)
    held = await assembly.purchase.hold(of(show, 4))
    assert held.quote.total_minor == 3 * 2_500
    names = {show.types[0]: ("Ada", "Bola", "Chidi", "Dayo")}
    order, lines, issued = await bought(assembly, held, attendee_names=names)
    assert sorted((one.quantity, one.unit_total_minor, tuple(one.labels)) for one in lines) == [
        (1, 0, ("3 for 2",)),
        (3, 2_500, ()),
    ]
    assert [one.ticket_type_id for one in lines] == [show.types[0]] * 2
    assert sorted(name for line in lines for name in line.attendee_names) == ["Ada", "Bola", "Chidi", "Dayo"]
    assert sorted(str(one.holder_name) for one in issued) == ["Ada", "Bola", "Chidi", "Dayo"]
    assert recompute(order.quote).total_minor == order.total_minor
    async with assembly.database.reading() as reader:
        shown = await order_page(reader, order.id)
    assert [(one.unit, one.units) for one in shown.tickets] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    await must_hold(assembly.database)


async def test_the_sites_fees_are_the_sites_and_the_booking_fee_the_organisers(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, fee_bps=200)
    await reprice(assembly, show, EventPrices(booking=FeePlan(bps=1_000, fixed_minor=50, most_minor=200)))
    order, lines, _ = await bought(assembly, await assembly.purchase.hold(of(show, 2)))
    # 25.00, 2 % for the site, 10 % and 0.50 but 2.00 at most for the organiser.
    assert (order.total_minor, order.fee_minor) == (2 * (2_500 + 50 + 200), 100)
    assert [one.unit_organiser_fee_minor for one in lines] == [200]
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "fees", "EUR") == 100
        owed = await ledger.balances(reader, show.organiser_id)
    assert owed[f"organiser:{show.organiser_id}:pending", "EUR"] == 5_400
    await must_hold(assembly.database)


async def test_add_ons_need_their_ticket_and_have_codes_of_their_own(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, TypeOnSale("Parking", 800, 5))
    await retype(assembly, show, 1, TypePrices(needs_tickets=1, tax_bps=700), kind="add_on")
    with pytest.raises(AddOnWithoutTicket):
        await assembly.purchase.hold(of(show, 0, 1))
    _, lines, issued = await bought(assembly, await assembly.purchase.hold(of(show, 1, 1)))
    assert [(one.kind, one.tax_bps) for one in lines] == [("ticket", 0), ("add_on", 700)]
    assert len(issued) == 2
    await must_hold(assembly.database)


async def test_a_bundle_takes_the_places_of_what_is_in_it(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, TypeOnSale("Child", 1_000, 10))
    family = BundlePlan(uuid7(), "Family", 5_001, ((show.types[0], 2), (show.types[1], 2)))
    await reprice(assembly, show, EventPrices(bundles=(family,)))
    wish = HoldWish(show.event_id, ((show.types[1], 1),), bundles=((family.id, 1),))
    held = await assembly.purchase.hold(wish)
    assert held.quote.total_minor == 5_001 + 1_000
    _, lines, issued = await bought(assembly, held)
    assert sum(one.total_minor for one in lines) == 6_001
    assert len(issued) == 5
    async with assembly.database.reading() as reader:
        levels = await inventory.levels(reader, show.event_id)
    assert [levels[pool].sold for pool in show.pools] == [2, 3]
    await must_hold(assembly.database)


async def test_a_bundle_over_the_limit_of_one_of_its_types_is_refused(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Seat", 1_000, 10, per_person_limit=3))
    pair = BundlePlan(uuid7(), "Pair", 1_500, ((show.types[0], 2),))
    await reprice(assembly, show, EventPrices(bundles=(pair,)))
    with pytest.raises(orders.OverLimit):
        await assembly.purchase.hold(HoldWish(show.event_id, (), bundles=((pair.id, 2),)))


async def test_what_is_hidden_cannot_be_bought_without_its_code(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, TypeOnSale("Backstage", 9_900, 5))
    await retype(assembly, show, 1, TypePrices(is_locked=True))
    with pytest.raises(UnknownTicketType):
        await assembly.purchase.hold(of(show, 1, 1))
    with pytest.raises(UnknownTicketType):
        await assembly.purchase.hold(of(show, 1, 1, chosen=((show.types[1], 1),)))


async def test_a_chosen_price_stays_as_it_was_whatever_the_organiser_changes(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    await retype(assembly, show, 0, TypePrices(is_chosen=True, least_minor=500))
    held = await assembly.purchase.hold(of(show, 2, chosen=((show.types[0], 700),)))
    await retype(assembly, show, 0, TypePrices(is_chosen=True, least_minor=2_000))
    assert (await assembly.purchase.read(held.hold_id)).quote == held.quote
    order, lines, _ = await bought(assembly, held)
    assert (order.total_minor, lines[0].unit_list_minor) == (1_400, 700)
    await must_hold(assembly.database)


async def test_a_business_elsewhere_in_the_union_owes_the_tax_itself(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID, tax_bps=1900)
    await reprice(assembly, show, EventPrices(seller_country="DE", has_reverse_charge=True))
    held = await assembly.purchase.hold(of(show, 1))
    opened = await assembly.purchase.read(held.hold_id)
    assert assembly.purchase.priced_for(opened, COMPANY).total_minor == 2_101
    assert assembly.purchase.priced_for(opened, {**COMPANY, "country": "US"}).total_minor == 2_500
    order, _, _ = await bought(assembly, held, buyer=COMPANY)
    assert (order.total_minor, order.tax_minor, order.buyer) == (2_101, 0, COMPANY)
    assert recompute(order.quote).total_minor == 2_101
    await must_hold(assembly.database)


async def test_a_company_with_a_bad_number_or_half_an_address_is_told_each_field(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    held = await assembly.purchase.hold(of(show, 1))
    with pytest.raises(Problems) as refused:
        await bought(assembly, held, buyer={**COMPANY, "vat_id": "ATU13585628", "city": " "})
    assert {one.field for one in refused.value.problems} == {"buyer.vat_id", "buyer.city"}
    assert any(isinstance(one, BadVatId) for one in refused.value.problems)


async def test_fees_of_the_site_are_on_every_new_event_and_nobody_elses_to_change(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    fees = SiteFees(read_site_fee("2.5% + EUR 0.50"), read_site_fee("1%"))
    database, clock = assembly.database, assembly.clock
    twin = await duplicate(database, clock, show.owner, show.organiser_id, show.event_id, fees=fees)
    assert (twin.details.fee_bps, twin.details.fee_fixed_minor) == (250, 50)
    assert twin.details.prices == EventPrices(processing=FeePlan(100), is_site_fee=True)
    edits = EventEdits(database, clock, fees)
    with pytest.raises(events.FeesAreTheSites):
        await edits.change_details(show.owner, show.organiser_id, twin.id, replace(twin.details, fee_bps=100))
    kept = await edits.change_details(
        show.owner, show.organiser_id, twin.id, replace(twin.details, fee_paid_by="organiser")
    )
    assert (kept.details.fee_bps, kept.details.fee_paid_by) == (250, "organiser")


async def test_a_simple_basket_keeps_nothing_with_its_hold(assembly: Assembly) -> None:
    show = await put_on_sale(assembly, PAID)
    held = await assembly.purchase.hold(of(show, 2))
    async with assembly.database.reading() as reader:
        hold = await inventory.read(reader, held.hold_id)
    assert hold.basket is None
    assert baskets.kept_of(hold).basket.items[0].quantity == 2
