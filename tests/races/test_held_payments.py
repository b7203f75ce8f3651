"""A held payment and the end of its order in one moment, in two processes: tickets or nothing, and never a refund."""

import asyncio
from collections import Counter
from uuid import UUID

from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.cancel_order import cancel_unpaid
from admitone.values.refusals import Refusal
from tests.support.held_wire import hold_everything
from tests.support.onsale import TypeOnSale, must_hold, place, put_on_sale

ROUNDS = 24
_OVER = text("UPDATE orders_order SET pay_until = clock_timestamp() WHERE id = :id")
_ENDS = text(
    """
    SELECT o.state, held.is_taken, attempt.state, (SELECT count(*) FROM payments_refund), o.id
    FROM orders_order AS o JOIN payments_attempt AS attempt ON attempt.order_id = o.id
    LEFT JOIN payments_held AS held ON held.attempt_id = attempt.id
    """
)


async def test_a_held_payment_meets_the_end_of_its_order(assembly: Assembly, twin: Assembly) -> None:
    show = await put_on_sale(assembly, TypeOnSale("General admission", 2500, ROUNDS * 2))
    desk = hold_everything(assembly, twin)
    for number in range(ROUNDS):
        order = await place(assembly, show)
        attempt = (await assembly.payment.pay(order.id, "sandbox:card")).attempt

        async def ends(order_id: UUID = order.id, *, by_buyer: bool = number % 3 == 0) -> None:
            if by_buyer:
                await cancel_unpaid(twin.database, twin.clock, order_id)
                return
            await twin.database.run(lambda tx: tx.execute(_OVER, {"id": order_id}))
            await twin.expiry.expire_orders()

        desk.pays(attempt)
        moves = [assembly.settlement.ask(attempt), twin.settlement.ask(attempt), ends()]
        said = await asyncio.gather(*moves[number % 2 :], *moves[: number % 2], return_exceptions=True)
        for one in said:
            assert not isinstance(one, BaseException) or isinstance(one, Refusal), repr(one)
        await assembly.settlement.ask(attempt)
    async with assembly.database.reading() as reader:
        rows = (await reader.execute(_ENDS)).all()
    found = Counter((row[0], row[1], row[2]) for row in rows)
    assert set(found) <= {
        ("paid", True, "paid"),
        ("expired", False, "failed"),
        ("cancelled", False, "failed"),
    }, found
    assert rows[0][3] == 0, "nothing had to go back"
    assert sum(found.values()) == ROUNDS
    assert set(desk.taken).isdisjoint(desk.gone)
    await must_hold(assembly.database)
