"""What PayPal does besides being paid: money out once, books that add up, disputes that are answered once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from admitone.entrypoints.standins.paypal import Mishap
from admitone.payments import NOT_FOUND, Ask, Outcome, RefundAsk
from admitone.payments.account_status import ProviderAway
from admitone.payments.providers.paypal.books import PayPalBooks
from admitone.payments.providers.paypal.disputes import PayPalDisputes
from admitone.payments.providers.paypal.payouts import PayPalPayouts
from admitone.payments.roles import (
    BadReceiver,
    DisputeState,
    Evidence,
    MovementKind,
    PayoutAsk,
    PayoutOutcome,
    Receiver,
)
from admitone.plumbing.database import Database
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paypal import PayPalLine

pytestmark = pytest.mark.asyncio
PAYOUTS = "/v1/payments/payouts"


@pytest.fixture
def line() -> PayPalLine:
    return PayPalLine()


@pytest.fixture
async def rich(line: PayPalLine) -> AsyncIterator[PayPalLine]:
    """With 1,000.00 taken, less PayPal's fee of 2.99 % and 0.39."""
    await paid(line, 100_000)
    yield line
    assert line.problems() == []


async def paid(line: PayPalLine, minor: int = 2500, currency: str = "EUR") -> str:
    until = line.clock.now() + timedelta(minutes=15)
    ask = Ask(uuid7(), "paypal", currency, minor, "Order", "https://tickets.example/o", until)
    ref = await line.agreed(ask)
    assert (await line.provider.status(ask.attempt_id, ref)).outcome is Outcome.PAID
    return ref


def payouts(line: PayPalLine) -> PayPalPayouts:
    role = line.provider.roles.pays_out
    assert isinstance(role, PayPalPayouts)
    return role


def books(line: PayPalLine) -> PayPalBooks:
    role = line.provider.roles.mirrored
    assert isinstance(role, PayPalBooks)
    return role


def disputes(line: PayPalLine) -> PayPalDisputes:
    role = line.provider.roles.disputes
    assert isinstance(role, PayPalDisputes)
    return role


def a_payout(minor: int = 10_000) -> PayoutAsk:
    return PayoutAsk(uuid7(), "organiser@theatre.example", "EUR", minor, "Payout of November")


# Money out


async def test_a_payout_is_on_its_way_and_then_done(rich: PayPalLine) -> None:
    ask = a_payout()
    made = await payouts(rich).pay_out(ask)
    assert made.outcome is PayoutOutcome.PENDING
    rich.standin.office.finish_payouts()
    done = await payouts(rich).payout_status(ask.payout_id, made.provider_ref)
    assert (done.outcome, done.provider_ref, done.reason) == (PayoutOutcome.DONE, made.provider_ref, None)


@pytest.mark.parametrize("mishap", [Mishap.ANSWER_LOST, Mishap.GARBAGE, Mishap.NEVER_ARRIVED])
async def test_a_payout_whose_answer_was_lost_is_sent_once(rich: PayPalLine, mishap: Mishap) -> None:
    ask = a_payout()
    rich.mishap("pay_out", mishap)
    assert (await payouts(rich).pay_out(ask)).outcome is PayoutOutcome.UNKNOWN
    again = [await payouts(rich).pay_out(ask) for _ in range(3)]
    assert {one.outcome for one in again} == {PayoutOutcome.PENDING}
    assert len({one.provider_ref for one in again}) == len(rich.standin.company.state.payouts) == 1


async def test_a_payout_that_was_made_and_cannot_be_read_keeps_its_name(rich: PayPalLine) -> None:
    ask = a_payout()
    rich.mishap("get_payout", Mishap.SERVER_ERROR)
    made = await payouts(rich).pay_out(ask)
    assert made.outcome is PayoutOutcome.UNKNOWN
    assert made.provider_ref in rich.standin.company.state.payouts


