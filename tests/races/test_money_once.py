"""Payments, refunds and deadlines meet in the same moment: money ends as tickets or goes back, never both."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone import ledger, orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows.cancel_order import cancel_unpaid
from admitone.orders import OrderRow
from admitone.payments import Attempt
from admitone.payments.providers.sandbox import Decision
from admitone.payments.providers.sandbox.notices import write_body
from admitone.values.ids import uuid7
from tests.support.onsale import PAID, OnSale, TypeOnSale, buy, must_hold, place, put_on_sale


async def started(site: Assembly, order: OrderRow) -> Attempt:
    """A card payment that waits for its buyer at the bank."""
    return (await site.payment.pay(order.id, "sandbox:card")).attempt


async def paid_at_bank(site: Assembly, order: OrderRow) -> Attempt:
    """A card payment that its buyer has made; we have not heard of it yet."""
    attempt = await started(site, order)
    assert site.sandbox is not None
    assert attempt.provider_ref is not None
    await site.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
    return attempt


async def all_run_out(site: Assembly) -> None:
    """Every open order's deadline is now."""
    async with site.database.transaction() as tx:
        await tx.execute(
            text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE state = 'pending'")
        )


async def ends(site: Assembly, order_ids: Sequence[UUID]) -> list[tuple[str, int, list[tuple[str, str]]]]:
    """For each order: its state, its valid tickets, and why and how far money goes back."""
    found = []
    async with site.database.reading() as reader:
        for order_id in order_ids:
            order = await orders.by_id(reader, order_id)
            valid = [one for one in await tickets.by_order(reader, order_id) if one.state == "valid"]
            back = [(one.reason, one.state.value) for one in await payments.refunds_of(reader, [order_id])]
            found.append((order.state, len(valid), back))
    return found


async def end_here(site: Assembly) -> None:
    """All refunds are sent, nobody waits for money, and all invariants hold."""
    while await site.refunding.send_due():
        pass
    async with site.database.reading() as reader:
        assert await ledger.balance(reader, "refunds_due", "EUR") == 0
    await must_hold(site.database)


async def deadlocks(site: Assembly) -> int:
    """How often the database had to break one."""
    async with site.database.reading() as reader:
        wanted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int((await reader.execute(text(wanted))).scalar_one())


async def test_the_same_webhook_64_times_at_once_counts_once(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    attempt = await paid_at_bank(assembly, order)
    assert assembly.sandbox is not None
    body = write_body("payment.paid", attempt.provider_ref or "")
    headers = assembly.sandbox.secret.sign("evt_1", assembly.clock.now(), body)
    kept = await asyncio.gather(
        *(site.notices.take("sandbox", headers, body) for site in [assembly, twin] * 32)
    )
    assert sorted(kept) == [False] * 63 + [True]
    await asyncio.gather(*(site.settlement.ask(attempt) for site in [assembly, twin] * 32))
    assert await ends(assembly, [order.id]) == [("paid", 1, [])]
    await end_here(assembly)


async def test_one_order_paid_four_times_at_once_keeps_one_payment(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly)
    order = await place(assembly, show)
    attempts = [await paid_at_bank(assembly, order) for _ in range(4)]
    await asyncio.gather(*(site.settlement.ask(one) for one in attempts for site in (assembly, twin)))
    [(state, valid, back)] = await ends(assembly, [order.id])
    assert (state, valid, back) == ("paid", 1, [("paid_twice", "wanted")] * 3)
    await asyncio.gather(*(site.refunding.send_due() for site in [assembly, twin] * 4))
    assert await ends(assembly, [order.id]) == [("paid", 1, [("paid_twice", "done")] * 3)]
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == -2500
        sent = "SELECT count(*), sum(amount_minor)::int FROM sandbox_refund"
        assert tuple((await reader.execute(text(sent))).one()) == (3, 7500)
    await end_here(assembly)


async def test_money_meets_the_buyer_who_cancels(assembly: Assembly, twin: Assembly) -> None:
    """Paid and in, or cancelled and sent back; whichever was first."""
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 100))
    placed = [await place(assembly, show) for _ in range(20)]
    attempts = [await paid_at_bank(assembly, order) for order in placed]
    heard = [twin.settlement.ask(attempt) for attempt in attempts]
    cancelled = [cancel_unpaid(assembly.database, assembly.clock, order.id) for order in placed]
    said = await asyncio.gather(*heard, *cancelled, return_exceptions=True)
    assert {type(one) for one in said if isinstance(one, BaseException)} <= {orders.OrderNotPending}
    for end in await ends(assembly, [order.id for order in placed]):
        assert end in [("paid", 1, []), ("cancelled", 0, [("order_cancelled", "wanted")])]
    await end_here(assembly)


async def test_an_organiser_takes_back_while_more_money_for_the_order_comes(
    assembly: Assembly, twin: Assembly
) -> None:
    """Both payments go back, once each, whichever came first."""
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 100))
    for _ in range(10):
        order = await place(assembly, show)
        first, second = await paid_at_bank(assembly, order), await paid_at_bank(assembly, order)
        await assembly.settlement.ask(first)
        await asyncio.gather(
            assembly.refunding.take_back(show.owner, show.organiser_id, order.code),
            twin.refunding.take_back(show.owner, show.organiser_id, order.code),
            twin.settlement.ask(second),
        )
        [(state, valid, back)] = await ends(assembly, [order.id])
        assert (state, valid) == ("cancelled", 0)
        assert len(back) == 2
        assert {reason for reason, _ in back} <= {"organiser", "paid_twice", "order_cancelled"}
    await end_here(assembly)
    async with assembly.database.reading() as reader:
        assert await ledger.balance(reader, "clearing:sandbox", "EUR") == 0


