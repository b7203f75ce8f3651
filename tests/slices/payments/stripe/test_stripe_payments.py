"""Payments through Stripe beyond the contract: all states of a session, both methods, closing, finding, kept faults."""

import asyncio
import logging
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
import stripe

from admitone.entrypoints.standins.stripe import Fault
from admitone.payments import NOT_FOUND, Ask, Outcome, Prompt, RefundAsk, RefundOutcome
from admitone.payments.kinds import Mode
from admitone.payments.providers.stripe import sdk
from admitone.values.ids import derived_id, uuid7
from tests.contracts.payments.rig_stripe import CREDENTIALS, SECRET_KEY, StripeWire, account_sheet

pytestmark = pytest.mark.asyncio
SESSIONS = "POST /v1/checkout/sessions"


def ask_of(
    wire: StripeWire, method: str = "checkout", amount_minor: int = 2500, currency: str = "EUR"
) -> Ask:
    return Ask(
        attempt_id=uuid7(),
        method=method,
        currency=currency,
        amount_minor=amount_minor,
        description="Order 7K3M9QXYZ",
        return_url="https://tickets.example/orders/abc",
        pay_until=wire.clock.now() + timedelta(minutes=15),
        buyer_email="ada@example.org",
        order_code="7K3M9QXYZ",
    )


async def started(wire: StripeWire, ask: Ask) -> tuple[Prompt, str]:
    prompt = await wire.stripe.start(ask)
    assert prompt.provider_ref is not None, prompt.status
    return prompt, prompt.provider_ref


def with_card() -> StripeWire:
    return StripeWire(account_sheet(options={"payment_intents": "on"}))


async def test_a_session_says_whose_it_is_and_what_is_sold() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    session = wire.stand_in.books.get("checkout.session", ref)
    assert session["client_reference_id"] == str(ask.attempt_id)
    assert session["metadata"] == {
        "admitone_attempt": str(ask.attempt_id),
        "admitone_account": str(wire.sheet.id),
        "admitone_method": "checkout",
        "admitone_order": "7K3M9QXYZ",
    }
    assert session["_intent"]["metadata"] == session["metadata"]
    assert (session["amount_total"], session["currency"]) == (2500, "eur")
    assert session["expires_at"] == int((ask.pay_until + timedelta(minutes=31)).timestamp())
    assert wire.problems() == []


@pytest.mark.parametrize(
    ("currency", "amount", "theirs"), [("JPY", 900, 900), ("KWD", 5120, 5120), ("ISK", 900, 90000)]
)
async def test_what_arrived_is_said_in_our_units(currency: str, amount: int, theirs: int) -> None:
    wire = StripeWire()
    ask = ask_of(wire, amount_minor=amount, currency=currency)
    _, ref = await started(wire, ask)
    assert wire.stand_in.books.get("checkout.session", ref)["amount_total"] == theirs
    wire.stand_in.settling.pay(ref)
    status = await wire.stripe.status(ask.attempt_id, ref)
    assert (status.outcome, status.paid_minor, status.currency) == (Outcome.PAID, amount, currency)
    refund = await wire.stripe.refund(RefundAsk(uuid7(), ref, currency, amount, "cancelled"))
    assert refund.outcome is RefundOutcome.DONE
    assert wire.stand_in.books.get("refund", refund.provider_ref or "")["amount"] == theirs


async def test_an_amount_stripe_cannot_count_to_is_not_sent() -> None:
    wire = StripeWire()
    prompt = await wire.stripe.start(ask_of(wire, amount_minor=5124, currency="KWD"))
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.FAILED, "amount_not_payable")
    assert wire.watch.seen == []


async def test_stripes_own_no_is_a_failure_with_its_word() -> None:
    wire = StripeWire()
    prompt = await wire.stripe.start(ask_of(wire, amount_minor=49))
    assert (prompt.provider_ref, prompt.status.outcome) == (None, Outcome.FAILED)
    assert prompt.status.reason == "amount_too_small"


