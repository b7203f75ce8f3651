"""Stripe's books mirrored to the cent, and disputes answered with what our records say."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admitone.entrypoints.standins.stripe import PLATFORM, Fault, decide_dispute, make_payout, open_dispute
from admitone.payments import RefundAsk
from admitone.payments.account_status import ProviderAway
from admitone.payments.roles import DisputeState, Evidence, Mirrored, Movement, MovementKind, PayoutAsk
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_stripe import StripeWire, account_sheet
from tests.slices.payments.stripe.test_stripe_connect import connected, split_payment
from tests.slices.payments.stripe.test_stripe_payments import ask_of

pytestmark = pytest.mark.asyncio


def mirror(wire: StripeWire) -> Mirrored:
    mirrored = wire.stripe.roles.mirrored
    assert mirrored is not None
    return mirrored


async def movements(wire: StripeWire, since: datetime) -> list[Movement]:
    return [one async for one in mirror(wire).movements(since)]


def summed(lines: list[Movement]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in lines:
        total[one.currency] = total.get(one.currency, 0) + one.amount_minor - one.fee_minor
    return total


async def paid(wire: StripeWire, amount_minor: int = 2500, currency: str = "EUR") -> str:
    prompt = await wire.stripe.start(ask_of(wire, amount_minor=amount_minor, currency=currency))
    assert prompt.provider_ref is not None
    assert wire.stand_in.settling.pay(prompt.provider_ref)
    return prompt.provider_ref


def charge_of(wire: StripeWire, session_id: str) -> str:
    session = wire.stand_in.books.get("checkout.session", session_id)
    return str(wire.stand_in.books.get("payment_intent", session["payment_intent"])["latest_charge"])


async def test_every_line_names_what_it_is_about_and_they_add_up_to_the_balance() -> None:
    wire = StripeWire()
    begun_at = wire.clock.now()
    account = await connected(wire)
    plain = await paid(wire, 8000)
    split = await split_payment(wire, account)
    wire.clock.move(seconds=3600 * 30)
    refund = await wire.stripe.refund(RefundAsk(uuid7(), split, "EUR", 1000, "cancelled", split_back_minor=7))
    dispute = open_dispute(wire.stand_in.books, charge_of(wire, plain))
    decide_dispute(wire.stand_in.books, dispute["id"], won=True)
    pays_out = wire.stripe.roles.pays_out
    assert pays_out is not None
    payout = await pays_out.pay_out(PayoutAsk(uuid7(), account, "EUR", 300, "Summer night"))
    bank = make_payout(wire.stand_in.books, PLATFORM, 500, "eur")
    lines = await movements(wire, begun_at)
    assert [one.at for one in lines] == sorted(one.at for one in lines)
    assert (
        summed(lines)
        == await mirror(wire).balances()
        == {"EUR": wire.stand_in.books.balance(PLATFORM)["eur"]}
    )
    found = {(one.kind, one.amount_minor, one.fee_minor, one.about_ref) for one in lines}
    assert found >= {
        (MovementKind.PAYMENT, 8000, 145, plain),
        (MovementKind.PAYMENT, 2500, 62, split),
        (MovementKind.REFUND, -1000, 0, refund.provider_ref),
        (MovementKind.DISPUTE, -8000, 2000, dispute["id"]),
        (MovementKind.DISPUTE, 8000, 0, dispute["id"]),
        (MovementKind.TRANSFER, -300, 0, payout.provider_ref),
        (MovementKind.PAYOUT, -500, 0, bank["id"]),
    }
    passed_on = {
        (one.kind, one.amount_minor, one.about_ref) for one in lines if one.kind is MovementKind.TRANSFER
    }
    assert passed_on == {
        (MovementKind.TRANSFER, -2500, split),
        (MovementKind.TRANSFER, 250, split),
        (MovementKind.TRANSFER, 1000, split),
        (MovementKind.TRANSFER, -7, split),
        (MovementKind.TRANSFER, -300, payout.provider_ref),
    }
    assert wire.problems() == []


async def test_only_lines_since_then_are_given_and_many_pages_lose_none() -> None:
    wire = StripeWire()
    wire.stand_in.books.move(PLATFORM, "charge", "charge", 1, "eur", source="ch_old")
    wire.clock.move(seconds=10)
    since = wire.clock.now()
    for number in range(250):
        wire.stand_in.books.move(PLATFORM, "charge", "charge", number, "eur", source=f"ch_{number}")
    assert [one.amount_minor for one in await movements(wire, since)] == list(range(250))


@settings(max_examples=20)
@given(
    amounts=st.lists(
        st.tuples(st.sampled_from(["EUR", "JPY", "USD"]), st.integers(100, 90_000)), min_size=1, max_size=5
    ),
    back=st.integers(1, 100),
)
async def test_sales_and_refunds_in_any_mix_add_up(amounts: list[tuple[str, int]], back: int) -> None:
    wire = StripeWire()
    begun_at = wire.clock.now()
    for currency, amount in amounts:
        ref = await paid(wire, amount, currency)
        await wire.stripe.refund(RefundAsk(uuid7(), ref, currency, back, "cancelled"))
    lines = await movements(wire, begun_at)
    assert summed(lines) == await mirror(wire).balances()
    sold = sum(amount for _, amount in amounts)
    assert sum(one.amount_minor for one in lines if one.kind is MovementKind.PAYMENT) == sold


async def test_books_that_cannot_be_read_are_no_empty_books() -> None:
    wire = StripeWire()
    for fault in (Fault.NEVER_ARRIVED, Fault.SERVER_ERROR, Fault.GARBAGE):
        wire.stand_in.plan("GET /v1/balance_transactions", fault)
        with pytest.raises(ProviderAway):
            await movements(wire, wire.clock.now())
        wire.stand_in.plan("GET /v1/balance", fault)
        with pytest.raises(ProviderAway):
            await mirror(wire).balances()
        wire.stand_in.plan("GET /v1/events", fault)
        with pytest.raises(ProviderAway):
            [one async for one in wire.stripe.recent(wire.clock.now())]


EVIDENCE = Evidence(
    buyer_name="Ada Byron",
    buyer_email="ada@example.org",
    product="2 tickets, Summer night",
    bought_at=datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
    terms_shown="No way back after the doors opened.",
    refund_policy="Until a week before.",
    delivered="Tickets sent to ada@example.org",
    used="Admitted at Mill Lane, 19:58",
    event_at=datetime(2026, 7, 1, 18, 0, tzinfo=UTC),
    files={"ticket": b"%PDF-1.7 ticket", "receipt": b"%PDF-1.7 receipt", "else": b"%PDF-1.7 else"},
)


async def test_a_dispute_is_told_answered_once_and_decided() -> None:
    wire = StripeWire()
    disputes = wire.stripe.roles.disputes
    assert disputes is not None
    begun_at = wire.clock.now()
    ref = await paid(wire)
    opened = open_dispute(wire.stand_in.books, charge_of(wire, ref))
    told = await disputes.dispute(opened["id"])
    assert told is not None
    assert (told.payment_ref, told.state, told.amount_minor, told.fee_minor) == (
        ref,
        DisputeState.OPEN,
        2500,
        2000,
    )
    assert told.answer_by == begun_at + timedelta(days=7)
    assert told.opened_at == begun_at
    answered = await disputes.answer(opened["id"], EVIDENCE)
    assert answered.state is DisputeState.ANSWERED
    sent: Mapping[str, str] = opened["evidence"]
    assert sent["customer_name"] == "Ada Byron"
    assert sent["service_date"] == "2026-07-01"
    assert sent["access_activity_log"] == EVIDENCE.used
    for place, name in (
        ("service_documentation", "ticket"),
        ("receipt", "receipt"),
        ("uncategorized_file", "else"),
    ):
        kept = wire.stand_in.books.get("file", sent[place])
        assert (kept["filename"], kept["size"], kept["purpose"]) == (
            f"{name}.pdf",
            len(EVIDENCE.files[name]),
            "dispute_evidence",
        )
    assert (await disputes.answer(opened["id"], EVIDENCE)).state is DisputeState.ANSWERED
    assert opened["evidence_details"]["submission_count"] == 1
    decide_dispute(wire.stand_in.books, opened["id"], won=False)
    changed = [one async for one in disputes.recent_disputes(begun_at)]
    assert [(one.ref, one.state) for one in changed] == [(opened["id"], DisputeState.LOST)]
    assert wire.problems() == []


async def test_an_answer_that_was_lost_half_way_is_sent_to_its_end() -> None:
    wire = StripeWire()
    disputes = wire.stripe.roles.disputes
    assert disputes is not None
    opened = open_dispute(wire.stand_in.books, charge_of(wire, await paid(wire)))
    wire.stand_in.plan("POST /v1/files", Fault.ANSWER_LOST)
    with pytest.raises(ProviderAway):
        await disputes.answer(opened["id"], EVIDENCE)
    wire.stand_in.plan("POST /v1/disputes/*", Fault.ANSWER_LOST)
    with pytest.raises(ProviderAway):
        await disputes.answer(opened["id"], EVIDENCE)
    assert (await disputes.answer(opened["id"], EVIDENCE)).state is DisputeState.ANSWERED
    # The same documents are uploaded once.
    assert len(list(wire.stand_in.books.all("file"))) == 3


async def test_a_dispute_nobody_knows_is_none() -> None:
    disputes = StripeWire().stripe.roles.disputes
    assert disputes is not None
    assert await disputes.dispute("dp_1Nothing") is None
    assert await disputes.dispute("../balance") is None


async def test_a_dispute_of_a_card_payment_names_its_intent() -> None:
    wire = StripeWire(account_sheet(options={"payment_intents": "on"}))
    disputes = wire.stripe.roles.disputes
    assert disputes is not None
    prompt = await wire.stripe.start(ask_of(wire, "card"))
    intent = wire.stand_in.books.get("payment_intent", prompt.provider_ref or "")
    opened = open_dispute(wire.stand_in.books, wire.stand_in.settling.charge(intent)["id"])
    told = await disputes.dispute(opened["id"])
    assert told is not None and told.payment_ref == prompt.provider_ref
