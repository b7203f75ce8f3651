"""PayPal takes forints without decimals: what goes back of a payment there can always be sent."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone import ledger, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish
from admitone.flows.whole_units import WholeUnitsOnly, less_of_unit
from admitone.payments import RefundState
from admitone.pricing import Parts
from admitone.values.ids import uuid7
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale
from tests.support.provider_shop import Process, Trap, TrappedPayPal, open_account

HALF = record_of(Chosen("part", days=7, percent=50))


class Bought:
    """Tickets at 25.50 forints, paid at PayPal's stand-in."""

    def __init__(self, site: Assembly, currency: str = "HUF") -> None:
        self.site = site
        self.end = TrappedPayPal(site.database, Trap())
        self.end.currency = currency
        self.shop = Process(site, self.end)

    async def paid(self, quantity: int, **details: Any) -> "Bought":
        details = {"refund_policy": HALF, **details}
        self.show: OnSale = await put_on_sale(
            self.site, TypeOnSale("Stalls", 2550, 10), currency=self.end.currency, **details
        )
        await open_account(self.site, self.end, self.show.organiser_id)
        order = await place(self.site, self.show, quantity)
        paying = await self.shop.payment.pay(order.id, "paypal:paypal")
        self.ref = paying.attempt.provider_ref or ""
        await self.end.pay(self.ref)
        await self.shop.settlement.ask(paying.attempt)
        async with self.site.database.reading() as reader:
            self.order = await orders.by_id(reader, order.id)
            self.ids = [one.id for one in await tickets.by_order(reader, order.id)]
        assert self.order.state == "paid"
        return self

    async def sent(self) -> list[int]:
        """Every refund, once all were asked for."""
        async with self.site.database.reading() as reader:
            wanted = await payments.refunds_of(reader, [self.order.id])
        for one in wanted:
            await self.shop.refunding.send(one.id)
        async with self.site.database.reading() as reader:
            found = await payments.refunds_of(reader, [self.order.id])
        assert {one.state for one in found} <= {RefundState.DONE}, [one.error for one in found]
        # PayPal counts these in whole units.
        assert await self.end.sent_back_minor(self.ref) * 100 == sum(one.amount_minor for one in found)
        await must_hold(self.site.database)
        async with self.site.database.reading() as reader:
            assert await ledger.balance(reader, "refunds_due", self.end.currency) == 0
        return sorted(one.amount_minor for one in found)


@pytest.mark.parametrize("currency", ["HUF", "TWD"])
async def test_half_of_a_price_is_rounded_down_to_what_can_be_sent_and_shown_so(
    assembly: Assembly, currency: str
) -> None:
    mine = await Bought(assembly, currency).paid(2)
    flow = mine.shop.cancel_tickets
    seen = await flow.preview(mine.order.id, mine.ids[:1])
    # Half of 25.50 is 12.75.
    assert seen.total.total_minor == sum(one.back.total_minor for one in seen.units) == 1200
    await flow.cancel(mine.order.id, mine.ids[:1], uuid7(), shown_minor=1200)
    assert await mine.sent() == [1200]


async def test_an_order_taken_back_after_a_half_gives_what_can_be_sent(assembly: Assembly) -> None:
    mine = await Bought(assembly).paid(2)
    await mine.shop.cancel_tickets.cancel(mine.order.id, mine.ids[:1], uuid7())
    await mine.shop.refunding.take_back(mine.show.owner, mine.show.organiser_id, mine.order.code)
    # Of the other ticket's 25.50, which nobody at PayPal can send.
    assert await mine.sent() == [1200, 2500]


async def test_whole_orders_come_back_to_the_last_unit(assembly: Assembly) -> None:
    mine = await Bought(assembly).paid(2, refund_policy=record_of(Chosen("full", days=7)))
    for ticket_id in mine.ids:
        await mine.shop.cancel_tickets.cancel(mine.order.id, [ticket_id], uuid7())
    assert await mine.sent() == [2500, 2500]
    other = await Bought(assembly).paid(2)
    await other.shop.refunding.take_back(other.show.owner, other.show.organiser_id, other.order.code)
    assert await other.sent() == [5100]


async def test_a_typed_amount_with_decimals_is_refused_with_the_next_that_can_be_sent(
    assembly: Assembly,
) -> None:
    mine = await Bought(assembly).paid(2)
    flow = mine.shop.cancel_tickets

    def wish(minor: int, *ticket_ids: UUID) -> RefundWish:
        return RefundWish(ticket_ids, amount_minor=minor, cancels=bool(ticket_ids))

    for asked in (wish(1050), wish(1050, mine.ids[0])):
        for verb in (flow.preview_refund, flow.refund):
            more = () if verb == flow.preview_refund else (uuid7(),)
            with pytest.raises(WholeUnitsOnly) as refused:
                await verb(mine.show.owner, mine.show.organiser_id, mine.order.code, asked, *more)
            assert refused.value.data["down_minor"] == 1000
            assert "HUF" in refused.value.sentence or "Ft" in refused.value.sentence
    assert await mine.sent() == []
    await flow.refund(mine.show.owner, mine.show.organiser_id, mine.order.code, wish(1000), uuid7())
    assert await mine.sent() == [1000]


async def test_providers_with_decimals_give_to_the_last_minor_unit(assembly: Assembly) -> None:
    mine = await Bought(assembly, "EUR").paid(1)
    assert (await mine.shop.cancel_tickets.preview(mine.order.id, mine.ids)).total.total_minor == 1275


@st.composite
def backs(draw: st.DrawFn) -> tuple[Parts, int]:
    price, fees = draw(st.integers(0, 3000)), draw(st.integers(0, 500))
    price_tax, fees_tax = draw(st.integers(0, price)), draw(st.integers(0, fees))
    net = price + fees - price_tax - fees_tax
    on_top = draw(st.integers(0, net))
    inside = draw(st.integers(0, net - on_top))
    return Parts(price, price_tax, fees, fees_tax, on_top, inside), draw(st.integers(0, price + fees))


@given(backs())
def test_what_is_rounded_off_a_unit_leaves_parts_that_add_up(drawn: tuple[Parts, int]) -> None:
    back, minor = drawn
    # Parts assert by themselves that they add up.
    left = less_of_unit(back, minor)
    assert left.total_minor == back.total_minor - minor
    assert left.tax_minor <= back.tax_minor
    assert left.site_minor <= back.site_minor