async def test_money_that_takes_days_is_seen_and_comes_or_does_not() -> None:
    for arrives, outcome in ((True, Outcome.PAID), (False, Outcome.FAILED)):
        wire = StripeWire()
        ask = ask_of(wire)
        _, ref = await started(wire, ask)
        wire.stand_in.settling.process(ref)
        assert (await wire.stripe.status(ask.attempt_id, ref)).outcome is Outcome.SEEN
        early = await wire.stripe.refund(RefundAsk(uuid7(), ref, "EUR", 100, "cancelled"))
        assert early.outcome is RefundOutcome.LATER
        wire.stand_in.settling.arrive(ref, arrives=arrives)
        assert (await wire.stripe.status(ask.attempt_id, ref)).outcome is outcome


async def test_a_declined_card_leaves_the_page_open_for_another_one() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    wire.stand_in.settling.decline(ref)
    assert (await wire.stripe.status(ask.attempt_id, ref)).outcome is Outcome.PENDING
    wire.stand_in.settling.pay(ref)
    assert (await wire.stripe.status(ask.attempt_id, ref)).outcome is Outcome.PAID


async def test_a_cancelled_payment_cannot_be_made_any_more() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    for given in (ref, None, ref):
        status = await wire.stripe.cancel(ask.attempt_id, given)
        assert (status.provider_ref, status.outcome, status.reason) == (ref, Outcome.FAILED, "expired")
    assert not wire.stand_in.settling.pay(ref)
    assert wire.problems() == []


async def test_cancelling_says_paid_when_the_buyer_was_faster() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    wire.stand_in.settling.pay(ref)
    status = await wire.stripe.cancel(ask.attempt_id, ref)
    assert (status.outcome, status.paid_minor) == (Outcome.PAID, 2500)


async def test_cancelling_without_an_answer_is_unknown() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    wire.stand_in.plan("POST /v1/checkout/sessions/*/expire", Fault.ANSWER_LOST)
    lost = await wire.stripe.cancel(ask.attempt_id, ref)
    assert (lost.outcome, lost.reason) == (Outcome.UNKNOWN, "time_out")
    assert (await wire.stripe.cancel(ask.attempt_id, ref)).outcome is Outcome.FAILED
    nobodys = await wire.stripe.cancel(uuid7(), None)
    assert (nobodys.outcome, nobodys.reason) == (Outcome.UNKNOWN, NOT_FOUND)


async def test_a_program_of_others_gets_what_stripes_form_needs() -> None:
    wire = with_card()
    assert [method.id for method in wire.stripe.methods] == ["checkout", "card"]
    ask = ask_of(wire, "card")
    prompt, ref = await started(wire, ask)
    assert prompt.redirect_url is None
    assert prompt.instructions["publishable_key"] == CREDENTIALS["publishable_key"]
    assert prompt.instructions["client_secret"].startswith(f"{ref}_secret_")
    # An intent is found by our key from the first moment, and is paid by whoever holds the secret.
    assert (await wire.stripe.status(ask.attempt_id, None)).provider_ref == ref
    intent = wire.stand_in.books.get("payment_intent", ref)
    wire.stand_in.settling.charge(intent)
    for given in (ref, None):
        status = await wire.stripe.status(ask.attempt_id, given)
        assert (status.outcome, status.paid_minor, status.provider_ref) == (Outcome.PAID, 2500, ref)
    refund = await wire.stripe.refund(RefundAsk(uuid7(), ref, "EUR", 2500, "cancelled"))
    assert refund.outcome is RefundOutcome.DONE
    assert [one.provider_ref async for one in wire.stripe.recent(wire.clock.now())] == [ref]
    assert wire.problems() == []


