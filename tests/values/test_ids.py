"""Ids are unique, sortable and of the right kind; codes survive being read out."""

import re
import secrets
import threading
import time
from collections.abc import Iterator
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.values import ids

PARTS = st.lists(st.text(max_size=8) | st.binary(max_size=8), max_size=4)


def test_an_id_is_a_version_7_with_the_time_in_front() -> None:
    before = time.time_ns() // 1_000_000
    found = ids.uuid7()
    after = time.time_ns() // 1_000_000
    assert (found.version, found.variant) == (7, RFC_4122)
    # An earlier burst of ids in this process may have run ahead of the machine's clock by a little.
    assert before <= found.int >> 80 <= after + 1000


def test_ids_only_grow() -> None:
    found = [ids.uuid7() for _ in range(20_000)]
    assert found == sorted(found)
    assert len(set(found)) == 20_000


def test_ids_made_by_many_threads_are_all_different() -> None:
    found: list[list[UUID]] = [[] for _ in range(4)]

    def make(mine: list[UUID]) -> None:
        mine.extend(ids.uuid7() for _ in range(2_000))

    threads = [threading.Thread(target=make, args=(mine,)) for mine in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == sorted(mine) for mine in found)
    assert len({one for mine in found for one in mine}) == 8_000


def test_ids_do_not_go_back_when_the_machine_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = time.time_ns() + 5_000_000
    readings: Iterator[int] = iter([ahead, ahead - 3_600_000_000_000, ahead])
    monkeypatch.setattr(ids, "_machine_time", ids._Sequence())
    monkeypatch.setattr(time, "time_ns", lambda: next(readings))
    first, second, third = ids.uuid7(), ids.uuid7(), ids.uuid7()
    assert first < second < third
    assert second.int >> 80 in (ahead // 1_000_000, ahead // 1_000_000 + 1)


def test_a_full_millisecond_runs_over_into_the_next() -> None:
    sequence = ids._Sequence()
    sequence._last = (1_000 << 74) | ((1 << 74) - 1)
    value = sequence.next_value(1_000, may_go_back=False)
    assert value >> 74 == 1_001


def test_an_id_carries_the_time_it_is_given_even_an_earlier_one() -> None:
    late, early = ids.uuid7(1_800_000_000_000), ids.uuid7(1_700_000_000_000)
    assert late.int >> 80 == 1_800_000_000_000
    assert early.int >> 80 == 1_700_000_000_000
    same = [ids.uuid7(1_700_000_000_000) for _ in range(100)]
    assert [early, *same] == sorted({early, *same})
    assert all(one.version == 7 and one.variant == RFC_4122 for one in same)


def test_a_given_time_does_not_disturb_the_machine_time() -> None:
    ids.uuid7((1 << 48) - 1)
    assert ids.uuid7().int >> 80 < time.time_ns() // 1_000_000 + 10_000


@pytest.mark.parametrize("now_ms", [-1, 1 << 48])
def test_a_time_that_does_not_fit_is_refused(now_ms: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        ids.uuid7(now_ms)


def test_a_derived_id_is_always_the_same() -> None:
    found = ids.derived_id("order", "a", b"b")
    assert found == ids.derived_id("order", "a", b"b") == UUID("ecc26c60-f62d-8382-ab4c-fe238b0390e5")
    assert (found.version, found.variant) == (8, RFC_4122)


@given(PARTS, PARTS)
def test_different_parts_give_different_ids(left: list[str | bytes], right: list[str | bytes]) -> None:
    assert (ids.derived_id("n", *left) == ids.derived_id("n", *right)) == (left == right)


def test_the_namespace_and_the_kind_of_a_part_count() -> None:
    assert (
        len({ids.derived_id(*parts) for parts in (("a", "b"), ("ab",), ("a", b"b"), ("b", "a"), ("a",))}) == 5
    )


def test_a_short_code_has_only_letters_that_cannot_be_misread() -> None:
    codes = [ids.short_code() for _ in range(500)]
    assert len(set(codes)) == 500
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{9}", code) for code in codes)
    assert set("".join(codes)) == set(ids.ALPHABET)
    assert len(ids.ALPHABET) == 32
    assert len(ids.short_code(14)) == 14


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("oil-lio o0", "01111000"),
        ("ab c\u2013d\u2014e\u00a0f\t-g", "ABCDEFG"),
        ("\uff17\uff4b\uff19", "7K9"),
        ("u!", "U!"),
        ("", ""),
    ],
)
def test_a_code_is_read_as_it_was_meant(typed: str, meant: str) -> None:
    assert ids.normalise_code(typed) == meant


@given(st.integers(1, 20))
def test_a_short_code_is_its_own_normal_form(length: int) -> None:
    code = ids.short_code(length)
    assert ids.normalise_code(code) == ids.normalise_code(f" {code[:4].lower()}-{code[4:].lower()} ") == code


def test_a_serial_is_a_positive_signed_64_bit_number(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {ids.serial64() for _ in range(1_000)}
    assert len(found) == 1_000
    assert all(0 < one < 2**63 for one in found)
    monkeypatch.setattr(secrets, "randbelow", lambda _: 0)
    assert ids.serial64() == 1
    monkeypatch.setattr(secrets, "randbelow", lambda bound: bound - 1)
    assert ids.serial64() == 2**63 - 1
