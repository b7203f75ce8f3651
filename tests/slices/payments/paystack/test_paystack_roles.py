"""What Paystack does besides being paid: transfers, its books, disputes. And nothing its document does not have."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admitone.entrypoints.standins.paystack import Fault
from admitone.payments.account_status import BadCredentials, ProviderAway
from admitone.payments.providers.paystack import PaystackKind
from admitone.payments.roles import (
    NOT_FOUND,
    BadReceiver,
    Disputes,
    DisputeState,
    Evidence,
    Mirrored,
    Movement,
    MovementKind,
    PayoutAsk,
    PayoutOutcome,
    PaysOut,
    Receiver,
)
from admitone.values.ids import uuid7
from tests.contracts.payments.rig_paystack import DOCUMENT, SECRET_KEY, PaystackSide
from tests.support.provider_documents import provider_document

GHANA = Receiver("Mill Lane Events", "GHS", "GH", {"account_number": "0123456785", "bank_code": "040100"})


@pytest.fixture
def end() -> Iterator[PaystackSide]:
    made = PaystackSide()
    yield made
    assert made.problems == []


def pays_out(end: PaystackSide) -> PaysOut:
    role = end.open().roles.pays_out
    assert role is not None
    return role


def mirrored(end: PaystackSide) -> Mirrored:
    role = end.open().roles.mirrored
    assert role is not None
    return role


def disputes(end: PaystackSide) -> Disputes:
    role = end.open().roles.disputes
    assert role is not None
    return role


async def payout_of(end: PaystackSide, amount_minor: int = 1000) -> PayoutAsk:
    to_ref = await pays_out(end).receiver(GHANA)
    return PayoutAsk(uuid7(), to_ref, "GHS", amount_minor, "Jazz at the Mill")


def transfers(end: PaystackSide) -> int:
    return len(end.company.books.transfers)


async def test_a_receiver_is_made_known_once(end: PaystackSide) -> None:
    first = await pays_out(end).receiver(GHANA)
    assert first == await pays_out(end).receiver(GHANA)
    assert first.startswith("RCP_")
    [made] = end.company.books.recipients
    assert (made.type, made.name, made.account_number) == ("ghipss", "Mill Lane Events", "0123456785")


async def test_mobile_money_is_a_bank_of_its_own_kind(end: PaystackSide) -> None:
    details = {"account_number": "0551234987", "bank_code": "MPESA"}
    await pays_out(end).receiver(Receiver("Ada", "KES", "KE", details))
    assert end.company.books.recipients[0].type == "mobile_money"


@pytest.mark.parametrize(
    ("receiver", "field"),
    [
        (replace(GHANA, currency="EUR"), "currency"),
        (replace(GHANA, details={**GHANA.details, "account_number": "12"}), "account_number"),
        (replace(GHANA, details={**GHANA.details, "account_number": "12345x6789"}), "account_number"),
        (replace(GHANA, details={"account_number": "0123456785"}), "bank_code"),
        (replace(GHANA, details={**GHANA.details, "bank_code": "058"}), "bank_code"),
        (replace(GHANA, details={**GHANA.details, "account_number": "12345"}), None),
        (replace(GHANA, holder="Somebody Else"), "holder"),
    ],
)
async def test_a_receiver_the_bank_does_not_know_is_refused(
    end: PaystackSide, receiver: Receiver, field: str | None
) -> None:
    with pytest.raises(BadReceiver) as refused:
        await pays_out(end).receiver(receiver)
    assert refused.value.field == field
    assert end.company.books.recipients == []


async def test_a_receiver_cannot_be_asked_about_while_nobody_answers(end: PaystackSide) -> None:
    end.knobs.plan("GET /bank/resolve", Fault.SERVER_ERROR)
    with pytest.raises(ProviderAway):
        await pays_out(end).receiver(GHANA)


async def test_a_payout_arrives_once(end: PaystackSide) -> None:
    await end.paid(5000)
    ask = await payout_of(end)
    first = await pays_out(end).pay_out(ask)
    assert (first.outcome, first.provider_ref) == (PayoutOutcome.PENDING, ask.payout_id.hex)
    assert await pays_out(end).pay_out(ask) == first
    assert transfers(end) == 1
    end.clock.move(seconds=60)
    end.company.advance()
    assert (await pays_out(end).payout_status(ask.payout_id, None)).outcome is PayoutOutcome.DONE
    assert (await pays_out(end).pay_out(ask)).outcome is PayoutOutcome.DONE


@pytest.mark.parametrize("fault", [Fault.NEVER_ARRIVED, Fault.SERVER_ERROR, Fault.ANSWER_LOST, Fault.GARBAGE])
async def test_a_payout_without_an_answer_is_unknown_and_sent_once(end: PaystackSide, fault: Fault) -> None:
    await end.paid(5000)
    ask = await payout_of(end)
    end.knobs.plan("POST /transfer", fault)
    assert (await pays_out(end).pay_out(ask)).outcome is PayoutOutcome.UNKNOWN
    was_done = fault in (Fault.ANSWER_LOST, Fault.GARBAGE)
    found = await pays_out(end).payout_status(ask.payout_id, None)
    assert (found.outcome, found.reason) == (
        (PayoutOutcome.PENDING, None) if was_done else (PayoutOutcome.UNKNOWN, NOT_FOUND)
    )
    assert (await pays_out(end).pay_out(ask)).outcome is PayoutOutcome.PENDING
    assert transfers(end) == 1


async def test_the_same_key_for_another_amount_is_not_taken_for_it(end: PaystackSide) -> None:
    await end.paid(5000)
    ask = await payout_of(end)
    await pays_out(end).pay_out(ask)
    other = await pays_out(end).pay_out(replace(ask, amount_minor=1001))
    assert (other.outcome, other.reason) == (PayoutOutcome.UNKNOWN, "other_payout")
    assert transfers(end) == 1


async def test_too_little_money_and_a_code_to_enter_are_later(end: PaystackSide) -> None:
    ask = await payout_of(end)
    poor = await pays_out(end).pay_out(ask)
    assert (poor.outcome, poor.reason) == (PayoutOutcome.LATER, "too_little_money")
    assert transfers(end) == 0
    await end.paid(5000)
    end.knobs.needs_code = True
    before = end.company.books.balances["GHS"]
    waits = await pays_out(end).pay_out(ask)
    assert (waits.outcome, waits.reason) == (PayoutOutcome.LATER, "otp_required")
    assert await pays_out(end).pay_out(ask) == waits
    assert end.company.books.balances["GHS"] == before
    end.company.enter_code(ask.payout_id.hex)
    assert (await pays_out(end).pay_out(ask)).outcome is PayoutOutcome.PENDING
    assert end.company.books.balances["GHS"] == before - 1000 - 100


@pytest.mark.parametrize("word", ["failed", "reversed", "abandoned", "blocked", "rejected"])
async def test_a_payout_that_came_back_has_failed(end: PaystackSide, word: str) -> None:
    await end.paid(5000)
    ask = await payout_of(end)
    await pays_out(end).pay_out(ask)
    end.company.return_transfer(ask.payout_id.hex, word)
    status = await pays_out(end).payout_status(ask.payout_id, ask.payout_id.hex)
    assert (status.outcome, status.reason) == (PayoutOutcome.FAILED, word)


async def test_a_payout_to_nobody_fails_with_their_word(end: PaystackSide) -> None:
    await end.paid(5000)
    ask = replace(await payout_of(end), to_ref="RCP_nobody")
    status = await pays_out(end).pay_out(ask)
    assert (status.outcome, status.reason) == (PayoutOutcome.FAILED, "invalid_transfer_recipient")
    end.knobs.plan("POST /transfer", Fault.TOO_MANY)
    assert (await pays_out(end).pay_out(ask)).outcome is PayoutOutcome.LATER


async def lines(end: PaystackSide) -> list[Movement]:
    return [one async for one in mirrored(end).movements(end.now() - timedelta(days=30))]


async def test_every_movement_is_told_with_its_fee_and_adds_up_to_the_balance(end: PaystackSide) -> None:
    done = await end.paid(5000)
    refund = done.refund(700)
    await end.provider.refund(refund)
    ask = await payout_of(end)
    await pays_out(end).pay_out(ask)
    end.company.return_transfer(ask.payout_id.hex)
    lost = await end.paid(900)
    dispute = end.company.open_dispute(lost.ref)
    end.company.decide(str(dispute.id), merchant_wins=False)
    end.company.settle("GHS")
    found = await lines(end)
    assert [(one.kind, one.amount_minor, one.fee_minor) for one in found] == [
        (MovementKind.PAYMENT, 5000, 98),
        (MovementKind.REFUND, -700, 0),
        (MovementKind.PAYOUT, -1000, 100),
        (MovementKind.PAYOUT, 1000, -100),
        (MovementKind.PAYMENT, 900, 18),
        (MovementKind.DISPUTE, -900, 0),
        (MovementKind.TRANSFER, -(5000 - 98 - 700 + 900 - 18 - 900), 0),
    ]
    [made] = [one for one in end.company.books.refunds if one.dispute_id is None]
    assert [one.about_ref for one in found][:6] == [
        done.ref,
        str(made.id),
        ask.payout_id.hex,
        ask.payout_id.hex,
        lost.ref,
        str(dispute.id),
    ]
    assert len({one.ref for one in found}) == 7
    assert await mirrored(end).balances() == {"GHS": 0}


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(100, 10**7), st.booleans(), st.booleans()), min_size=1, max_size=8))
async def test_movements_always_add_up_to_the_balance(payments: list[tuple[int, bool, bool]]) -> None:
    end = PaystackSide()
    for amount, is_fee_on_top, is_refunded in payments:
        end.knobs.buyer_bears_fee = is_fee_on_top
        done = await end.paid(amount)
        if is_refunded:
            await end.provider.refund(done.refund(amount // 2))
    found = await lines(end)
    balance = sum(one.amount_minor - one.fee_minor for one in found)
    assert await mirrored(end).balances() == {"GHS": balance}
    arrived = [one.amount_minor for one in found if one.kind is MovementKind.PAYMENT]
    assert arrived == [amount for amount, _, _ in payments]


async def test_a_line_nothing_explains_is_told_as_it_is(end: PaystackSide) -> None:
    done = await end.paid(5000)
    end.company.books.transactions.clear()
    [line] = await lines(end)
    assert (line.amount_minor, line.fee_minor, line.about_ref) == (4902, 0, None)
    assert done.ref
    end.company.books.lines[0].model = "SomethingNew"
    [line] = await lines(end)
    assert (line.kind, line.amount_minor) == (MovementKind.OTHER, 4902)


async def test_books_that_cannot_be_read_are_raised(end: PaystackSide) -> None:
    await end.paid()
    end.knobs.plan("GET /balance", Fault.NEVER_ARRIVED, Fault.GARBAGE)
    for _ in range(2):
        with pytest.raises(ProviderAway):
            await mirrored(end).balances()
    end.knobs.plan("GET /balance/ledger", Fault.SERVER_ERROR)
    with pytest.raises(ProviderAway):
        await lines(end)
    wrong = end.open(SECRET_KEY[:-1] + "x").roles.mirrored
    assert wrong is not None
    with pytest.raises(BadCredentials):
        await wrong.balances()


def evidence(end: PaystackSide, **files: bytes) -> Evidence:
    return Evidence(
        buyer_name="Ada Lovelace",
        buyer_email="ada@example.org",
        product="Jazz at the Mill, 2 tickets",
        bought_at=end.now(),
        terms_shown="Refunds until the day before",
        refund_policy="Refunds until the day before",
        delivered="By e-mail on 21 November",
        used="Both tickets were scanned at Mill Lane door",
        event_at=end.now(),
        files=files,
    )


async def test_a_dispute_is_looked_at_and_listed(end: PaystackSide) -> None:
    done = await end.paid(5000)
    opened = end.company.open_dispute(done.ref, "fraud")
    found = await disputes(end).dispute(str(opened.id))
    assert found is not None
    assert (found.payment_ref, found.state, found.amount_minor) == (done.ref, DisputeState.OPEN, 5000)
    assert (found.currency, found.reason) == ("GHS", "fraud")
    assert found.answer_by is not None and found.answer_by > end.now()
    assert [one async for one in disputes(end).recent_disputes(end.now() - timedelta(hours=1))] == [found]
    assert [one async for one in disputes(end).recent_disputes(end.now() + timedelta(hours=1))] == []
    assert await disputes(end).dispute("999") is None
    assert await disputes(end).dispute("../balance") is None


async def test_a_dispute_is_answered_once_and_then_the_bank_decides(end: PaystackSide) -> None:
    done = await end.paid(5000)
    ref = str(end.company.open_dispute(done.ref).id)
    answered = await disputes(end).answer(ref, evidence(end, receipt=b"%PDF-1.7 receipt"))
    assert answered.state is DisputeState.ANSWERED
    [kept] = end.company.books.disputes
    assert kept.evidence is not None
    assert kept.evidence["customer_email"] == "ada@example.org"
    assert "Both tickets were scanned" in str(kept.evidence["service_details"])
    assert kept.uploaded is not None
    assert end.company.books.files[kept.uploaded] == b"%PDF-1.7 receipt"
    asked = [call for call in end.watch.seen if call[0] != "GET"]
    assert await disputes(end).answer(ref, evidence(end)) == answered
    assert [call for call in end.watch.seen if call[0] != "GET"] == asked
    end.company.decide(ref, merchant_wins=True)
    won = await disputes(end).dispute(ref)
    assert won is not None and won.state is DisputeState.WON


async def test_without_a_document_our_records_go_as_a_text(end: PaystackSide) -> None:
    done = await end.paid(5000)
    ref = str(end.company.open_dispute(done.ref).id)
    await disputes(end).answer(ref, evidence(end))
    [sent] = end.company.books.files.values()
    assert b"Bought: Jazz at the Mill, 2 tickets" in sent


async def test_a_lost_dispute_is_lost(end: PaystackSide) -> None:
    done = await end.paid(5000)
    ref = str(end.company.open_dispute(done.ref).id)
    end.company.decide(ref, merchant_wins=False)
    lost = await disputes(end).dispute(ref)
    assert lost is not None and lost.state is DisputeState.LOST


async def test_an_answer_that_was_lost_half_way_is_given_again(end: PaystackSide) -> None:
    done = await end.paid(5000)
    ref = str(end.company.open_dispute(done.ref).id)
    end.knobs.plan("PUT /dispute", Fault.SERVER_ERROR, Fault.ANSWER_LOST)
    for _ in range(2):
        with pytest.raises(ProviderAway):
            await disputes(end).answer(ref, evidence(end))
    assert (await disputes(end).answer(ref, evidence(end))).state is DisputeState.ANSWERED
    with pytest.raises(ProviderAway):
        await disputes(end).answer("999", evidence(end))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://s3.amazonaws.com/x",
        "https://s3.amazonaws.com.evil.example/x",
        "https://evilamazonaws.com/x",
        "https://x@evil.example/.amazonaws.com",
    ],
)
async def test_documents_are_sent_nowhere_but_to_the_store(end: PaystackSide, url: str) -> None:
    done = await end.paid(5000)
    opened = end.company.open_dispute(done.ref)
    asked: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.method)
        data: object = {"id": 1, "signedUrl": url, "fileName": "x"}
        if request.method == "GET" and request.url.path == f"/dispute/{opened.id}":
            data = end.company.dispute_answer(opened)
        return httpx2.Response(200, content=json.dumps({"status": True, "data": data}).encode())

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handler))
    role = PaystackKind(client, end.clock).open(end.sheet, {"secret_key": SECRET_KEY}).roles.disputes
    assert role is not None
    with pytest.raises(ProviderAway):
        await role.answer(str(opened.id), evidence(end))
    assert asked == ["GET", "POST", "GET"]


async def test_every_request_is_one_the_document_knows(end: PaystackSide) -> None:
    document = provider_document(DOCUMENT)
    done = await end.paid(5000)
    refund = done.refund(100)
    made = await end.provider.refund(refund)
    await end.provider.refund_status(refund.refund_id, done.ref, made.provider_ref)
    [_ async for _ in end.provider.recent(end.now() - timedelta(days=1))]
    await end.provider.look()
    ask = await payout_of(end)
    await pays_out(end).pay_out(ask)
    await pays_out(end).payout_status(ask.payout_id, None)
    await lines(end)
    ref = str(end.company.open_dispute(done.ref).id)
    await disputes(end).answer(ref, evidence(end))
    [_ async for _ in disputes(end).recent_disputes(end.now())]
    assert end.problems == []
    found = [document.operation(method, path) for method, path in end.watch.seen]
    used = {one.pointer for one in found if one is not None}
    assert len(used) == 19