async def test_a_payment_intent_can_be_cancelled() -> None:
    wire = with_card()
    ask = ask_of(wire, "card")
    _, ref = await started(wire, ask)
    assert (await wire.stripe.cancel(ask.attempt_id, ref)).outcome is Outcome.FAILED
    assert wire.stand_in.books.get("payment_intent", ref)["status"] == "canceled"


async def test_an_id_without_a_time_in_it_is_found_too() -> None:
    wire = StripeWire()
    ask = replace(ask_of(wire), attempt_id=derived_id("test", "one"))
    _, ref = await started(wire, ask)
    assert (await wire.stripe.status(ask.attempt_id, None)).provider_ref == ref
    nobodys = await wire.stripe.status(derived_id("test", "two"), None)
    assert (nobodys.outcome, nobodys.reason) == (Outcome.UNKNOWN, NOT_FOUND)


async def test_a_payment_is_found_behind_pages_of_others() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    session = wire.stand_in.books.get("checkout.session", ref)
    for _ in range(230):
        wire.stand_in.books.add(
            "cs_test", "checkout.session", {**session, "id": uuid7().hex, "client_reference_id": "x"}
        )
    assert (await wire.stripe.status(ask.attempt_id, None)).provider_ref == ref


async def test_one_order_may_not_be_answered_with_anothers_payment() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    wire.stand_in.settling.pay(ref)
    assert (await wire.stripe.status(uuid7(), ref)).attempt_id == ask.attempt_id
    for sheet, reason in (
        (account_sheet(), "other_account"),
        (replace(wire.sheet, mode=Mode.LIVE), "other_mode"),
    ):
        status = await wire.open(sheet).status(ask.attempt_id, ref)
        assert (status.outcome, status.paid_minor, status.reason) == (Outcome.UNKNOWN, None, reason)
        assert [one async for one in wire.open(sheet).recent(wire.clock.now())] == []


@pytest.mark.parametrize("ref", ["../balance", "cs_1/expire", "cs_1?expand[]=x", "", "cs_ü"])
async def test_no_reference_leads_to_another_address(ref: str) -> None:
    wire = StripeWire()
    status = await wire.stripe.status(uuid7(), ref)
    assert (status.outcome, status.reason) == (Outcome.UNKNOWN, NOT_FOUND)
    assert wire.watch.seen == []


async def test_a_fault_that_stripe_keeps_under_the_key_is_stepped_over_once_for_all() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    wire.stand_in.plan(SESSIONS, Fault.KEPT_ERROR)
    first = await wire.stripe.start(ask)
    assert (first.status.outcome, first.status.reason) == (Outcome.UNKNOWN, "server_error")
    prompts = await asyncio.gather(*(wire.stripe.start(ask) for _ in range(3)))
    assert len({prompt.provider_ref for prompt in prompts}) == 1
    assert prompts[0].status.outcome is Outcome.PENDING
    assert len(list(wire.stand_in.books.all("checkout.session"))) == 1


async def test_a_time_out_is_not_tried_again_here() -> None:
    wire = StripeWire()
    wire.stand_in.plan(SESSIONS, Fault.NEVER_ARRIVED, Fault.NEVER_ARRIVED)
    assert (await wire.stripe.start(ask_of(wire))).status.reason == "time_out"
    assert len(wire.watch.seen) == 1


async def test_too_many_requests_are_asked_again_later() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    wire.stand_in.plan(SESSIONS, Fault.TOO_MANY)
    prompt = await wire.stripe.start(ask)
    assert (prompt.status.outcome, prompt.status.reason) == (Outcome.UNKNOWN, "rate_limit")
    _, ref = await started(wire, ask)
    wire.stand_in.settling.pay(ref)
    wire.stand_in.plan("POST /v1/refunds", Fault.TOO_MANY)
    refund = RefundAsk(uuid7(), ref, "EUR", 2500, "cancelled")
    assert (await wire.stripe.refund(refund)).outcome is RefundOutcome.LATER
    assert (await wire.stripe.refund(refund)).outcome is RefundOutcome.DONE


