"""What Paystack's words mean in ours: statuses, amounts, whose payment it is."""

from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments import Outcome
from admitone.payments.kinds import Mode
from admitone.payments.providers.paystack.rows import Transaction, moment, own_id, status_of, written
from admitone.values.ids import uuid7

ATTEMPT, ACCOUNT = uuid7(), uuid7()


def transaction(**changes: object) -> Transaction:
    row: dict[str, object] = {
        "id": 4099260516,
        "domain": "test",
        "status": "success",
        "reference": ATTEMPT.hex,
        "amount": 2500,
        "requested_amount": 2500,
        "currency": "NGN",
        "fees": 38,
        "paid_at": "2024-08-22T09:15:02.000Z",
        "metadata": {"attempt_id": ATTEMPT.hex, "payment_account": ACCOUNT.hex},
    }
    return msgspec.convert({**row, **changes}, Transaction)


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("success", Outcome.PAID),
        ("reversed", Outcome.PAID),
        ("failed", Outcome.FAILED),
        ("abandoned", Outcome.PENDING),
        ("ongoing", Outcome.PENDING),
        ("pending", Outcome.PENDING),
        ("processing", Outcome.SEEN),
        ("queued", Outcome.SEEN),
        ("something new", Outcome.UNKNOWN),
    ],
)
def test_each_word_of_theirs_has_one_meaning(word: str, outcome: Outcome) -> None:
    status = status_of(transaction(status=word), Mode.TEST, ACCOUNT)
    assert (status.outcome, status.attempt_id) == (outcome, ATTEMPT)
    assert (status.paid_minor, status.currency) == (
        (2500, "NGN") if outcome in (Outcome.PAID, Outcome.SEEN) else (None, None)
    )


def test_what_was_taken_back_before_it_arrived_has_failed() -> None:
    status = status_of(transaction(status="reversed", paid_at=None), Mode.TEST, ACCOUNT)
    assert (status.outcome, status.paid_minor) == (Outcome.FAILED, None)


def test_another_amount_is_told_as_it_arrived() -> None:
    assert status_of(transaction(amount=2000), Mode.TEST, ACCOUNT).paid_minor == 2000
    assert status_of(transaction(amount=9000), Mode.TEST, ACCOUNT).paid_minor == 9000


def test_a_fee_on_top_is_not_part_of_what_arrived_for_the_order() -> None:
    # The figures of the provider's own example of a verified transaction.
    found = transaction(amount=40333, requested_amount=30050, fees=10283)
    assert (found.fee_on_top_minor, found.arrived_minor, found.asked_minor) == (10283, 30050, 30050)
    assert status_of(found, Mode.TEST, ACCOUNT).paid_minor == 30050


@given(st.integers(1, 10**9), st.integers(0, 10**7), st.integers(-(10**7), 10**7))
def test_what_arrived_is_all_of_it_unless_the_fee_explains_the_rest(
    asked: int, fees: int, extra: int
) -> None:
    found = transaction(amount=asked + extra, requested_amount=asked, fees=fees)
    assert found.arrived_minor == (asked if extra == fees else asked + extra)


def test_nothing_of_the_other_mode_or_of_another_account_counts() -> None:
    live = status_of(transaction(domain="live"), Mode.TEST, ACCOUNT)
    assert (live.outcome, live.reason, live.paid_minor) == (Outcome.UNKNOWN, "other_mode", None)
    assert status_of(transaction(domain="live"), Mode.LIVE, ACCOUNT).outcome is Outcome.PAID
    other = status_of(transaction(), Mode.TEST, uuid7())
    assert (other.outcome, other.reason, other.paid_minor) == (Outcome.UNKNOWN, "other_account", None)


def test_the_metadata_says_whose_payment_it_is_before_the_reference_does() -> None:
    swapped = uuid7()
    status = status_of(transaction(metadata={"attempt_id": swapped.hex}), Mode.TEST, ACCOUNT)
    assert status.attempt_id == swapped


@pytest.mark.parametrize("metadata", ["", 0, None, {}, [], "{", {"attempt_id": 5}, {"attempt_id": "x"}])
def test_without_metadata_the_reference_says_it(metadata: object) -> None:
    assert status_of(transaction(metadata=metadata), Mode.TEST, ACCOUNT).attempt_id == ATTEMPT


def test_metadata_may_come_as_a_text() -> None:
    text = f'{{"attempt_id": "{ATTEMPT.hex}", "payment_account": "{uuid7().hex}"}}'
    status = status_of(transaction(metadata=text, reference="x"), Mode.TEST, ACCOUNT)
    assert (status.attempt_id, status.reason) == (ATTEMPT, "other_account")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Declined", "declined"),
        ("Insufficient Funds", "insufficient_funds"),
        ("Transaction timed out", "expired"),
        ("Cancelled by customer", "cancelled"),
        (None, "declined"),
    ],
)
def test_why_a_payment_failed_is_said_in_words_the_pages_know(words: str | None, reason: str) -> None:
    assert (
        status_of(transaction(status="failed", gateway_response=words), Mode.TEST, ACCOUNT).reason == reason
    )


@given(st.uuids())
def test_our_ids_are_known_by_their_form(one: UUID) -> None:
    assert own_id(one.hex) == one
    assert own_id(str(one)) is None
    assert own_id(one.hex.upper()) in (None, one)
    assert own_id("T685312322670591") is own_id(None) is own_id("é" * 32) is None


def test_instants_are_read_and_written() -> None:
    at = moment("2024-08-22T09:15:02.000Z")
    assert at is not None
    assert written(at) == "2024-08-22T09:15:02.000Z"
    assert moment("2024-08-22T10:15:02+01:00") == at
    assert moment(None) is moment("") is moment("yesterday") is moment("2024-08-22T09:15:02") is None
