"""Stripe Connect: payments that are split, and everything that goes back; accounts, transfers, the roles."""

from dataclasses import replace
from datetime import timedelta

import pytest

from admitone.entrypoints.standins.stripe import PLATFORM, Fault, finish_account, make_payout
from admitone.payments import Outcome, RefundAsk, RefundOutcome
from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.payments.kinds import Mode
from admitone.payments.provider import Split
from admitone.payments.roles import NOT_FOUND, BadReceiver, PayoutAsk, PayoutOutcome, Receiver
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_stripe import CREDENTIALS, StripeWire, account_sheet
from tests.slices.payments.stripe.test_stripe_payments import ask_of

pytestmark = pytest.mark.asyncio
FEES = "POST /v1/application_fees/*/refunds"
BACK = "https://tickets.example/organisers/1"


async def connected(wire: StripeWire) -> str:
    """An organiser's account that has answered all questions."""
    onboards = wire.stripe.roles.onboards
    assert onboards is not None
    invitation = await onboards.invite(uuid7(), None, email="ada@example.org", country="DE", return_url=BACK)
    finish_account(wire.stand_in.books, invitation.account_ref)
    return invitation.account_ref


async def split_payment(wire: StripeWire, account: str, fee_minor: int = 250) -> str:
    ask = replace(ask_of(wire), split=Split(account, fee_minor))
    prompt = await wire.stripe.start(ask)
    assert prompt.provider_ref is not None
    wire.stand_in.settling.pay(prompt.provider_ref)
    assert (await wire.stripe.status(ask.attempt_id, prompt.provider_ref)).paid_minor == 2500
    return prompt.provider_ref


async def test_a_split_payment_reaches_the_organiser_less_our_fee() -> None:
    wire = StripeWire()
    account = await connected(wire)
    await split_payment(wire, account)
    assert wire.stand_in.books.balance(account) == {"eur": 2250}
    # Stripe keeps 1.5 % and 25 cents of the whole from us.
    assert wire.stand_in.books.balance(PLATFORM) == {"eur": 250 - 62}
    assert wire.problems() == []


@pytest.mark.parametrize("fee_back", [0, 1, 99, 250])
@pytest.mark.parametrize("amount", [1000, 2500])
async def test_a_split_refund_takes_back_each_part_to_the_cent(amount: int, fee_back: int) -> None:
    wire = StripeWire()
    account = await connected(wire)
    ref = await split_payment(wire, account)
    ask = RefundAsk(uuid7(), ref, "EUR", amount, "cancelled", split_back_minor=fee_back)
    done = await wire.stripe.refund(ask)
    assert done.outcome is RefundOutcome.DONE
    assert await wire.stripe.refund(ask) == done
    assert wire.stand_in.books.balance(account) == {"eur": 2250 - amount + fee_back}
    assert wire.stand_in.books.balance(PLATFORM) == {"eur": 250 - 62 - fee_back}
    assert wire.problems() == []


@pytest.mark.parametrize(
    "fault", [Fault.NEVER_ARRIVED, Fault.SERVER_ERROR, Fault.KEPT_ERROR, Fault.ANSWER_LOST, Fault.GARBAGE]
)
async def test_a_refund_is_not_done_before_our_fee_has_gone_back(fault: Fault) -> None:
    wire = StripeWire()
    account = await connected(wire)
    ref = await split_payment(wire, account)
    ask = RefundAsk(uuid7(), ref, "EUR", 2500, "cancelled", split_back_minor=250)
    wire.stand_in.plan(FEES, fault)
    half = await wire.stripe.refund(ask)
    assert half.outcome is RefundOutcome.UNKNOWN
    # Asking is enough to finish it: nobody has to know the amounts any more.
    done = await wire.stripe.refund_status(ask.refund_id, ref, None)
    assert done.outcome is RefundOutcome.DONE
    assert wire.stand_in.books.balance(account) == {"eur": 0}
    assert [one["amount"] for one in wire.stand_in.books.all("fee_refund")] == [250]
    assert len(list(wire.stand_in.books.all("refund"))) == 1


async def test_an_organiser_is_invited_once_and_led_on_where_they_stopped() -> None:
    wire = StripeWire()
    onboards = wire.stripe.roles.onboards
    assert onboards is not None
    account_id = uuid7()
    first = await onboards.invite(account_id, None, email="ada@example.org", country="DE", return_url=BACK)
    again = await onboards.invite(account_id, None, email="ada@example.org", country="DE", return_url=BACK)
    known = await onboards.invite(
        account_id, first.account_ref, email="ada@example.org", country="DE", return_url=BACK
    )
    assert first.account_ref == again.account_ref == known.account_ref
    before = await onboards.look_at(first.account_ref)
    assert (before.can_take, before.can_pay_out, before.country) == (False, False, "DE")
    assert "external_account" in before.missing
    assert finish_account(wire.stand_in.books, first.account_ref) == BACK
    after = await onboards.look_at(first.account_ref)
    assert (after.can_take, after.can_pay_out, after.missing, after.is_live) == (True, True, (), False)
    assert wire.problems() == []
    with pytest.raises(BadCredentials):
        await onboards.look_at("acct_1Nobody")
    wire.stand_in.plan("POST /v1/account_links", Fault.SERVER_ERROR)
    with pytest.raises(ProviderAway):
        await onboards.invite(
            account_id, first.account_ref, email="a@b.example", country="DE", return_url=BACK
        )


