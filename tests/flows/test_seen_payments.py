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
DAY = timedelta(days=1)


async def waits(site: Assembly, order_id: UUID) -> timedelta:
    async with site.database.reading() as reader:
        return timedelta(seconds=float((await reader.execute(_WAITS, {"id": order_id})).scalar_one()))


async def hear(site: Assembly, attempt: Attempt, outcome: Outcome, reason: str | None = None) -> None:
    status = Status(attempt.provider_ref, outcome, reason=reason, attempt_id=attempt.id)
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
    await hear(slow, attempt, Outcome.SEEN)
    assert timedelta(hours=23) < await waits(slow, attempt.order_id) <= DAY
    await must_hold(slow.database)


async def test_an_order_whose_payment_was_replaced_ends_soon_and_can_be_paid_until_then(
    slow: Assembly,
) -> None:
    show = await put_on_sale(slow)
    attempt = (await slow.payment.pay((await place(slow, show)).id, "sandbox:card")).attempt
    await hear(slow, attempt, Outcome.SEEN)
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
    await hear(slow, attempt, Outcome.SEEN)
    assert timedelta(hours=2) < await waits(slow, attempt.order_id) <= timedelta(hours=3)
