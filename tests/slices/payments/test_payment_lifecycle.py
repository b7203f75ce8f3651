"""The pure life of attempts and refunds: any news, in any order and number, ends in the same state."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.payments import (
    REPLACED,
    SANDBOX_ACCOUNT,
    Attempt,
    AttemptState,
    Outcome,
    RefundState,
    Status,
    advance,
    conclude,
    is_news,
    says,
)
from admitone.payments.lifecycle import advance_refund, pause
from tests.support.payments_rows import START, paid

ATTEMPT = Attempt(
    id=UUID(int=1),
    order_id=UUID(int=2),
    organiser_id=UUID(int=3),
    number=1,
    provider="sandbox",
    account_id=SANDBOX_ACCOUNT,
    method="card",
    currency="EUR",
    amount_minor=2500,
    fee_split_minor=None,
    state=AttemptState.OPENED,
    settled_as=None,
    paid_minor=None,
    paid_currency=None,
    provider_ref=None,
    redirect_url=None,
    instructions=None,
    reason=None,
    opened_at=START,
    closed_at=None,
    ask_at=START,
    asked=0,
)
NOT_FOUND = Status(None, Outcome.UNKNOWN, reason="not_found")


def fold(news: list[AttemptState]) -> AttemptState:
    state = AttemptState.OPENED
    for one in news:
        state = advance(state, one)
    return state


@given(st.lists(st.sampled_from(AttemptState), min_size=1), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_news_end_in_the_same_state(
    news: list[AttemptState], random: object
) -> None:
    again = news + [random.choice(news) for _ in range(5)]  # type: ignore[attr-defined]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert fold(again) == fold(news)


@given(st.lists(st.sampled_from(RefundState), min_size=1), st.randoms(use_true_random=False))
def test_refund_news_end_in_the_same_state_too(news: list[RefundState], random: object) -> None:
    again = news * 2
    random.shuffle(again)  # type: ignore[attr-defined]
    ends = []
    for heard in (news, again):
        state = RefundState.WANTED
        for one in heard:
            state = advance_refund(state, one)
        ends.append(state)
    assert ends[0] == ends[1]


@given(st.lists(st.sampled_from(Outcome)))
def test_money_once_known_is_never_forgotten(later: list[Outcome]) -> None:
    assert fold([AttemptState.PAID, *map(says, later)]) is AttemptState.PAID


@pytest.mark.parametrize(
    ("state", "outcome", "then"),
    [
        (AttemptState.OPENED, Outcome.PENDING, AttemptState.OPENED),
        (AttemptState.OPENED, Outcome.UNKNOWN, AttemptState.UNKNOWN),
        (AttemptState.PROMPTED, Outcome.UNKNOWN, AttemptState.PROMPTED),
        (AttemptState.PROMPTED, Outcome.PENDING, AttemptState.PROMPTED),
        (AttemptState.PROMPTED, Outcome.SEEN, AttemptState.SEEN),
        (AttemptState.SEEN, Outcome.PENDING, AttemptState.SEEN),
        (AttemptState.SEEN, Outcome.FAILED, AttemptState.FAILED),
        (AttemptState.FAILED, Outcome.SEEN, AttemptState.FAILED),
        (AttemptState.FAILED, Outcome.PAID, AttemptState.PAID),
        (AttemptState.PAID, Outcome.FAILED, AttemptState.PAID),
    ],
)
def test_a_state_moves_only_towards_more_certainty(
    state: AttemptState, outcome: Outcome, then: AttemptState
) -> None:
    assert advance(state, says(outcome)) is then


def test_an_attempt_the_provider_never_heard_of_fails_after_fifteen_minutes() -> None:
    before = conclude(ATTEMPT, NOT_FOUND, START + timedelta(minutes=15) - timedelta(seconds=1))
    after = conclude(ATTEMPT, NOT_FOUND, START + timedelta(minutes=15))
    assert (before.outcome, after.outcome) == (Outcome.UNKNOWN, Outcome.FAILED)


def test_an_attempt_that_was_prompted_is_never_given_up() -> None:
    prompted = replace(ATTEMPT, state=AttemptState.PROMPTED, provider_ref="r1")
    assert conclude(prompted, NOT_FOUND, START + timedelta(days=9)).outcome is Outcome.UNKNOWN


def test_a_time_out_is_not_taken_for_not_found() -> None:
    silence = Status(None, Outcome.UNKNOWN, reason="time_out")
    assert conclude(ATTEMPT, silence, START + timedelta(days=9)).outcome is Outcome.UNKNOWN


def test_the_payment_of_another_attempt_does_not_count() -> None:
    swapped = replace(paid("r1"), attempt_id=UUID(int=99))
    assert conclude(ATTEMPT, swapped, START) == Status(None, Outcome.UNKNOWN, reason="other_payment")
    known = replace(ATTEMPT, provider_ref="r1")
    assert conclude(known, paid("r2"), START) == Status("r1", Outcome.UNKNOWN, reason="other_payment")
    assert conclude(known, replace(paid("r1"), attempt_id=ATTEMPT.id), START).outcome is Outcome.PAID


@given(st.sampled_from(AttemptState), st.sampled_from(Outcome), st.integers(0, 30))
def test_only_what_would_move_the_attempt_is_news(
    state: AttemptState, outcome: Outcome, minutes: int
) -> None:
    attempt, now = replace(ATTEMPT, state=state), START + timedelta(minutes=minutes)
    for reason in (None, "not_found"):
        status = replace(paid("r1"), outcome=outcome, reason=reason)
        moved = advance(state, says(conclude(attempt, status, now).outcome)) is not state
        # What is seen may be more than the last time.
        is_seen_again = state is AttemptState.SEEN and outcome is Outcome.SEEN
        assert is_news(attempt, status, now) is (moved or is_seen_again)


def test_a_held_payment_and_a_replaced_one_are_always_news() -> None:
    seen = replace(ATTEMPT, state=AttemptState.SEEN, provider_ref="r1")
    assert is_news(seen, Status("r1", Outcome.SEEN, is_held=True), START)
    assert is_news(seen, Status("r1", Outcome.PENDING, reason=REPLACED), START)
    assert not is_news(seen, Status("r1", Outcome.PENDING), START)


def test_pauses_grow_and_stay_within_a_minute_for_two_hours() -> None:
    pauses = [pause(asked).total_seconds() for asked in range(400)]
    assert pauses[:6] == [5, 10, 20, 40, 60, 60]
    assert all(earlier <= later for earlier, later in pairwise(pauses))
    assert sum(pauses[:124]) == 75 + 120 * 60
    assert pauses[124] == 15 * 60
    assert pauses[399] == 6 * 3600


def test_a_paid_status_must_say_what_was_paid() -> None:
    with pytest.raises(AssertionError, match="says what was paid"):
        Status("r1", Outcome.PAID)