async def test_a_payout_is_made_once_whatever_happens_to_its_answer() -> None:
    wire = StripeWire()
    account = await connected(wire)
    pays_out = wire.stripe.roles.pays_out
    assert pays_out is not None
    assert await pays_out.receiver(Receiver("Ada", "EUR", "DE", {"account": account})) == account
    ask = PayoutAsk(uuid7(), account, "EUR", 2000, "Summer night")
    poor = await pays_out.pay_out(ask)
    assert (poor.outcome, poor.reason) == (PayoutOutcome.LATER, "balance_insufficient")
    unknown = await pays_out.payout_status(ask.payout_id, None)
    assert (unknown.outcome, unknown.reason) == (PayoutOutcome.UNKNOWN, NOT_FOUND)
    prompt = await wire.stripe.start(ask_of(wire))
    wire.stand_in.settling.pay(prompt.provider_ref or "")
    # The refusal was kept under the key, and is stepped over now that there is money.
    wire.stand_in.plan("POST /v1/transfers", Fault.TOO_MANY)
    assert (await pays_out.pay_out(ask)).outcome is PayoutOutcome.LATER
    wire.stand_in.plan("POST /v1/transfers", Fault.ANSWER_LOST)
    await pays_out.pay_out(ask)
    done = await pays_out.pay_out(ask)
    assert done.outcome is PayoutOutcome.DONE
    assert await pays_out.payout_status(ask.payout_id, None) == done
    assert await pays_out.payout_status(ask.payout_id, done.provider_ref) == done
    assert wire.stand_in.books.balance(account) == {"eur": 2000}
    assert wire.problems() == []


async def test_a_payout_that_came_back_has_failed() -> None:
    wire = StripeWire()
    account = await connected(wire)
    pays_out = wire.stripe.roles.pays_out
    assert pays_out is not None
    prompt = await wire.stripe.start(ask_of(wire))
    wire.stand_in.settling.pay(prompt.provider_ref or "")
    ask = PayoutAsk(uuid7(), account, "EUR", 2000, "Summer night")
    done = await pays_out.pay_out(ask)
    wire.stand_in.books.get("transfer", done.provider_ref or "")["reversed"] = True
    back = await pays_out.payout_status(ask.payout_id, done.provider_ref)
    assert (back.outcome, back.reason) == (PayoutOutcome.FAILED, "reversed")
    bank = make_payout(wire.stand_in.books, PLATFORM, 100, "eur")
    assert (await pays_out.payout_status(uuid7(), bank["id"])).outcome is PayoutOutcome.DONE


@pytest.mark.parametrize("account", ["", "DE89370400440532013000", "acct_1Nobody", "acct_1/../x"])
async def test_a_receiver_stripe_does_not_know_is_refused(account: str) -> None:
    wire = StripeWire()
    pays_out = wire.stripe.roles.pays_out
    assert pays_out is not None
    with pytest.raises(BadReceiver):
        await pays_out.receiver(Receiver("Ada", "EUR", "DE", {"account": account}))


async def test_an_account_that_may_not_receive_yet_is_refused() -> None:
    wire = StripeWire()
    onboards, pays_out = wire.stripe.roles.onboards, wire.stripe.roles.pays_out
    assert onboards is not None and pays_out is not None
    invitation = await onboards.invite(uuid7(), None, email="a@b.example", country="DE", return_url=BACK)
    with pytest.raises(BadReceiver):
        await pays_out.receiver(Receiver("Ada", "EUR", "DE", {"account": invitation.account_ref}))
    ask = PayoutAsk(uuid7(), invitation.account_ref, "EUR", 1, "Summer night")
    assert (await pays_out.pay_out(ask)).outcome is PayoutOutcome.FAILED


async def test_looking_proves_the_keys_the_mode_and_the_account() -> None:
    wire = StripeWire()
    status = await wire.stripe.look()
    assert (status.ref, status.can_take, status.is_live) == (PLATFORM, True, False)
    assert status.label == "Admit One (stand-in)"
    wrong = {**CREDENTIALS, "secret_key": "sk_test_wrong0123456789"}
    for provider in (
        wire.open(credentials=wrong),
        wire.open(replace(wire.sheet, mode=Mode.LIVE)),
        wire.open(replace(wire.sheet, ref="acct_1Other")),
    ):
        with pytest.raises(BadCredentials):
            await provider.look()
    wire.stand_in.plan("GET /v1/balance", Fault.NEVER_ARRIVED)
    with pytest.raises(ProviderAway):
        await wire.stripe.look()


async def test_an_account_opened_by_the_site_looks_at_itself_and_plays_no_roles() -> None:
    wire = StripeWire()
    ref = await connected(wire)
    sheet = account_sheet(ref=ref, organiser_id=uuid7(), options={"opened_by": "site"})
    provider = wire.open(sheet)
    status = await provider.look()
    assert (status.ref, status.can_take) == (ref, True)
    assert provider.roles.pays_out is None and provider.roles.mirrored is None
    own = wire.open(account_sheet(organiser_id=uuid7())).roles
    assert own.pays_out is None and own.onboards is None
    assert own.mirrored is not None and own.disputes is not None


async def test_a_refund_that_is_too_large_leaves_the_organisers_part_alone() -> None:
    wire = StripeWire()
    account = await connected(wire)
    ref = await split_payment(wire, account)
    ask = RefundAsk(uuid7(), ref, "EUR", 2501, "cancelled", split_back_minor=250)
    assert (await wire.stripe.refund(ask)).outcome is RefundOutcome.FAILED
    assert wire.stand_in.books.balance(account) == {"eur": 2250}
    status = [one async for one in wire.stripe.recent(wire.clock.now() - timedelta(minutes=1))]
    assert [(one.provider_ref, one.outcome) for one in status] == [(ref, Outcome.PAID)]
