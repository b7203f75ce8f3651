"""Refunds at Paystack, which knows no key: ours is in its note, and searched for before anything is sent."""

import asyncio
from datetime import timedelta

import pytest

from admitone.entrypoints.standins.paystack import Fault
from admitone.payments import NOT_FOUND, RefundAsk, RefundOutcome
from admitone.values.ids import derived_id, uuid7
from tests.contracts.payments.cases import Paid
from tests.contracts.payments.rig_paystack import PaystackSide


@pytest.fixture
def end() -> PaystackSide:
    return PaystackSide()


async def test_another_process_finds_the_refund_by_its_key_and_sends_nothing(end: PaystackSide) -> None:
    done = await end.paid()
    ask = done.refund(1000)
    made = await end.provider.refund(ask)
    other = end.open_elsewhere()
    assert await other.refund_status(ask.refund_id, done.ref, None) == made
    assert await other.refund(ask) == made
    assert await end.sent_back_minor(done.ref) == 1000
    assert end.problems == []


async def test_askers_with_the_same_key_at_the_same_moment_send_a_part_once(end: PaystackSide) -> None:
    done = await end.paid()
    ask = done.refund(1000)
    answers = await asyncio.gather(*(end.provider.refund(ask) for _ in range(4)))
    assert len(set(answers)) == 1
    assert await end.sent_back_minor(done.ref) == 1000


async def test_a_lost_answer_and_a_new_process_send_a_part_once(end: PaystackSide) -> None:
    done = await end.paid()
    ask = done.refund(1000)
    end.knobs.plan("POST /refund", Fault.ANSWER_LOST)
    assert (await end.provider.refund(ask)).outcome is RefundOutcome.UNKNOWN
    assert (await end.open_elsewhere().refund(ask)).outcome is RefundOutcome.PENDING
    assert await end.sent_back_minor(done.ref) == 1000


async def test_a_key_without_a_time_in_it_is_found_too(end: PaystackSide) -> None:
    done = await end.paid()
    ask = RefundAsk(derived_id("refund", "1"), done.ref, "GHS", 1000, "cancelled")
    await end.provider.refund(ask)
    end.clock.move(seconds=40 * 24 * 3600)
    assert (await end.open_elsewhere().refund(ask)).outcome is RefundOutcome.PENDING
    assert await end.sent_back_minor(done.ref) == 1000


async def test_a_refund_arrives_and_is_done(end: PaystackSide) -> None:
    done = await end.paid()
    ask = done.refund(1000)
    made = await end.provider.refund(ask)
    end.clock.move(seconds=60)
    end.company.advance()
    for ref in (made.provider_ref, None):
        status = await end.provider.refund_status(ask.refund_id, done.ref, ref)
        assert (status.outcome, status.provider_ref) == (RefundOutcome.DONE, made.provider_ref)


async def test_a_refund_that_failed_there_is_tried_anew_under_the_same_key(end: PaystackSide) -> None:
    done = await end.paid()
    ask = done.refund(2500)
    made = await end.provider.refund(ask)
    end.knobs.refunds_fail = True
    end.clock.move(seconds=60)
    end.company.advance()
    failed = await end.provider.refund_status(ask.refund_id, done.ref, made.provider_ref)
    assert (failed.outcome, failed.reason) == (RefundOutcome.FAILED, "failed")
    again = await end.provider.refund(ask)
    assert again.outcome is RefundOutcome.PENDING
    assert again.provider_ref != made.provider_ref
    by_key = await end.open_elsewhere().refund_status(ask.refund_id, done.ref, None)
    assert by_key == again
    assert await end.sent_back_minor(done.ref) == 2500


async def test_too_little_money_there_is_later_and_nothing_was_sent(end: PaystackSide) -> None:
    end.knobs.refunds_need_balance = True
    done = await end.paid()
    ask = done.refund(2500)
    later = await end.provider.refund(ask)
    assert (later.outcome, later.reason) == (RefundOutcome.LATER, "too_little_money")
    assert await end.sent_back_minor(done.ref) == 0
    await end.paid()
    assert (await end.provider.refund(ask)).outcome is RefundOutcome.PENDING


