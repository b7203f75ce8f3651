"""Codes as values: how they are compared, and what an organiser may set."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.promotions import PromoTerms, checked, checked_code, checked_prefix, key_of
from admitone.promotions.refusals import BadCode, BadPrefix
from admitone.values.refusals import Problems

PERCENT = PromoTerms("percent", 2000)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["SUMMER20", "summer20", " Summer 20 ", "ＳＵＭＭＥＲ２０", "summer\u00a020", "SUMMER\u200920"]
)
def test_ways_of_writing_a_code(typed: str) -> None:
    assert key_of(typed) == "summer20"


def test_o_and_0_and_dashes_tell_codes_apart() -> None:
    assert len({key_of(typed) for typed in ("HELLO", "HELL0", "HELL-O", "HELL_O")}) == 4


@given(st.text(max_size=60))
def test_the_normal_form_of_a_normal_form_is_itself(typed: str) -> None:
    assert key_of(key_of(typed)) == key_of(typed)


@given(st.text(max_size=40))
def test_a_code_that_is_taken_is_found_however_it_is_typed(typed: str) -> None:
    try:
        code = checked_code(typed)
    except BadCode:
        return
    assert checked_code(code) == code
    assert len(code.split()) == 1
    assert "," not in code
    assert key_of(code) == key_of(typed) == key_of(code.swapcase().swapcase())
    assert code[0] not in "=+-@'\""


@pytest.mark.parametrize(
    "typed", ["", "A", "  ", "A" * 41, "-MINUS", "=1+1", "A,B", "A/B", "A?B", "A\u200bB", "A\x00B"]
)
def test_what_is_no_code(typed: str) -> None:
    with pytest.raises(BadCode):
        checked_code(typed)


def test_what_codes_may_begin_with() -> None:
    assert (checked_prefix("press-"), checked_prefix("")) == ("PRESS-", "")
    for typed in ("A" * 21, "-A", "A,"):
        with pytest.raises(BadPrefix):
            checked_prefix(typed)


@pytest.mark.parametrize(
    ("terms", "field", "code"),
    [
        (replace(PERCENT, percent_bps=10_001), "percent_bps", "promotions.bad_percent"),
        (replace(PERCENT, percent_bps=0), "percent_bps", "promotions.bad_percent"),
        (replace(PERCENT, percent_bps=-100), "percent_bps", "promotions.bad_percent"),
        (replace(PERCENT, amount_minor=5), "amount_minor", "promotions.bad_amount"),
        (PromoTerms("free", 100), "percent_bps", "promotions.bad_percent"),
        (PromoTerms("off_ticket", currency="EUR"), "amount_minor", "promotions.bad_amount"),
        (
            PromoTerms("off_order", amount_minor=-1, currency="EUR"),
            "amount_minor",
            "promotions.bad_amount",
        ),
        (PromoTerms("off_order", amount_minor=1), "currency", "promotions.bad_currency"),
        (PromoTerms("off_order", amount_minor=1, currency="???"), "currency", "promotions.bad_currency"),
        (PromoTerms("unlock"), "unlocked_type_ids", "promotions.nothing_unlocked"),
        (replace(PERCENT, valid_from=NOON, valid_until=NOON), "valid_until", "promotions.bad_window"),
        (replace(PERCENT, quantity_min=0), "quantity_min", "promotions.bad_quantity"),
        (replace(PERCENT, quantity_min=3, quantity_max=2), "quantity_min", "promotions.bad_quantity"),
        (replace(PERCENT, total_limit=0), "total_limit", "promotions.bad_limit"),
        (replace(PERCENT, per_person_limit=10**9), "per_person_limit", "promotions.bad_limit"),
        (replace(PERCENT, event_ids=frozenset[UUID]()), "event_ids", "promotions.nothing_chosen"),
        (replace(PERCENT, note="x" * 501), "note", "promotions.note_too_long"),
    ],
)
def test_what_a_code_cannot_be(terms: PromoTerms, field: str, code: str) -> None:
    with pytest.raises(Problems) as caught:
        checked("GOOD", terms)
    assert (field, code) in {(one.field, one.code) for one in caught.value.problems}


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(Problems) as caught:
        checked("?", replace(PERCENT, percent_bps=20_000, total_limit=0))
    assert [one.field for one in caught.value.problems] == ["code", "percent_bps", "total_limit"]
