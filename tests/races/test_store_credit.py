"""One credit wanted by many at once, and credit meeting whatever else may happen to its order in the same moment."""

import asyncio
from collections import Counter
from uuid import UUID

from sqlalchemy import text

from admitone import orders, payments, tickets
from admitone.assembly import Assembly
from admitone.flows.cancel_order import cancel_unpaid
from admitone.flows.reversal_plan import RefundWish, SentTo
from admitone.payments.providers.sandbox import Decision
from admitone.values.ids import uuid7
from admitone.values.refusals import Refusal
from tests.support.credits import balance_of, code_of, gift, now_of
from tests.support.onsale import TypeOnSale, must_hold, place, put_on_sale

MANY = TypeOnSale("Stalls", 1000, 200)
ROUNDS = 6
WAYS: tuple[SentTo, ...] = ("original", "credit", "credit")


def kinds(said: list[object]) -> Counter[str]:
    """Refusals by code, and everything else as "yes"; anything that is neither stops the test."""
    wrong = [one for one in said if isinstance(one, BaseException) and not isinstance(one, Refusal)]
    assert wrong == []
    return Counter(one.code if isinstance(one, Refusal) else "yes" for one in said)


async def state(site: Assembly, order_id: UUID) -> str:
    async with site.database.reading() as reader:
        return (await orders.by_id(reader, order_id)).state


async def test_twenty_orders_with_one_code_never_take_more_than_it_has(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, MANY)
    given = await gift(assembly, show, 7500)
    code = code_of(assembly, given)
    placed = [await place(assembly, show) for _ in range(20)]
    sites = [assembly, twin] * 10
    said = await asyncio.gather(
        *(
            site.money.store_credit.apply(order.id, code, visitor=str(order.id))
            for site, order in zip(sites, placed, strict=True)
        ),
        return_exceptions=True,
    )
    # Seven whole orders, half of an eighth, nothing for twelve.
    assert kinds(list(said)) == {"yes": 8, "credit.used_up": 12}
    states = Counter([await state(assembly, one.id) for one in placed])
    assert states == {"paid": 7, "pending": 13}
    assert (await now_of(assembly, given.id)).balance_minor == 0
    assert await balance_of(assembly, f"credit:{given.id}") == 0
    await must_hold(assembly.database)


async def test_the_same_request_many_times_at_once_takes_the_credit_once(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, MANY)
    given = await gift(assembly, show, 700)
    order, use_id = await place(assembly, show), uuid7()
    said = await asyncio.gather(
        *(
            site.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v", use_id=use_id)
            for site in [assembly, twin] * 5
        )
    )
    assert {one.use.amount_minor for one in said} == {700}
    assert (await now_of(assembly, given.id)).balance_minor == 0
    await must_hold(assembly.database)


async def test_a_code_used_while_its_order_runs_out_is_in_one_place(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, MANY)
    for minor in (400, 1000) * (ROUNDS // 2):
        given = await gift(assembly, show, minor)
        order = await place(assembly, show)
        async with assembly.database.transaction() as tx:
            soon = "UPDATE orders_order SET pay_until = clock_timestamp() + interval '15 ms' WHERE id = :id"
            await tx.execute(text(soon), {"id": order.id})
        said = await asyncio.gather(
            assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v"),
            *(twin.expiry.expire_orders() for _ in range(4)),
            return_exceptions=True,
        )
        assert set(kinds(list(said))) <= {"yes", "orders.expired", "orders.not_pending"}
        while await state(assembly, order.id) == "pending":
            await twin.expiry.expire_orders()
        left = (await now_of(assembly, given.id)).balance_minor
        assert left == (0 if await state(assembly, order.id) == "paid" else minor)
        await must_hold(assembly.database)


async def test_a_code_and_a_payment_for_the_same_order_at_once_pay_it_once(
    assembly: Assembly, twin: Assembly
) -> None:
    show = await put_on_sale(assembly, MANY)
    for _ in range(ROUNDS):
        given = await gift(assembly, show, 1000)
        order = await place(assembly, show)
        attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt
        assert twin.sandbox is not None
        assert attempt.provider_ref is not None
        await twin.sandbox.decide(attempt.provider_ref, Decision(pays=True))
        said = await asyncio.gather(
            assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v"),
            twin.settlement.ask(attempt),
            return_exceptions=True,
        )
        assert set(kinds(list(said))) <= {"yes", "orders.not_pending"}
        assert await state(assembly, order.id) == "paid"
        async with assembly.database.reading() as reader:
            back = sum(one.amount_minor for one in await payments.refunds_of(reader, [order.id]))
        # Either the code paid and the money goes back, or the money paid and the code is whole.
        assert (await now_of(assembly, given.id)).balance_minor == 1000 - back
        assert back in (0, 1000)
        await must_hold(assembly.database)


async def test_a_gift_taken_back_while_it_is_used_is_used_or_gone(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, MANY)
    for _ in range(ROUNDS):
        given = await gift(assembly, show, 600)
        order = await place(assembly, show)
        said = await asyncio.gather(
            assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v"),
            twin.money.credit_desk.void(show.owner, show.organiser_id, given.id),
            return_exceptions=True,
        )
        assert set(kinds(list(said))) <= {"yes", "credit.void", "credit.used_up"}
        after = await now_of(assembly, given.id)
        assert after.state == "void"
        used = 0 if isinstance(said[0], BaseException) else 600
        assert (after.balance_minor, after.ended_minor) == (0, 600 - used)
        # What came back to a gift that was taken away ends by itself.
        await cancel_unpaid(assembly.database, assembly.clock, order.id)
        await asyncio.gather(*(site.money.credit_desk.end_due() for site in (assembly, twin)))
        after = await now_of(assembly, given.id)
        assert (after.balance_minor, after.ended_minor) == (0, 600)
        await must_hold(assembly.database)


async def test_an_order_paid_with_credit_is_taken_back_once(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, MANY)
    given = await gift(assembly, show, 1000)
    order = await place(assembly, show)
    await assembly.money.store_credit.apply(order.id, code_of(assembly, given), visitor="v")
    async with assembly.database.reading() as reader:
        mine = tuple(one.id for one in await tickets.by_order(reader, order.id))
    said = await asyncio.gather(
        *(
            site.money.cancel_tickets.refund(
                show.owner, show.organiser_id, order.code, RefundWish(mine, to=to), uuid7()
            )
            for site, to in zip((assembly, twin, assembly), WAYS, strict=True)
        ),
        return_exceptions=True,
    )
    assert kinds(list(said))["yes"] == 1, kinds(list(said))
    assert (await now_of(assembly, given.id)).balance_minor == 1000
    await must_hold(assembly.database)
