"""A cursor reads back as it was made, and nothing else is accepted."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.values import paging
from admitone.values.paging import BadCursor, BadLimit, Page, checked_limit, decode, encode

PARTS = st.lists(
    st.integers(-(2**63), 2**63 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    max_size=5,
)


def forged(body: bytes) -> str:
    """Return a cursor with a right checksum around any body: what anyone could make."""
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:4] + body).rstrip(b"=").decode()


@given(PARTS)
def test_a_cursor_reads_back_as_it_was_made(parts: list[str | int]) -> None:
    text = encode(*parts)
    assert decode(text, tuple(type(part) for part in parts)) == tuple(parts)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_cursor_stays_the_same_between_versions_of_the_program() -> None:
    assert encode("2026-05-01", 7) == "QIyJ0VsxLCIyMDI2LTA1LTAxIiw3XQ"


@pytest.mark.parametrize(
    "text", ["", "x", "=", "a" * 1025, "a" * 1024, "é", "\ud800", "ab cd", "AAAA", "////", "++++", "a\0b"]
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor) as caught:
        decode(text, (int,))
    assert (caught.value.code, caught.value.field) == ("paging.bad_cursor", "cursor")


@pytest.mark.parametrize("shape", [(), (int,), (str, int), (str, str), (int, str, int), (int, int)])
def test_a_cursor_of_another_list_is_refused(shape: tuple[type, ...]) -> None:
    with pytest.raises(BadCursor):
        decode(encode(1, "a"), shape)


@given(st.data())
def test_a_changed_or_cut_cursor_is_refused(data: st.DataObject) -> None:
    text = encode("order", 123)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_"))
    changed = text[:at] + other + text[at + 1 :]
    cut = text[:at]
    for wrong in {changed, cut} - {text}:
        try:
            # The last character carries unused bits, so a change there can leave the content as it was.
            assert decode(wrong, (str, int)) == ("order", 123)
        except BadCursor:
            continue
        assert at == len(text) - 1


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"null", b"1", b'"a"', b"[]", b"[2,1]", b"[true,1]", b"[1,true]", b"[1,1.0]",
        b"[1,null]", b"[1,[1]]",
        b"[1,9223372036854775808]", b"[1,-9223372036854775809]", b"[1," + b"9" * 600 + b"]", b"[1,1",
        b"\xff\xfe[1,1]",
        b"[1,NaN]", b"[" * 700,
    ],
)  # fmt: skip
def test_a_forged_number_is_refused_before_it_reaches_a_database(body: bytes) -> None:
    with pytest.raises(BadCursor):
        decode(forged(body), (int,))


@pytest.mark.parametrize("body", [b'[1,"a\\u0000b"]', b'[1,"\\ud800"]', b"[1,1]"])
def test_a_forged_text_is_refused_before_it_reaches_a_database(body: bytes) -> None:
    with pytest.raises(BadCursor):
        decode(forged(body), (str,))


def test_a_forged_but_well_formed_cursor_is_just_another_place_in_the_list() -> None:
    assert decode(forged(json.dumps([1, 5]).encode()), (int,)) == (5,)


@pytest.mark.parametrize("part", [2**63, -(2**63) - 1, "a\0b", "\ud800", True, 1.5, None])
def test_a_part_that_could_not_be_read_back_is_a_mistake(part: Any) -> None:
    with pytest.raises(ValueError, match="cannot be stored"):
        encode(part)


def test_a_cursor_too_long_to_be_accepted_is_never_given_out() -> None:
    with pytest.raises(ValueError, match="this long"):
        encode("x" * 1000)


@pytest.mark.parametrize("limit", [1, 50, 100])
def test_a_limit_in_range_is_taken(limit: int) -> None:
    assert checked_limit(limit) == limit


@pytest.mark.parametrize("limit", [0, -1, 101, 10**9, True, 5.0])
def test_a_limit_out_of_range_is_refused(limit: Any) -> None:
    with pytest.raises(BadLimit) as caught:
        checked_limit(limit)
    assert caught.value.sentence == "Ask for 1 to 100 at a time."
    assert (caught.value.field, caught.value.code) == ("limit", "paging.bad_limit")


def test_a_page_holds_its_items_and_the_way_on() -> None:
    page = Page(items=(1, 2), next_cursor=encode(2))
    assert page.items == (1, 2)
    assert page.next_cursor is not None
    assert decode(page.next_cursor, (int,)) == (2,)
    assert paging.LIMIT_MAX == 100
