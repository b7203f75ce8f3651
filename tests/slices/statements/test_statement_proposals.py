"""What booking a file would do, line by line, as if those before had been booked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from admitone.statements import (
    Candidate,
    Fate,
    Proposal,
    StatementLine,
    digest_of,
    fingerprints,
    mark_of,
    propose,
)
from tests.slices.statements.test_statement_matching import line, order

CODE = "7K3M9QX2V"


def proposed(
    lines: Sequence[StatementLine], orders: Sequence[Candidate], known: Sequence[UUID] = ()
) -> tuple[Proposal, ...]:
    return propose(list(zip(fingerprints("account", lines), lines, strict=True)), orders, known)


@pytest.mark.parametrize(
    ("came", "due", "is_late", "fate", "is_wanted"),
    [
        (2500, 2500, False, Fate.WHOLE, True),
        (2499, 2500, False, Fate.PART, True),
        (2501, 2500, False, Fate.TOO_MUCH, True),
        (2500, 0, False, Fate.BACK, False),
        (2500, 2500, True, Fate.LATE, True),
        (2501, 2500, True, Fate.LATE, True),
        (2499, 2500, True, Fate.BACK, False),
    ],
)
def test_what_becomes_of_money_follows_from_what_is_due(
    came: int, due: int, is_late: bool, fate: Fate, is_wanted: bool
) -> None:
    [one] = proposed([line(CODE, came)], [replace(order(code=CODE, expected=due), is_late=is_late)])
    assert (one.fate, one.due_minor, one.is_wanted) == (fate, due, is_wanted)


def test_two_halves_are_a_part_and_the_rest_and_a_third_goes_back() -> None:
    lines = [line(CODE, 1000), line(CODE, 1500, day=21), line(CODE, 1500, day=22)]
    found = proposed(lines, [order(code=CODE)])
    assert [(one.fate, one.due_minor) for one in found] == [
        (Fate.PART, 2500),
        (Fate.WHOLE, 1500),
        (Fate.BACK, 0),
    ]


def test_a_line_left_out_before_it_changes_what_a_line_says_of_itself() -> None:
    lines = [line(CODE, 1000), line(CODE, 1500, day=21)]
    both = proposed(lines, [order(code=CODE)])
    [alone] = proposed(lines[1:], [order(code=CODE)])
    assert alone.mark == both[1].mark
    assert alone.token != both[1].token


def test_what_is_not_certain_or_was_read_before_is_for_nobody() -> None:
    lines = [
        line("7K3M9QX2W"),
        line(f"{CODE} ZZZZZ1111"),
        replace(line(CODE), currency="USD"),
        line(CODE, -2500),
        line(CODE),
    ]
    known = [fingerprints("account", lines)[-1]]
    found = proposed(lines, [order(code=CODE), order(2, "ZZZZZ1111")], known)
    assert [(one.order, one.fate, one.is_wanted) for one in found] == [(None, None, False)] * 5
    assert [one.is_known for one in found] == [False] * 4 + [True]
    assert [bool(one.suggestions) for one in found] == [True, True, True, False, False]


def test_an_order_that_another_line_pays_is_not_guessed_by_its_amount() -> None:
    orders = [order(code=CODE), order(2, "ZZZZZ1111", name="Ada Lovelace")]
    lines = [line("thank you", payer="Ada Lovelace"), line("7K3M9QX2W", payer="Ada Lovelace"), line(CODE)]
    by_name, nearly, _ = proposed(lines, orders)
    assert [one.code for one in by_name.suggestions] == ["ZZZZZ1111"]
    assert [one.code for one in nearly.suggestions] == [CODE, "ZZZZZ1111"]


def test_a_token_names_its_line_and_nonsense_names_none() -> None:
    [one] = proposed([line(CODE)], [order(code=CODE)])
    assert mark_of(one.token) == one.mark
    assert [mark_of(word) for word in ("", "x", "é.b", "1" * 5_000)] == [None] * 4


def test_the_digest_is_of_the_file_and_of_all_that_was_proposed() -> None:
    lines = [replace(line(CODE), booked_on=date(2026, 11, 20)), line("something else")]
    found = proposed(lines, [order(code=CODE)])
    digest = digest_of(b"file", found)
    assert digest == digest_of(b"file", proposed(lines, [order(code=CODE)]))
    others = {
        digest_of(b"other", found),
        digest_of(b"file", proposed(lines, [order(code=CODE, expected=2000)])),
        digest_of(b"file", proposed(lines, [])),
        digest_of(b"file", proposed(lines, [order(code=CODE)], [found[1].mark])),
    }
    assert len(others | {digest}) == 5
