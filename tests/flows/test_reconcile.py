"""What a provider's books say and what ours say agree to the minor unit; what does not is named, and told to people."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import text

from admitone import ledger, migrations
from admitone.assembly import Assembly, assemble
from admitone.databases import OpenDatabase
from admitone.flows.reconcile import Reconciled
from admitone.payments import SANDBOX_ACCOUNT, Mirrored, Movement, ReconciliationRuns, Roles
from admitone.payments.providers.sandbox import Fault, Faults, Opening
from admitone.payments.providers.sandbox.notices import write_body
from admitone.plumbing.jobs import Reaction
from admitone.settings import Settings
from admitone.values.clock import FrozenClock, SystemClock
from tests.support.onsale import OnSale, buy, must_hold, place, put_on_sale
from tests.support.sandbox_rig import sandbox_wire


@dataclass(frozen=True, slots=True)
class Shop:
    """A site with an event on sale, whose clock the test moves."""

    site: Assembly
    clock: FrozenClock
    show: OnSale

    async def reconcile(self) -> Reconciled:
        return await self.site.money.reconciling.run(SANDBOX_ACCOUNT)

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with self.site.database.reading() as reader:
            return [tuple(row) for row in await reader.execute(text(query))]

    async def clearing(self) -> int:
        async with self.site.database.reading() as reader:
            return -await ledger.balance(reader, "clearing:sandbox", "EUR")


@pytest.fixture
async def shop(database_url: str, settings: Settings) -> AsyncIterator[Shop]:
    clock = FrozenClock(SystemClock().now())
    site = await assemble(
        settings, OpenDatabase(database_url, None), migrations.APP_ROLE, clock=clock, name="books"
    )
    yield Shop(site, clock, await put_on_sale(site))
    await site.close()


CASES = "SELECT kind, ref, amount_minor, closed_by FROM payments_case ORDER BY opened_at, ref"


async def test_both_sides_agree_after_sales_and_refunds(shop: Shop) -> None:
    for quantity in (1, 2):
        await buy(shop.site, shop.show, quantity)
    [(code,)] = await shop.rows("SELECT code FROM orders_order ORDER BY total_minor LIMIT 1")
    await shop.site.refunding.take_back(shop.show.owner, shop.show.organiser_id, str(code))
    await shop.site.refunding.send_due()
    found = await shop.reconcile()
    assert found.mirror is not None
    [line] = found.mirror.lines
    assert (line.there_minor, line.clearing_minor, line.opening_minor) == (5000, 5000, 0)
    assert (line.lag_minor, line.difference_minor, line.under_way_minor) == (0, 0, 0)
    assert found.agrees
    assert found.counts["explained"] == 3
    again = await shop.reconcile()
    assert again.counts["explained"] == 0
    assert again.agrees
    await must_hold(shop.site.database)


async def test_a_payment_we_never_heard_of_becomes_tickets(shop: Shop) -> None:
    order = await place(shop.site, shop.show)
    paying = await shop.site.payment.pay(order.id, "sandbox:card")
    assert paying.attempt.provider_ref is not None
    assert shop.site.sandbox is not None
    await shop.site.database.run(
        lambda tx: tx.execute(
            text("UPDATE sandbox_payment SET state = 'paid', decided_at = :now WHERE ref = :ref"),
            {"ref": paying.attempt.provider_ref, "now": shop.clock.now()},
        )
    )
    found = await shop.reconcile()
    assert found.counts["payments_moved"] == 1
    assert await shop.rows("SELECT state FROM orders_order") == [("paid",)]
    assert found.agrees
    assert await shop.clearing() == 2500
    await must_hold(shop.site.database)


async def test_money_nobody_here_asked_for_waits_for_a_person(shop: Shop) -> None:
    await buy(shop.site, shop.show)
    assert shop.site.sandbox is not None
    opening = Opening("somebody-else", "push", "EUR", 700, "Not ours", "http://elsewhere.example")
    stray = await shop.site.sandbox.open(opening)
    found = await shop.reconcile()
    assert not found.agrees
    assert await shop.rows(CASES) == [("unknown_payment", stray.ref, 700, None)]
    assert found.mirror is not None
    [line] = found.mirror.lines
    assert (line.others_minor, line.clearing_minor, line.there_minor) == (700, 2500, 3200)
    assert (line.lag_minor, line.difference_minor) == (0, 0)
    # It stays one case, however often it is looked at.
    await shop.reconcile()
    assert len(await shop.rows(CASES)) == 1
    await must_hold(shop.site.database)


async def test_what_is_not_in_their_books_is_named_after_a_day(shop: Shop) -> None:
    await buy(shop.site, shop.show)
    [(attempt_id,)] = await shop.rows("SELECT id FROM payments_attempt")
    await shop.site.database.run(lambda tx: tx.execute(text("UPDATE sandbox_payment SET state = 'seen'")))
    found = await shop.reconcile()
    assert found.mirror is not None
    assert [one.id for one in found.mirror.missing] == [attempt_id]
    assert found.cases == []
    shop.clock.move(seconds=25 * 3600)
    later = await shop.reconcile()
    assert [(one.kind, one.ref) for one in later.cases] == [("not_there", f"attempt:{attempt_id}")]
    # It comes after all: the case is closed by itself.
    await shop.site.database.run(lambda tx: tx.execute(text("UPDATE sandbox_payment SET state = 'paid'")))
    assert (await shop.reconcile()).agrees
    assert await shop.rows(CASES) == [("not_there", f"attempt:{attempt_id}", 2500, "system")]


async def test_refunds_left_undecided_are_asked_about(shop: Shop) -> None:
    await buy(shop.site, shop.show)
    [(code,)] = await shop.rows("SELECT code FROM orders_order")
    await shop.site.refunding.take_back(shop.show.owner, shop.show.organiser_id, str(code))
    sandbox_wire(shop.site).suffer(Faults(refund=(Fault.TIME_OUT_AFTER,)))
    await shop.site.refunding.send_due()
    assert await shop.rows("SELECT state FROM payments_refund") == [("unknown",)]
    found = await shop.reconcile()
    assert found.counts["refunds_asked"] == 1
    assert await shop.rows("SELECT state FROM payments_refund") == [("done",)]
    assert found.agrees
    assert await shop.clearing() == 0
    await must_hold(shop.site.database)


class Dying:
    """The bank's books, to a reader who dies after so many answers."""

    def __init__(self, books: Mirrored, answers: int) -> None:
        self._books = books
        self._left = answers

    def _live(self) -> None:
        if self._left == 0:
            raise asyncio.CancelledError
        self._left -= 1

    async def balances(self) -> Mapping[str, int]:
        self._live()
        return await self._books.balances()

    async def movements(self, since: datetime) -> AsyncIterator[Movement]:
        async for line in self._books.movements(since):
            self._live()
            yield line


