"""A key ring changes its keys without a gap: old signatures hold until their key is dropped."""

import pytest
from cryptography.exceptions import InvalidSignature

from admitone.plumbing.signing import KeyRing, LiveRing


def test_an_old_signature_holds_until_its_key_is_dropped() -> None:
    first = KeyRing.generate()
    signature = first.signer.sign(b"words")
    both = first.with_new_key(2)
    assert (first.active, both.active) == (1, 2)
    assert set(both.public_keys()) == {1, 2}
    both.public_keys()[1].verify(signature, b"words")
    with pytest.raises(InvalidSignature):
        both.public_keys()[2].verify(signature, b"words")
    assert set(both.without(1).public_keys()) == {2}
    assert set(first.public_keys()) == {1}


def test_a_ring_comes_back_from_its_stored_seeds() -> None:
    ring = KeyRing.generate(5).with_new_key(6)
    again = KeyRing.from_raw(ring.raw_private_keys(), ring.active)
    assert again.raw_public_keys() == ring.raw_public_keys()
    assert again.signer.sign(b"x") == ring.signer.sign(b"x")
    assert all(len(raw) == 32 for raw in ring.raw_public_keys().values())


def test_a_ring_never_shows_its_private_keys() -> None:
    ring = KeyRing.generate(5)
    assert repr(ring) == "KeyRing(active=5, keys=[5])"
    with pytest.raises(TypeError):
        ring.public_keys()[9] = ring.public_keys()[5]  # type: ignore[index]


def test_impossible_rings_are_a_broken_assumption() -> None:
    ring = KeyRing.generate(5)
    with pytest.raises(AssertionError):
        ring.with_new_key(5)
    with pytest.raises(AssertionError):
        ring.without(5)
    with pytest.raises(AssertionError):
        ring.without(4)
    with pytest.raises(AssertionError):
        KeyRing.generate(256)


def test_a_live_ring_has_what_it_adopted_last_wherever_it_is_held() -> None:
    first = KeyRing.generate(5)
    live = LiveRing.from_raw(first.raw_private_keys(), first.active)
    held = live.public_keys()
    newer = first.with_new_key(6).without(5)
    live.adopt(newer)
    assert (live.active, sorted(held), live.raw_private_keys()) == (6, [6], newer.raw_private_keys())
    newer.public_keys()[6].verify(live.signer.sign(b"x"), b"x")
    assert sorted(first.public_keys()) == [5]
