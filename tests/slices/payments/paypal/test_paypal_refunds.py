"""Money back through PayPal: once, tried anew when it failed there, later when there is too little."""

from datetime import timedelta

import pytest

from admitone.entrypoints.standins.paypal import Mishap
from admitone.payments import NOT_FOUND, Ask, Outcome, RefundAsk, RefundOutcome
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paypal import PayPalLine

pytestmark = pytest.mark.asyncio


async def paid(line: PayPalLine, currency: str = "EUR") -> str:
    now = line.clock.now()
    ask = Ask(uuid7(), "paypal", currency, 2500, "Order", "https://t.example/o", now + timedelta(minutes=15))
    ref = await line.agreed(ask)
    assert (await line.provider.status(ask.attempt_id, ref)).outcome is Outcome.PAID
    return ref


def refund_of(ref: str, minor: int, currency: str = "EUR") -> RefundAsk:
    return RefundAsk(uuid7(), ref, currency, minor, "cancelled")


def sent_back(line: PayPalLine, ref: str) -> int:
    return line.standin.company.sent_back(line.standin.company.order(ref))


async def test_a_refund_that_failed_there_is_tried_anew_under_another_key(pay: PayPalLine) -> None:
    ref = await paid(pay)
    ask = refund_of(ref, 2500)
    pay.standin.knobs.refund_says.extend(["FAILED", "FAILED"])
    for _ in range(2):
        failed = await pay.provider.refund(ask)
        assert failed.outcome is RefundOutcome.FAILED
        assert (await pay.provider.refund_status(ask.refund_id, ref, None)).outcome is RefundOutcome.FAILED
    done = await pay.provider.refund(ask)
    assert done.outcome is RefundOutcome.DONE
    assert (await pay.provider.refund_status(ask.refund_id, ref, None)).provider_ref == done.provider_ref
    assert (await pay.provider.refund(ask)).provider_ref == done.provider_ref
    assert sent_back(pay, ref) == 2500
    assert pay.problems() == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("REFUND_FAILED_INSUFFICIENT_FUNDS", RefundOutcome.LATER),
        ("REFUND_TIME_LIMIT_EXCEEDED", RefundOutcome.FAILED),
        ("TRANSACTION_DISPUTED", RefundOutcome.FAILED),
    ],
)
async def test_a_no_is_for_later_or_for_good(pay: PayPalLine, said: str, outcome: RefundOutcome) -> None:
    ref = await paid(pay)
    ask = refund_of(ref, 1000)
    pay.standin.knobs.refund_says.append(said)
    answer = await pay.provider.refund(ask)
    assert (answer.outcome, answer.reason) == (outcome, said)
    assert sent_back(pay, ref) == 0
    assert (await pay.provider.refund_status(ask.refund_id, ref, None)).reason == NOT_FOUND
    assert (await pay.provider.refund(ask)).outcome is RefundOutcome.DONE


async def test_too_many_requests_sent_nothing_and_are_for_later(pay: PayPalLine) -> None:
    ref = await paid(pay)
    pay.mishap("refund", Mishap.TOO_MANY)
    assert (await pay.provider.refund(refund_of(ref, 1000))).outcome is RefundOutcome.LATER


async def test_a_refund_on_its_way_is_pending_and_then_done(pay: PayPalLine) -> None:
    ref = await paid(pay)
    ask = refund_of(ref, 700)
    pay.standin.knobs.refunds_wait = True
    made = await pay.provider.refund(ask)
    assert made.outcome is RefundOutcome.PENDING
    assert (await pay.provider.refund(ask)).provider_ref == made.provider_ref
    pay.standin.company.finish_refunds()
    for named in (made.provider_ref, None):
        assert (await pay.provider.refund_status(ask.refund_id, ref, named)).outcome is RefundOutcome.DONE
    assert sent_back(pay, ref) == 700


async def test_another_refunds_name_is_not_taken_for_ours(pay: PayPalLine) -> None:
    ref = await paid(pay)
    made = await pay.provider.refund(refund_of(ref, 700))
    status = await pay.provider.refund_status(uuid7(), ref, made.provider_ref)
    assert (status.outcome, status.reason) == (RefundOutcome.UNKNOWN, "other_refund")


async def test_another_currency_goes_not_back(pay: PayPalLine) -> None:
    ref = await paid(pay)
    answer = await pay.provider.refund(refund_of(ref, 700, "USD"))
    assert (answer.outcome, answer.reason) == (RefundOutcome.FAILED, "CURRENCY_MISMATCH")
    assert sent_back(pay, ref) == 0


async def test_a_payment_is_still_paid_after_its_money_went_back(pay: PayPalLine) -> None:
    ref = await paid(pay)
    await pay.provider.refund(refund_of(ref, 2500))
    status = await pay.provider.status(uuid7(), ref)
    assert (status.outcome, status.paid_minor) == (Outcome.PAID, 2500)


@pytest.fixture
def pay() -> PayPalLine:
    return PayPalLine()
