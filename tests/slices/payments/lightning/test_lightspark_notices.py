"""Lightspark's notices: kept without asking anybody, then followed by asking which of our invoices was paid."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from admitone.payments import About, Outcome
from admitone.plumbing.database import Database
from tests.contracts.payments.cases import ask_of, ref_of
from tests.contracts.payments.rig_lightspark import LightsparkEnd

NOBODY = UUID(int=0)


@pytest.fixture
async def end(db: Database) -> AsyncIterator[LightsparkEnd]:
    """Lightspark, and an account with it."""
    made = LightsparkEnd(db)
    await made.open()
    yield made
    await made.close()


async def test_a_notice_is_read_while_lightspark_does_not_answer_and_followed_later(
    end: LightsparkEnd,
) -> None:
    ask = ask_of(end)
    ref = ref_of(await end.provider.start(ask))
    headers, body = end.notice(ref, end.now())
    end.server.trouble = ["never arrived"] * 9
    asked_before = len(end.server.asked)
    read = await end.provider.read_notice(headers, body)
    assert read is not None
    assert (read.notice_id, read.about) == ("evt_1", About.PAYMENT)
    assert (len(end.server.asked), len(end.server.trouble)) == (asked_before, 9)
    away = await end.provider.status(NOBODY, read.provider_ref)
    assert (away.outcome, away.attempt_id) == (Outcome.UNKNOWN, None)
    end.server.trouble.clear()
    found = await end.provider.status(NOBODY, read.provider_ref)
    assert (found.outcome, found.provider_ref, found.attempt_id) == (Outcome.PAID, ref, ask.attempt_id)


async def test_a_notice_about_a_payment_that_is_not_ours_finds_none(end: LightsparkEnd) -> None:
    headers, body = end.server.notice("evt_2", "IncomingPayment:none")
    read = await end.provider.read_notice(headers, body)
    assert read is not None
    status = await end.provider.status(NOBODY, read.provider_ref)
    assert (status.outcome, status.attempt_id) == (Outcome.UNKNOWN, None)