async def test_a_payout_is_found_by_its_key_once_paypal_spoke_of_it(rich: PayPalLine) -> None:
    ask = a_payout()
    made = await payouts(rich).pay_out(ask)
    other = rich.open(rich.sheet).roles.pays_out
    assert other is not None
    assert (await other.payout_status(ask.payout_id, None)).reason == NOT_FOUND
    rich.standin.office.finish_payouts()
    found = await other.payout_status(ask.payout_id, None)
    assert (found.outcome, found.provider_ref) == (PayoutOutcome.DONE, made.provider_ref)


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("SUCCESS", PayoutOutcome.DONE),
        ("FAILED", PayoutOutcome.FAILED),
        ("RETURNED", PayoutOutcome.FAILED),
        ("DENIED", PayoutOutcome.FAILED),
        ("UNCLAIMED", PayoutOutcome.PENDING),
        ("ONHOLD", PayoutOutcome.PENDING),
    ],
)
async def test_each_end_of_a_payout_is_told(rich: PayPalLine, end: str, outcome: PayoutOutcome) -> None:
    rich.standin.knobs.payouts_end = end
    ask = a_payout()
    made = await payouts(rich).pay_out(ask)
    rich.standin.office.finish_payouts()
    told = await payouts(rich).payout_status(ask.payout_id, made.provider_ref)
    assert told.outcome is outcome
    assert (told.reason is None) == (outcome is PayoutOutcome.DONE)


async def test_too_little_money_is_for_later_and_nothing_went(rich: PayPalLine) -> None:
    answer = await payouts(rich).pay_out(a_payout(97_000))
    assert (answer.outcome, answer.reason) == (PayoutOutcome.LATER, "INSUFFICIENT_FUNDS")
    assert rich.standin.company.state.payouts == {}


async def test_another_payouts_name_is_not_taken_for_ours(rich: PayPalLine) -> None:
    made = await payouts(rich).pay_out(a_payout())
    told = await payouts(rich).payout_status(uuid7(), made.provider_ref)
    assert (told.outcome, told.reason) == (PayoutOutcome.UNKNOWN, "other_payout")
    for nobody in ("NOBODY7", "../orders"):
        assert (await payouts(rich).payout_status(uuid7(), nobody)).reason == NOT_FOUND


async def test_a_receiver_is_an_address_that_can_be_one(line: PayPalLine) -> None:
    good = Receiver("Theatre", "EUR", "DE", {"email": " office@theatre.example "})
    assert await payouts(line).receiver(good) == "office@theatre.example"
    for details in (
        {},
        {"email": "theatre"},
        {"email": "a b@c.example"},
        {"email": "ä@ö.example"},
        {"email": f"a@{'b' * 130}.example"},
    ):
        with pytest.raises(BadReceiver):
            await payouts(line).receiver(Receiver("Theatre", "EUR", "DE", details))
    with pytest.raises(BadReceiver):
        await payouts(line).receiver(Receiver("Theatre", "NGN", "NG", {"email": "a@b.example"}))


# Books


async def test_the_books_add_up_to_the_balance(line: PayPalLine) -> None:
    since = line.clock.now() - timedelta(days=1)
    ref = await paid(line, 100_000)
    jpy = await paid(line, 5_000, "JPY")
    line.clock.move(seconds=60)
    refund = await line.provider.refund(RefundAsk(uuid7(), ref, "EUR", 4_000, "cancelled"))
    line.clock.move(seconds=60)
    made = await payouts(line).pay_out(a_payout())
    dispute = line.standin.office.open_dispute(jpy)
    line.standin.office.resolve_dispute(dispute, seller_wins=False)
    lines = [one async for one in books(line).movements(since)]
    assert {(one.kind, one.currency, one.amount_minor, one.fee_minor) for one in lines} == {
        (MovementKind.PAYMENT, "EUR", 100_000, 3_029),
        (MovementKind.PAYMENT, "JPY", 5_000, 159),
        (MovementKind.REFUND, "EUR", -4_000, 0),
        (MovementKind.PAYOUT, "EUR", -10_000, 200),
        (MovementKind.DISPUTE, "JPY", -5_000, 0),
    }
    by_kind = {(one.kind, one.currency): one for one in lines}
    assert by_kind[MovementKind.PAYMENT, "EUR"].about_ref == ref
    assert by_kind[MovementKind.REFUND, "EUR"].ref == refund.provider_ref
    assert by_kind[MovementKind.PAYOUT, "EUR"].about_ref == made.provider_ref
    assert [one.at for one in lines] == sorted(one.at for one in lines)
    sums = {
        currency: sum(one.amount_minor - one.fee_minor for one in lines if one.currency == currency)
        for currency in ("EUR", "JPY")
    }
    assert await books(line).balances() == sums


async def test_months_are_asked_for_one_by_one_and_no_line_twice(line: PayPalLine) -> None:
    since = line.clock.now()
    for _ in range(4):
        await paid(line)
        line.clock.move(seconds=31 * 86_400)
    lines = [one async for one in books(line).movements(since)]
    assert len({one.ref for one in lines}) == len(lines) == 4
    assert line.asked("GET", "/v1/reporting/transactions") == 4
    assert [one async for one in books(line).movements(line.clock.now())] == []


