"""Any sequence of codes put on and taken off, payments, ends and refunds: no cent is lost, and none is made."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from admitone import migrations, orders, payments, tickets
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.refund_policy import Chosen, record_of
from admitone.flows.reversal_plan import RefundWish
from admitone.settings import Settings
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support import database as databases
from tests.support.credits import code_of, gift
from tests.support.onsale import OnSale, TypeOnSale, must_hold, place, put_on_sale

FULL = record_of(Chosen("full", with_fees=True))
ACTS = ("order", "use", "take_off", "pay", "give_up", "run_out", "refund", "to_credit", "void", "end")
steps = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(1, 4000)), min_size=4, max_size=18
)


@dataclass
class Play:
    """Orders and codes of one example."""

    site: Assembly
    show: OnSale
    placed: list[orders.OrderRow] = field(default_factory=list)
    codes: list[tuple[UUID, str]] = field(default_factory=list)

    async def order(self, at: int, minor: int) -> None:
        self.placed.append(await place(self.site, self.show, 1 + at % 3))

    async def use(self, at: int, minor: int) -> None:
        if minor % 3 == 0 or not self.codes:
            made = await gift(self.site, self.show, minor)
            self.codes.append((made.id, code_of(self.site, made)))
        code = self.codes[minor % len(self.codes)][1]
        await self.site.money.store_credit.apply(self._one(at).id, code, visitor=uuid7().hex)

    async def take_off(self, at: int, minor: int) -> None:
        for use in await self.site.money.store_credit.uses(self._one(at).id):
            await self.site.money.store_credit.remove(use.order_id, use.id)

    async def pay(self, at: int, minor: int) -> None:
        await self.site.payment.pay(self._one(at).id, "sandbox:push")

    async def give_up(self, at: int, minor: int) -> None:
        await cancel_unpaid(self.site.database, self.site.clock, self._one(at).id)

    async def run_out(self, at: int, minor: int) -> None:
        async with self.site.database.transaction() as tx:
            late = (
                "UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id AND state = 'pending'"
            )
            await tx.execute(text(late), {"id": self._one(at).id})
        await self.site.expiry.expire_orders()

    async def refund(self, at: int, minor: int) -> None:
        await self._back(at, minor, RefundWish((), minor, cancels=False))

    async def to_credit(self, at: int, minor: int) -> None:
        order = self._one(at)
        async with self.site.database.reading() as reader:
            mine = [one.id for one in await tickets.by_order(reader, order.id) if one.state == "valid"]
        reversal_id = await self._back(at, minor, RefundWish(tuple(mine[:1]), to="credit"))
        async with self.site.database.reading() as reader:
            kept = await payments.credit.by_cause(reader, reversal_id)
        if kept is not None:
            self.codes.append((kept.id, code_of(self.site, kept)))

    async def void(self, at: int, minor: int) -> None:
        if self.codes:
            credit_id = self.codes[minor % len(self.codes)][0]
            await self.site.money.credit_desk.void(self.show.owner, self.show.organiser_id, credit_id)

    async def end(self, at: int, minor: int) -> None:
        await self.site.money.credit_desk.end_due()

    async def _back(self, at: int, minor: int, wish: RefundWish) -> UUID:
        reversal_id, flow = uuid7(), self.site.money.cancel_tickets
        await flow.refund(self.show.owner, self.show.organiser_id, self._one(at).code, wish, reversal_id)
        return reversal_id

    def _one(self, at: int) -> orders.OrderRow:
        return self.placed[at % len(self.placed)]


async def played(site: Assembly, show: OnSale, taken: list[tuple[str, int, int]]) -> None:
    """These steps; whatever is refused changes nothing. Then everything paid is taken back whole."""
    play = Play(site, show)
    await play.order(1, 0)
    for act, at, minor in taken:
        step: Callable[[int, int], Awaitable[None]] = getattr(play, act)
        try:
            await step(at, minor)
        except Refusal:
            continue
    await must_hold(site.database)
    for order in play.placed:
        async with site.database.reading() as reader:
            now = await orders.by_id(reader, order.id)
        if now.state == "paid":
            await site.refunding.take_back(show.owner, show.organiser_id, order.code)
        elif now.state == "pending":
            await cancel_unpaid(site.database, site.clock, order.id)
    # Nothing is sold any more: what came is on its way back, is credit, or was never there.
    async with site.database.reading() as reader:
        row = (await reader.execute(text(_LEFT), {"organiser_id": show.organiser_id})).one()
    assert row.earned == 0
    assert row.came == row.back + row.kept
    await must_hold(site.database)


_LEFT = """
    SELECT (SELECT coalesce(sum(b.credits_minor - b.debits_minor), 0) FROM ledger_account a
            JOIN ledger_balance b ON b.account_id = a.id WHERE a.organiser_id = :organiser_id
            AND split_part(a.name, ':', 3) IN ('pending', 'tax', 'direct')) AS earned,
        (SELECT coalesce(sum(paid_minor), 0) FROM payments_attempt) AS came,
        (SELECT coalesce(sum(amount_minor), 0) FROM payments_refund) AS back,
        (SELECT coalesce(sum(balance_minor), 0) FROM payments_credit WHERE source = 'refund') AS kept
"""


def test_no_sequence_loses_or_makes_a_cent(template: str) -> None:
    with (
        databases.clone(template) as url,
        tempfile.TemporaryDirectory() as home,
        asyncio.Runner() as runner,
    ):
        site_settings = Settings(home=Path(home), base_url="http://testserver", pool_size=4, development=True)
        site = runner.run(
            assemble(site_settings, OpenDatabase(url, None), migrations.APP_ROLE, name="credits")
        )
        many = TypeOnSale("Stalls", 1999, 1_000_000)
        show = runner.run(
            put_on_sale(site, many, refund_policy=FULL, fee_bps=370, fee_fixed_minor=35, tax_bps=1900)
        )

        @settings(max_examples=25, deadline=None)
        @given(steps)
        def adds_up(taken: list[tuple[str, int, int]]) -> None:
            runner.run(played(site, show, taken))

        try:
            adds_up()
        finally:
            runner.run(site.close())
