"""A payment that is seen and not final yet: its order waits for it, and ends when it will not come."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import pytest
from sqlalchemy import text

from admitone.assembly import Assembly
from admitone.flows.settlement import Heard
from admitone.payments import REPLACED, Attempt, Outcome, Status
from tests.support.onsale import must_hold, place, put_on_sale
from tests.support.sandbox_rig import sandbox_wire

_WAITS = text("SELECT extract(epoch FROM pay_until - clock_timestamp()) FROM orders_order WHERE id = :id")
_AGO = text("UPDATE payments_attempt SET opened_at = opened_at - interval '20 hours' WHERE id = :id")
DAY = timedelta(days=1)


async def waits(site: Assembly, order_id: UUID) -> timedelta:
    async with site.database.reading() as reader:
        return timedelta(seconds=float((await reader.execute(_WAITS, {"id": order_id})).scalar_one()))


async def hear(site: Assembly, attempt: Attempt, outcome: Outcome, reason: str | None = None) -> None:
    status = Status(attempt.provider_ref, outcome, reason=reason, attempt_id=attempt.id)
    await site.settlement.hear(Heard(attempt.id, status))


async def see(site: Assembly, attempt: Attempt, minor: int | None) -> None:
    """So much of the attempt's price is on its way; None: nobody knows what it will be worth."""
    status = Status(attempt.provider_ref, Outcome.SEEN, minor, attempt.currency, attempt_id=attempt.id)
    await site.settlement.hear(Heard(attempt.id, status))


@pytest.fixture
def slow(assembly: Assembly) -> Assembly:
    """The sandbox as a chain is: what was seen takes up to a day."""
    wire = sandbox_wire(assembly)
    known = wire.capabilities["card"]
    wire.capabilities = MappingProxyType({**wire.capabilities, "card": replace(known, seen_waits=DAY)})
    return assembly


async def test_an_order_waits_for_a_payment_that_is_on_its_way(slow: Assembly) -> None:
    show = await put_on_sale(slow)
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    assert await waits(slow, attempt.order_id) < timedelta(hours=1)
    await see(slow, attempt, 2500)
    assert timedelta(hours=23) < await waits(slow, attempt.order_id) <= DAY
    await must_hold(slow.database)


@pytest.mark.parametrize(
    ("minor", "waits_on"),
    [
        pytest.param(1, False, id="next to nothing"),
        pytest.param(2374, False, id="too little"),
        pytest.param(2375, True, id="the price without a fee"),
        pytest.param(None, False, id="nobody knows how much"),
    ],
)
async def test_only_what_nearly_pays_it_keeps_an_order_waiting(
    slow: Assembly, minor: int | None, *, waits_on: bool
) -> None:
    show = await put_on_sale(slow)
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    await see(slow, attempt, minor)
    assert (await waits(slow, attempt.order_id) > timedelta(hours=1)) is waits_on


async def test_what_is_missing_may_come_beside_it(slow: Assembly) -> None:
    show = await put_on_sale(slow)
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    await see(slow, attempt, 1000)
    await see(slow, attempt, 2500)
    assert await waits(slow, attempt.order_id) > timedelta(hours=23)


async def test_an_order_waits_once_however_often_another_payment_is_seen(slow: Assembly) -> None:
    show = await put_on_sale(slow)
    order = await place(slow, show)
    first = (await slow.payment.pay(order.id, "sandbox:card")).attempt
    async with slow.database.transaction() as tx:
        await tx.execute(_AGO, {"id": first.id})
    second = (await slow.payment.pay(order.id, "sandbox:card")).attempt
    assert second.id != first.id
    await see(slow, second, 2500)
    assert timedelta(hours=3) < await waits(slow, order.id) <= timedelta(hours=4)


async def test_an_order_whose_payment_was_replaced_ends_soon_and_can_be_paid_until_then(
    slow: Assembly,
) -> None:
    show = await put_on_sale(slow)
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    await see(slow, attempt, 2500)
    await hear(slow, attempt, Outcome.PENDING, REPLACED)
    first = await waits(slow, attempt.order_id)
    assert timedelta(minutes=9) < first <= timedelta(minutes=10)
    # Said again it is not longer.
    await hear(slow, attempt, Outcome.PENDING, REPLACED)
    assert await waits(slow, attempt.order_id) <= first
    assert (await slow.payment.pay(attempt.order_id, "sandbox:push")).order_state == "paid"
    await must_hold(slow.database)


async def test_what_is_only_waited_for_waits_no_longer(slow: Assembly) -> None:
    show = await put_on_sale(slow)
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    before = await waits(slow, attempt.order_id)
    await hear(slow, attempt, Outcome.PENDING)
    assert await waits(slow, attempt.order_id) <= before


async def test_no_order_waits_beyond_its_event(slow: Assembly) -> None:
    now = slow.clock.now()
    show = await put_on_sale(
        slow, starts_at=now + timedelta(hours=2), ends_at=now + timedelta(hours=3), doors_at=None
    )
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    await see(slow, attempt, 2500)
    assert timedelta(hours=2) < await waits(slow, attempt.order_id) <= timedelta(hours=3)