@pytest.mark.parametrize("mishap", list(Mishap))
async def test_books_that_cannot_be_read_are_no_books(line: PayPalLine, mishap: Mishap) -> None:
    line.mishap("balances", mishap)
    line.mishap("transactions", mishap)
    with pytest.raises(ProviderAway):
        await books(line).balances()
    with pytest.raises(ProviderAway):
        _ = [one async for one in books(line).movements(line.clock.now() - timedelta(days=1))]


# Disputes


def evidence(line: PayPalLine) -> Evidence:
    now = line.clock.now()
    return Evidence(
        buyer_name="Ada Byron",
        buyer_email="ada@example.org",
        product="Hamlet, 2 tickets",
        bought_at=now,
        terms_shown="x" * 3_000,
        refund_policy="Until the day before",
        delivered="By e-mail, opened",
        used="Admitted at Mill Lane door",
        event_at=now,
        files={"receipt": b"%PDF-1.7 receipt", "tickets": b"%PDF-1.7 tickets"},
    )


async def test_a_dispute_is_answered_once_and_names_our_payment(line: PayPalLine) -> None:
    ref = await paid(line)
    name = line.standin.office.open_dispute(ref)
    seen = await disputes(line).dispute(name)
    assert seen is not None
    assert (seen.payment_ref, seen.state, seen.amount_minor, seen.currency) == (
        ref,
        DisputeState.OPEN,
        2500,
        "EUR",
    )
    assert seen.answer_by is not None
    for _ in range(2):
        answered = await disputes(line).answer(name, evidence(line))
        assert answered.state is DisputeState.ANSWERED
    assert line.asked("POST", "/v1/customer/disputes") == 1
    kept = line.standin.company.state.disputes[name]
    assert kept["standin"] == {"files": 2}
    assert kept["evidences"][0]["notes"].startswith("Event on ")
    assert len(kept["evidences"][0]["notes"]) == 2000


@pytest.mark.parametrize(("wins", "state"), [(True, DisputeState.WON), (False, DisputeState.LOST)])
async def test_a_dispute_ends(line: PayPalLine, wins: bool, state: DisputeState) -> None:
    name = line.standin.office.open_dispute(await paid(line))
    line.standin.office.resolve_dispute(name, seller_wins=wins)
    ended = await disputes(line).dispute(name)
    assert ended is not None
    assert (ended.state, ended.answer_by) == (state, None)


async def test_disputes_that_changed_are_listed_page_by_page(line: PayPalLine) -> None:
    ref = await paid(line)
    old = line.standin.office.open_dispute(ref)
    line.clock.move(seconds=600)
    since = line.clock.now()
    names = [line.standin.office.open_dispute(ref) for _ in range(60)]
    found = [one.ref async for one in disputes(line).recent_disputes(since)]
    assert sorted(found) == sorted(names)
    assert old not in found
    assert await disputes(line).dispute("PP-D-1") is None


async def test_a_dispute_desk_that_is_away_is_away(line: PayPalLine) -> None:
    name = line.standin.office.open_dispute(await paid(line))
    line.mishap("get_dispute", Mishap.SERVER_ERROR)
    with pytest.raises(ProviderAway):
        await disputes(line).dispute(name)
    line.mishap("provide_evidence", Mishap.NEVER_ARRIVED)
    with pytest.raises(ProviderAway):
        await disputes(line).answer(name, evidence(line))
    assert (await disputes(line).answer(name, evidence(line))).state is DisputeState.ANSWERED


async def test_no_role_is_played_inside_a_transaction(line: PayPalLine, db: Database) -> None:
    async def drain(lines: AsyncIterator[object]) -> None:
        async for _ in lines:
            raise AssertionError("something was listed")

    now = line.clock.now()
    async with db.transaction():
        for call in (
            lambda: payouts(line).pay_out(a_payout()),
            lambda: payouts(line).payout_status(uuid7(), "B1"),
            lambda: payouts(line).receiver(Receiver("A", "EUR", "DE", {"email": "a@b.example"})),
            lambda: books(line).balances(),
            lambda: drain(books(line).movements(now)),
            lambda: disputes(line).dispute("PP-D-1"),
            lambda: disputes(line).answer("PP-D-1", evidence(line)),
            lambda: drain(disputes(line).recent_disputes(now)),
            lambda: line.provider.cancel(uuid7(), "5O1"),
            lambda: line.provider.look(),
            lambda: line.provider.read_notice({}, b""),
        ):
            with pytest.raises(AssertionError, match="inside a transaction"):
                await call()
    assert line.watch.seen == []
