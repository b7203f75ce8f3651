"""What a device keeps after a sign-in: for whom it counts, how long, and that nothing can be read or made from it."""

import base64
import re
from datetime import timedelta

import pytest

from admitone.accounts import MARK_LENGTH, KnownDevices, newest
from tests.conftest import NOW

ADA = "ada@example.org"
DEVICES = KnownDevices(bytes(range(32)))


def test_a_device_is_known_for_the_account_that_was_signed_in_and_for_no_other() -> None:
    kept = DEVICES.add("", ADA, NOW)
    assert re.fullmatch(r"[A-Za-z0-9_-]{48}", kept)
    found = DEVICES.find(kept, " Ada@Example.org ", NOW)
    assert found is not None
    assert re.fullmatch(r"[0-9a-f]{32}", found)
    for email in ("bea@example.org", "ada@example.com", "", "\udcff"):
        assert DEVICES.find(kept, email, NOW) is None
    assert KnownDevices(bytes(32)).find(kept, ADA, NOW) is None


def test_every_sign_in_gives_the_device_another_id() -> None:
    first = DEVICES.add("", ADA, NOW)
    second = DEVICES.add(first, ADA, NOW)
    assert len(second) == MARK_LENGTH
    assert DEVICES.find(first, ADA, NOW) != DEVICES.find(second, ADA, NOW)


def test_the_last_five_accounts_of_a_browser_are_kept() -> None:
    people = [f"n{number}@example.org" for number in range(6)]
    kept = ""
    for email in people:
        kept = DEVICES.add(kept, email, NOW)
    kept = DEVICES.add(kept, people[1], NOW)
    assert len(kept) == 5 * MARK_LENGTH + 4
    assert [DEVICES.find(kept, email, NOW) is not None for email in people] == [False] + [True] * 5
    assert DEVICES.find(newest(kept), people[1], NOW) is not None
    assert DEVICES.find(newest(kept), people[2], NOW) is None
    # The one used longest ago goes first.
    kept = DEVICES.add(kept, "new@example.org", NOW)
    assert [DEVICES.find(kept, email, NOW) is not None for email in people] == [False, True, False] + [
        True
    ] * 3


@pytest.mark.parametrize("where", range(36))
def test_no_byte_can_be_changed(where: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(DEVICES.add("", ADA, NOW)))
    raw[where] ^= 1
    assert DEVICES.find(base64.urlsafe_b64encode(raw).decode(), ADA, NOW) is None


@pytest.mark.parametrize(
    "junk",
    ["", ".", "x", "é" * 48, "\udcff" * 48, "A" * 48, "A" * 47, "A" * 49, "====", "." * 9_999, "A" * 99_999],
)
def test_what_is_no_list_of_ours_is_as_nothing(junk: str) -> None:
    assert DEVICES.find(junk, ADA, NOW) is None
    kept = DEVICES.add(junk, ADA, NOW)
    assert DEVICES.find(kept, ADA, NOW) is not None
    assert len(kept) <= 5 * MARK_LENGTH + 4
    assert DEVICES.find(f"{junk[:40]}.{kept}", ADA, NOW) is not None


def test_it_ends_after_400_days_and_is_dropped_then() -> None:
    kept = DEVICES.add("", ADA, NOW)
    last = NOW + timedelta(days=400)
    assert DEVICES.find(kept, ADA, last) is not None
    assert DEVICES.find(kept, ADA, last + timedelta(days=1)) is None
    assert len(DEVICES.add(kept, "bea@example.org", last + timedelta(days=1))) == MARK_LENGTH
    # Another process whose clock is a little behind, just before midnight.
    assert DEVICES.find(kept, ADA, NOW - timedelta(hours=13)) is not None
