"""Links that open things: made and read back, and neither guessed, altered nor used for something else."""

import base64
import string
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admitone.plumbing.links import Links, NoSuchLink
from admitone.values.ids import uuid7

KEY = bytes(range(32))
URL_SAFE = string.ascii_letters + string.digits + "-_"


@given(about=st.uuids(), purpose=st.sampled_from(["order", "hold", "ticket"]))
def test_a_link_is_43_url_safe_characters_and_reads_back(about: UUID, purpose: str) -> None:
    links = Links(KEY)
    token = links.make(purpose, about)
    assert len(token) == 43
    assert set(token) <= set(URL_SAFE)
    assert links.read(purpose, token) == about
    assert links.make(purpose, about) == token


def test_a_link_for_one_thing_opens_no_other() -> None:
    links, about = Links(KEY), uuid7()
    with pytest.raises(NoSuchLink):
        links.read("hold", links.make("order", about))


def test_another_key_makes_other_links() -> None:
    about = uuid7()
    token = Links(KEY).make("order", about)
    other = Links(KEY[::-1])
    assert other.make("order", about) != token
    with pytest.raises(NoSuchLink):
        other.read("order", token)


def test_every_single_altered_bit_is_noticed() -> None:
    links, about = Links(KEY), uuid7()
    raw = base64.urlsafe_b64decode(links.make("order", about) + "=")
    for bit in range(len(raw) * 8):
        altered = bytearray(raw)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NoSuchLink):
            links.read("order", base64.urlsafe_b64encode(altered).decode().rstrip("="))


def test_a_link_has_one_spelling() -> None:
    """The last character carries two bits that base64 ignores: a link with other ones is another text, not a link."""
    links, about = Links(KEY), uuid7()
    token = links.make("order", about)
    for letter in URL_SAFE:
        if letter != token[-1]:
            with pytest.raises(NoSuchLink):
                links.read("order", token[:-1] + letter)


@given(st.text(max_size=60))
def test_no_text_of_any_kind_is_taken_for_a_link_or_breaks_anything(said: str) -> None:
    with pytest.raises(NoSuchLink):
        Links(KEY).read("order", said)


@pytest.mark.parametrize(
    "said", ["", "=" * 43, "A" * 43, "A" * 42, "A" * 44, "é" * 43, "\ud800" * 43, "A" * 10_000]
)
def test_what_is_no_link_is_refused_in_the_same_way(said: str) -> None:
    with pytest.raises(NoSuchLink):
        Links(KEY).read("order", said)
