"""Any offer and any basket: hold, order and ledger say the same, to the last minor unit."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import inventory, ledger, orders, tickets
from admitone.assembly import Assembly
from admitone.events import DiscountPlan, EventPrices, FeePlan, TypePrices
from admitone.flows.order_wish import OrderWish
from admitone.flows.purchase import HoldWish
from admitone.plumbing.database import Transaction
from admitone.pricing import AddOnWithoutTicket, TooManyAddOns, recompute
from admitone.reads import invariants
from admitone.values.ids import uuid7
from tests.support.onsale import TypeOnSale, must_hold, put_on_sale
from tests.support.pricey import add_donation, reprice, retype

_COMPANY = {
    "company": "Werk AG",
    "address": "Ring 1",
    "city": "Wien",
    "country": "AT",
    "vat_id": "ATU13585627",
}


@dataclass(frozen=True)
class Story:
    """An offer of a ticket, an extra and a gift, and what is bought of it."""

    prices: tuple[int, int]
    fee: tuple[int, int, str]
    tax: tuple[int, str]
    extra_tax: int
    booking: FeePlan
    processing: int
    rounding: str
    discounts: tuple[DiscountPlan, ...]
    quantities: tuple[int, int]
    chosen: int
    gift: int
    is_company: bool


_minor = st.integers(0, 30_000)
_bps = st.sampled_from([0, 250, 700, 1_900, 3_333])
_discount = st.one_of(
    st.builds(
        DiscountPlan,
        kind=st.just("some_free"),
        label=st.just("some free"),
        take=st.integers(2, 4),
        pay=st.just(1),
    ),
    st.builds(
        DiscountPlan,
        kind=st.just("group"),
        label=st.just("group"),
        take=st.integers(1, 4),
        percent_bps=st.sampled_from([1, 333, 1_000, 10_000]),
    ),
)
_stories = st.builds(
    Story,
    prices=st.tuples(_minor, _minor),
    fee=st.tuples(_bps, st.integers(0, 300), st.sampled_from(["buyer", "organiser"])),
    tax=st.tuples(_bps, st.sampled_from(["included", "added"])),
    extra_tax=_bps,
    booking=st.builds(
        FeePlan,
        bps=_bps,
        fixed_minor=st.integers(0, 99),
        most_minor=st.none() | st.integers(0, 500),
        per=st.sampled_from(["ticket", "order"]),
    ),
    processing=_bps,
    rounding=st.sampled_from(["line", "document_net", "document_gross"]),
    discounts=st.lists(_discount, max_size=2).map(tuple),
    quantities=st.tuples(st.integers(0, 7), st.integers(0, 7)),
    chosen=_minor,
    gift=_minor,
    is_company=st.booleans(),
)


async def _buy(site: Assembly, story: Story) -> None:
    show = await put_on_sale(
        site,
        TypeOnSale("Seat", story.prices[0], 10),
        TypeOnSale("Parking", story.prices[1], 10),
        fee_bps=story.fee[0],
        fee_fixed_minor=story.fee[1],
        fee_paid_by=story.fee[2],
        tax_bps=story.tax[0],
        tax_mode=story.tax[1],
    )
    await retype(site, show, 0, TypePrices(is_chosen=True))
    extra = TypePrices(tax_bps=story.extra_tax, tax_name="Other", needs_tickets=2)
    await retype(site, show, 1, extra, kind="add_on")
    gift = await add_donation(site, show, least_minor=0)
    await reprice(
        site,
        show,
        EventPrices(
            booking=story.booking,
            rounding=story.rounding,  # type: ignore[arg-type]
            discounts=story.discounts,
            seller_country="DE",
            has_reverse_charge=True,
        ),
    )
    items = [(one, many) for one, many in zip(show.types, story.quantities, strict=True) if many]
    chosen = [(gift, story.gift)]
    if story.quantities[0] and story.chosen % 2:
        chosen.append((show.types[0], story.chosen))
    wish = HoldWish(show.event_id, (*items, (gift, 1)), chosen=tuple(chosen))
    try:
        held = await site.purchase.hold(wish)
    except (AddOnWithoutTicket, TooManyAddOns):
        assert story.quantities[1] > 2 * story.quantities[0]
        return
    assert (await site.purchase.read(held.hold_id)).quote == held.quote
    buyer = _COMPANY if story.is_company else None
    email = f"b{uuid7().hex}@example.org"
    order = await site.purchase.place(OrderWish(held.hold_id, email, "Ada Obi", buyer=buyer))
    if order.total_minor:
        paying = await site.payment.pay(order.id, "sandbox:push")
        assert paying.order_state == "paid"
    else:
        assert order.state == "paid"
    async with site.database.reading() as reader:
        lines = (await orders.lines(reader, [order.id]))[order.id]
        issued = await tickets.by_order(reader, order.id)
        owed = await ledger.balances(reader, show.organiser_id)
        levels = await inventory.levels(reader, show.event_id)
    assert buyer is not None or order.total_minor == held.quote.total_minor
    assert sum(line.total_minor for line in lines) == order.total_minor
    assert all(line.total_minor == line.quantity * line.unit_total_minor for line in lines)
    assert recompute(order.quote).total_minor == order.total_minor
    assert len(issued) == sum(story.quantities)
    assert sum(level.sold for level in levels.values()) == sum(story.quantities)
    organiser = f"organiser:{show.organiser_id}"
    assert owed.get((f"{organiser}:tax", "EUR"), 0) == order.tax_minor
    earned = order.total_minor - order.fee_minor - order.tax_minor
    assert owed.get((f"{organiser}:pending", "EUR"), 0) == earned


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(stories=st.lists(_stories, min_size=1, max_size=3))
async def test_lines_totals_and_ledger_agree_for_any_offer_and_basket(
    assembly: Assembly, stories: list[Story]
) -> None:
    for story in stories:
        await _buy(assembly, story)
    await must_hold(assembly.database)


async def test_a_price_that_was_tampered_with_is_found(assembly: Assembly) -> None:
    await _buy(assembly, _plain())
    async with assembly.database.reading() as reader:
        assert await invariants.broken(reader) == []

    async def tamper(tx: Transaction) -> None:
        await tx.execute(
            text("UPDATE orders_order SET quote = jsonb_set(quote, '{rules,types,0,tax,rate_bps}', '100')")
        )

    await assembly.database.run(tamper)
    async with assembly.database.reading() as reader:
        assert [one.invariant.name for one in await invariants.broken(reader)] == ["I-16 recomputed"]


def _plain() -> Story:
    return Story(
        (2_500, 800),
        (0, 0, "buyer"),
        (1_900, "included"),
        700,
        FeePlan(),
        0,
        "line",
        (),
        (2, 1),
        0,
        500,
        False,
    )
