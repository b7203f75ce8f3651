"""Play money at Lightspark pays an invoice of a test account, and of no other."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from admitone.payments import Outcome, ProviderAway
from admitone.payments.kinds import Mode
from admitone.payments.providers.lightning.provider import INVOICE
from admitone.payments.providers.lightspark.kind import LightsparkProvider
from admitone.plumbing.database import Database
from tests.contracts.payments.cases import ask_of
from tests.contracts.payments.rig_lightspark import LightsparkEnd


@pytest.fixture
async def end(db: Database) -> AsyncIterator[LightsparkEnd]:
    """Lightspark, and a test account with it."""
    made = LightsparkEnd(db)
    await made.open()
    yield made
    await made.close()


async def test_an_invoice_of_a_test_account_is_paid_and_an_answer_that_is_lost_is_no_answer(
    end: LightsparkEnd,
) -> None:
    ask = ask_of(end)
    bolt11 = (await end.provider.start(ask)).instructions[INVOICE]
    buyer = end.provider.roles.plays_buyers
    assert buyer is not None
    end.server.trouble = ["never arrived"] * 9
    with pytest.raises(ProviderAway):
        await buyer.pay_as_buyer(bolt11)
    end.server.trouble.clear()
    assert (await end.provider.status(ask.attempt_id, None)).outcome is Outcome.PENDING
    await buyer.pay_as_buyer(bolt11)
    assert (await end.provider.status(ask.attempt_id, None)).outcome is Outcome.PAID


async def test_nobody_plays_a_buyer_of_a_live_account(end: LightsparkEnd) -> None:
    live = LightsparkProvider(end.shared, replace(end.sheet, mode=Mode.LIVE), end.node, webhook_key="")
    assert live.roles.plays_buyers is None