@pytest.mark.parametrize("answers", [0, 1, 2, 3])
async def test_a_run_that_died_does_no_harm(shop: Shop, answers: int) -> None:
    for _ in range(2):
        await buy(shop.site, shop.show)
    wire = sandbox_wire(shop.site)
    whole = wire.roles
    assert whole.mirrored is not None
    wire.roles = Roles(mirrored=Dying(whole.mirrored, answers))
    with pytest.raises(asyncio.CancelledError):
        await shop.reconcile()
    wire.roles = whole
    with pytest.raises(ReconciliationRuns):
        await shop.reconcile()
    shop.clock.move(seconds=31 * 60)
    assert (await shop.reconcile()).agrees
    assert await shop.rows("SELECT state, error FROM payments_reconciliation ORDER BY until") == [
        ("failed", "stopped"),
        ("done", None),
    ]
    await must_hold(shop.site.database)


async def test_two_at_once_are_one(shop: Shop) -> None:
    await buy(shop.site, shop.show)
    both = await asyncio.gather(shop.site.money.reconciling.run_all(), shop.site.money.reconciling.run_all())
    assert 1 <= sum(len(one) for one in both) <= 2
    assert len(await shop.rows("SELECT ref FROM payments_movement WHERE explained_as = 'attempt'")) == 1
    await must_hold(shop.site.database)


async def test_a_notice_about_a_refund_has_it_asked_about_at_once(shop: Shop) -> None:
    paid = await buy(shop.site, shop.show)
    [(code,)] = await shop.rows("SELECT code FROM orders_order")
    await shop.site.refunding.take_back(shop.show.owner, shop.show.organiser_id, str(code))
    sandbox_wire(shop.site).suffer(Faults(refund=(Fault.TIME_OUT_AFTER,)))
    await shop.site.refunding.send_due()
    assert shop.site.sandbox is not None
    assert paid.attempt.provider_ref is not None
    body = write_body("refund.done", paid.attempt.provider_ref)
    headers = shop.site.sandbox.secret.sign("evt_9", shop.clock.now(), body)
    assert await shop.site.notices.take("sandbox", headers, body)
    wanted = "SELECT id FROM journal_fact WHERE kind = 'payments.provider_spoke'"
    [(fact_id,)] = await shop.rows(wanted)
    assert isinstance(fact_id, int)
    for _ in range(2):
        await shop.site.reactions.react(Reaction(fact_id, "ask_provider"))
    assert await shop.rows("SELECT state FROM payments_refund") == [("done",)]
    assert await shop.rows("SELECT count(*) FROM sandbox_refund") == [(1,)]
    await must_hold(shop.site.database)