async def test_a_refund_that_failed_there_is_tried_anew_and_sent_once() -> None:
    wire = StripeWire()
    _, ref = await started(wire, ask_of(wire))
    wire.stand_in.settling.pay(ref)
    wire.stand_in.settling.failing_refunds = 2
    ask = RefundAsk(uuid7(), ref, "EUR", 2500, "cancelled")
    for _ in range(2):
        failed = await wire.stripe.refund(ask)
        assert (failed.outcome, failed.reason) == (RefundOutcome.FAILED, "lost_or_stolen_card")
    done = await wire.stripe.refund(ask)
    assert done.outcome is RefundOutcome.DONE
    assert await wire.stripe.refund(ask) == done
    assert await wire.stripe.refund_status(ask.refund_id, ref, None) == done
    assert (
        sum(
            -one["amount"]
            for one in wire.stand_in.books.all("balance_transaction")
            if one["type"] == "refund"
        )
        == 2500
    )


async def test_a_refund_is_told_from_the_others_of_its_payment() -> None:
    wire = StripeWire()
    _, ref = await started(wire, ask_of(wire))
    wire.stand_in.settling.pay(ref)
    asks = [RefundAsk(uuid7(), ref, "EUR", part, "cancelled") for part in (100, 200, 300)]
    made = [await wire.stripe.refund(ask) for ask in asks]
    assert len({one.provider_ref for one in made}) == 3
    assert [await wire.stripe.refund_status(ask.refund_id, ref, None) for ask in asks] == made
    unknown = await wire.stripe.refund_status(uuid7(), ref, None)
    assert (unknown.outcome, unknown.reason) == (RefundOutcome.UNKNOWN, NOT_FOUND)


async def test_keys_that_do_not_work_decide_nothing() -> None:
    wire = StripeWire()
    ask = ask_of(wire)
    _, ref = await started(wire, ask)
    other = wire.open(credentials={**CREDENTIALS, "secret_key": "sk_test_wrong0123456789"})
    assert (await other.start(ask_of(wire))).status.outcome is Outcome.UNKNOWN
    assert (await other.status(ask.attempt_id, ref)).outcome is Outcome.UNKNOWN
    refund = await other.refund(RefundAsk(uuid7(), ref, "EUR", 1, "cancelled"))
    assert refund.outcome is RefundOutcome.UNKNOWN


async def test_a_page_at_an_unknown_address_is_not_shown() -> None:
    wire = StripeWire()
    wire.stand_in._public_url = "https://checkout.stripe.com.evil.example"
    prompt = await wire.stripe.start(ask_of(wire))
    assert (prompt.redirect_url, prompt.status.reason) == (None, "unexpected_address")


async def test_secrets_are_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    wire = with_card()
    with caplog.at_level(logging.DEBUG):
        prompt, _ = await started(wire, ask_of(wire, "card"))
        wire.stand_in.plan("GET /v1/payment_intents/*", Fault.GARBAGE)
        await wire.stripe.status(uuid7(), prompt.provider_ref)
    said = (
        caplog.text
        + repr(wire.stripe)
        + repr(wire.stripe._asking._line)
        + repr(vars(wire.stripe._asking._line)["_wire"])
    )
    for secret in (
        SECRET_KEY,
        CREDENTIALS["webhook_secret"],
        prompt.instructions["client_secret"],
        "ada@example.org",
    ):
        assert secret not in said


async def test_stripes_library_is_loaded_by_the_first_call_only() -> None:
    code = "import sys, admitone.payments.providers.stripe; sys.exit('stripe' in sys.modules)"
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await child.wait() == 0


async def test_the_form_of_requests_is_the_one_the_library_was_made_for() -> None:
    assert stripe.api_version == sdk.API_VERSION
    await StripeWire().stripe.look()
    assert stripe.enable_telemetry is False
