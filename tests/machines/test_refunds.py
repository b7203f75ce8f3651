"""Any sequence of partial refunds: never more than was paid, of a unit and in all, and in the end exactly what was."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from admitone import migrations, orders, payments, tickets
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import OrderState
from admitone.settings import Settings
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support import database as databases
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, put_on_sale

FULL = record_of(Chosen("full", with_fees=True))
QUANTITY = 4


@dataclass(frozen=True, slots=True)
class Step:
    """Something to try: by the buyer or the organiser, of these tickets, an amount or all."""

    by_buyer: bool
    at: tuple[int, ...]
    amount_minor: int | None
    with_fees: bool
    cancels: bool
    keeps_places: bool


steps = st.lists(
    st.builds(
        Step,
        by_buyer=st.booleans(),
        at=st.lists(st.integers(0, QUANTITY - 1), max_size=3, unique=True).map(tuple),
        amount_minor=st.none() | st.integers(0, 6_000),
        with_fees=st.booleans(),
        cancels=st.booleans(),
        keeps_places=st.booleans(),
    ),
    max_size=7,
)


def test_any_parts_and_then_the_rest_are_exactly_what_was_paid(template: str) -> None:
    with (
        databases.clone(template) as url,
        tempfile.TemporaryDirectory() as home,
        asyncio.Runner() as runner,
    ):
        site_settings = Settings(home=Path(home), base_url="http://testserver", pool_size=4, development=True)
        opened = OpenDatabase(url, None)
        site = runner.run(assemble(site_settings, opened, migrations.APP_ROLE, name="refunds"))
        many = TypeOnSale("Stalls", 1999, 1_000_000)
        show = runner.run(
            put_on_sale(site, many, refund_policy=FULL, fee_bps=370, fee_fixed_minor=35, tax_bps=1900)
        )

        @settings(max_examples=15)
        @given(steps)
        def adds_up(taken: list[Step]) -> None:
            runner.run(played(site, show, taken))

        try:
            adds_up()
            runner.run(must_hold(site.database))
        finally:
            runner.run(site.close())


async def played(site: Assembly, show: OnSale, taken: list[Step]) -> None:
    """One order, these steps, then the rest."""
    paying = await buy(site, show, QUANTITY)
    order_id = paying.attempt.order_id
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, order_id)
        mine = [one.id for one in await tickets.by_order(reader, order_id)]
    back_minor = 0
    for step in taken:
        back_minor += await attempted(site, show, order, mine, step)
        assert back_minor <= order.total_minor
        assert back_minor == await going_back(site, order_id)
    left = 0
    async with site.database.reading() as reader:
        if (await orders.by_id(reader, order_id)).state == OrderState.PAID:
            left = (await site.money.cancel_tickets.left(order_id)).total_minor
    if left or not taken:
        await site.refunding.take_back(show.owner, show.organiser_id, order.code)
        assert await going_back(site, order_id) == back_minor + left
    lost = await kept_of_cancelled(site, order_id)
    assert await going_back(site, order_id) + lost == order.total_minor


async def attempted(
    site: Assembly, show: OnSale, order: orders.OrderRow, mine: list[UUID], step: Step
) -> int:
    """What came back by this step; nothing when it was refused."""
    flow, chosen = site.money.cancel_tickets, tuple(mine[at] for at in step.at)
    try:
        if step.by_buyer:
            done = await flow.cancel(order.id, chosen, uuid7())
        else:
            wish = RefundWish(chosen, step.amount_minor, step.with_fees, step.cancels, step.keeps_places)
            done = await flow.refund(show.owner, show.organiser_id, order.code, wish, uuid7())
    except Refusal:
        return 0
    return done.reversal.total_minor


async def going_back(site: Assembly, order_id: UUID) -> int:
    async with site.database.reading() as reader:
        return sum(one.amount_minor for one in await payments.refunds_of(reader, [order_id]))


async def kept_of_cancelled(site: Assembly, order_id: UUID) -> int:
    """What an organiser kept of tickets they cancelled for less than their price."""
    async with site.database.reading() as reader:
        order = await orders.by_id(reader, order_id)
        lines = {line.id: line for line in await orders.lines_of(reader, order_id)}
        returned = (await orders.returned(reader, [order_id])).get(order_id, [])
    assert order.state in (OrderState.PAID, OrderState.CANCELLED)
    return sum(
        lines[one.order_line_id].unit_total_minor - one.price_minor - one.fees_minor
        for one in returned
        if one.is_cancelled
    )
