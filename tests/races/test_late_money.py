"""Money that comes while its order ends: paid, expired, cancelled, paid twice, places gone to others, all at once.

A race is one order whose payment, deadline, buyer and organiser meet in the same moment, in two processes. Afterwards
the bank has kept the price of every paid order and nothing else. `make late-money` runs 10,000 of them; here some run.
"""

import asyncio
import contextlib
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text

from admitone import orders
from admitone.assembly import Assembly
from admitone.flows.cancel_order import cancel_unpaid
from admitone.orders import OrderRow
from admitone.payments import Attempt
from admitone.payments.providers.sandbox import Decision
from admitone.values.refusals import Refusal
from tests.support.onsale import OnSale, TypeOnSale, buy, must_hold, place, put_on_sale

RACES = int(os.environ.get("RACES", "60"))
AT_ONCE = 20
PLACES = 20
Move = Callable[[], Awaitable[object]]


class Round:
    """So many orders of one event, all of whose ends meet."""

    def __init__(self, sites: tuple[Assembly, Assembly], show: OnSale, chance: random.Random) -> None:
        self.sites = sites
        self.show = show
        self.chance = chance
        self.started: list[tuple[OrderRow, Attempt]] = []
        self.refused: Counter[str] = Counter()

    def site(self) -> Assembly:
        """Either process."""
        return self.chance.choice(self.sites)

    async def begin(self, many: int) -> None:
        """Orders whose buyers are on the bank's page."""

        async def one(site: Assembly) -> tuple[OrderRow, Attempt]:
            order = await place(site, self.show)
            return order, (await site.payment.pay(order.id, "sandbox:card")).attempt

        self.started = await asyncio.gather(*(one(self.site()) for _ in range(many)))

    def moves(self) -> list[Move]:
        """What happens to everybody, in any order."""
        drawn: list[Move] = []
        for order, attempt in self.started:
            fate = self.chance.random()
            if fate < 0.3:
                drawn.append(self._pays_late(order.id, attempt, self.site()))
            elif fate < 0.8:
                drawn.append(self._pays(attempt, self.site()))
            elif fate < 0.9:
                drawn.append(self._pays(attempt, self.site(), pays=False))
            if self.chance.random() < 0.6:
                drawn.append(self._runs_out(order.id, self.site()))
            if self.chance.random() < 0.2:
                drawn.append(self._cancels(order, self.site()))
            if self.chance.random() < 0.2:
                drawn.append(self._pays_again(order, self.site()))
            if self.chance.random() < 0.1:
                drawn.append(self._taken_back(order, self.site()))
        drawn += [self._buys(self.site()) for _ in range(len(self.started) // 3)]
        for site in self.sites:
            drawn += [site.expiry.expire_orders, site.payment.ask_due, site.refunding.send_due]
        self.chance.shuffle(drawn)
        return drawn

    async def race(self) -> None:
        """All of it at once; refusals are answers, anything else is a fault."""
        said = await asyncio.gather(*(move() for move in self.moves()), return_exceptions=True)
        for one in said:
            if isinstance(one, BaseException) and not isinstance(one, Refusal):
                raise one
            if isinstance(one, Refusal):
                self.refused[type(one).__name__] += 1

    def _pays(self, attempt: Attempt, site: Assembly, *, pays: bool = True) -> Move:
        async def move() -> None:
            assert site.sandbox is not None
            assert attempt.provider_ref is not None
            await site.sandbox.decide(attempt.provider_ref, Decision(pays=pays, copies=0))
            await asyncio.gather(*(one.settlement.ask(attempt) for one in self.sites))

        return move

    def _pays_late(self, order_id: UUID, attempt: Attempt, site: Assembly) -> Move:
        goes_to_another = self.chance.random() < 0.7

        async def move() -> None:
            await self._runs_out(order_id, site)()
            if goes_to_another:
                with contextlib.suppress(Refusal):
                    await buy(site, self.show)
            await self._pays(attempt, site)()

        return move

    def _runs_out(self, order_id: UUID, site: Assembly) -> Move:
        over = text(
            "UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id AND state = 'pending'"
        )

        async def move() -> None:
            await site.database.run(lambda tx: tx.execute(over, {"id": order_id}))
            await site.expiry.expire_orders()

        return move

    def _cancels(self, order: OrderRow, site: Assembly) -> Move:
        return lambda: cancel_unpaid(site.database, site.clock, order.id)

    def _pays_again(self, order: OrderRow, site: Assembly) -> Move:
        async def move() -> None:
            attempt = (await site.payment.pay(order.id, "sandbox:card")).attempt
            await self._pays(attempt, site)()

        return move

    def _taken_back(self, order: OrderRow, site: Assembly) -> Move:
        owner, organiser_id = self.show.owner, self.show.organiser_id
        return lambda: site.refunding.take_back(owner, organiser_id, order.code)

    def _buys(self, site: Assembly) -> Move:
        return lambda: buy(site, self.show)

    async def settle_down(self) -> None:
        """The timetable goes on until nothing is left to do."""
        site, event = self.sites[0], {"event_id": self.show.event_id}
        async with site.database.transaction() as tx:
            for now_due in _DUE:
                await tx.execute(now_due, event)
        while (
            await site.payment.ask_due() + await site.expiry.expire_orders() + await site.refunding.send_due()
        ):
            pass

    async def close(self) -> None:
        """Whoever still waits runs out, so that the next round has the timetable to itself."""
        site = self.sites[0]
        await site.database.run(lambda tx: tx.execute(_OVER, {"event_id": self.show.event_id}))
        await self.settle_down()
        left = await ends(site, self.show)
        assert orders.OrderState.PENDING not in {state for state, _ in left}


_DUE = (
    text(
        "UPDATE payments_attempt a SET ask_at = now() FROM orders_order o "
        "WHERE o.id = a.order_id AND o.event_id = :event_id AND a.ask_at > now()"
    ),
    text(
        "UPDATE payments_refund r SET ask_at = wanted_at FROM orders_order o "
        "WHERE o.id = r.order_id AND o.event_id = :event_id AND r.state <> 'done'"
    ),
)
_OVER = text(
    "UPDATE orders_order SET pay_until = clock_timestamp() WHERE event_id = :event_id AND state = 'pending'"
)
_KEPT = text(
    """
    SELECT o.state, CASE WHEN o.state = 'paid' THEN o.total_minor ELSE 0 END AS due,
        (SELECT coalesce(sum(p.amount_minor - p.refunded_minor), 0) FROM payments_attempt a
            JOIN sandbox_payment p ON p.ref = a.provider_ref
            WHERE a.order_id = o.id AND p.state = 'paid') AS kept,
        (SELECT count(*) FROM tickets_ticket t WHERE t.order_id = o.id AND t.state = 'valid') AS valid,
        (SELECT count(*) FROM payments_refund r WHERE r.order_id = o.id) AS refunds
    FROM orders_order o WHERE o.event_id = :event_id
    """
)


async def ends(site: Assembly, show: OnSale) -> Counter[tuple[str, int]]:
    """How the event's orders ended, and with how many refunds. The bank kept exactly the price of what is paid."""
    found: Counter[tuple[str, int]] = Counter()
    async with site.database.reading() as reader:
        rows = (await reader.execute(_KEPT, {"event_id": show.event_id})).all()
        pool = "SELECT held, sold, capacity FROM inventory_pool WHERE event_id = :event_id"
        held, sold, capacity = (await reader.execute(text(pool), {"event_id": show.event_id})).one()
    for row in rows:
        assert row.kept == row.due, f"{row.state}: kept {row.kept} of {row.due}"
        assert row.valid == (1 if row.state == orders.OrderState.PAID else 0)
        found[row.state, min(row.refunds, 2)] += 1
    paid = sum(many for (state, _), many in found.items() if state == orders.OrderState.PAID)
    pending = sum(many for (state, _), many in found.items() if state == orders.OrderState.PENDING)
    assert (held, sold) == (pending, paid)
    assert sold <= capacity
    return found


async def test_late_money_ends_as_tickets_or_goes_back_and_never_both(
    assembly: Assembly, twin: Assembly
) -> None:
    seed = int(os.environ.get("RACES_SEED") or secrets.randbelow(2**31))
    print(f"late money: {RACES} races, RACES_SEED={seed}", flush=True)
    chance = random.Random(seed)
    found: Counter[tuple[str, int]] = Counter()
    began, done = time.monotonic(), 0
    while done < RACES:
        many = min(AT_ONCE, RACES - done)
        show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, PLACES))
        one = Round((assembly, twin), show, chance)
        await one.begin(many)
        await one.race()
        await one.settle_down()
        found += await ends(assembly, show)
        await one.close()
        done += many
        if done % 1000 == 0:
            print(f"late money: {done} races in {time.monotonic() - began:.0f} s", flush=True)
    print(f"late money: {dict(found)}", flush=True)
    assert sum(found.values()) >= RACES
    # So many races meet every end: also money that came when its order was over and its places were somebody else's.
    assert RACES < 1_000 or all(
        found[end] for end in [("paid", 0), ("paid", 1), ("expired", 1), ("cancelled", 1)]
    )
    # No worker runs here, and a sale may be without its document for some time only.
    await assembly.money.catch_up_documents.run()
    await must_hold(assembly.database)
