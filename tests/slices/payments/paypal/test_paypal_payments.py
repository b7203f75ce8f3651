"""What PayPal's orders become: money is taken once, for what was agreed, and never for what we no longer want."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from admitone.entrypoints.standins.paypal import Choice, Mishap
from admitone.payments import NOT_FOUND, Ask, Outcome
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paypal import PayPalLine, account_sheet

pytestmark = pytest.mark.asyncio
CAPTURE = "/v2/checkout/orders/"


@pytest.fixture
def line() -> PayPalLine:
    return PayPalLine()


def an_ask(line: PayPalLine, currency: str = "EUR", amount_minor: int = 2500) -> Ask:
    return Ask(
        attempt_id=uuid7(),
        method="paypal",
        currency=currency,
        amount_minor=amount_minor,
        description="Order 7K3M9QXYZ",
        return_url="https://tickets.example/orders/abc?x=1",
        pay_until=line.clock.now() + timedelta(minutes=15),
        order_code="7K3M9QXYZ",
    )


def captured(line: PayPalLine) -> int:
    return sum(
        bool(one["purchase_units"][0].get("payments")) for one in line.standin.company.state.orders.values()
    )


async def test_the_money_is_taken_when_we_ask_and_only_once(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    assert captured(line) == 0
    answers = await asyncio.gather(*(line.provider.status(ask.attempt_id, ref) for _ in range(5)))
    assert {(one.outcome, one.paid_minor, one.attempt_id) for one in answers} == {
        (Outcome.PAID, 2500, ask.attempt_id)
    }
    assert len(line.standin.company.state.lines) == 1
    keys = {
        one.headers["paypal-request-id"] for one in line.line.requests if one.url.path.endswith("/capture")
    }
    assert keys == {f"capture-{ask.attempt_id}"}
    assert line.problems() == []


async def test_a_capture_whose_answer_was_lost_is_found_the_next_time(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    line.mishap("capture", Mishap.ANSWER_LOST)
    assert (await line.provider.status(ask.attempt_id, ref)).outcome is Outcome.UNKNOWN
    assert (await line.provider.status(ask.attempt_id, ref)).outcome is Outcome.PAID
    assert len(line.standin.company.state.lines) == 1


async def test_a_payment_is_found_by_its_key_by_a_process_that_never_heard_of_it(line: PayPalLine) -> None:
    asks = [an_ask(line) for _ in range(3)]
    refs = [await line.agreed(one) for one in asks]
    other = line.open(line.sheet)
    found = await other.status(asks[1].attempt_id, None)
    assert (found.provider_ref, found.outcome) == (refs[1], Outcome.PAID)
    assert captured(line) == 1
    line.mishap("list_events", Mishap.SERVER_ERROR)
    silent = await line.open(line.sheet).status(asks[0].attempt_id, None)
    assert (silent.outcome, silent.reason) == (Outcome.UNKNOWN, "server_error")
    nobody = await other.status(uuid7(), None)
    assert (nobody.outcome, nobody.reason) == (Outcome.UNKNOWN, NOT_FOUND)
    assert line.problems() == []


async def test_a_payment_is_found_among_more_happenings_than_one_page_has(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    for _ in range(250):
        line.clock.move(seconds=1)
        line.standin.company.tell("PAYMENT.SALE.COMPLETED", "sale", "Another shop's", {"id": "X"})
    found = await line.open(line.sheet).status(ask.attempt_id, None)
    assert found.provider_ref == ref
    assert line.asked("GET", "/v1/notifications/webhooks-events") == 3


async def test_settlement_asks_by_reference_without_an_attempt(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    status = await line.provider.status(UUID(int=0), ref)
    assert (status.outcome, status.attempt_id) == (Outcome.PAID, ask.attempt_id)


async def test_another_attempts_order_is_told_but_not_taken(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    status = await line.provider.status(uuid7(), ref)
    assert (status.outcome, status.attempt_id) == (Outcome.PENDING, ask.attempt_id)
    assert captured(line) == 0


async def test_another_accounts_order_is_never_taken_nor_told(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    for sheet in (account_sheet(), replace(line.sheet, ref="2222222222222")):
        other = line.open(sheet)
        status = await other.status(ask.attempt_id, ref)
        assert (status.outcome, status.reason) == (Outcome.UNKNOWN, "other_account")
        assert [one async for one in other.recent(line.clock.now() - timedelta(hours=1))] == []
    assert captured(line) == 0


async def test_recent_takes_the_money_for_what_nobody_told_us_of(line: PayPalLine) -> None:
    agreed, waiting = an_ask(line), an_ask(line)
    ref = await line.agreed(agreed)
    await line.provider.start(waiting)
    found = [one async for one in line.open(line.sheet).recent(line.clock.now() - timedelta(minutes=5))]
    assert [(one.provider_ref, one.outcome, one.attempt_id) for one in found] == [
        (ref, Outcome.PAID, agreed.attempt_id)
    ]


async def test_a_cancelled_payment_is_never_taken_even_if_the_buyer_agrees_later(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = (await line.provider.start(ask)).provider_ref
    assert ref is not None
    cancelled = await line.provider.cancel(ask.attempt_id, ref)
    assert (cancelled.outcome, cancelled.reason) == (Outcome.FAILED, "cancelled")
    line.choose(ref, Choice.PAY)
    for provider in (line.provider, line.open(line.sheet)):
        status = await provider.status(ask.attempt_id, ref)
        assert (status.outcome, status.reason, status.attempt_id) == (
            Outcome.FAILED,
            "cancelled",
            ask.attempt_id,
        )
        again = await provider.cancel(ask.attempt_id, ref)
        assert again.outcome is Outcome.FAILED
    assert captured(line) == 0
    assert line.problems() == []


async def test_a_buyer_who_was_faster_than_the_cancelling_has_paid(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    assert (await line.provider.cancel(ask.attempt_id, ref)).outcome is Outcome.PAID
    assert (await line.provider.cancel(ask.attempt_id, ref)).outcome is Outcome.PAID
    lost = an_ask(line)
    await line.provider.start(lost)
    line.mishap("patch_order", Mishap.ANSWER_LOST)
    assert (await line.provider.cancel(lost.attempt_id, None)).outcome is Outcome.UNKNOWN
    assert (await line.provider.cancel(lost.attempt_id, None)).outcome is Outcome.FAILED


async def test_a_capture_that_is_looked_at_is_seen_and_then_paid_or_failed(line: PayPalLine) -> None:
    line.standin.knobs.captures_wait = True
    for pays, outcome in ((True, Outcome.PAID), (False, Outcome.FAILED)):
        ask = an_ask(line)
        ref = await line.agreed(ask)
        seen = await line.provider.status(ask.attempt_id, ref)
        assert (seen.outcome, seen.reason) == (Outcome.SEEN, "PENDING_REVIEW")
        line.standin.company.decide_captures(pays=pays)
        assert (await line.provider.status(ask.attempt_id, ref)).outcome is outcome


async def test_a_declined_card_is_a_no_with_paypals_word(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = (await line.provider.start(ask)).provider_ref
    assert ref is not None
    assert line.choose(ref, Choice.DECLINE).startswith("https://tickets.example/orders/abc?x=1&token=")
    status = await line.provider.status(ask.attempt_id, ref)
    assert (status.outcome, status.reason) == (Outcome.FAILED, "INSTRUMENT_DECLINED")


async def test_a_buyer_who_goes_back_leaves_the_payment_open(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = (await line.provider.start(ask)).provider_ref
    assert ref is not None
    line.choose(ref, Choice.CANCEL)
    assert (await line.provider.status(ask.attempt_id, ref)).outcome is Outcome.PENDING


@pytest.mark.parametrize(("currency", "minor", "written"), [("JPY", 2500, "2500"), ("HUF", 250000, "2500")])
async def test_currencies_without_decimals_arrive_as_asked(
    line: PayPalLine, currency: str, minor: int, written: str
) -> None:
    ask = an_ask(line, currency, minor)
    ref = await line.agreed(ask)
    assert line.standin.company.order(ref)["purchase_units"][0]["amount"]["value"] == written
    status = await line.provider.status(ask.attempt_id, ref)
    assert (status.paid_minor, status.currency) == (minor, currency)
    assert line.problems() == []


@pytest.mark.parametrize(("currency", "minor"), [("HUF", 2550), ("NGN", 2500)])
async def test_what_paypal_cannot_take_is_not_asked_for(line: PayPalLine, currency: str, minor: int) -> None:
    prompt = await line.provider.start(an_ask(line, currency, minor))
    assert (prompt.status.outcome, prompt.redirect_url) == (Outcome.FAILED, None)
    assert line.watch.seen == []


async def test_started_again_after_it_was_paid_it_is_paid(line: PayPalLine) -> None:
    ask = an_ask(line)
    ref = await line.agreed(ask)
    await line.provider.status(ask.attempt_id, ref)
    again = await line.provider.start(replace(ask, description=ask.description))
    assert again.provider_ref == ref
    assert len(line.standin.company.state.orders) == 1


async def test_a_page_at_another_address_is_nowhere_to_send_a_buyer(line: PayPalLine) -> None:
    line.standin.company.origin = "https://paypal.example"
    prompt = await line.provider.start(an_ask(line))
    assert (prompt.redirect_url, prompt.status.outcome, prompt.status.reason) == (
        None,
        Outcome.UNKNOWN,
        "no_page",
    )


async def test_strange_references_are_asked_of_nobody(line: PayPalLine) -> None:
    for strange in ("../../v1/payments", "a b", "", "x" * 200, "5O1?"):
        status = await line.provider.status(uuid7(), strange or "-")
        assert (status.outcome, status.reason) == (Outcome.UNKNOWN, NOT_FOUND)
    assert line.watch.seen == []


async def test_an_earlier_order_of_another_amount_is_not_taken_for_this_one(line: PayPalLine) -> None:
    line.standin.knobs.keys_ignore_bodies = True
    ask = an_ask(line)
    await line.provider.start(ask)
    for other in (replace(ask, amount_minor=2600), replace(ask, currency="USD")):
        prompt = await line.provider.start(other)
        assert (prompt.provider_ref, prompt.redirect_url) == (None, None)
        assert (prompt.status.outcome, prompt.status.reason) == (Outcome.UNKNOWN, "other_payment")
    assert (await line.provider.start(ask)).status.outcome is Outcome.PENDING
