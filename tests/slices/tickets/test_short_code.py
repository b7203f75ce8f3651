"""The short code: sixteen letters that lead back to the ticket, and mistakes that are always noticed."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.tickets import Malformed, read_code, read_short, short_of
from admitone.tickets.code import digest
from admitone.values.ids import ALPHABET

SERIALS = st.integers(min_value=1, max_value=2**63 - 1)
DIGESTS = st.binary(min_size=32, max_size=32)


def bare(short: str) -> str:
    """Without the dashes."""
    return short.replace("-", "")


@given(SERIALS, DIGESTS)
def test_a_short_code_is_read_back_exactly(serial: int, code_digest: bytes) -> None:
    short = short_of(serial, code_digest)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", short)
    read = read_short(short)
    assert read.serial == serial
    assert read.is_of(code_digest)
    typed = short.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert read_short(typed) == read


@given(SERIALS, DIGESTS, st.integers(0, 15), st.integers(1, 31))
def test_one_wrong_letter_is_always_noticed(serial: int, code_digest: bytes, place: int, shift: int) -> None:
    letters = bare(short_of(serial, code_digest))
    other = ALPHABET[(ALPHABET.index(letters[place]) + shift) % 32]
    with pytest.raises(Malformed) as wrong:
        read_short(letters[:place] + other + letters[place + 1 :])
    assert wrong.value.reason == "check"


@given(SERIALS, DIGESTS, st.integers(0, 14), st.sampled_from([1, 2]))
def test_two_swapped_letters_are_always_noticed(
    serial: int, code_digest: bytes, place: int, apart: int
) -> None:
    letters = list(bare(short_of(serial, code_digest)))
    other = min(place + apart, 15)
    if letters[place] == letters[other]:
        return
    letters[place], letters[other] = letters[other], letters[place]
    with pytest.raises(Malformed):
        read_short("".join(letters))


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "length"),
        ("K7PQ-2M4X-ABCD-EFG", "length"),
        ("K7PQ-2M4X-ABCD-EFGHJ", "length"),
        ("K7PQ-2M4X-ABCD-EFG!", "alphabet"),
        ("U" * 16, "alphabet"),
        ("0" * 16, "check"),
        ("Z" * 16, "check"),
        ("7" * 10_000, "length"),
    ],
)
def test_what_is_no_short_code_is_malformed(typed: str, reason: str) -> None:
    with pytest.raises(Malformed) as wrong:
        read_short(typed)
    assert wrong.value.reason == reason


def test_the_tag_follows_the_code() -> None:
    tags = {read_short(short_of(5, hashlib.sha256(bytes([n])).digest())).tag for n in range(200)}
    assert len(tags) > 150
    assert max(tags) < 1024


@given(st.text(max_size=500))
def test_any_text_at_all_can_be_presented(presented: str) -> None:
    read = read_code(presented)
    assert len(read.digest) == 32
    assert read.serial is None or 0 < read.serial < 2**63
    assert read.is_current(digest("another code")) is False or read.is_short
