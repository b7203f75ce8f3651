"""A payout that its provider speaks of later."""

from uuid import UUID

import pytest

from admitone.assembly import Assembly
from admitone.payments import (
    SANDBOX_ACCOUNT,
    PayoutAsk,
    PayoutOutcome,
    PayoutStatus,
    Receiver,
    Roles,
)
from admitone.payouts import PayoutState
from admitone.plumbing.journal import Entry
from admitone.values.clock import FrozenClock
from admitone.values.ids import uuid7
from tests.support.onsale import buy, must_hold, put_on_sale
from tests.support.sandbox_rig import sandbox_wire
from tests.support.till import Till, available


@pytest.fixture
async def till(assembly: Assembly) -> Till:
    show = await put_on_sale(assembly)
    await buy(assembly, show, 2)
    return Till(assembly, show, FrozenClock(assembly.clock.now()))


class SlowBank:
    """A provider that takes a payout in, and knows later that it arrived."""

    receiver_fields = ("account_number",)

    async def receiver(self, receiver: Receiver) -> str:
        return "r_1"

    async def pay_out(self, ask: PayoutAsk) -> PayoutStatus:
        return PayoutStatus(PayoutOutcome.PENDING, "po_1")

    async def payout_status(self, payout_id: UUID, payout_ref: str | None) -> PayoutStatus:
        return PayoutStatus(PayoutOutcome.DONE, payout_ref)


async def test_a_payout_is_done_when_its_provider_speaks_of_it(till: Till) -> None:
    await available(till)
    sandbox_wire(till.site).roles = Roles(pays_out=SlowBank())
    payout = await till.agreed()
    await till.desk.send_due()
    assert await till.state(payout) is PayoutState.SENDING
    for ref, state in (
        ("po_other", PayoutState.SENDING),
        ("po_1", PayoutState.DONE),
        ("po_1", PayoutState.DONE),
    ):
        body = {
            "provider": "sandbox",
            "provider_ref": ref,
            "notice_id": "n",
            "account_id": str(SANDBOX_ACCOUNT),
            "about": "payout",
        }
        now = till.clock.now()
        await till.desk.spoken_of(Entry(1, 1, "payments.provider_spoke", uuid7(), None, "system", body, now))
        assert await till.state(payout) is state
    await must_hold(till.site.database)