async def test_too_many_requests_are_later_and_a_wrong_key_too(end: PaystackSide) -> None:
    done = await end.paid()
    end.knobs.plan("POST /refund", Fault.TOO_MANY)
    assert (await end.provider.refund(done.refund(10))).outcome is RefundOutcome.LATER
    wrong = end.open(end.company.secret_key[:-1] + "x")
    answer = await wrong.refund(done.refund(10))
    assert answer.outcome is RefundOutcome.UNKNOWN
    assert await end.sent_back_minor(done.ref) == 0


async def test_what_waits_for_the_buyers_bank_is_under_way_and_says_so(end: PaystackSide) -> None:
    done = await end.paid()
    ask = done.refund(1000)
    made = await end.provider.refund(ask)
    end.company.books.refunds[0].status = "needs-attention"
    status = await end.provider.refund_status(ask.refund_id, done.ref, made.provider_ref)
    assert (status.outcome, status.reason) == (RefundOutcome.PENDING, "needs_attention")


async def test_another_refund_is_not_taken_for_ours(end: PaystackSide) -> None:
    done = await end.paid()
    made = await end.provider.refund(done.refund(1000))
    other = await end.provider.refund_status(uuid7(), done.ref, made.provider_ref)
    assert (other.outcome, other.reason) == (RefundOutcome.UNKNOWN, "other_refund")
    absent = await end.provider.refund_status(uuid7(), done.ref, "999")
    assert (absent.outcome, absent.reason) == (RefundOutcome.UNKNOWN, NOT_FOUND)
    by_key = await end.provider.refund_status(uuid7(), done.ref, None)
    assert (by_key.outcome, by_key.reason) == (RefundOutcome.UNKNOWN, NOT_FOUND)
    unknown = await end.provider.refund_status(uuid7(), uuid7().hex, None)
    assert (unknown.outcome, unknown.reason) == (RefundOutcome.UNKNOWN, NOT_FOUND)


async def test_a_refund_of_no_payment_or_in_another_currency_fails(end: PaystackSide) -> None:
    nothing = RefundAsk(uuid7(), uuid7().hex, "GHS", 100, "cancelled")
    answer = await end.provider.refund(nothing)
    assert (answer.outcome, answer.reason) == (RefundOutcome.FAILED, "payment_not_found")
    done = await end.paid()
    other = RefundAsk(uuid7(), done.ref, "NGN", 100, "cancelled")
    assert (await end.provider.refund(other)).reason == "other_currency"
    ask = end.ask()
    await end.provider.start(ask)
    unpaid = Paid(ask, ask.attempt_id.hex).refund(100)
    assert (await end.provider.refund(unpaid)).reason == "not_paid"


async def test_a_refund_made_by_hand_on_their_page_is_nobodys(end: PaystackSide) -> None:
    done = await end.paid()
    end.company.send_back(done.ref, 500, None, "", "")
    ask = done.refund(1000)
    assert (await end.provider.refund_status(ask.refund_id, done.ref, None)).reason == NOT_FOUND
    assert (await end.provider.refund(ask)).outcome is RefundOutcome.PENDING
    assert await end.sent_back_minor(done.ref) == 1500


async def test_a_cancelled_event_does_not_list_all_refunds_for_each_of_them(end: PaystackSide) -> None:
    everybody = [await end.paid(100) for _ in range(150)]
    for done in everybody:
        end.clock.move(seconds=30)
        await end.provider.refund(done.refund(100))
    lists = [path for method, path in end.watch.seen if method == "GET" and path.startswith("/refund?")]
    # Each is one page: only what the ten minutes before brought is listed again.
    assert len(lists) == 150
    assert {path.partition("page=")[2][:1] for path in lists} == {"1"}
    again = everybody[0].refund(100)
    end.clock.move(seconds=timedelta(days=2).total_seconds())
    assert (await end.provider.refund(again)).outcome is RefundOutcome.FAILED