async def late(site: Assembly, show: OnSale, many: int, email: str | None = None) -> list[Attempt]:
    """Paid at the bank, expired here."""
    placed = [await place(site, show, email=email) for _ in range(many)]
    attempts = [await started(site, order) for order in placed]
    await all_run_out(site)
    assert await site.expiry.expire_orders() >= many
    assert site.sandbox is not None
    for attempt in attempts:
        assert attempt.provider_ref is not None
        await site.sandbox.decide(attempt.provider_ref, Decision(pays=True, copies=0))
    return attempts


async def test_late_money_for_more_places_than_are_left_becomes_as_many_tickets(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 10))
    attempts = await late(assembly, show, 10)
    for _ in range(6):
        await buy(assembly, show)
    await asyncio.gather(*(site.settlement.ask(one) for one in attempts for site in (assembly, twin)))
    ended = await ends(assembly, [one.order_id for one in attempts])
    assert sorted(ended) == [("expired", 0, [("paid_too_late", "wanted")])] * 6 + [("paid", 1, [])] * 4
    await end_here(assembly)


async def test_late_money_races_new_buyers_of_the_last_places(assembly: Assembly, twin: Assembly) -> None:
    for _ in range(5):
        show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 5))
        attempts = await late(assembly, show, 5)
        said = await asyncio.gather(
            *(twin.settlement.ask(one) for one in attempts),
            *(buy(assembly, show) for _ in range(5)),
            return_exceptions=True,
        )
        bought = [one for one in said[5:] if not isinstance(one, BaseException)]
        ended = await ends(assembly, [one.order_id for one in attempts])
        in_time = ended.count(("paid", 1, []))
        assert in_time + len(bought) == 5
        assert ended.count(("expired", 0, [("paid_too_late", "wanted")])) == 5 - in_time
    await end_here(assembly)


async def test_late_money_and_deadlines_of_one_buyer_never_lock_each_other_out(
    assembly: Assembly, twin: Assembly
) -> None:
    """The same address, the same pool, in opposite directions: places and allowances are taken in one order."""
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 100, per_person_limit=100), PAID)
    for _ in range(6):
        attempts = await late(assembly, show, 8, email="ada@example.org")
        placed = [await place(assembly, show, email="ada@example.org") for _ in range(8)]
        await all_run_out(assembly)
        await asyncio.gather(
            *(twin.settlement.ask(one) for one in attempts),
            *(assembly.expiry.expire_orders() for _ in range(2)),
            *(place(assembly, show, email="ada@example.org") for _ in range(2)),
        )
        assert [state for state, *_ in await ends(assembly, [one.order_id for one in attempts])] == [
            "paid"
        ] * 8
        while await assembly.expiry.expire_orders():
            pass
        assert {state for state, *_ in await ends(assembly, [one.id for one in placed])} == {"expired"}
    assert await deadlocks(assembly) == 0
    await end_here(assembly)


async def test_payments_expiries_cancellations_and_refunds_of_everybody_at_once(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, TypeOnSale("Stalls", 2500, 30), TypeOnSale("Circle", 0, 30), shared=50)
    placed = [await place(assembly, show, at=0) for _ in range(30)]
    attempts = [await paid_at_bank(assembly, order) for order in placed]
    async with assembly.database.transaction() as tx:
        ids = [order.id for order in placed[:15]]
        await tx.execute(
            text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = ANY(:ids)"), {"ids": ids}
        )
    said = await asyncio.gather(
        *(site.settlement.ask(one) for one in attempts for site in (assembly, twin)),
        *(site.expiry.expire_orders() for site in (assembly, twin)),
        *(cancel_unpaid(twin.database, twin.clock, order.id) for order in placed[10:20]),
        *(twin.refunding.take_back(show.owner, show.organiser_id, order.code) for order in placed[15:25]),
        *(place(twin, show, at=1) for _ in range(20)),
        *(site.refunding.send_due() for site in (assembly, twin)),
        return_exceptions=True,
    )
    refusals = {type(one) for one in said if isinstance(one, BaseException)}
    assert refusals <= {orders.OrderNotPending, orders.OrderNotPaid}
    for state, valid, back in await ends(assembly, [order.id for order in placed]):
        assert (state, valid, len(back)) in [("paid", 1, 0), ("cancelled", 0, 1), ("expired", 0, 1)]
    await end_here(assembly)


async def test_asked_again_with_the_same_key_a_payment_answers_as_it_stands_now(assembly: Assembly) -> None:
    """The first answer was lost, and the order was paid by that very payment, or its time ran out."""
    show = await put_on_sale(assembly)
    placed, unpaid = await place(assembly, show), await place(assembly, show)
    paid_id, waiting_id = uuid7(), uuid7()
    paid = await assembly.payment.pay(placed.id, "sandbox:push", paid_id)
    assert await assembly.payment.pay(placed.id, "sandbox:push", paid_id) == paid
    assert (paid.order_state, paid.attempt.id) == ("paid", paid_id)
    with pytest.raises(orders.OrderNotPending):
        await assembly.payment.pay(placed.id, "sandbox:push", uuid7())
    with pytest.raises(orders.OrderNotPending):
        await assembly.payment.pay(placed.id, "sandbox:push", waiting_id)
    waiting = await assembly.payment.pay(unpaid.id, "sandbox:card", waiting_id)
    await all_run_out(assembly)
    assert await assembly.payment.pay(unpaid.id, "sandbox:card", waiting_id) == waiting
    with pytest.raises(orders.OrderExpired):
        await assembly.payment.pay(unpaid.id, "sandbox:card", uuid7())
    await end_here(assembly)
