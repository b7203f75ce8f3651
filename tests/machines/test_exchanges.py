"""Any sequence of changes, additions and refunds in a family of orders: not a cent is lost, and none is made."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from admitone import migrations, orders, payments, tickets
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.exchange_plan import ChangeWish
from admitone.flows.order_wish import OrderWish
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish
from admitone.orders import OrderState
from admitone.pricing import ChangePolicy, as_change_record
from admitone.settings import Settings
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support import database as databases
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, put_on_sale, wish

FULL = record_of(Chosen("full", with_fees=True))
PRICES = (1999, 2750, 1250, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to try with one of the family's orders, and some of its tickets."""

    what: Literal["change", "add", "refund", "goodwill"]
    order: int
    at: tuple[int, ...]
    to: int
    pays: bool
    with_fee: bool
    amount_minor: int


steps = st.lists(
    st.builds(
        Step,
        what=st.sampled_from(("change", "change", "change", "add", "refund", "goodwill")),
        order=st.integers(0, 5),
        at=st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True).map(tuple),
        to=st.integers(0, len(PRICES) - 1),
        pays=st.booleans(),
        with_fee=st.booleans(),
        amount_minor=st.integers(1, 3_000),
    ),
    max_size=8,
)


def test_any_changes_and_then_all_back_are_exactly_what_was_paid(template: str) -> None:
    with (
        databases.clone(template) as url,
        tempfile.TemporaryDirectory() as home,
        asyncio.Runner() as runner,
    ):
        site_settings = Settings(home=Path(home), base_url="http://testserver", pool_size=4, development=True)
        site = runner.run(
            assemble(site_settings, OpenDatabase(url, None), migrations.APP_ROLE, name="changes")
        )
        types = [TypeOnSale(f"Type {at}", price, 1_000_000) for at, price in enumerate(PRICES)]
        show = runner.run(
            put_on_sale(
                site,
                *types,
                refund_policy=FULL,
                change_policy=as_change_record(ChangePolicy(0, fee_minor=333)),
                fee_bps=370,
                fee_fixed_minor=35,
                tax_bps=1900,
            )
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
    """One order of three tickets, these steps, then everything back."""
    paying = await buy(site, show, 3)
    root_id = paying.attempt.order_id
    for step in taken:
        try:
            await attempted(site, show, root_id, step)
        except Refusal:
            continue
        await balanced(site, root_id)
    for order in await family(site, root_id):
        if order.state == OrderState.PAID and (await site.money.cancel_tickets.left(order.id)).total_minor:
            await site.refunding.take_back(show.owner, show.organiser_id, order.code)
    came, back, kept = await balanced(site, root_id)
    assert came - back == kept, "all that did not go back was kept of tickets that were cancelled for less"


async def attempted(site: Assembly, show: OnSale, root_id: UUID, step: Step) -> None:
    """Do it, or raise why not."""
    those = await family(site, root_id)
    order = those[step.order % len(those)]
    async with site.database.reading() as reader:
        mine = [one.id for one in await tickets.by_order(reader, order.id)]
    if step.what == "add":
        held = await site.purchase.hold(wish(show, 1, step.to))
        added = await site.purchase.place(OrderWish(held.hold_id, order.email, "Ada Obi", adds_to=order.id))
        await paid_or_not(site, added, pays=step.pays)
        return
    if not mine:
        return
    chosen = tuple(dict.fromkeys(mine[at % len(mine)] for at in step.at))
    if step.what == "change":
        target = ChangeWish(chosen, show.event_id, show.types[step.to], step.with_fee)
        if step.with_fee:
            changed = await site.exchanging.change(order.id, target, uuid7())
        else:
            changed = await site.exchanging.change_for(
                show.owner, show.organiser_id, order.code, target, uuid7()
            )
        await paid_or_not(site, changed.order, pays=step.pays)
        return
    amount = step.amount_minor if step.what == "goodwill" else None
    back = RefundWish(chosen, amount_minor=amount, cancels=step.what == "refund")
    await site.money.cancel_tickets.refund(show.owner, show.organiser_id, order.code, back, uuid7())


async def paid_or_not(site: Assembly, order: orders.OrderRow, *, pays: bool) -> None:
    """Pay what is due, or give the order up."""
    if order.state != OrderState.PENDING:
        return
    if pays:
        await site.payment.pay(order.id, "sandbox:push")
    else:
        await cancel_unpaid(site.database, site.clock, order.id)


async def family(site: Assembly, root_id: UUID) -> list[orders.OrderRow]:
    async with site.database.reading() as reader:
        return [await orders.by_id(reader, one) for one in await orders.family(reader, root_id)]


async def balanced(site: Assembly, root_id: UUID) -> tuple[int, int, int]:
    """What came for the family, what goes back, what was kept of its cancelled tickets. No more goes back than came."""
    async with site.database.reading() as reader:
        ids = await orders.family(reader, root_id)
        came = sum(one.paid_minor or 0 for one in await payments.of_orders(reader, ids) if one.settled_as)
        back = sum(one.amount_minor for one in await payments.refunds_of(reader, ids))
        lines = {line.id: line for order_id in ids for line in await orders.lines_of(reader, order_id)}
        returned = [unit for some in (await orders.returned(reader, ids)).values() for unit in some]
    assert 0 <= back <= came
    kept = sum(
        lines[one.order_line_id].unit_total_minor - one.price_minor - one.fees_minor
        for one in returned
        if one.is_cancelled
    )
    return came, back, kept
